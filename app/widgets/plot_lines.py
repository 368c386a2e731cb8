"""Lines across a plot that carry a label: horizontal references and vertical marks. Labels avoid each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetrics

from app.widgets.ink import colour, type_face
from app.widgets.theme import LIGHT, Theme

Floats = NDArray[np.float64]


def label_item(theme: Theme, ink: str) -> Any:
    """A text on a plot, on a patch of the plot's own colour so that curves do not run through the letters."""
    item = pg.TextItem("", color=colour(ink), fill=colour(theme.panel, 0.85))
    item.setFont(type_face(theme, "small"))
    item.textItem.document().setDocumentMargin(1)
    item.setZValue(20)
    return item


FAR = 40.0
"""What a place away from the line costs: as much as covering so many points."""


class References:
    """Horizontal dashed lines with labels. `obstacles` gives points (x, y) of the plot that labels should not cover."""

    def __init__(self, plot: Any) -> None:
        self.lines: tuple[tuple[str, float], ...] = ()
        self._plot, self._theme, self._log = plot, LIGHT, False
        self._items: list[tuple[Any, Any]] = []
        self.obstacles: Callable[[], tuple[Floats, Floats]] = lambda: (np.empty(0), np.empty(0))
        plot.getViewBox().sigResized.connect(self._moved)
        plot.getViewBox().sigRangeChanged.connect(self._moved)

    def _moved(self, *_: Any) -> None:
        self.place()

    def set(self, lines: Sequence[tuple[str, float]], log: bool, theme: Theme) -> bool:
        """Draw `lines` (label, value), on a logarithmic axis where `log`; False where they stand so already."""
        if (tuple(lines), log, theme) == (self.lines, self._log, self._theme) and len(self._items) == len(lines):
            return False
        self.lines, self._log, self._theme = tuple(lines), log, theme
        for pair in self._items:
            for item in pair:
                self._plot.removeItem(item)
        self._items = [self._make(label, value) for label, value in self.lines]
        self.place()
        return True

    def _make(self, label: str, value: float) -> tuple[Any, Any]:
        pen = pg.mkPen(colour(self._theme.muted), width=max(1.0, self._theme.line_width() * 0.7),
                       style=Qt.PenStyle.DashLine)  # fmt: skip
        rule, text = pg.InfiniteLine(angle=0, pen=pen), label_item(self._theme, self._theme.muted)
        height = np.log10(value) if self._log and value > 0 else value
        rule.setPos(height)
        rule.setVisible(not self._log or value > 0)
        text.setText(label)
        text.setAnchor(QPointF(0, 1.0))
        text.setVisible(rule.isVisible())
        for item in (rule, text):
            self._plot.addItem(item, ignoreBounds=True)
        return rule, text

    def place(self) -> None:
        """Give each label the place above or below its line, left or right, where it covers the fewest points and no other label.

        Where two lines are so close that both sides are taken, a label moves one row further from its line.
        """
        frame = _Frame(self._plot)
        points, taken = frame.pixels_of(*self.obstacles()), list[tuple[float, float, float, float]]()
        for rule, text in self._items:
            y = frame.y(float(rule.value()))
            _wrap(text, frame.width - 8.0)
            wide, high = text.boundingRect().width(), text.boundingRect().height()
            spots = [(x, y + rows * high, -rows) for rows in (-1, 0, -2, 1)
                     for x in (4.0, frame.width - wide - 4.0, (frame.width - wide) / 2)]  # fmt: skip
            x, top, anchor = min(spots, key=lambda spot: _cost((*spot[:2], wide, high), points, taken, frame.height)
                                 + FAR * (spot[2] not in (0, 1)))  # fmt: skip
            taken.append((x, top, wide, high))
            text.setAnchor(QPointF(0, anchor))
            text.setPos(frame.left + x / frame.width * frame.span, float(rule.value()))


def _wrap(text: Any, room: float) -> None:
    """Break a label into lines where the plot is narrower than it."""
    full = QFontMetrics(text.textItem.font()).horizontalAdvance(text.textItem.toPlainText()) + 2
    width = max(room, 40.0) if full > room else -1.0
    if text.textItem.textWidth() != width:
        text.setTextWidth(width)


class _Frame:
    """Pixels of a plot: y downwards from its top, x from its left."""

    def __init__(self, plot: Any) -> None:
        (self.left, right), (self.bottom, self.top) = plot.viewRange()
        box = plot.getViewBox()
        self.width, self.height = max(box.width(), 1.0), max(box.height(), 1.0)
        self.span, self.rise = max(right - self.left, 1e-12), max(self.top - self.bottom, 1e-12)

    def y(self, value: float) -> float:
        return float((self.top - value) / self.rise * self.height)

    def pixels_of(self, x: Floats, y: Floats) -> Floats:
        """Points (n, 2) in pixels."""
        return np.column_stack([(x - self.left) / self.span * self.width, (self.top - y) / self.rise * self.height])


Rect = tuple[float, float, float, float]


def _cost(spot: Rect, points: Floats, taken: list[Rect], height: float) -> float:
    """How bad a place is for a label: leaving the plot, then pixels shared with other labels, then points it would cover."""
    x, y, wide, high = spot
    shared = sum(
        max(min(x + wide, a + w) - max(x, a), 0) * max(min(y + high, b + h) - max(y, b), 0) for a, b, w, h in taken
    )
    outside = y < 0 or y + high > height
    inside = (points[:, 0] >= x) & (points[:, 0] <= x + wide) & (points[:, 1] >= y) & (points[:, 1] <= y + high)
    return 1e6 * outside + 10 * shared + float(inside.sum())


class Marks:
    """Vertical lines where something was changed; labels in rows at the top, each row used again where there is room."""

    def __init__(self, plot: Any) -> None:
        self.marks: tuple[tuple[float, str], ...] = ()
        self._plot, self._theme, self._height = plot, LIGHT, 0.0
        self._items: list[tuple[Any, Any]] = []
        plot.getViewBox().sigResized.connect(self._moved)
        plot.getViewBox().sigRangeChanged.connect(self._moved)

    def _moved(self, *_: Any) -> None:
        self.place()

    def set(self, marks: Sequence[tuple[float, str]], theme: Theme) -> bool:
        """Draw `marks` (x, label); False where they stand so already."""
        if (tuple(marks), theme) == (self.marks, self._theme) and len(self._items) == len(marks):
            return False
        self.marks, self._theme = tuple(marks), theme
        for pair in self._items:
            for item in pair:
                self._plot.removeItem(item)
        self._items = [self._make(x, label) for x, label in self.marks]
        self.place()
        return True

    def _make(self, x: float, label: str) -> tuple[Any, Any]:
        pen = pg.mkPen(colour(self._theme.warning), width=self._theme.line_width() + 0.5, style=Qt.PenStyle.DashDotLine)
        rule, text = pg.InfiniteLine(x, angle=90, pen=pen), label_item(self._theme, self._theme.warning)
        rule.setZValue(10)
        text.setText(label)
        for item in (rule, text):
            self._plot.addItem(item, ignoreBounds=True)
        return rule, text

    def height(self) -> float:
        """Pixels at the top that the labels take."""
        return self._height

    def place(self) -> None:
        """Labels right of their line, or left of it where the plot ends; the next row down where one is in the way."""
        (left, right), (bottom, top) = self._plot.viewRange()
        box = self._plot.getViewBox()
        width, height = max(box.width(), 1.0), max(box.height(), 1.0)
        row_height = max((text.boundingRect().height() for _, text in self._items), default=0.0)
        rows: list[float] = []  # where the last label of each row ends, in pixels
        for (x, _), (_, text) in zip(self.marks, self._items, strict=True):
            wide = text.boundingRect().width() + 8.0
            at = (x - left) / max(right - left, 1e-12) * width
            start = at if at + wide <= width else at - wide if at > wide else max(width - wide, 0.0)
            row = next((k for k, end in enumerate(rows) if end <= start), len(rows))
            rows[row:] = [start + wide, *rows[row + 1 :]]
            text.setAnchor(QPointF(0.0, 0.0))
            text.setPos(
                left + (right - left) * (start + 4) / width, top - (top - bottom) * (2 + row * row_height) / height
            )
        self._height = row_height * len(rows)
