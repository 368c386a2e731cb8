"""Columns and SlidePage: a page of a lesson, whose two halves stand side by side where there is room, and below each other where not."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.widgets.scrolling import scroll
from app.widgets.theme import LIGHT, Theme

ROOMY = 760
"""Pixels at scale 1 from which two columns stand side by side."""
FREE = 16_777_215
"""A height that sets no limit."""
STACKED_LEAST, LEAST = 330, 200
"""Heights at scale 1 that a picture keeps below a text, and beside one."""


class Columns(QWidget):
    """Two widgets that share the width, `share` of it for the first; the first above the second where it is narrow."""

    def __init__(self, first: QWidget, second: QWidget, share: float = 0.45, *, grows: QWidget | None = None,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        """`grows`: the one of the two that is a picture, which takes what height there is."""
        super().__init__(parent)
        self._theme, self._share, self._grows = LIGHT, share, grows
        self.first, self.second = first, second
        self.is_stacked, self._room, self._above = False, 0, 0
        self._row = _Row(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(first)
        self._row.addWidget(second)
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        """Type size decides how much room is enough."""
        self._theme = theme
        self._arrange()

    def set_room(self, height: int) -> None:
        """What is in sight at once: beside a long text a picture is no higher."""
        if max(height, round(LEAST * self._theme.scale)) != self._room:
            self._room = max(height, round(LEAST * self._theme.scale))
            self._arrange()

    def stick(self, above: int | None = None) -> None:
        """Keep the picture in sight beside a text of which so many pixels are scrolled away; None: as many as before."""
        self._above = self._above if above is None else max(above, 0)
        if self._grows is not None and not self.is_stacked:
            free = max(self.height() - self._grows.height(), 0)
            self._grows.move(self._grows.x(), min(self._above, free))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.is_stacked != (self.width() < ROOMY * self._theme.scale):
            self._arrange()

    def _arrange(self) -> None:
        scale = self._theme.scale
        self.is_stacked = self.width() < ROOMY * scale
        direction = QHBoxLayout.Direction.TopToBottom if self.is_stacked else QHBoxLayout.Direction.LeftToRight
        self._row.setDirection(direction)
        self._row.setSpacing(round((18 if self.is_stacked else 34) * scale))
        for k, (widget, share) in enumerate(((self.first, self._share), (self.second, 1 - self._share))):
            pictured = widget is self._grows
            self._row.setStretch(k, int(pictured) if self.is_stacked else round(100 * share))
            self._row.setAlignment(widget, Qt.AlignmentFlag(0) if self.is_stacked else Qt.AlignmentFlag.AlignTop)
            if pictured:
                widget.setMinimumHeight(round(STACKED_LEAST * scale) if self.is_stacked else self._room)
                widget.setMaximumHeight(FREE if self.is_stacked else self._room)
        self.updateGeometry()


class _Row(QHBoxLayout):
    """The two columns; whenever they are laid out the picture goes back to where it was kept."""

    def __init__(self, columns: Columns) -> None:
        super().__init__(columns)
        self._columns = columns

    def setGeometry(self, place: QRect) -> None:
        super().setGeometry(place)
        self._columns.stick()


class SlidePage(QScrollArea):
    """One page. It scrolls up and down where its content is higher; `scroll_on` turns it like a page of a book."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.content = content
        scroll(self, content)
        content.installEventFilter(self)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What a text needs in height follows from the width that it gets."""
        if watched is self.content and event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self._fit()
        handled = super().eventFilter(watched, event)
        layout = self.content.layout()
        if layout is not None and layout.geometry() != self.content.rect():
            layout.setGeometry(self.content.rect())  # it was resized before its layout was up to date
        return handled

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        layout = self.content.layout()
        if layout is not None:
            width = self.viewport().width()
            tall = layout.hasHeightForWidth()
            needed = layout.totalMinimumHeightForWidth(width) if tall else layout.totalMinimumSize().height()
            self.content.setMinimumHeight(max(needed, 0))

    def _scrolled(self, value: int) -> None:
        for columns in self.content.findChildren(Columns):
            columns.stick(value - columns.mapTo(self.content, QPoint()).y())

    def scroll_on(self, direction: int) -> bool:
        """Show the next screenful (1) or the one before (-1); False where there is none."""
        bar = self.verticalScrollBar()
        before = bar.value()
        bar.setValue(before + direction * round(0.85 * self.viewport().height()))
        return bar.value() != before

    def sizeHint(self) -> QSize:
        return QSize(640, 400)


def example() -> SlidePage:
    """A text and a picture."""
    text, picture = QLabel("Words at the left, or above where it is narrow."), QLabel("A picture")
    text.setWordWrap(True)
    picture.setFrameShape(QFrame.Shape.Box)
    content = QWidget()
    column = QVBoxLayout(content)
    columns = Columns(text, picture, grows=picture)
    column.addWidget(columns, 1)
    page = _Example(content)
    page.columns = columns
    return page


class _Example(SlidePage):
    columns: Columns

    def set_theme(self, theme: Theme) -> None:
        """Colours of the page, where no view around it sets them."""
        self.setStyleSheet(f"* {{ background: {theme.panel}; color: {theme.text}; }}")
        self.columns.set_theme(theme)


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
