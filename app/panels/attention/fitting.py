"""How the picture is brought to the network: what is cut, its size, and the memory that this needs."""

from __future__ import annotations

from typing import Literal, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from app.widgets.editors import WheelGuard
from app.widgets.ink import type_face
from app.widgets.segments import Segments
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.description import Description
from sslviz.spec.inspection import Fit, MemoryNeed

FITS = (
    ("crop", "crop", "The middle is cut out; what is lost is dimmed in the picture"),
    ("pad", "pad", "Grey is added at the short sides; nothing is lost"),
    ("resize", "stretch", "The sides are stretched; nothing is lost, but shapes change"),
)
FEWEST, MOST, TIMES = 2, 64, 4
STRIDE = 32
"""Pixels a step where the network has no patches."""
Size = tuple[int, int]


class Fitting(QWidget):
    """`changed`: another fit or size. Sizes are whole numbers of patches."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._patch, self._own, self._aspect = (STRIDE, STRIDE), (0, 0), 1.0
        self._chosen = 0  # patches of the shorter side; 0: the network's own
        self.fits = Segments("Fit", FITS)
        self.shaped = QCheckBox("keep the shape")
        self.shaped.setToolTip("Give the network the picture's own shape, where its positions allow that")
        self.label, self.slider = QLabel(), QSlider(Qt.Orientation.Horizontal)
        self.memory = WrappedLabel(quiet=True)
        self.slider.setAccessibleName("Size of the picture")
        self.slider.setToolTip(
            "Larger: finer maps, more memory and time. Far from the trained size positions are stretched."
        )
        WheelGuard(self.slider)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.fits)
        column.addWidget(self.shaped)
        row = QHBoxLayout()
        row.addWidget(self.label)
        row.addWidget(self.slider, 1)
        column.addLayout(row)
        column.addWidget(self.memory)
        self.fits.chosen.connect(lambda _: self.changed.emit())
        self.shaped.toggled.connect(lambda _: self.changed.emit())
        self.slider.valueChanged.connect(self._slid)
        self._theme = LIGHT
        self.set_theme(LIGHT)
        self._show()

    @property
    def fit(self) -> Fit:
        """What is chosen."""
        return cast(Literal["crop", "pad", "resize"], self.fits.value)

    @property
    def size_now(self) -> Size:
        """(height, width) that is asked for; (0, 0): the network's own."""
        if not self._chosen and not self.shaped.isChecked():
            return (0, 0)
        rows = columns = self._chosen or max(min(self._own) // self._patch[0], 1)
        if self.shaped.isChecked():
            rows = max(round(rows / min(self._aspect, 1.0)), 1)
            columns = max(round(columns * max(self._aspect, 1.0)), 1)
        return rows * self._patch[0], columns * self._patch[1]

    def set_size(self, size: Size) -> None:
        """Choose a size without sending it; (0, 0): the network's own."""
        self._chosen = min(size) // self._patch[0]
        self._show()

    def set_fit(self, fit: Fit) -> None:
        """Choose a fit without sending it."""
        self.fits.set_value(fit)

    def set_model(self, description: Description) -> None:
        """Whose patches sizes are counted in. A size that was chosen stays as near as patches allow."""
        patch = description.patch if all(description.patch) else (STRIDE, STRIDE)
        if (patch, description.image_size) != (self._patch, self._own):
            pixels = self._chosen * self._patch[0]
            self._patch, self._own = patch, description.image_size
            self._chosen = round(pixels / patch[0])
            self._show()

    def set_aspect(self, aspect: float) -> None:
        """Width by height of the picture as it was given."""
        self._aspect = aspect

    def _show(self) -> None:
        own = max(min(self._own) // self._patch[0], FEWEST)
        self.slider.blockSignals(True)
        self.slider.setRange(FEWEST, max(TIMES * own, MOST))
        self.slider.setValue(self._chosen or own)
        self.slider.blockSignals(False)
        self._say()

    def _say(self) -> None:
        own = not self._chosen and bool(min(self._own))
        self.label.setText(f"{self.slider.value() * self._patch[0]} px" + (" (its own)" if own else ""))

    def _slid(self, patches: int) -> None:
        self._chosen = patches
        self._say()
        self.changed.emit()

    def show_need(self, need: MemoryNeed | None, *, fits: bool = True) -> None:
        """The predicted memory; a warning where there is not enough."""
        self.memory.say(need.text if need else "")
        self.memory.setStyleSheet("" if fits else f"color: {self._theme.warning};")

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.fits.set_theme(theme)
        for widget in (self.shaped, self.label, self.memory):
            widget.setFont(type_face(theme, "small"))
