"""The left of the view: what is hidden, the brush, the target, and which picture."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.panels.reconstruct.hiding import RATIO, Hiding
from app.widgets.ink import type_face
from app.widgets.live_slider import LiveSlider
from app.widgets.picture_source import Source
from app.widgets.scrolling import scroll
from app.widgets.seed_box import SeedBox
from app.widgets.segments import Segments
from app.widgets.small_button import wide_button
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.inspection import Fit, Strategy
from sslviz.spec.params import ParamInfo

RATIO_INFO = ParamInfo("ratio", "float", RATIO, "share hidden", 0.05, 0.95, paper="0.75 in MAE",
                       up="fewer patches to guess from", down="more of the picture to copy from")  # fmt: skip
STRATEGIES = (
    ("random", "random", "Any patches, as in MAE"),
    ("block", "block", "One area: harder, as its middle is far from what is seen"),
    ("grid", "grid", "Every second patch: easier, as all have neighbours that are seen"),
    ("painted", "by hand", "Paint on any picture with the pointer; it begins with what is hidden now"),
)
BRUSHES = (("1", "1", "One patch"), ("3", "3", "3 × 3 patches"), ("5", "5", "5 × 5 patches"))
WAYS = (
    ("hide", "hide", "The left button hides, the right one shows (X)"),
    ("show", "show", "The left button shows, the right one hides (X)"),
)
TARGETS = (
    ("pixels", "pixels", "The model predicts pixels as they are"),
    (
        "own",
        "own contrast",
        "The model predicts each patch by its own mean and deviation; both are taken from the truth to draw it",
    ),
)
FITS = (
    ("crop", "crop", "The middle is cut out"),
    ("pad", "pad", "Grey is added at the short sides"),
    ("resize", "stretch", "The sides are stretched; shapes change"),
)
UNKNOWN = "The file does not say what its target was. Where the prediction is grey and faint, try the other one."


class Controls(QScrollArea):
    """What the user chooses."""

    strategy_chosen = Signal(str)
    ratio_moved = Signal(object)
    seed_chosen = Signal(int)
    anew = Signal()
    inverted = Signal()
    uncovered = Signal()
    brush_changed = Signal()
    target_chosen = Signal(object)  # bool: by its own mean and deviation
    fit_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strategies, self.ratio = Segments("What is hidden", STRATEGIES), LiveSlider(RATIO_INFO)
        self.seed = SeedBox(
            "Seed of the mask", "The same seed hides the same patches, in every view and from the command line"
        )
        self.again = wide_button("New mask", "Draw another mask of this kind (N)")
        self.invert, self.none = (
            wide_button("Invert", "Hide what is seen (I)"),
            wide_button("Show all", "Hide nothing, to paint from there (A)"),
        )
        self.brushes, self.ways = Segments("Width of the brush", BRUSHES), Segments("What the brush does", WAYS)
        self.targets, self.unknown = Segments("Target", TARGETS), WrappedLabel(UNKNOWN, quiet=True)
        self.source, self.fits = Source(), Segments("Fit", FITS)
        self.headings = {name: QLabel(name) for name in ("Hidden", "Brush", "Target", "Picture")}
        self._lay_out()
        self._connect()
        self.show_target(stored=None, normalised=None)
        self.set_theme(LIGHT)

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(5)
        parts: tuple[QWidget | tuple[QWidget, ...], ...] = (
            self.headings["Hidden"], self.strategies, self.ratio, (self.seed, self.again), (self.invert, self.none),
            self.headings["Brush"], (self.ways, self.brushes),
            self.headings["Target"], self.targets, self.unknown,
            self.headings["Picture"], self.source, self.fits,
        )  # fmt: skip
        for part in parts:
            if isinstance(part, QWidget):
                column.addWidget(part)
            else:
                row = QHBoxLayout()
                row.setSpacing(5)
                for widget in part:
                    row.addWidget(widget, 1)
                column.addLayout(row)
        column.addStretch(1)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll(self, inside, sideways=True)

    def _connect(self) -> None:
        self.strategies.chosen.connect(self.strategy_chosen)
        self.ratio.moved.connect(self.ratio_moved)
        self.seed.valueChanged.connect(self.seed_chosen)
        self.again.clicked.connect(self.anew)
        self.invert.clicked.connect(self.inverted)
        self.none.clicked.connect(self.uncovered)
        self.brushes.chosen.connect(lambda _: self.brush_changed.emit())
        self.ways.chosen.connect(lambda _: self.brush_changed.emit())
        self.targets.chosen.connect(lambda name: self.target_chosen.emit(name == "own"))
        self.fits.chosen.connect(self.fit_chosen)

    # What is chosen ------------------------------------------------------------------------------------------------

    @property
    def strategy(self) -> Strategy:
        """How patches are hidden."""
        return cast(Strategy, self.strategies.value)

    @property
    def fit(self) -> Fit:
        """How the picture is brought to the model's size."""
        return cast(Fit, self.fits.value)

    @property
    def brush(self) -> int:
        """Width in patches."""
        return int(self.brushes.value)

    @property
    def erases(self) -> bool:
        """Whether the left button shows patches."""
        return self.ways.value == "show"

    def swap_ways(self) -> None:
        """Hide where it showed, and the other way round."""
        self.ways.set_value("hide" if self.erases else "show")
        self.brush_changed.emit()

    def show_hiding(self, hiding: Hiding) -> None:
        """What is hidden now, without sending it."""
        self.strategies.set_value(hiding.strategy)
        self.ratio.set_value(hiding.ratio)
        self.seed.show_seed(hiding.seed)

    def show_target(self, *, stored: bool | None, normalised: bool | None) -> None:
        """The switch stands only where the model does not say what its target is."""
        for widget in (self.headings["Target"], self.targets, self.unknown):
            widget.setVisible(stored is False)
        self.targets.set_value("own" if normalised else "pixels")

    def set_possible(self, *, masked: bool, puzzled: bool = False) -> None:
        """Whether patches can be hidden, or tiles are mixed up with a seed; other tasks leave nothing to choose."""
        by_hand = (self.strategies, self.ratio, self.invert, self.none, self.brushes, self.ways, self.headings["Brush"])
        for part in by_hand:
            part.setVisible(masked)
        for widget in (self.headings["Hidden"], self.seed, self.again):
            widget.setVisible(masked or puzzled)
        self.again.setText("New puzzle" if puzzled else "New mask")

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        for heading in self.headings.values():
            heading.setFont(type_face(theme, "body", bold=True))
        for widget in (self.seed, self.seed.lineEdit(), self.again, self.invert, self.none, self.unknown):
            widget.setFont(type_face(theme, "small"))
        for part in (self.strategies, self.ratio, self.brushes, self.ways, self.targets, self.source, self.fits):
            part.set_theme(theme)
