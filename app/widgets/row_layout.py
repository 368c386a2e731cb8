"""Where pictures of one size, their headings and what is said below them lie: as many columns as make them largest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF

from app.widgets.ink import type_face
from app.widgets.theme import Theme

GAP = 12.0
MUCH = 1.4
LINES = 7
"""At most so many lines of words below a picture count; the tooltip has all."""

Words = tuple[str, bool]
"""What is said below a picture, and whether it has a colour bar."""


@dataclass(frozen=True, slots=True)
class RowLayout:
    """`boxes` of the pictures, each in the middle of its column in `columns`; heights of heading, of each colour bar, of words."""

    boxes: tuple[QRectF, ...]
    columns: tuple[QRectF, ...]
    head: float
    scales: tuple[float, ...]
    foot: float

    def heading(self, k: int) -> QRectF:
        """Above a picture."""
        column = self.columns[k]
        return QRectF(column.x(), column.y() - self.head, column.width(), self.head - 3)

    def bar(self, k: int) -> QRectF:
        """Directly below it."""
        box = self.boxes[k]
        return QRectF(box.x(), box.bottom() + 2, box.width(), max(self.scales[k] - 2, 0.0))

    def words(self, k: int) -> QRectF:
        """Below that."""
        column = self.columns[k]
        return QRectF(column.x(), column.bottom() + self.scales[k] + 2, column.width(), self.foot)

    def whole(self, k: int) -> QRect:
        """All of it."""
        return self.heading(k).united(self.words(k)).toRect()


def fit(theme: Theme, shown: Sequence[Words], side: tuple[int, int], room: tuple[int, int]) -> RowLayout:
    """`side`: width and height of each picture in px of its own; `room`: of the widget.

    In one row, unless more rows make them much larger.
    """
    trials = [_with(theme, shown, side, room, columns) for columns in range(len(shown), 0, -1)]
    largest = max(trials, key=lambda layout: layout.boxes[0].width())
    return trials[0] if MUCH * trials[0].boxes[0].width() >= largest.boxes[0].width() else largest


def _with(
    theme: Theme, shown: Sequence[Words], side: tuple[int, int], room: tuple[int, int], columns: int
) -> RowLayout:
    rows, gap = math.ceil(len(shown) / columns), GAP * theme.scale
    wide = max((room[0] - (columns - 1) * gap) / columns - 1, 8.0)
    small = QFontMetricsF(type_face(theme, "small"))
    head = QFontMetricsF(type_face(theme, "title", bold=True)).lineSpacing() + 3
    scales = tuple((small.lineSpacing() + 2) * has for _, has in shown)
    foot = max(_height(small, about, wide) for about, _ in shown)
    high = room[1] / rows - head - max(scales) - foot - gap / 2
    width = max(min(wide, high * side[0] / side[1]), 8.0)
    high = width * side[1] / side[0]
    each = head + high + max(scales) + foot + gap / 2
    top = max((room[1] - rows * each) / 3, 0.0)
    places = [(k % columns * (wide + gap), top + k // columns * each + head) for k in range(len(shown))]
    return RowLayout(
        tuple(QRectF(x + (wide - width) / 2, y, width, high) for x, y in places),
        tuple(QRectF(x, y, wide, high) for x, y in places), head, scales, foot,
    )  # fmt: skip


def _height(metrics: QFontMetricsF, words: str, wide: float) -> float:
    found = metrics.boundingRect(QRectF(0, 0, wide, 1e4), Qt.TextFlag.TextWordWrap, words).height()
    return min(found, LINES * metrics.lineSpacing()) + 4
