"""ModelShelf: models as cards in rows, each with its picture, title, one telling number and a box to tick. Arrows, Space, Return."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QImage, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.widgets.ink import colour, mixed, type_face
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped import wrapped

LEAST, HIGH, SIDE, TICK, GAP = 250, 108, 84, 15, 8
"""Pixels at scale 1: the least width of a card, its height, the side of its picture and of its box, and what lies between."""
_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class ShelfItem:
    """One model. Shares in [0, 1], NaN where there is none; `mark`: what has to be seen first; `initials` stand in for a picture."""

    name: str
    title: str
    line: str
    number: str = ""
    value: float = math.nan
    baseline: float = math.nan
    mark: str = ""
    initials: str = ""
    picture: QImage | None = None
    tip: str = ""


class ModelShelf(QListWidget):
    """`chosen`: the card that the keyboard or a click is at; `opened`: Return or a double click; `ticked`: names, in the order of ticking."""

    chosen = Signal(str)
    opened = Signal(str)
    ticked = Signal(object)

    def __init__(self, most: int = 4, parent: QWidget | None = None) -> None:
        """`most`: so many can be ticked."""
        super().__init__(parent)
        self.theme, self._most = LIGHT, most
        self.cards: tuple[ShelfItem, ...] = ()
        self.ticks: tuple[str, ...] = ()
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setMovement(QListWidget.Movement.Static)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Models")
        self.setItemDelegate(_Delegate(self))
        self.viewport().setAutoFillBackground(
            False
        )  # a style sheet would reach the scroll bar, which then has a black groove
        self.currentRowChanged.connect(lambda row: self.chosen.emit(self.cards[row].name) if row >= 0 else None)
        self.itemActivated.connect(lambda item: self.opened.emit(item.data(_ROLE).name))

    # What is shown -------------------------------------------------------------------------------------------------

    def show_items(self, items: Sequence[ShelfItem]) -> None:
        """These cards; the one that was current stays so where it is among them, else the first is. Ticks stay."""
        if tuple(items) == self.cards:
            return
        before = self.current_name()
        self.cards = tuple(items)
        self.blockSignals(True)
        self.clear()
        for each in items:
            item = QListWidgetItem(self)
            item.setData(_ROLE, each)
            item.setToolTip(each.tip)
        places = [each.name for each in items]
        self.setCurrentRow(places.index(before) if before in places else min(len(places), 1) - 1)
        self.blockSignals(False)
        self._tell_names()
        if self.current_name() != before:
            self.chosen.emit(self.current_name())

    def _tell_names(self) -> None:
        """What a screen reader says of each card."""
        for row, each in enumerate(self.cards):
            ticked = "ticked" if each.name in self.ticks else ""
            said = ", ".join(filter(None, (each.title, each.line, each.number, each.mark, ticked)))
            self.item(row).setData(Qt.ItemDataRole.AccessibleTextRole, said)
        self.viewport().update()

    def current_name(self) -> str:
        """The name of the card that is current, "" where there is none."""
        row = self.currentRow()
        return self.cards[row].name if 0 <= row < len(self.cards) else ""

    def go_to(self, name: str) -> None:
        """Make a card the current one, where it is shown."""
        row = next((k for k, each in enumerate(self.cards) if each.name == name), -1)
        if row >= 0:
            self.setCurrentRow(row)

    def tick(self, name: str) -> None:
        """Tick a card, or untick it; with as many ticks as may be, the oldest goes."""
        kept = tuple(each for each in self.ticks if each != name)
        self.set_ticks(kept if name in self.ticks else (*kept, name)[-self._most :])

    def set_ticks(self, names: Sequence[str]) -> None:
        """Tick these."""
        self.ticks = tuple(names)
        self._tell_names()
        self.ticked.emit(self.ticks)

    # Room and keys -------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.theme = theme
        self.setFont(type_face(theme))
        self._share_width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def _share_width(self) -> None:
        """As many columns as fit, all as wide; Qt lays out as if its scroll bar were always there."""
        room = max(self.maximumViewportSize().width() - self.verticalScrollBar().sizeHint().width() - 2, 1)
        columns = max(1, int(room // (LEAST * self.theme.scale)))
        self.setGridSize(QSize(room // columns, round(HIGH * self.theme.scale)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space ticks; letters are for the view around it."""
        if event.key() == Qt.Key.Key_Space:
            if self.current_name():
                self.tick(self.current_name())
        elif event.text().isprintable() and event.text():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the box ticks too."""
        super().mouseReleaseEvent(event)
        item = self.itemAt(event.position().toPoint())
        if item is not None and self.box_of(self.visualItemRect(item)).adjusted(-6, -6, 6, 6).contains(
            event.position().toPoint()
        ):
            self.tick(item.data(_ROLE).name)

    def box_of(self, card: QRect) -> QRect:
        """Where a card's box is."""
        side = round(TICK * self.theme.scale)
        return QRect(card.right() - side - 2 * GAP, card.top() + 2 * GAP, side, side)


class _Delegate(QStyledItemDelegate):
    """Paints the cards."""

    def __init__(self, shelf: ModelShelf) -> None:
        super().__init__(shelf)
        self._shelf = shelf

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        del option, index
        return self._shelf.gridSize()

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item: ShelfItem = index.data(_ROLE)
        shelf, theme = self._shelf, self._shelf.theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        room = QRectF(option.rect).adjusted(GAP / 2, GAP / 2, -GAP / 2, -GAP / 2)
        current = index == shelf.currentIndex()
        self._paint_frame(painter, room, current=current, focused=current and shelf.hasFocus())
        side = SIDE * theme.scale
        picture = QRectF(room.x() + GAP, room.y() + (room.height() - side) / 2, side, side)
        paint_picture(painter, picture, item, theme)
        self._paint_words(painter, room.adjusted(side + 2.5 * GAP, GAP, -GAP, -GAP), item)
        self._paint_box(painter, QRectF(shelf.box_of(option.rect)), ticked=item.name in shelf.ticks)
        painter.restore()

    def _paint_frame(self, painter: QPainter, room: QRectF, *, current: bool, focused: bool) -> None:
        theme = self._shelf.theme
        painter.setBrush(colour(mixed(theme.accent, theme.panel, 0.10) if current else theme.panel))
        wide = (2.4 if focused else 1.2) * max(theme.scale, 1.0)
        painter.setPen(QPen(colour(theme.accent if current else theme.border), wide))
        painter.drawRoundedRect(room, 6, 6)

    def _paint_words(self, painter: QPainter, room: QRectF, item: ShelfItem) -> None:
        """Title in two lines at most, beside the box; below it the rest, one line each."""
        theme = self._shelf.theme
        bold, small = type_face(theme, "body", bold=True), type_face(theme, "small")
        metrics = QFontMetrics(bold)
        painter.setFont(bold)
        painter.setPen(colour(theme.text))
        title = wrapped(item.title, metrics, int(room.width() - (TICK + GAP) * theme.scale))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, title)
        top = room.y() + metrics.height() * (title.count("\n") + 1) + 2
        painter.setFont(small)
        line = QFontMetrics(small)
        for text, ink in ((item.mark, theme.warning), (item.line, theme.muted), (item.number, theme.text)):
            if text:
                painter.setPen(colour(ink))
                said = line.elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
                painter.drawText(QRectF(room.x(), top, room.width(), line.height()), Qt.AlignmentFlag.AlignLeft, said)
                top += line.height() + 1
        if math.isfinite(item.value):
            self._paint_bar(painter, QRectF(room.x(), min(top + 3, room.bottom() - 6), room.width(), 6), item)

    def _paint_bar(self, painter: QPainter, room: QRectF, item: ShelfItem) -> None:
        """The number from 0 to 100 %, with a notch where random weights are."""
        theme = self._shelf.theme
        painter.fillRect(room, colour(mixed(theme.text, theme.panel, 0.10)))
        share = min(max(item.value, 0.0), 1.0)
        painter.fillRect(QRectF(room.x(), room.y(), share * room.width(), room.height()), colour(theme.series[0]))
        if math.isfinite(item.baseline):
            painter.setPen(QPen(colour(theme.text), 2))
            x = room.x() + min(max(item.baseline, 0.0), 1.0) * room.width()
            painter.drawLine(QPointF(x, room.y() - 2), QPointF(x, room.bottom() + 2))

    def _paint_box(self, painter: QPainter, box: QRectF, *, ticked: bool) -> None:
        theme = self._shelf.theme
        painter.setPen(QPen(colour(theme.accent if ticked else theme.muted), 1.2))
        painter.setBrush(colour(theme.accent) if ticked else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 3, 3)
        if ticked:
            painter.setPen(QPen(colour(theme.accent_text), 2))
            low = QPointF(box.left() + 0.45 * box.width(), box.bottom() - 0.25 * box.height())
            painter.drawLine(QPointF(box.left() + 0.2 * box.width(), box.center().y()), low)
            painter.drawLine(low, QPointF(box.right() - 0.18 * box.width(), box.top() + 0.25 * box.height()))


def paint_picture(painter: QPainter, room: QRectF, item: ShelfItem, theme: Theme) -> None:
    """The model's picture, whole, or its initials where it has none."""
    if item.picture is not None and not item.picture.isNull():
        size = item.picture.size().scaled(room.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(0, 0, size.width(), size.height())
        place.moveCenter(room.center())
        painter.drawImage(place, item.picture)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(mixed(theme.accent, theme.panel, 0.14)))
    painter.drawRoundedRect(room, 4, 4)
    face = type_face(theme, "big", bold=True)
    face.setPixelSize(max(10, round(0.30 * room.height())))
    painter.setFont(face)
    painter.setPen(colour(theme.accent))
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, item.initials)


def example() -> ModelShelf:
    """Four models, one of them collapsed, one ticked."""
    shelf = ModelShelf()
    shelf.show_items(
        [
            ShelfItem("dino-shapes", "DINO, small ViT on plain shapes", "DINO · shapes, plain", "object AUROC 98 %", 0.98, 0.78, initials="DI"),
            ShelfItem("byol", "BYOL on CIFAR-10", "BYOL · CIFAR-10", "kNN 61 %", 0.61, 0.3, initials="BY"),
            ShelfItem("byol-collapsed", "BYOL without its stop-gradient", "BYOL · CIFAR-10", "kNN 10 %", 0.1, 0.3,
                      "collapsed on purpose", "BY"),
            ShelfItem("random", "Random weights", "nothing was trained", initials="RA"),
        ]
    )  # fmt: skip
    shelf.set_ticks(["byol"])
    return shelf


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 820, 320)
