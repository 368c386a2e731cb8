"""LiveSlider: a number that is sent while the hand moves, and once more when it rests."""

from __future__ import annotations

import dataclasses
import math

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from app.widgets.editors import NumberBox, WheelGuard
from app.widgets.form import explain
from app.widgets.ink import colour, type_face
from app.widgets.theme import LIGHT, Theme
from sslviz.spec.params import ParamInfo

NOTCHES = 400
REST_MS = 300


class LiveSlider(QWidget):
    """Label, slider and box of one parameter. `moved` carries every value on the way, `rested` the one that it came to."""

    moved = Signal(object)
    rested = Signal(object)

    def __init__(self, info: ParamInfo, label: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.info = info
        self.label = QLabel(label or info.label)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, NOTCHES if info.kind == "float" else round(info.hi - info.lo))
        self.box = NumberBox(dataclasses.replace(info, unit=""))
        self._value = self._rested = float(info.default)
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._rest.timeout.connect(self._settle)
        WheelGuard(self.slider)
        for control in (self.slider, self.box):
            control.setAccessibleName(self.label.text())
        for widget in (self, self.label, self.slider, self.box):
            widget.setToolTip(explain(info))
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderReleased.connect(self._settle)
        self.box.valueChanged.connect(self._typed)
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget, stretch in ((self.label, 0), (self.slider, 1), (self.box, 0)):
            row.addWidget(widget, stretch)
        self.set_value(float(info.default))
        self.set_theme(LIGHT)

    @property
    def value(self) -> float | int:
        """What is shown."""
        return round(self._value) if self.info.kind == "int" else self._value

    def set_value(self, value: float) -> None:
        """Show `value` without sending it."""
        self._rest.stop()
        self._value = self._rested = float(value)
        self._show(slider=True, box=True)

    def set_theme(self, theme: Theme) -> None:
        """Colours, type, and widths such that rows below each other line up."""
        ink = self.label.palette()
        ink.setColor(QPalette.ColorRole.WindowText, colour(theme.text))
        self.label.setPalette(ink)
        for widget in (self.label, self.box, self.box.lineEdit()):
            widget.setFont(type_face(theme, "small"))
        self.label.setFixedWidth(round(134 * theme.scale))
        self.box.setMinimumWidth(0)
        self.box.setFixedWidth(round(66 * theme.scale))
        self.slider.setMinimumWidth(round(50 * theme.scale))

    def _show(self, *, slider: bool = False, box: bool = False) -> None:
        for control, wanted in ((self.slider, slider), (self.box, box)):
            control.blockSignals(True)
            if wanted and control is self.slider:
                self.slider.setValue(self._notch(self._value))
            elif wanted:
                self.box.setValue(self._value)
            control.blockSignals(False)

    def _notch(self, value: float) -> int:
        share = (value - self.info.lo) / (self.info.hi - self.info.lo)
        return round(share * self.slider.maximum())

    def _slid(self, notch: int) -> None:
        raw = self.info.lo + (self.info.hi - self.info.lo) * notch / self.slider.maximum()
        self._value = float(raw if self.info.kind == "int" else _tidy(raw, self.info))
        self._show(box=True)
        self._moved()

    def _typed(self, value: float) -> None:
        self._value = value
        self._show(slider=True)
        self._moved()

    def _moved(self) -> None:
        self.moved.emit(self.value)
        if not self.slider.isSliderDown():
            self._rest.start()

    def _settle(self) -> None:
        self._rest.stop()
        if self._value != self._rested:
            self._rested = self._value
            self.rested.emit(self.value)

    def hideEvent(self, event: QHideEvent) -> None:
        """What is put away sends what it still holds, and no timer outlives it."""
        super().hideEvent(event)
        self._settle()


def _tidy(value: float, info: ParamInfo) -> float:
    """`value` in steps that read well, within the limits."""
    step = 10.0 ** math.floor(math.log10((info.hi - info.lo) / 100))
    return min(max(float(f"{round(value / step) * step:.6g}"), info.lo), info.hi)


def example() -> LiveSlider:
    """The smallest crop."""
    from sslviz.spec.augmentation import ViewRecipe
    from sslviz.spec.params import describe

    return LiveSlider(next(info for info in describe(ViewRecipe) if info.name == "crop_min"))


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 340, 50)
