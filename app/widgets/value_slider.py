"""ValueSlider: a number within its range, linear or logarithmic, sent once the hand rests."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QSlider, QWidget

from app.widgets.ink import type_face
from app.widgets.theme import LIGHT, Theme

TICKS = 200
REST_MS = 350


class ValueSlider(QWidget):
    """`changed` carries the new value when the handle was let go, or a moment after the last key."""

    changed = Signal(float)

    def __init__(self, label: str, lo: float, hi: float, *, log: bool = False, whole: bool = False,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self._lo, self._hi, self._log, self._whole = lo, hi, log and lo > 0, whole
        self._sent = self.value = lo
        self.label, self.number = QLabel(label), QLabel()
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.label.setWordWrap(True)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, TICKS)
        self.slider.setAccessibleName(label)
        layout = QGridLayout(self)
        layout.setContentsMargins(2, 0, 2, 0)
        layout.setVerticalSpacing(0)
        layout.addWidget(self.label, 0, 0)
        layout.addWidget(self.number, 0, 1, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self.slider, 1, 0, 1, 2)
        layout.setColumnStretch(0, 1)
        self.slider.setMinimumWidth(40)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._send)
        self.slider.valueChanged.connect(self._moved)
        self.slider.sliderReleased.connect(self._send)
        self.set_theme(LIGHT)

    def set_value(self, value: float) -> None:
        """Show `value` without sending it."""
        self._rest.stop()
        self.value = self._sent = value
        self.slider.blockSignals(True)
        self.slider.setValue(round(self._share(value) * TICKS))
        self.slider.blockSignals(False)
        self._write()

    def set_theme(self, theme: Theme) -> None:
        """Type."""
        self.label.setFont(type_face(theme, "body", bold=True))
        self.number.setFont(type_face(theme, "body", bold=True))

    def _share(self, value: float) -> float:
        value = min(max(value, self._lo), self._hi)
        if self._log:
            return math.log(value / self._lo) / math.log(self._hi / self._lo)
        return (value - self._lo) / (self._hi - self._lo)

    def _moved(self, tick: int) -> None:
        share = tick / TICKS
        value = self._lo * (self._hi / self._lo) ** share if self._log else self._lo + share * (self._hi - self._lo)
        self.value = round(value) if self._whole else float(f"{value:.3g}")
        self.value = min(max(self.value, self._lo), self._hi)
        self._write()
        if not self.slider.isSliderDown():
            self._rest.start()

    def _send(self) -> None:
        self._rest.stop()
        if self.value != self._sent:
            self._sent = self.value
            self.changed.emit(self.value)

    def _write(self) -> None:
        self.number.setText(f"{self.value:,.0f}" if self._whole else f"{self.value:.4g}")

    def hideEvent(self, event: object) -> None:
        """A widget that is put away sends what it still holds, and no timer outlives it."""
        del event
        self._send()


def example() -> ValueSlider:
    """A temperature."""
    slider = ValueSlider("temperature τ", 0.01, 2.0, log=True)
    slider.set_value(0.2)
    return slider


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 240, 70)
