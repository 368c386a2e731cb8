"""GalleryGrid: any number of small pictures with a line of text below each; only those in sight are asked for and drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from app.widgets.ink import colour, mixed, pixels, type_face
from app.widgets.raster import image_of
from app.widgets.theme import LIGHT, Theme

Source = Callable[[int], NDArray[Any] | None]
Say = Callable[[int], str]
SIDE = 58
"""Pixels of a picture at scale 1."""
GAP = 5


def _nothing(_item: int) -> None:
    return None


def _silent(_item: int) -> str:
    return ""


class GalleryGrid(QAbstractScrollArea):
    """Items 0 to n - 1. `needed` carries items in sight whose picture the source does not have yet; call `update_pictures` when it does.

    `chosen`: an item that was clicked, or reached by arrow keys and Return. `hovered`: the item under the pointer or the keyboard, -1 none.
    """

    chosen = Signal(int)
    hovered = Signal(int)
    needed = Signal(object)  # tuple[int, ...]

    def __init__(self, name: str = "Pictures", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._message = LIGHT, ""
        self._source: Source = _nothing
        self.count = 0
        self.text_of: Say = _silent
        self._tip_of: Say = _silent
        self.current = self._under = -1
        self._asked: frozenset[int] = frozenset()
        self._missing = QTimer(self, interval=0, singleShot=True)
        self._missing.timeout.connect(self._ask)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.viewport().installEventFilter(self)
        self.verticalScrollBar().valueChanged.connect(lambda _: self._look())

    # What is shown -------------------------------------------------------------------------------------------------

    def set_source(self, source: Source) -> None:
        """Where pictures (h, w, 3) uint8 come from: None while one is not there."""
        self._source = source

    def set_items(self, count: int, text: Say = _silent, tip: Say = _silent) -> None:
        """So many items from the top, nothing chosen; an earlier message goes. text, tip: what is said below and over an item."""
        self.count, self.text_of, self._tip_of, self._message = count, text, tip, ""
        self.current = self._under = -1
        self._asked = frozenset()
        self.setAccessibleDescription(f"{count} pictures")
        self.verticalScrollBar().setValue(0)
        self._fit()
        self._look()

    def set_message(self, text: str) -> None:
        """A sentence in place of pictures."""
        self.set_items(0)
        self._message = text
        self.setAccessibleDescription(text)

    @property
    def message(self) -> str:
        """The sentence that is shown, "" while pictures are."""
        return self._message

    def set_current(self, item: int) -> None:
        """Mark an item and bring it into sight; -1: none."""
        self.current = item
        if item >= 0:
            box, bar = self.box(item), self.verticalScrollBar()
            if box.top() < 0 or box.bottom() > self.viewport().height():
                bar.setValue(round(bar.value() + box.top() - GAP))
        self.viewport().update()

    def update_pictures(self) -> None:
        """The source has more pictures than before."""
        self._asked = frozenset()
        self._look()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self._fit()
        self._look()

    def table(self) -> tuple[list[str], list[list[float | str]]]:
        """The texts."""
        return ["item", "text"], [[float(k), text] for k, text in enumerate(map(self.text_of, range(self.count)))]

    # Places --------------------------------------------------------------------------------------------------------

    def _cell(self) -> tuple[float, float]:
        """Width and height of an item with its text and gap."""
        side = SIDE * self._theme.scale
        return side + GAP, side + pixels(self._theme, "tiny") * 1.35 * (self.text_of is not _silent) + GAP

    @property
    def columns(self) -> int:
        """Items side by side."""
        return max(int((self.viewport().width() - GAP) // self._cell()[0]), 1)

    def box(self, item: int) -> QRectF:
        """Where an item's picture is drawn in the viewport as it is scrolled now."""
        wide, high = self._cell()
        row, column = divmod(item, self.columns)
        side = SIDE * self._theme.scale
        return QRectF(GAP + column * wide, GAP + row * high - self.verticalScrollBar().value(), side, side)

    def item_at(self, x: float, y: float) -> int:
        """The item at a place in the viewport; -1 between items."""
        wide, high = self._cell()
        column, row = int((x - GAP) // wide), int((y - GAP + self.verticalScrollBar().value()) // high)
        item = row * self.columns + column
        return item if 0 <= column < self.columns and 0 <= item < self.count else -1

    def in_sight(self) -> range:
        """The items that are seen now."""
        high, top = self._cell()[1], self.verticalScrollBar().value()
        first = max(int((top - GAP) // high), 0) * self.columns
        rows = int(self.viewport().height() // high) + 2
        return range(min(first, self.count), min(first + rows * self.columns, self.count))

    def _fit(self) -> None:
        rows = -(-self.count // self.columns)
        bar, high = self.verticalScrollBar(), self._cell()[1]
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(round(high / 2))
        bar.setRange(0, max(round(rows * high + GAP - self.viewport().height()), 0))

    def _look(self) -> None:
        self.viewport().update()
        self._missing.start()

    def _ask(self) -> None:
        """Ask for what is in sight and not there, once."""
        if not self.isVisible():
            return
        missing = [item for item in self.in_sight() if item not in self._asked and self._source(item) is None]
        if missing:
            self._asked = self._asked.union(missing)
            self.needed.emit(tuple(missing))

    def sizeHint(self) -> QSize:
        wide, high = self._cell()
        return QSize(round(4 * wide), round(2 * high))

    def minimumSizeHint(self) -> QSize:
        wide, high = self._cell()
        return QSize(round(1.6 * wide), round(high))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        self._look()

    # Painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self.viewport())
        if self._message:
            painter.setFont(type_face(self._theme, "small"))
            painter.setPen(colour(self._theme.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.viewport().rect()).adjusted(6, 4, -6, -4), flags, self._message)
        else:
            painter.setFont(type_face(self._theme, "tiny"))
            for item in self.in_sight():
                self._paint_item(painter, item)
        painter.end()

    def _paint_item(self, painter: QPainter, item: int) -> None:
        box, picture = self.box(item), self._source(item)
        if picture is None:
            painter.fillRect(box, colour(mixed(self._theme.text, self._theme.panel, 0.07)))
        else:
            image = image_of(picture)
            scale = min(box.width() / image.width(), box.height() / image.height())
            place = QRectF(0, 0, image.width() * scale, image.height() * scale)
            place.moveCenter(box.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 1)
            painter.drawImage(place, image)
        room = QRectF(box.x() - GAP / 2, box.bottom(), box.width() + GAP, self._cell()[1] - box.height() - GAP)
        if room.height() > 0:
            metrics = QFontMetricsF(painter.font())
            painter.setPen(colour(self._theme.text))
            text = metrics.elidedText(self.text_of(item), Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
        if item in (self.current, self._under):
            ink = self._theme.accent if item == self.current else self._theme.muted
            painter.setPen(QPen(colour(ink), 2.0 * self._theme.scale))
            painter.drawRect(box.adjusted(-1, -1, 1, 1))

    # Mouse and keyboard --------------------------------------------------------------------------------------------

    def _hover(self, item: int) -> None:
        if item != self._under:
            self._under = item
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if item >= 0 else Qt.CursorShape.ArrowCursor)
            self.hovered.emit(item)
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.item_at(event.position().x(), event.position().y()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        item = self.item_at(event.position().x(), event.position().y())
        if item >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._take(item)
        else:
            event.ignore()

    def _take(self, item: int) -> None:
        self.set_current(item)
        self.chosen.emit(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk among the items, Return chooses."""
        last, key = self.count - 1, Qt.Key(event.key())
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -self.columns, Qt.Key.Key_Down: self.columns}
        if key in steps and last >= 0:
            self.set_current(min(max(self.current + steps[key], 0), last) if self.current >= 0 else 0)
            self._hover(self.current)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= self.current <= last:
            self.chosen.emit(self.current)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._hover(-1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The pointer leaves; tooltips."""
        if watched is self.viewport() and event.type() == QEvent.Type.Leave:
            self._hover(-1)
        if watched is self.viewport() and isinstance(event, QHelpEvent):
            item = self.item_at(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), self._tip_of(item) if item >= 0 else "", self)
            return True
        return super().eventFilter(watched, event)


def example() -> GalleryGrid:
    """Thirty coloured squares with distances."""
    colours = np.random.default_rng(0).integers(40, 230, (30, 1, 1, 3), np.uint8)
    grid = GalleryGrid()
    grid.set_source(lambda item: np.broadcast_to(colours[item], (24, 24, 3)))
    grid.set_items(30, lambda item: f"{0.01 * item:.2f}")
    grid.set_current(3)
    return grid


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 340, 260)
