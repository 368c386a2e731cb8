"""From a Theme to Qt: colours, type in pixels, and the style sheet of small controls. Sizes follow `Theme.scale` alone."""

from __future__ import annotations

from typing import Literal

from PySide6.QtGui import QColor, QFont, QFontDatabase

from app.widgets.theme import Theme

Size = Literal["tiny", "small", "body", "title", "big"]
PIXELS: dict[Size, float] = {"tiny": 10.5, "small": 11.5, "body": 13.0, "title": 13.5, "big": 19.0}
"""Type sizes at scale 1."""


def colour(name: str, alpha: float = 1.0) -> QColor:
    """A colour of a theme such as "#0072b2", with an opacity in [0, 1]."""
    ink = QColor(name)
    ink.setAlphaF(alpha)
    return ink


def pixels(theme: Theme, size: Size) -> int:
    """Height of a type size in pixels."""
    return max(9, round(PIXELS[size] * theme.scale))


def type_face(theme: Theme, size: Size = "body", *, bold: bool = False) -> QFont:
    """A font of one of the sizes."""
    font = QFont()
    font.setPixelSize(pixels(theme, size))
    font.setBold(bold)
    return font


def monospaced(theme: Theme, size: Size = "body") -> QFont:
    """A font of one of the sizes whose letters are all as wide, for code."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(pixels(theme, size))
    return font


def rgb(name: str) -> tuple[int, int, int]:
    """Red, green and blue of a theme's colour, each 0 to 255."""
    ink = QColor(name)
    return ink.red(), ink.green(), ink.blue()


def mixed(a: str, b: str, share: float) -> str:
    """`share` of colour `a` over colour `b`, as "#rrggbb"; share in [0, 1]."""
    return "#" + "".join(f"{round(share * p + (1 - share) * q):02x}" for p, q in zip(rgb(a), rgb(b), strict=True))


def sheet(theme: Theme) -> str:
    """Style of the controls inside a view. Type is left to fonts: a size in a sheet would overrule every `setFont` below it."""
    t = theme
    quiet = mixed(t.text, t.panel, 0.07)
    return f"""
    QWidget {{ color: {t.text}; }}
    QLabel {{ background: transparent; }}
    QLabel#quiet {{ color: {t.muted}; }}
    QToolTip {{ color: {t.text}; background: {t.panel}; border: 1px solid {t.border}; padding: 4px; }}
    QFrame#card {{ background: {t.panel}; border: 1px solid {t.border}; border-radius: 6px; }}
    QToolButton, QPushButton {{ background: {quiet}; border: 1px solid {t.border}; border-radius: 4px; padding: 2px 8px; }}
    QToolButton#flat {{ background: transparent; border: none; padding: 0 3px; color: {t.muted}; }}
    QToolButton:hover, QPushButton:hover, QToolButton#flat:hover {{ border: 1px solid {t.accent}; color: {t.accent}; }}
    QToolButton:focus, QPushButton:focus {{ border: 1px solid {t.accent}; }}
    QToolButton:checked, QPushButton:checked {{ background: {t.accent}; color: {t.accent_text}; border-color: {t.accent}; }}
    QComboBox QAbstractItemView {{ background: {t.panel}; color: {t.text}; selection-background-color: {t.accent};
        selection-color: {t.accent_text}; }}
    QTabWidget::pane {{ border: none; }}
    QTabBar {{ background: transparent; }}
    QTabBar::tab {{ background: transparent; color: {t.muted}; padding: 4px 9px; border: none;
        border-bottom: 3px solid transparent; }}
    QTabBar::tab:selected {{ background: transparent; color: {t.text}; font-weight: bold; border: none;
        border-bottom: 3px solid {t.accent}; }}
    QTabBar::tab:disabled {{ color: {mixed(t.muted, t.window, 0.45)}; }}
    QTabBar:focus::tab:selected {{ border: none; }}
    QTabBar::tab:selected:focus {{ color: {t.accent}; }}
    QTabBar QToolButton {{ padding: 0; }}
    QTabBar::tab:hover {{ color: {t.accent}; }}
    QSplitter::handle {{ background: {t.window}; }}
    QScrollArea {{ background: transparent; border: none; }}
    QMenu {{ background: {t.panel}; border: 1px solid {t.border}; }}
    QMenu::item {{ padding: 4px 18px; }}
    QMenu::item:selected {{ background: {t.accent}; color: {t.accent_text}; }}
    """
