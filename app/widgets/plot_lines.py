"""Lines across a plot that carry a label: horizontal references and vertical marks. Labels avoid each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt

from app.widgets.ink import colour, pixels, type_face
from app.widgets.theme import LIGHT, Theme


def label_item(theme: Theme, ink: str) -> Any:
    """A text on a plot, on a patch of the plot's own colour so that curves do not run through the letters."""
    item = pg.TextItem("", color=colour(ink), fill=colour(theme.panel, 0.85))
    item.setFont(type_face(theme, "small"))
    item.textItem.document().setDocumentMargin(1)
    item.setZValue(20)
    return item


class References:
    """Horizontal dashed lines; each label stands above the left end of its line, further right where that place is taken."""

    def __init__(self, plot: Any) -> None:
        self.lines: tuple[tuple[str, float], ...] = ()
        self._plot, self._theme, self._log = plot, LIGHT, False
        self._items: list[tuple[Any, Any]] = []
        plot.getViewBox().sigResized.connect(self._moved)
        plot.getViewBox().sigRangeChanged.connect(self._moved)

    def _moved(self, *_: Any) -> None:
        self.place()

    def set(self, lines: Sequence[tuple[str, float]], log: bool, theme: Theme) -> None:
        """Draw `lines` (label, value), on a logarithmic axis where `log`."""
        if (tuple(lines), log, theme) == (self.lines, self._log, self._theme) and len(self._items) == len(lines):
            return
        self.lines, self._log, self._theme = tuple(lines), log, theme
        for pair in self._items:
            for item in pair:
                self._plot.removeItem(item)
        self._items = [self._make(label, value) for label, value in self.lines]
        self.place()

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
        """Give each label a place: above its line, at the left, or beside the labels that would touch it."""
        (left, right), (bottom, top) = self._plot.viewRange()
        box = self._plot.getViewBox()
        width, height = max(box.width(), 1.0), max(box.height(), 1.0)
        taken: list[tuple[float, float, float]] = []  # x from, x to, y in pixels
        line_height = pixels(self._theme, "small") * 1.25
        for rule, text in sorted(self._items, key=lambda pair: -float(pair[0].value())):
            y = (top - float(rule.value())) / max(top - bottom, 1e-12) * height
            wide = text.boundingRect().width()
            x = 4.0
            for start, stop, other in sorted(taken):
                if abs(other - y) < line_height and start < x + wide:
                    x = max(x, stop + 8.0)
            taken.append((x, x + wide, y))
            text.setAnchor(QPointF(0, 1.0 if y > line_height else 0.0))
            text.setPos(left + (right - left) * x / width, float(rule.value()))


class Marks:
    """Vertical lines where something was changed; labels in rows at the top, each row used again where there is room."""

    def __init__(self, plot: Any) -> None:
        self.marks: tuple[tuple[float, str], ...] = ()
        self._plot, self._theme = plot, LIGHT
        self._items: list[tuple[Any, Any]] = []
        plot.getViewBox().sigResized.connect(self._moved)
        plot.getViewBox().sigRangeChanged.connect(self._moved)

    def _moved(self, *_: Any) -> None:
        self.place()

    def set(self, marks: Sequence[tuple[float, str]], theme: Theme) -> None:
        """Draw `marks` (x, label)."""
        if (tuple(marks), theme) == (self.marks, self._theme) and len(self._items) == len(marks):
            return
        self.marks, self._theme = tuple(marks), theme
        for pair in self._items:
            for item in pair:
                self._plot.removeItem(item)
        self._items = [self._make(x, label) for x, label in self.marks]
        self.place()

    def _make(self, x: float, label: str) -> tuple[Any, Any]:
        pen = pg.mkPen(colour(self._theme.warning), width=self._theme.line_width() + 0.5, style=Qt.PenStyle.DashDotLine)
        rule, text = pg.InfiniteLine(x, angle=90, pen=pen), label_item(self._theme, self._theme.warning)
        rule.setZValue(10)
        text.setText(label)
        for item in (rule, text):
            self._plot.addItem(item, ignoreBounds=True)
        return rule, text

    def headroom(self) -> float:
        """The share of the plot's height, added above the data, that keeps one row of labels clear of the curves."""
        row = pixels(self._theme, "small") * 1.5
        return min(row / max(self._plot.getViewBox().height() - row, 1.0), 0.5) if self.marks else 0.0

    def place(self) -> None:
        """Labels right of their line, or left of it where the plot ends; the next row down where one is in the way."""
        (left, right), (bottom, top) = self._plot.viewRange()
        box = self._plot.getViewBox()
        width, height = max(box.width(), 1.0), max(box.height(), 1.0)
        row_height = pixels(self._theme, "small") * 1.5
        rows: list[float] = []  # where the last label of each row ends, in pixels
        for (x, _), (_, text) in zip(self.marks, self._items, strict=True):
            wide = text.boundingRect().width() + 8.0
            at = (x - left) / max(right - left, 1e-12) * width
            start = at - wide if at + wide > width and at > wide else at
            row = next((k for k, end in enumerate(rows) if end <= start), len(rows))
            rows[row:] = [start + wide, *rows[row + 1 :]]
            text.setAnchor(QPointF(0.0, 0.0))
            text.setPos(
                left + (right - left) * (start + 4) / width, top - (top - bottom) * (2 + row * row_height) / height
            )
