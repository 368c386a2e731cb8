"""CurvePlot: measured values over time, with reference lines, marks and an exact read-out.

Points are joined by straight lines only; where they are sparse each measured point carries a marker. Above the plot stands a
legend with the latest values; under the pointer (or after the arrow keys) it shows the values of the nearest measured points.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.widgets.ink import colour, pixels
from app.widgets.plot_bands import Band, Bands
from app.widgets.plot_face import GLYPHS, SYMBOLS, label_axis, legend_over, make_plot, paint_face, settle
from app.widgets.plot_lines import Marks, References
from app.widgets.series import Curve, Scene, Series
from app.widgets.text_lines import GAP, TextLines
from app.widgets.theme import LIGHT, Theme

Floats = NDArray[np.float64]
LEAST = 10.0
"""So much of x is shown even where less was measured."""


class CurvePlot(QWidget):
    """Curves over a common x. `hovered` carries the x under the pointer, NaN when it leaves."""

    double_clicked = Signal()
    hovered = Signal(float)

    def __init__(self, y_label: str = "", *, unit: str = "", floor: float | None = None,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        """`floor`: the y axis always reaches down to it. `unit` follows each value of the read-out."""
        super().__init__(parent)
        self._theme, self._unit, self._floor = LIGHT, unit, floor
        self._curves: tuple[Curve, ...] = ()
        self._series: list[Series] = []
        self._smoothing, self._log, self._wants_log, self._auto = 0.0, False, False, True
        self._x_label, self._least, self._cursor = "step", LEAST, float("nan")
        self._rest = self._pointed = float("nan")  # where the cross-hair stands by itself, and where it was asked to be
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.legend = TextLines()
        self.plot = make_plot()
        legend_over(self, self.legend, self.plot)
        self.references, self.marks, self.bands = References(self.plot), Marks(self.plot), Bands(self.plot)
        self.references.obstacles = self._some_points
        self._hair = pg.InfiniteLine(angle=90)
        self._dots = pg.ScatterPlotItem(size=10)
        for item in (self._hair, self._dots):
            item.setZValue(50)
            item.hide()
            self.plot.addItem(item, ignoreBounds=True)
        label_axis(self.plot, "left", y_label)
        self.plot.scene().sigMouseMoved.connect(self._moved)
        self.plot.scene().sigMouseClicked.connect(self._clicked)
        self.plot.double_clicked.connect(self.double_clicked)
        self.plot.getViewBox().sigResized.connect(self._resized)
        self.plot.getViewBox().sigRangeChangedManually.connect(self._hold_range)
        self.set_theme(LIGHT)

    # What is drawn -------------------------------------------------------------------------------------------------

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Draw these series; colours and markers follow their order."""
        self._curves = tuple(curves)
        self._choose_scale()
        while len(self._series) < len(curves):
            self._series.append(Series(self.plot, len(self._series)))
        self._draw()
        self._fit()
        if np.isfinite(self._rest):
            self.point_at(self._pointed)  # what it stands on may only now be there
        else:
            self._write_legend()

    def set_references(self, lines: Sequence[tuple[str, float]]) -> None:
        """Horizontal lines with their labels, such as ("chance", 10.0)."""
        if self.references.set(lines, self._log, self._theme):
            self._fit()

    def set_marks(self, marks: Sequence[tuple[float, str]]) -> None:
        """Vertical lines with their labels, such as (312, "negatives → off")."""
        if self.marks.set(marks, self._theme):
            self._fit()

    def set_bands(self, bands: Sequence[Band]) -> None:
        """Areas behind the curves, such as what the same runs were measured to do before. A logarithmic axis has none."""
        self.bands.set(() if self._log else bands, self._theme)
        self._fit()

    def set_smoothing(self, weight: float) -> None:
        """Weight of the moving average over dense series, in [0, 1); 0 shows the measured values alone."""
        if weight != self._smoothing:
            self._smoothing = weight
            self.set_curves(self._curves)

    def set_log(self, on: bool) -> None:
        """Logarithmic y axis; values that are not positive are then left out. Without a positive one it stays linear."""
        if on != self._wants_log:
            self._wants_log, self._auto = on, True
            self.set_curves(self._curves)

    def _choose_scale(self) -> None:
        measured = [c for c in self._curves if len(c.y)]
        log = self._wants_log and (not measured or any(float(c.y.max()) > 0 for c in measured))
        if log != self._log:
            self._log = log
            self.plot.getAxis("left").setLogMode(log)
            self.references.set(self.references.lines, log, self._theme)

    def set_x_label(self, text: str, least: float = LEAST) -> None:
        """Name of the x axis, with its unit: "step", "epoch", "time in s"; it is never shorter than `least`."""
        if text != self._x_label or not self.plot.getAxis("bottom").labelText:
            self._x_label, self._least = text, least
            label_axis(self.plot, "bottom", text)
            self.show_all()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        paint_face(self.plot, theme)
        self.legend.set_theme(theme)
        self.references.set(self.references.lines, self._log, theme)
        self.marks.set(self.marks.marks, theme)
        self.bands.set(self.bands.bands, theme)
        self.set_curves(self._curves)

    def clear(self) -> None:
        """No series, no lines, no marks."""
        self.set_curves(())
        self.set_references(())
        self.set_marks(())
        self.set_bands(())
        self.stand_at(float("nan"))
        self._auto = True

    def table(self) -> tuple[list[str], list[list[float]]]:
        """What is drawn as rows of numbers: (x, one column a series), blank (NaN) where a series was not measured."""
        xs = np.unique(np.concatenate([c.x for c in self._curves])) if self._curves else np.empty(0)
        columns = np.full((len(xs), len(self._curves)), np.nan)
        for k, curve in enumerate(self._curves):
            columns[np.searchsorted(xs, curve.x), k] = curve.y
        return [self._x_label, *(c.label for c in self._curves)], np.column_stack([xs, columns]).tolist()

    def _draw(self) -> None:
        window = None if self._auto else tuple(self.plot.viewRange()[0])
        width = max(int(self.plot.getViewBox().width()), 50)
        scene = Scene(self._theme, self._smoothing, self._log, window, width)
        for k, series in enumerate(self._series):
            series.draw(self._curves[k] if k < len(self._curves) else None, scene)

    def _some_points(self) -> tuple[Floats, Floats]:
        """At most 150 points of each series, where they are drawn."""
        picks = [np.linspace(0, len(c.x) - 1, min(len(c.x), 150)).astype(int) for c in self._curves]
        x = np.concatenate([np.empty(0), *(c.x[p] for c, p in zip(self._curves, picks, strict=True))])
        y = np.concatenate([np.empty(0), *(c.y[p] for c, p in zip(self._curves, picks, strict=True))])
        return x, (np.log10(np.maximum(y, 1e-300)) if self._log else y)

    # Range ---------------------------------------------------------------------------------------------------------

    def show_all(self) -> None:
        """Fit the axes to the data again, now and as it grows."""
        self._auto = True
        self._draw()
        self._fit()

    def _hold_range(self) -> None:
        self._auto = False
        self._draw()

    def _resized(self, _box: Any = None) -> None:
        self._draw()
        self._fit()

    def _fit(self) -> None:
        filled = [c for c in self._curves if len(c.x)]
        if not (self._auto and filled):
            return
        low = min(float(c.x[0]) for c in filled)
        high = max(float(c.x[-1]) for c in filled)
        bottom, top = self._y_range()
        self.plot.setRange(xRange=(low, max(high, low + self._least)), yRange=(bottom, top), padding=0.02)
        settle(self.plot)

    def _y_range(self) -> tuple[float, float]:
        lines = [v for _, v in self.references.lines]
        values = (
            [np.log10(v) for v in lines if v > 0]
            if self._log
            else [*lines, *([] if self._floor is None else [self._floor])]
        )
        values += [v for series in self._series for v in series.extent() if np.isfinite(v)]
        values += () if self._log else self.bands.extent()
        bottom, top = float(min(values, default=0.0)), float(max(values, default=1.0))
        room = (top - bottom) * 0.06 or max(abs(top), 1e-6) * 0.1
        top += room
        labels = self.marks.height() + (1.6 * pixels(self._theme, "small") if self.references.lines else 0.0)
        share = min(labels / max(self.plot.getViewBox().height(), 1.0), 0.5)
        low = bottom if bottom == self._floor and not self._log else bottom - room
        return low, top + (top - low) * share / (1 - share)

    # Read-out ------------------------------------------------------------------------------------------------------

    def stand_at(self, x: float) -> None:
        """Where the cross-hair is while no pointer and no key moves it (NaN: nowhere), such as the place of a timeline."""
        if x != self._rest and (np.isfinite(x) or np.isfinite(self._rest)):
            self._rest = x
            self.point_at(float("nan"))

    def point_at(self, x: float) -> None:
        """Put the cross-hair on the measured point nearest to `x` (NaN: back to where it stands) and read all series there."""
        self._pointed = x
        x = x if np.isfinite(x) else self._rest
        filled = [(k, c) for k, c in enumerate(self._curves) if len(c.x)]
        shown = bool(filled) and bool(np.isfinite(x))
        self._hair.setVisible(shown)
        self._dots.setVisible(shown)
        self._cursor = float("nan")
        if shown:
            near = [(k, c, nearest(c.x, x)) for k, c in filled]
            self._cursor = min((float(c.x[i]) for _, c, i in near), key=lambda at: abs(at - x))
            self._hair.setPen(self._hair_pen())
            self._hair.setPos(self._cursor)
            spots = [self._spot(k, float(c.x[i]), float(c.y[i])) for k, c, i in near]
            self._dots.setData([s for s in spots if np.isfinite(s["pos"][1])])
        self._write_legend()

    def _hair_pen(self) -> Any:
        """Strong where the cross-hair stands by itself, fine where it follows a pointer."""
        theme, follows = self._theme, np.isfinite(self._pointed)
        return (
            pg.mkPen(colour(theme.text, 0.6), width=1)
            if follows
            else pg.mkPen(colour(theme.accent), width=2 * theme.scale)
        )

    def _spot(self, k: int, x: float, y: float) -> dict[str, Any]:
        ink = colour(self._theme.series[k % len(self._theme.series)])
        height = (np.log10(y) if y > 0 else np.nan) if self._log else y
        return {"pos": (x, height), "brush": ink, "pen": pg.mkPen(colour(self._theme.text), width=1),
                "symbol": SYMBOLS[k % len(SYMBOLS)], "size": round(9 * self._theme.scale)}  # fmt: skip

    def reading(self) -> str:
        """The legend as plain text, with the values that it shows now."""
        return "   ".join(text for _, text in self._readings())

    def _readings(self) -> list[tuple[int, str]]:
        parts = []
        for k, curve in enumerate(self._curves):
            if not len(curve.x):
                continue
            at = nearest(curve.x, self._cursor) if np.isfinite(self._cursor) else len(curve.x) - 1
            exact = bool(np.isfinite(self._cursor))
            text = f"{curve.label} {number(float(curve.y[at]), 5 if exact else 3)}{self._unit}"
            if curve.dense and self._smoothing > 0 and not exact and len(self._curves) == 1:  # else there is no room
                text += f" (smoothed {number(float(self._series[k].mean[at]), 3)})"
            if exact:
                text += f" at {self._x_label.split(' ')[0]} {number(float(curve.x[at]))}"
            parts.append((k, text))
        return parts

    def _write_legend(self) -> None:
        theme, parts = self._theme, []
        for k, text in self._readings():
            parts += [(GLYPHS[k % len(GLYPHS)], theme.series[k % len(theme.series)]), (f" {text}{GAP}", "")]
        if parts and self._wants_log and not self._log:
            parts.append(("not positive: linear", theme.muted))
        self.legend.say_parts(parts or [("not measured yet", theme.muted)])

    def _moved(self, where: QPointF) -> None:
        box = self.plot.getViewBox()
        inside = box.sceneBoundingRect().contains(where)
        x = float(box.mapSceneToView(where).x()) if inside else float("nan")
        self.point_at(x)
        self.hovered.emit(self._cursor)

    def leaveEvent(self, event: Any) -> None:
        super().leaveEvent(event)
        self.point_at(float("nan"))
        self.hovered.emit(float("nan"))

    def _clicked(self, _event: Any) -> None:
        self.setFocus()

    def event(self, event: QEvent) -> bool:
        """Left and right are this widget's while it has the keyboard, whatever they do around it."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _WALK:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right walk over the measured points, Home shows all, Escape takes the cross-hair away."""
        if event.key() in _WALK:
            self._walk(_WALK[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Home:
            self.show_all()
        elif event.key() == Qt.Key.Key_Escape and np.isfinite(self._pointed):
            self.point_at(float("nan"))
        else:
            super().keyPressEvent(event)

    def _walk(self, by: int) -> None:
        xs = np.unique(np.concatenate([c.x for c in self._curves])) if self._curves else np.empty(0)
        if len(xs):
            at = nearest(xs, self._cursor) + by if np.isfinite(self._cursor) else len(xs) - 1
            self.point_at(float(xs[min(max(at, 0), len(xs) - 1)]))


_WALK = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


def nearest(x: Floats, at: float) -> int:
    """Index of the element of ascending `x` (n > 0,) that is nearest to `at`."""
    right = int(np.searchsorted(x, at))
    if right == 0 or right == len(x):
        return min(right, len(x) - 1)
    return right if x[right] - at < at - x[right - 1] else right - 1


def number(value: float, digits: int = 5) -> str:
    """A measured value with the digits that a reader can use: whole numbers whole, others with so many digits."""
    if abs(value) < 1e9 and value == round(value):
        return f"{round(value)}"
    return f"{value:.{digits}g}".replace("-", "−")


def example() -> CurvePlot:
    """A falling loss with a switch flipped at step 300."""
    rng = np.random.default_rng(0)
    x = np.arange(1.0, 501.0)
    plot = CurvePlot("NT-Xent, mean over 2N anchors")
    plot.set_x_label("step")
    plot.set_smoothing(0.9)
    plot.set_curves([Curve("loss", x, 2.2 + 4.0 * np.exp(-x / 90) + rng.normal(0, 0.12, len(x)), dense=True)])
    plot.set_references([("chance ln(2N−1)", float(np.log(511)))])
    plot.set_marks([(300.0, "negatives → off")])
    return plot


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
