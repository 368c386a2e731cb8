"""Where a view that is dragged would go, and the mark that shows it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.widgets.dock_tree import Side

EDGE_PX = 22
"""So near to the rim of everything a view goes along the whole side."""
RIM = 0.28
"""Share of a group's sides in which a view goes beside it; in the middle it joins the tabs."""
WORDS: dict[Side, str] = {
    "left": "to the left", "right": "to the right", "above": "above", "below": "below",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drop:
    """other: a view of the group that it goes to, "" for everything; side: None: into the tabs, as number `at`."""

    box: QRect
    other: str
    side: Side | None
    at: int = -1


def side_at(box: QRect, where: QPoint, rim: float = RIM) -> Side | None:
    """Which side of a box a place is nearest to; None in its middle."""
    x = (where.x() - box.left()) / max(box.width(), 1)
    y = (where.y() - box.top()) / max(box.height(), 1)
    ways: dict[Side, float] = {"left": x, "right": 1 - x, "above": y, "below": 1 - y}
    nearest = min(ways, key=lambda side: ways[side])
    return nearest if ways[nearest] < rim else None


def half(box: QRect, side: Side | None, share: float = 0.5) -> QRect:
    """The part of a box on a side; all of it for None."""
    wide, high = round(box.width() * share), round(box.height() * share)
    if side == "left":
        return QRect(box.left(), box.top(), wide, box.height())
    if side == "right":
        return QRect(box.right() + 1 - wide, box.top(), wide, box.height())
    if side == "above":
        return QRect(box.left(), box.top(), box.width(), high)
    if side == "below":
        return QRect(box.left(), box.bottom() + 1 - high, box.width(), high)
    return QRect(box)


def rim_side(box: QRect, where: QPoint) -> Side | None:
    """The side of everything whose rim a place is in."""
    if box.contains(where) and not box.adjusted(EDGE_PX, EDGE_PX, -EDGE_PX, -EDGE_PX).contains(where):
        return side_at(box, where, 1.0)
    return None


class DropMark(QWidget):
    """A tinted area with a word, above everything, in the way of nothing."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.text = ""
        self.hide()

    def show_at(self, box: QRect, text: str) -> None:
        """Mark a place."""
        self.text = text
        self.setGeometry(box)
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        ink = QColor(self.palette().highlight().color())
        tint = QColor(ink)
        tint.setAlphaF(0.22)
        painter.fillRect(self.rect(), tint)
        painter.setPen(QPen(ink, 3))
        painter.drawRect(self.rect().adjusted(1, 1, -2, -2))
        face = painter.font()
        face.setBold(True)
        painter.setFont(face)
        label = painter.fontMetrics().boundingRect(self.text).adjusted(-10, -5, 10, 5)
        label.moveCenter(self.rect().center())
        painter.fillRect(label, ink)
        painter.setPen(self.palette().highlightedText().color())
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, self.text)
        painter.end()
