"""Pieces that show where the embeddings lie: the plane, the sphere, the spectrum and the gauges."""

from __future__ import annotations

import math
from collections.abc import Hashable

import numpy as np
from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from app.bridge.picture import RunPicture
from app.panels.train.drawing import Wishes, peek_of
from app.panels.train.figures import GAUGES, PLANE, SPECTRUM, SPHERE
from app.widgets.card import Card
from app.widgets.gauge import Gauge
from app.widgets.plane_plot import PlanePlot
from app.widgets.spectrum_plot import SpectrumPlot
from app.widgets.sphere_view import SphereView
from app.widgets.theme import LIGHT, Theme
from sslviz.spec.suspects import flip_text


class PlanePiece:
    """Alignment against uniformity, of z or of h."""

    def __init__(self) -> None:
        self.plot = PlanePlot()
        self.card = Card("Alignment × uniformity", self.plot, caption=PLANE.caption, about=PLANE.about)
        self.of = QComboBox()
        self.of.addItems(["z", "h"])
        self.of.setToolTip("z: what the loss sees, after the projector. h: the encoder's output, which is kept.")
        self.of.setAccessibleName("Representation in the plane")
        self.card.add_tool(self.of)
        self._seen: Hashable = None

    def draw(self, picture: RunPicture, wishes: Wishes) -> bool:
        """Draw what changed since the last time; False where nothing did."""
        drawn = self._draw_trail(picture)
        self.plot.stand_at(float("nan") if wishes.at is None else float(wishes.at))
        return drawn

    def _draw_trail(self, picture: RunPicture) -> bool:
        tail = "_h" if self.of.currentText() == "h" else ""
        steps, x = picture.table.series(f"uniformity{tail}")
        others, y = picture.table.series(f"alignment{tail}")
        both, a, b = np.intersect1d(steps, others, return_indices=True)
        marks = tuple((float(flip.step), flip_text(flip)) for flip in picture.flips)
        seen = (picture.run_id, tail, len(both), int(both[-1]) if len(both) else -1, marks)
        if seen == self._seen:
            return False
        self._seen = seen
        self.plot.set_marks(marks)
        self.plot.set_trail(both.astype(float), x[a], y[b])
        return True

    def clear(self) -> None:
        """Forget what is drawn."""
        self._seen = None
        self.plot.clear()


class SpherePiece(QObject):
    """Embeddings on the circle or on the sphere. `image_chosen` carries an image's index among the training images."""

    image_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._indices = np.empty(0, np.int64)  # of the image of each point
        self._selected = -1
        self.view = SphereView()
        self.card = Card("Embeddings", self.view, caption=SPHERE.caption, about=SPHERE.about)
        self.shape, self.lines = QComboBox(), QCheckBox("partners")
        self.shape.addItems(["circle", "sphere"])
        self.shape.setAccessibleName("Circle or sphere")
        self.shape.setToolTip("The sphere is turned by dragging, or with the arrow keys.")
        self.lines.setToolTip("A line between the two views of each image")
        self.shape.currentIndexChanged.connect(lambda index: self.view.show_sphere(index == 1))
        self.lines.toggled.connect(self.view.show_lines)
        self.view.picked.connect(self._picked)
        for tool in (self.lines, self.shape):
            self.card.add_tool(tool)
        self._seen: Hashable = None

    def draw(self, picture: RunPicture, _wishes: Wishes) -> bool:
        """Draw what changed since the last time; False where nothing did."""
        peek = peek_of(picture, "sphere", "circle", "sphere", "kept", "labels", "pairs")
        seen = (picture.run_id, id(peek))
        if peek is None or seen == self._seen:
            return False
        self._seen = seen
        spectrum = peek_of(picture, "spectrum", "values")
        kept, pairs = peek.arrays["kept"], peek.arrays["pairs"]
        self.lines.setEnabled(bool((pairs != np.arange(len(pairs))).any()))  # one view of each image has no partner
        self.view.set_points(
            peek.arrays["circle"], peek.arrays["sphere"], peek.arrays["labels"], pairs,
            (float(kept[0]), float(kept[-1])), names=picture.started.class_names if picture.started else (),
            dimensions=len(spectrum.arrays["values"]) if spectrum else 0)  # fmt: skip
        self._indices = peek.arrays.get("indices", np.empty(0, np.int64))
        self.select(self._selected)
        return True

    def select(self, index: int) -> None:
        """Mark the points of an image of the data set; -1 none."""
        self._selected = index
        self.view.mark(np.flatnonzero(self._indices == index).tolist() if index >= 0 else [])

    def _picked(self, row: int) -> None:
        if row < len(self._indices):
            self.image_chosen.emit(int(self._indices[row]))

    def clear(self) -> None:
        """Forget what is drawn."""
        self._seen, self._indices = None, np.empty(0, np.int64)
        self.view.clear()


class SpectrumDrawing:
    """Fills a plot with the singular values of z, wherever it stands."""

    def __init__(self, plot: SpectrumPlot) -> None:
        self.plot = plot
        self._seen: Hashable = None
        self._run = ""

    def draw(self, picture: RunPicture, _wishes: Wishes) -> bool:
        """Draw what changed since the last time; False where nothing did."""
        peek = peek_of(picture, "spectrum", "values")
        if peek is None or (picture.run_id, id(peek)) == self._seen:
            return False
        if self._run != picture.run_id:
            self.plot.clear()
        self._seen, self._run = (picture.run_id, id(peek)), picture.run_id
        values = peek.arrays["values"]
        self.plot.set_values(np.where(np.isfinite(values), values, 0.0), peek.step)
        return True

    def clear(self) -> None:
        """Forget what is drawn."""
        self._seen, self._run = None, ""
        self.plot.clear()


class SpectrumPiece(SpectrumDrawing):
    """Singular values of z, on a card of their own."""

    def __init__(self) -> None:
        super().__init__(SpectrumPlot())
        self.card = Card("Spectrum of z", self.plot, caption=SPECTRUM.caption, about=SPECTRUM.about)


UNKNOWN = math.inf
"""Upper end of a rank's gauge while nobody knows the largest rank."""
SPECTRUM_HEIGHT = 120
"""Pixels at scale 1 below which a spectrum cannot be read."""


class Gauges(QWidget):
    """Spread and effective rank, as many as there is room for, most telling first; the spectrum below where it fits."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = LIGHT
        self.bars = {
            "std": Gauge("std × √d of z", 0.0, 1.0, "one point", "even"),
            "rankme": Gauge("RankMe of z", 1.0, UNKNOWN, "direction", "all of"),
            "std_h": Gauge("std × √d of h", 0.0, 1.0, "one point", "even"),
            "rankme_h": Gauge("RankMe of h", 1.0, UNKNOWN, "direction", "all of"),
        }
        self.spectrum = SpectrumPlot()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(2, 4, 2, 0)
        for bar in self.bars.values():
            self._layout.addWidget(bar)
        self._layout.addWidget(self.spectrum, 1)
        self._layout.addStretch(0)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.theme = theme
        for bar in self.bars.values():
            bar.set_theme(theme)
        self.spectrum.set_theme(theme)
        self._fill()

    def set_features(self, count: int) -> None:
        """The length of h, which is the largest rank that it could have; 0 unknown: its rank is then not shown."""
        end = count if count > 1 else UNKNOWN
        if end != self.bars["rankme_h"].hi:
            self.bars["rankme_h"].set_end(end, "all of")
            self._fill()

    def table(self) -> tuple[list[str], list[list[float]]]:
        """One row of the values."""
        return list(self.bars), [[bar.value for bar in self.bars.values()]]

    def minimumSizeHint(self) -> QSize:
        """Of one bar: how many are seen follows from the height, and shall not hold it up."""
        return QSize(super().minimumSizeHint().width(), self.bars["std"].sizeHint().height() + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fill()

    def _fill(self) -> None:
        each = self.bars["std"].sizeHint().height() + self._layout.spacing()
        tall = round(SPECTRUM_HEIGHT * self.theme.scale)
        room = self.height() + 4 - 2 * each
        self.bars["rankme"].setVisible(room >= 0)
        self.spectrum.setVisible(room >= tall)
        spare = room - tall * (room >= tall)
        for k, name in enumerate(("std_h", "rankme_h"), 1):
            self.bars[name].setVisible(spare >= k * each and self.bars[name].hi < UNKNOWN)


class GaugesPiece:
    """The collapse indicators with their reference values."""

    def __init__(self) -> None:
        self.gauges = Gauges()
        self.card = Card("Collapse gauges", self.gauges, caption=GAUGES.caption, about=GAUGES.about)
        self._spectrum = SpectrumDrawing(self.gauges.spectrum)
        self._seen: Hashable = None

    def draw(self, picture: RunPicture, wishes: Wishes) -> bool:
        """Draw what changed since the last time; False where nothing did."""
        fresh = self._spectrum.draw(picture, wishes)
        latest, bound = {name: value_at(picture, name, wishes.at) for name in self.gauges.bars}, _bound(picture)
        seen = (picture.run_id, repr(latest), bound, wishes.at)
        if seen == self._seen:
            return fresh
        self._seen = seen
        for name, bar in self.gauges.bars.items():
            bar.set_value(latest[name])
        steps, _ = picture.table.series("std")
        steps = steps if wishes.at is None else steps[steps <= wishes.at]
        self.card.set_title(f"Collapse gauges, step {steps[-1]}" if len(steps) else "Collapse gauges")
        self.gauges.bars["rankme"].set_end(bound if bound > 1 else UNKNOWN, "all of")
        return True

    def clear(self) -> None:
        """Forget what is drawn."""
        self._seen = None
        self._spectrum.clear()
        self.card.set_title("Collapse gauges")
        for bar in self.gauges.bars.values():
            bar.set_value(float("nan"))


def value_at(picture: RunPicture, name: str, step: int | None) -> float:
    """The last value of a measure up to `step` (None: of all), NaN where it was not measured until then."""
    steps, values = picture.table.series(name)
    upto = len(steps) if step is None else int(np.searchsorted(steps, step, side="right"))
    return float(values[upto - 1]) if upto else float("nan")


def _bound(picture: RunPicture) -> float:
    """The largest rank that z could have: a reference line of the run, else the number of its singular values; 0 unknown."""
    lines = [value for (measure, _), value in picture.references.items() if measure == "rankme"]
    peek = peek_of(picture, "spectrum", "values")
    return max(lines) if lines else float(len(peek.arrays["values"])) if peek else 0.0
