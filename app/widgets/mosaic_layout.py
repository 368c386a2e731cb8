"""Where the tiles of a mosaic lie: every row of tiles may be broken into several lines so that the tiles become as large as they can."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF

WORDED = 1.7
"""Tiles narrower than so many lines of text have no words below them."""


@dataclass(frozen=True, slots=True)
class MosaicNeeds:
    """`aspect`: width by height of a tile. `heading`: width of the rows' names, `line`: height of a line of text.

    worded: whether tiles have words below them.
    """

    rows: int
    columns: int
    aspect: float
    heading: float
    line: float
    gap: float
    worded: bool = False


@dataclass(frozen=True, slots=True)
class MosaicLayout:
    """`lines`: of tiles in each row; with one, the names stand above the columns, else above each tile."""

    needs: MosaicNeeds
    room: QRectF
    lines: int
    across: int
    width: float
    height: float

    @property
    def _step(self) -> float:
        """From the top of a line of tiles to the next."""
        needs = self.needs
        return self.height + needs.gap + needs.line * ((self.lines > 1) + needs.worded)

    @property
    def _left(self) -> float:
        used = self.across * (self.width + self.needs.gap) - self.needs.gap + self.needs.heading
        return self.room.x() + max((self.room.width() - used) / 2, 0.0) + self.needs.heading

    def box(self, row: int, column: int) -> QRectF:
        """The picture of a tile."""
        line, place = divmod(column, self.across)
        top = self.room.y() + self.needs.line + (row * self.lines + line) * self._step + row * self._between
        return QRectF(self._left + place * (self.width + self.needs.gap), top, self.width, self.height)

    @property
    def _between(self) -> float:
        return self.needs.gap * 2 if self.lines > 1 else 0.0

    def name(self, row: int, column: int) -> QRectF:
        """Where the name of a tile stands."""
        box = self.box(row, column)
        return QRectF(
            box.x() - self.needs.gap / 2, box.y() - self.needs.line, box.width() + self.needs.gap, self.needs.line
        )

    def words(self, row: int, column: int) -> QRectF:
        """Where the words below a tile stand."""
        box = self.box(row, column)
        return QRectF(box.x() - self.needs.gap / 2, box.bottom(), box.width() + self.needs.gap, self.needs.line)

    def heading(self, row: int) -> QRectF:
        """Where the name of a row stands."""
        first, last = self.box(row, 0), self.box(row, self.needs.columns - 1)
        wide = max(self.needs.heading - self.needs.gap, 0.0)
        return QRectF(first.x() - self.needs.heading, first.y(), wide, last.bottom() - first.y())


def fit(needs: MosaicNeeds, room: QRectF) -> MosaicLayout:
    """The layout with the largest tiles that fits into `room`; without words below them where they would be larger than the tiles."""
    best = _best(needs, room)
    if needs.worded and best.width < WORDED * needs.line:
        return _best(replace(needs, worded=False), room)
    return best


def _best(needs: MosaicNeeds, room: QRectF) -> MosaicLayout:
    tries = [_tried(needs, room, lines) for lines in range(1, max(needs.columns, 1) + 1)]
    return max(tries, key=lambda layout: (round(layout.width), -layout.lines))


def _tried(needs: MosaicNeeds, room: QRectF, lines: int) -> MosaicLayout:
    across = -(-needs.columns // lines)
    wide = (room.width() - needs.heading + needs.gap) / across - needs.gap
    count = needs.rows * lines
    text = needs.line * (1 + count * needs.worded + (count - 1) * (lines > 1))
    between = needs.gap * (count - 1 + (2 * (needs.rows - 1) if lines > 1 else 0))
    high = (room.height() - text - between) / max(count, 1)
    width = max(min(wide, high * needs.aspect), 2.0)
    return MosaicLayout(needs, room, lines, across, width, width / needs.aspect)
