"""Page: the base of a lesson's pages: Markdown and pictures on one slide, drawn from a session."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.panels.lessons.session import Session
from app.widgets.lesson_columns import Columns, SlidePage
from app.widgets.lesson_type import lesson_face
from app.widgets.theme import LIGHT, Theme


class Page(SlidePage):
    """`draw` shows a session and is called whenever something in it changed; `changed`: the user changed something in it."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__(content, parent)
        self.theme: Theme = LIGHT
        self.session: Session | None = None
        self.column = QVBoxLayout(content)
        self._buttons: list[tuple[QPushButton, bool]] = []
        self.build()

    def build(self) -> None:
        """Make the widgets. Called once."""

    def show_session(self, session: Session) -> None:
        """Draw it as it is now."""
        self.session = session
        self.draw(session)

    def draw(self, session: Session) -> None:
        """Draw what the page shows of it."""

    def primary(self) -> QPushButton | None:
        """What going on means here, where it is more than the next page."""
        return None

    def figure(self) -> QWidget:
        """What of it is worth a file."""
        return self.content

    def button(self, text: str, tip: str, run: Callable[[], object], *, strong: bool = False) -> QPushButton:
        """One of the page's buttons; `strong`: the one to press."""
        made = button(text, tip, run, strong=strong)
        self._buttons.append((made, strong))
        return made

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Pictures beside a text are no higher than what is in sight."""
        self._show_room()
        super().resizeEvent(event)

    def _show_room(self) -> None:
        margins = self.column.contentsMargins()
        for columns in self.content.findChildren(Columns):
            columns.set_room(self.viewport().height() - margins.top() - margins.bottom())

    def set_theme(self, theme: Theme) -> None:
        """Colours and type of the page and of what it made by `build`."""
        self.theme = theme
        scale = theme.scale
        self.column.setContentsMargins(*(round(side * scale) for side in (8, 10, 14, 10)))
        self.column.setSpacing(round(12 * scale))
        self._show_room()
        for made, strong in self._buttons:
            made.setFont(lesson_face(theme, "text", bold=strong))
        for widget in self.content.findChildren(QWidget):
            if hasattr(widget, "set_theme") and not _is_inside_another(widget, self.content):
                widget.set_theme(theme)
        if self.session is not None:
            self.draw(self.session)


def button(text: str, tip: str, run: Callable[[], object], *, strong: bool = False) -> QPushButton:
    """A button that Return presses too."""
    made = QPushButton(text)
    made.setObjectName("strong" if strong else "")
    made.setToolTip(tip)
    made.setAutoDefault(True)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.clicked.connect(lambda _checked: run())
    return made


def _is_inside_another(widget: QWidget, content: QWidget) -> bool:
    """Whether a widget around it, within the page, takes a theme and hands it on."""
    around = widget.parentWidget()
    while around is not None and around is not content:
        if hasattr(around, "set_theme") and not hasattr(around, "first"):  # columns hold, but do not dress
            return True
        around = around.parentWidget()
    return False


def strong_style(theme: Theme) -> str:
    """Of the one button to press, and of buttons around it."""
    pad = round(7 * theme.scale)
    return f"""
        QPushButton {{ padding: {pad}px {2 * pad}px; border-radius: {pad}px; }}
        QPushButton#strong {{ background: {theme.accent}; color: {theme.accent_text}; border: 1px solid {theme.accent}; }}
        QPushButton#strong:hover {{ color: {theme.accent_text}; border: 1px solid {theme.text}; }}
        QPushButton#strong:disabled, QPushButton:disabled {{ background: transparent; color: {theme.muted};
            border: 1px solid {theme.border}; }}
        QPushButton:focus {{ border: 2px solid {theme.text}; padding: {pad - 1}px {2 * pad - 1}px; }}
    """
