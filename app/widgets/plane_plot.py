"""PlanePlot: the plane of alignment and uniformity with the trail of a run (Wang and Isola 2020, figure 3).

Both axes are better towards the lower left. The corner where everything lies in one point, (0, 0), is marked as collapse.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGraphicsEllipseItem, QWidget

from app.widgets.ink import colour, type_face
from app.widgets.plot_face import label_axis, legend_over, make_plot, paint_face, settle
from app.widgets.plot_lines import label_item
from app.widgets.text_lines import TextLines
from app.widgets.theme import LIGHT, Theme

Floats = NDArray[np.float64]
PIECES = 10
"""The trail is drawn in so many pieces, the older the fainter."""
ROOMY = 230
"""Pixels at scale 1 from which the words of both corners stand side by side."""


class PlanePlot(QWidget):
    """A trail of measured points (uniformity, alignment); the last one is large."""

    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._steps = self._x = self._y = np.empty(0)
        self._rest = float("nan")
        self._marks: tuple[tuple[float, str], ...] = ()
        self._mark_labels: list[Any] = []
        self.legend = TextLines()
        self.plot = make_plot()
        legend_over(self, self.legend, self.plot)
        self._build_items()
        self.plot.scene().sigMouseMoved.connect(self._moved)
        self.plot.double_clicked.connect(self.double_clicked)
        self.plot.getViewBox().setMouseEnabled(False, False)
        self.set_theme(LIGHT)

    def _build_items(self) -> None:
        self.corner = QGraphicsEllipseItem(-0.55, -0.22, 1.1, 0.44)
        self.corner.setZValue(-10)
        self.trail = [pg.PlotCurveItem(skipFiniteCheck=True) for _ in range(PIECES)]
        self.points, self.now = pg.ScatterPlotItem(pen=None), pg.ScatterPlotItem()
        self.flips, self.pointer = pg.ScatterPlotItem(symbol="d"), pg.ScatterPlotItem(symbol="o", brush=None)
        self.arrow = pg.ArrowItem(angle=-45, headLen=14, tailLen=22, tailWidth=3, pxMode=True)
        for item in (self.corner, *self.trail, self.points, self.flips, self.now, self.pointer, self.arrow):
            self.plot.addItem(item, ignoreBounds=True)
        self.now.setZValue(30)
        label_axis(self.plot, "bottom", "uniformity")
        label_axis(self.plot, "left", "alignment")
        self.corner_label, self.arrow_label = label_item(LIGHT, LIGHT.warning), label_item(LIGHT, LIGHT.good)
        for text in (self.corner_label, self.arrow_label):
            self.plot.addItem(text, ignoreBounds=True)

    def set_trail(self, steps: Floats, uniformity: Floats, alignment: Floats) -> None:
        """The measured points in the order of `steps`, each (n,); those that are not finite are left out."""
        shown = np.isfinite(uniformity) & np.isfinite(alignment)
        self._steps, self._x, self._y = steps[shown], uniformity[shown], alignment[shown]
        self._draw()

    def set_marks(self, marks: Sequence[tuple[float, str]]) -> None:
        """Where something was changed: (step, label), drawn at the last point measured up to that step."""
        if tuple(marks) != self._marks:
            self._marks = tuple(marks)
            self._draw()

    def stand_at(self, step: float) -> None:
        """Mark the last point measured up to `step`, and read it while no pointer is over another; NaN: none."""
        if step != self._rest and (np.isfinite(step) or np.isfinite(self._rest)):
            self._rest = step
            self._leave()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        paint_face(self.plot, theme, left=46)
        self.legend.set_theme(theme)
        self.corner.setBrush(colour(theme.warning, 0.16))
        self.corner.setPen(pg.mkPen(colour(theme.warning), width=1.5, style=Qt.PenStyle.DashLine))
        self.arrow.setStyle(brush=colour(theme.good), pen=None, headLen=12 * theme.scale, tailLen=18 * theme.scale,
                            tailWidth=3 * theme.scale)  # fmt: skip
        for item, words, ink in (
            (self.corner_label, "collapse", theme.warning),
            (self.arrow_label, "better", theme.good),
        ):
            item.setText(words, color=colour(ink))
            item.fill = pg.mkBrush(colour(theme.panel, 0.6))
            item.setFont(type_face(theme, "small", bold=True))
        self._draw()

    def clear(self) -> None:
        """No trail, no marks."""
        self._marks, self._rest = (), float("nan")
        self.set_trail(np.empty(0), np.empty(0), np.empty(0))

    def table(self) -> tuple[list[str], list[list[float]]]:
        """The trail as rows of (step, uniformity, alignment)."""
        return ["step", "uniformity", "alignment"], np.column_stack([self._steps, self._x, self._y]).tolist()

    def reading(self) -> str:
        """Step, alignment and uniformity of the last point, or of the one under the pointer, as the legend has them."""
        return self.legend.text()

    def _draw(self) -> None:
        theme, n = self._theme, len(self._x)
        edges = np.linspace(0, max(n - 1, 0), PIECES + 1).astype(int)
        for k, item in enumerate(self.trail):
            piece = slice(edges[k], edges[k + 1] + 1)
            item.setData(self._x[piece], self._y[piece])
            item.setPen(
                pg.mkPen(colour(theme.series[0], 0.15 + 0.85 * (k + 1) / PIECES), width=1.5 * theme.line_width())
            )
        fade = np.linspace(0.2, 1.0, n)
        shown = np.unique(np.linspace(0, n - 1, min(n, 200)).astype(int)) if n else np.empty(0, int)
        self.points.setData(self._x[shown], self._y[shown], size=5 * theme.scale,
                            brush=[colour(theme.series[0], a) for a in fade[shown]])  # fmt: skip
        self.now.setData(self._x[-1:], self._y[-1:], size=13 * theme.scale, symbol="o",
                         brush=colour(theme.series[1]), pen=pg.mkPen(colour(theme.text), width=1.5))  # fmt: skip
        self._draw_marks()
        self._fit()
        self._leave()

    def _draw_marks(self) -> None:
        for item in self._mark_labels:
            self.plot.removeItem(item)
        self._mark_labels = []
        at = [int(np.searchsorted(self._steps, step, side="right")) - 1 for step, _ in self._marks]
        seen = [(max(k, 0), label) for k, (_, label) in zip(at, self._marks, strict=True) if len(self._x)]
        self.flips.setData(self._x[[k for k, _ in seen]], self._y[[k for k, _ in seen]], size=11 * self._theme.scale,
                           brush=colour(self._theme.warning), pen=pg.mkPen(colour(self._theme.text)))  # fmt: skip
        for k, label in seen:
            text = label_item(self._theme, self._theme.warning)
            text.setText(label)
            text.setPos(self._x[k], self._y[k])
            self.plot.addItem(text, ignoreBounds=True)
            self._mark_labels.append(text)

    def _fit(self) -> None:
        left = min(-4.2, float(self._x.min()) - 0.2) if len(self._x) else -4.2
        top = max(0.9, float(self._y.max()) * 1.15) if len(self._y) else 0.9
        self.plot.setRange(xRange=(left, 0.1), yRange=(-0.04 * top, top), padding=0)
        settle(self.plot)
        self.corner.setRect(-0.14 * -left, -0.18 * top, 0.28 * -left, 0.36 * top)
        self._place()

    def _place(self) -> None:
        (left, right), (bottom, top) = self.plot.viewRange()
        wide, high = right - left, top - bottom
        self.corner_label.setAnchor(QPointF(1.0, 1.0))
        box, corner = self.plot.getViewBox(), self.corner.rect()
        if box.width() >= ROOMY * self._theme.scale:  # beside the corner: a run begins just above it
            self.corner_label.setPos(corner.left() - 0.01 * wide, bottom + 0.02 * high)
        else:
            raised = corner.bottom() + 14 * self._theme.scale * high / max(box.height(), 1.0)
            self.corner_label.setPos(right - 0.015 * wide, raised)
        self.arrow.setPos(left + 0.03 * wide, bottom + 0.05 * high)
        self.arrow_label.setAnchor(QPointF(-0.7, 1.3))
        self.arrow_label.setPos(left + 0.03 * wide, bottom + 0.05 * high)
        for row, label in enumerate(self._mark_labels):
            point = ((label.pos().x() - left) / wide, (top - label.pos().y()) / high)
            across, down = point[0] * box.width(), point[1] * box.height()
            size = label.boundingRect()
            x, y = anchor(across, box.width(), size.width(), row)
            label.setAnchor(QPointF(x, within(y, down, box.height(), size.height())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _read(self, k: int) -> None:
        if not len(self._x):
            self.legend.say("not measured yet")
            return
        x, y = (f"{float(v[k]) + 0.0:.3f}".replace("-0.000", "0.000").replace("-", "−") for v in (self._x, self._y))
        self.legend.say(f"step {self._steps[k]:.0f}: ({x}, {y})")
        self.legend.setToolTip(f"After step {self._steps[k]:.0f}: uniformity {x}, alignment {y}")

    def _moved(self, where: QPointF) -> None:
        box = self.plot.getViewBox()
        if not (len(self._x) and box.sceneBoundingRect().contains(where)):
            self._leave()
            return
        at = box.mapSceneToView(where)
        (left, right), (bottom, top) = self.plot.viewRange()
        k = int(np.argmin(((self._x - at.x()) / (right - left)) ** 2 + ((self._y - at.y()) / (top - bottom)) ** 2))
        self._point_at(k, self._theme.text)

    def _point_at(self, k: int, ink: str) -> None:
        self.pointer.setData(self._x[k : k + 1], self._y[k : k + 1], size=17 * self._theme.scale,
                             pen=pg.mkPen(colour(ink), width=2 * self._theme.scale))  # fmt: skip
        self._read(k)

    def _leave(self) -> None:
        """The pointer is gone: the point of the timeline is marked, where there is one."""
        if np.isfinite(self._rest) and len(self._steps):
            self._point_at(max(int(np.searchsorted(self._steps, self._rest, side="right")) - 1, 0), self._theme.accent)
        else:
            self.pointer.setData([], [])
            self._read(len(self._x) - 1)

    def leaveEvent(self, event: Any) -> None:
        super().leaveEvent(event)
        self._leave()


def within(share: float, at: float, room: float, tall: float) -> float:
    """The share of a label `tall` pixels high at which its point lies, changed so far that the label stays in the plot.

    One that would stand below its point, but has no room there, stands above it.
    """
    if share < 0 and at + (1 - share) * tall > room:
        share = 1 - share
    return min(max(share, (at + tall - room) / max(tall, 1.0)), at / max(tall, 1.0))


def anchor(at: float, room: float, wide: float, row: int) -> tuple[float, float]:
    """Where in a label `wide` pixels wide its point lies, in shares: beside a point `at` pixels from the left, else below it.

    It stays within `room` pixels; every second label is lower, as switches are often flipped at once.
    """
    beside = 1.1 - 0.9 * (row % 2)
    if at + 1.08 * wide <= room:
        return -0.08, beside
    if at >= 1.08 * wide:
        return 1.08, beside
    inside = (at + wide - room) / max(wide, 1.0)
    return min(inside, at / max(wide, 1.0)), -0.35 - 0.9 * (row % 2)


def example() -> PlanePlot:
    """A run that spreads, then collapses when its negatives are taken away at step 300."""
    plot = PlanePlot()
    step = np.arange(0.0, 500.0, 10)
    after = np.clip((step - 300) / 100, 0, 1)
    plot.set_trail(
        step, (-3.4 * (1 - np.exp(-step / 80)) - 0.3) * (1 - after), (0.35 + 0.4 * np.exp(-step / 60)) * (1 - after)
    )
    plot.set_marks([(300.0, "negatives → off")])
    return plot


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
