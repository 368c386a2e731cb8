"""Where boxes and arrows of a diagram of networks lie: arithmetic without painting.

Boxes stand on a grid of columns and rows. Arrows leave and enter boxes at their sides, several at one side apart from each
other; those that would cross a box change rows where the way is free, or take the lane between the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from app.widgets.network import Arrow
from sslviz.spec.catalogue import Box

WIDE, HIGH = 0.68, 0.58
"""Share of a column's width and of a row's height that a box takes; the rest is for arrows."""
TALLEST = 0.8
"""Of a box's height to its width."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The boxes' places by name, and the grid that they stand on."""

    rects: Mapping[str, QRectF]
    cells: Mapping[tuple[int, int], str]  # (column, row) -> name
    column: float  # width of a column
    row: float  # height of a row
    top: float

    def lane(self, above: int) -> float:
        """Height of the lane above row `above`."""
        return self.top + above * self.row


def place(boxes: Sequence[Box], room: QRectF) -> Placed:
    """Give every box its place in `room`."""
    columns = max((box.column for box in boxes), default=0) + 1
    rows = max((box.row for box in boxes), default=0) + 1
    column = room.width() / max(columns - 1 + WIDE, 1e-9)
    row = room.height() / rows
    wide, high = WIDE * column, min(HIGH * row, TALLEST * WIDE * column)
    rects = {
        box.name: QRectF(room.left() + box.column * column, room.top() + (box.row + 0.5) * row - high / 2, wide, high)
        for box in boxes
    }
    return Placed(rects, {(box.column, box.row): box.name for box in boxes}, column, row, room.top())


def routes(boxes: Sequence[Box], arrows: Sequence[Arrow], placed: Placed) -> tuple[QPainterPath, ...]:
    """The way of each arrow, from source to target."""
    named = {box.name: box for box in boxes}
    ends = _Ends(named, arrows, placed)
    return tuple(
        _route(named[arrow.source], named[arrow.target], ends.start(k), ends.end(k), placed)
        for k, arrow in enumerate(arrows)
    )


class _Ends:
    """The points at which arrows touch boxes: those of one side of a box share it evenly, in the order of where they lead."""

    def __init__(self, named: Mapping[str, Box], arrows: Sequence[Arrow], placed: Placed) -> None:
        self._placed = placed
        self._sides: dict[tuple[str, str], list[tuple[float, int, str]]] = {}
        self._of: dict[tuple[int, str], tuple[str, str]] = {}
        for k, arrow in enumerate(arrows):
            source, target = named[arrow.source], named[arrow.target]
            out, into = sides(source, target, placed)
            self._add(k, "start", source, out, target)
            self._add(k, "end", target, into, source)

    def _add(self, k: int, end: str, here: Box, side: str, there: Box) -> None:
        order = there.row if side in ("left", "right") else there.column
        self._sides.setdefault((here.name, side), []).append((float(order), k, end))
        self._of[k, end] = (here.name, side)

    def _point(self, k: int, end: str) -> QPointF:
        name, side = self._of[k, end]
        users = sorted(self._sides[name, side])
        share = (next(i for i, (_, n, e) in enumerate(users) if (n, e) == (k, end)) + 1) / (len(users) + 1)
        box = self._placed.rects[name]
        if side in ("left", "right"):
            return QPointF(box.left() if side == "left" else box.right(), box.top() + share * box.height())
        return QPointF(box.left() + share * box.width(), box.top() if side == "top" else box.bottom())

    def start(self, k: int) -> QPointF:
        """Where arrow `k` leaves its source."""
        return self._point(k, "start")

    def end(self, k: int) -> QPointF:
        """Where arrow `k` enters its target."""
        return self._point(k, "end")


def sides(source: Box, target: Box, placed: Placed) -> tuple[str, str]:
    """The side at which an arrow leaves its source, and that at which it enters its target."""
    if source.column == target.column:
        if abs(source.row - target.row) > 1 and _between_rows(source, target, placed):
            return "right", "right"
        return ("bottom", "top") if target.row > source.row else ("top", "bottom")
    if source.row == target.row and _blocked(source, target, placed):
        side = "top" if source.row == 0 else "bottom"
        return side, side
    return ("right", "left") if target.column > source.column else ("left", "right")


def _between_rows(source: Box, target: Box, placed: Placed) -> bool:
    low, high = sorted((source.row, target.row))
    return any((source.column, row) in placed.cells for row in range(low + 1, high))


def _blocked(source: Box, target: Box, placed: Placed) -> bool:
    """Whether a box stands between two boxes of one row."""
    low, high = sorted((source.column, target.column))
    return any((column, source.row) in placed.cells for column in range(low + 1, high))


def _route(source: Box, target: Box, start: QPointF, end: QPointF, placed: Placed) -> QPainterPath:
    path = QPainterPath(start)
    out, _ = sides(source, target, placed)
    if out in ("top", "bottom") and source.column != target.column:  # over or under what stands between
        away = placed.lane(0) + 3 if out == "top" else placed.lane(source.row + 1) - 3
        path.cubicTo(QPointF(start.x(), away), QPointF(start.x(), away), QPointF((start.x() + end.x()) / 2, away))
        path.cubicTo(QPointF(end.x(), away), QPointF(end.x(), away), end)
    elif source.column == target.column and out == "right":  # round the boxes between
        bulge = start.x() + placed.column * (1 - WIDE) * 0.8
        path.cubicTo(QPointF(bulge, start.y()), QPointF(bulge, end.y()), end)
    elif source.column == target.column:
        path.lineTo(end)
    else:
        _across(path, source, target, end, placed)
    return path


def _across(path: QPainterPath, source: Box, target: Box, end: QPointF, placed: Placed) -> None:
    """From column to column: along the source's row to a gap, into the target's row there, and along it."""
    step = 1 if target.column > source.column else -1
    gaps = range(source.column, target.column, step)
    cost, gap = min((_crossed(source, target, gap, step, placed), abs(gap - source.column), gap) for gap in gaps)[::2]
    if source.row == target.row and abs(path.currentPosition().y() - end.y()) < 1:
        path.lineTo(end)
        return
    if cost and source.row != target.row:
        _through_lane(path, max(source.row, target.row), end, placed, step)
        return
    left = placed.rects[source.name].left() + (gap - source.column) * placed.column
    near, far = (
        (left + WIDE * placed.column, left + placed.column) if step > 0 else (left, left - (1 - WIDE) * placed.column)
    )
    start = path.currentPosition()
    near, far = (max(near, start.x()), min(far, end.x())) if step > 0 else (min(near, start.x()), max(far, end.x()))
    path.lineTo(QPointF(near, start.y()))
    middle = (near + far) / 2
    path.cubicTo(QPointF(middle, start.y()), QPointF(middle, end.y()), QPointF(far, end.y()))
    path.lineTo(end)


def _crossed(source: Box, target: Box, gap: int, step: int, placed: Placed) -> int:
    """How many boxes are in the way if the row is changed in the gap after column `gap`."""
    before = sum((column, source.row) in placed.cells for column in range(source.column + step, gap + step, step))
    after = sum((column, target.row) in placed.cells for column in range(gap + step, target.column, step))
    return before + after


def _through_lane(path: QPainterPath, above: int, end: QPointF, placed: Placed, step: int) -> None:
    """Into the lane between two rows, along it, and out again."""
    start, reach, lane = path.currentPosition(), step * placed.column * (1 - WIDE), placed.lane(above)
    path.cubicTo(
        QPointF(start.x() + reach / 2, start.y()),
        QPointF(start.x() + reach / 2, lane),
        QPointF(start.x() + reach, lane),
    )
    path.lineTo(QPointF(end.x() - reach, lane))
    path.cubicTo(QPointF(end.x() - reach / 2, lane), QPointF(end.x() - reach / 2, end.y()), end)
