"""The look: Fusion with palettes of our own; follows the system where asked to. Plots take their colours from the Theme."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from app.widgets.dashboard import arrangements_held
from app.widgets.ink import mixed
from app.widgets.theme import THEMES, Theme

FOLLOW = "system"
LARGE = 1.6


def palette_of(theme: Theme) -> QPalette:
    """Qt's palette for a theme; what is disabled is muted."""
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.window, role.WindowText: theme.text, role.Base: theme.panel, role.AlternateBase: theme.window,
        role.Text: theme.text, role.Button: mixed(theme.text, theme.window, 0.07), role.ButtonText: theme.text, role.BrightText: theme.warning,
        role.Highlight: theme.accent, role.HighlightedText: theme.accent_text, role.Link: theme.accent,
        role.ToolTipBase: theme.panel, role.ToolTipText: theme.text, role.PlaceholderText: theme.muted,
        role.Mid: theme.border, role.Midlight: theme.border, role.Dark: theme.border, role.Light: theme.panel,
        role.Accent: theme.accent,
    }  # fmt: skip
    palette = QPalette()
    for which, colour in colours.items():
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(theme.muted))
    return palette


def style_of(theme: Theme) -> str:
    """The few things that a palette cannot say."""
    pad = round(3 * theme.scale)
    return f"""
        QToolTip {{ color: {theme.text}; background: {theme.panel}; border: 1px solid {theme.border}; padding: 4px; }}
        QToolButton#section {{ font-weight: bold; border: none; padding: {pad}px; text-align: left; }}
        QToolButton#section:focus {{ border: 1px solid {theme.accent}; }}
        QFrame#palette {{ background: {theme.panel}; border: 2px solid {theme.accent}; }}
        QLabel[muted="true"] {{ color: {theme.muted}; }}
        QLabel[problem="true"] {{ color: {theme.warning}; padding-bottom: {pad}px; }}
        QLabel[title="true"] {{ font-weight: bold; padding: {pad}px; }}
        QListWidget::item, QTreeWidget::item {{ padding: {pad}px; }}
        QTabBar::tab {{ padding: {pad + 2}px {4 * pad}px; background: {theme.window}; color: {theme.muted};
                        border: 1px solid {theme.border}; border-bottom: none; margin-right: 2px; }}
        QTabBar::tab:selected {{ background: {theme.panel}; color: {theme.text}; font-weight: bold;
                                 border-top: 3px solid {theme.accent}; }}
        QTabBar::tab:selected:focus {{ border: 2px solid {theme.accent}; }}
        QTabWidget::pane {{ border-top: 1px solid {theme.border}; }}
        QPushButton#train {{ background: {theme.accent}; color: {theme.accent_text}; font-weight: bold;
                             border: 1px solid {theme.accent}; border-radius: 4px; padding: {2 * pad}px; }}
        QPushButton#train:disabled {{ background: {theme.window}; color: {theme.muted}; border-color: {theme.border}; }}
        QPushButton#train:focus {{ border: 2px solid {theme.text}; }}
        QCheckBox::indicator:unchecked {{ width: {4 * pad}px; height: {4 * pad}px; border: 1px solid {theme.muted};
                                          border-radius: 2px; background: {theme.panel}; }}
        QStatusBar::item {{ border: none; }}
    """


class Appearance(QObject):
    """Which theme is on. `changed` carries the Theme after the application wears it."""

    changed = Signal(object)

    def __init__(self, application: QApplication, choice: str = FOLLOW, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._application = application
        self._base_size = application.font().pointSizeF()
        self._worn: Theme | None = None
        self.choice = choice if choice in THEMES else FOLLOW
        self.large = False
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
        self.apply()

    @property
    def theme(self) -> Theme:
        """The theme that is on, with the type size of the moment."""
        base = THEMES[self.choice if self.choice in THEMES else system_theme()]
        return dataclasses.replace(base, scale=LARGE) if self.large else base

    def choose(self, choice: str) -> None:
        """ "light", "dark" or "system"."""
        self.choice = choice
        self.apply()

    def set_large(self, large: bool) -> None:
        """Large type for a projector, or back."""
        self.large = large
        self.apply()

    def _system_changed(self, _scheme: Qt.ColorScheme) -> None:
        if self.choice == FOLLOW:
            self.apply()

    def apply(self) -> None:
        """Put the theme on; nothing is repainted where it is on already."""
        theme = self.theme
        if theme == self._worn:
            return
        self._worn = theme
        with arrangements_held():
            self._application.setStyle(QStyleFactory.create("Fusion"))
            font = QFont(self._application.font())
            font.setPointSizeF(self._base_size * theme.scale)
            self._application.setFont(font)
            self._application.setPalette(palette_of(theme))
            self._application.setStyleSheet(style_of(theme))
        self.changed.emit(theme)

    def restore(self) -> None:
        """Give the application its own type size back, for the next window."""
        font = QFont(self._application.font())
        font.setPointSizeF(self._base_size)
        self._application.setFont(font)


def system_theme() -> str:
    """What the desktop asks for; light where it does not say."""
    return "dark" if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"
