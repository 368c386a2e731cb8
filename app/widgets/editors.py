"""Editors for one parameter each, made from its `ParamInfo`: number (slider and box), switch, choice, text."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QValidator
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QHBoxLayout, QLineEdit, QSlider, QWidget

from sslviz.spec.params import ParamInfo, Scalar

SETTLE_MS = 250  # a dragged slider or a held key is one change, not a hundred
NOTCHES = 400
OUTLINE = 4  # px between the frame of a refused value and its control


class Editor(QWidget):
    """Base: shows a value, emits `changed` with the new one when the user has settled on it."""

    changed = Signal(object)

    def __init__(self, info: ParamInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.info = info
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(6)
        self._outline = ""

    def outline(self, colour: str) -> None:
        """Draw a frame around it in `colour`, or none with ""."""
        if colour != self._outline:
            self._outline = colour
            margin = OUTLINE if colour else 0
            self.row.setContentsMargins(margin, margin, margin, margin)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The frame, where there is one."""
        super().paintEvent(event)
        if self._outline:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self._outline), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
            painter.end()

    def value(self) -> Scalar:
        """What is shown."""
        raise NotImplementedError

    def set_value(self, value: Scalar) -> None:
        """Show a value without emitting."""
        raise NotImplementedError


class WheelGuard(QObject):
    """Scrolling past a control must not change it: the wheel counts only where the keyboard is."""

    def __init__(self, control: QWidget) -> None:
        super().__init__(control)
        self._control = control
        control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        control.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hand the wheel of an unfocused control on to the scroll area."""
        if event.type() == QEvent.Type.Wheel and not self._control.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)


class NumberBox(QDoubleSpinBox):
    """A spin box that writes numbers shortly, and steps by ratio on a log scale."""

    def __init__(self, info: ParamInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info = info
        self.setDecimals(0 if info.kind == "int" else 9)
        self.setRange(max(info.lo, -1e12), min(info.hi, 1e12))
        self.setKeyboardTracking(False)
        self.setSuffix(f" {info.unit}" if info.unit else "")
        WheelGuard(self)
        self.setSingleStep(1 if info.kind == "int" else _tidy_step(info))

    def textFromValue(self, value: float) -> str:
        """The shortest honest writing of a number."""
        return f"{value:.0f}" if self._info.kind == "int" else f"{value:.5g}"

    def valueFromText(self, text: str) -> float:
        """The number that was typed; what is no number keeps the old one."""
        word = text.removesuffix(self.suffix()).strip().replace(",", ".")
        try:
            return float(word)
        except ValueError:
            return self.value()

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Anything may stand there while typing; a number in range may stay."""
        word = text.removesuffix(self.suffix()).strip().replace(",", ".")
        try:
            fits = self.minimum() <= float(word) <= self.maximum()
        except ValueError:
            fits = False
        return (QValidator.State.Acceptable if fits else QValidator.State.Intermediate), text, position

    def stepBy(self, steps: int) -> None:
        """One step: 1-2-5 of the range, or a tenth of a decade on a log scale."""
        if self._info.scale == "log" and self.value() > 0:
            self.setValue(float(f"{self.value() * 10 ** (steps / 10):.2g}"))
        else:
            super().stepBy(steps)


def _tidy_step(info: ParamInfo) -> float:
    span = info.hi - info.lo
    if not math.isfinite(span) or span <= 0:
        return 0.1
    decade = 10 ** math.floor(math.log10(span / 20))
    return float(next(decade * m for m in (1, 2, 5, 10) if decade * m >= span / 40))


class NumberEditor(Editor):
    """A number: a box, and a slider where the range is one that a hand can travel."""

    def __init__(self, info: ParamInfo, parent: QWidget | None = None) -> None:
        super().__init__(info, parent)
        self.box = NumberBox(info, self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, NOTCHES)
        self.slider.setVisible(self._has_slider())
        self.slider.setMinimumWidth(60)
        WheelGuard(self.slider)
        self.row.addWidget(self.slider, 1)
        self.row.addWidget(self.box, 0 if self._has_slider() else 1)
        self.setFocusProxy(self.box)
        self._settle = QTimer(self, interval=SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(self._emit)
        self._last = info.default
        self.slider.valueChanged.connect(self._from_slider)
        self.slider.sliderReleased.connect(self._emit)
        self.box.valueChanged.connect(self._from_box)
        self.set_value(info.default)

    def set_box_width(self, width: int) -> None:
        """How wide the box is at least, where a slider stands beside it."""
        self.box.setMinimumWidth(width)

    def _has_slider(self) -> bool:
        return math.isfinite(self.info.hi - self.info.lo) and (self._is_log() or self.info.hi - self.info.lo <= 10_000)

    def _is_log(self) -> bool:
        return self.info.scale == "log" and self.info.lo > 0

    def value(self) -> Scalar:
        """What is shown."""
        number = self.box.value()
        return round(number) if self.info.kind == "int" else number

    def set_value(self, value: Scalar) -> None:
        """Show a value without emitting."""
        self._settle.stop()
        self._last = value
        for widget in (self.box, self.slider):
            widget.blockSignals(True)
        self.box.setValue(float(value))
        self.slider.setValue(self._notch(float(value)))
        for widget in (self.box, self.slider):
            widget.blockSignals(False)

    def _notch(self, value: float) -> int:
        lo, hi = self.info.lo, self.info.hi
        if not self._has_slider() or hi <= lo:
            return 0
        if self._is_log():
            return round(NOTCHES * math.log(max(value, lo) / lo) / math.log(hi / lo))
        return round(NOTCHES * (value - lo) / (hi - lo))

    def _at_notch(self, notch: int) -> float:
        lo, hi = self.info.lo, self.info.hi
        share = notch / NOTCHES
        raw = lo * (hi / lo) ** share if self._is_log() else lo + (hi - lo) * share
        return min(max(float(f"{raw:.3g}"), lo), hi)

    def _from_slider(self, notch: int) -> None:
        self.box.blockSignals(True)
        self.box.setValue(self._at_notch(notch))
        self.box.blockSignals(False)
        self._settle.start()

    def _from_box(self, value: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(self._notch(value))
        self.slider.blockSignals(False)
        self._settle.start()

    def _emit(self) -> None:
        self._settle.stop()
        if self.value() != self._last:
            self._last = self.value()
            self.changed.emit(self._last)


class SwitchEditor(Editor):
    """An ablation switch."""

    def __init__(self, info: ParamInfo, parent: QWidget | None = None) -> None:
        super().__init__(info, parent)
        self.box = QCheckBox(self)
        self.setFocusProxy(self.box)
        self.row.addWidget(self.box)
        self.row.addStretch(1)
        self.set_value(info.default)
        self.box.clicked.connect(self._clicked)

    def _clicked(self, on: bool) -> None:
        self._name(on)
        self.changed.emit(on)

    def _name(self, on: bool) -> None:
        self.box.setText("on" if on else "off")

    def value(self) -> Scalar:
        """What is shown."""
        return self.box.isChecked()

    def set_value(self, value: Scalar) -> None:
        """Show a value without emitting."""
        self.box.setChecked(bool(value))
        self._name(bool(value))


class ChoiceEditor(Editor):
    """One of a few names."""

    def __init__(self, info: ParamInfo, parent: QWidget | None = None) -> None:
        super().__init__(info, parent)
        self.box = QComboBox(self)
        self.box.addItems(info.choices)
        WheelGuard(self.box)
        self.setFocusProxy(self.box)
        self.row.addWidget(self.box, 1)
        self.set_value(info.default)
        self.box.textActivated.connect(self.changed.emit)

    def value(self) -> Scalar:
        """What is shown."""
        return self.box.currentText()

    def set_value(self, value: Scalar) -> None:
        """Show a value without emitting."""
        self.box.setCurrentText(str(value))


class TextEditor(Editor):
    """Free text."""

    def __init__(self, info: ParamInfo, parent: QWidget | None = None) -> None:
        super().__init__(info, parent)
        self.box = QLineEdit(self)
        self.setFocusProxy(self.box)
        self.row.addWidget(self.box, 1)
        self._last = info.default
        self.set_value(info.default)
        self.box.editingFinished.connect(self._emit)

    def _emit(self) -> None:
        if self.value() != self._last:
            self._last = self.value()
            self.changed.emit(self._last)

    def value(self) -> Scalar:
        """What is shown."""
        return self.box.text().strip()

    def set_value(self, value: Scalar) -> None:
        """Show a value without emitting."""
        self._last = str(value)
        self.box.setText(self._last)


class SuggestEditor(Editor):
    """Free text with known values to choose from."""

    def __init__(self, info: ParamInfo, parent: QWidget | None = None) -> None:
        super().__init__(info, parent)
        self.box = QComboBox(self)
        typed = QLineEdit(self.box)
        self.box.setLineEdit(typed)  # makes it editable
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.addItems(info.choices)
        WheelGuard(self.box)
        self.setFocusProxy(self.box)
        self.row.addWidget(self.box, 1)
        self._last = info.default
        self.set_value(info.default)
        self.box.textActivated.connect(self._emit)
        typed.editingFinished.connect(self._emit)

    def _emit(self) -> None:
        if self.value() != self._last:
            self._last = self.value()
            self.changed.emit(self._last)

    def value(self) -> Scalar:
        """What is shown."""
        return self.box.currentText().strip()

    def set_value(self, value: Scalar) -> None:
        """Show a value without emitting."""
        self._last = str(value)
        self.box.setEditText(self._last)


_KINDS: dict[str, type[Editor]] = {
    "float": NumberEditor,
    "int": NumberEditor,
    "bool": SwitchEditor,
    "choice": ChoiceEditor,
    "text": TextEditor,
}


def make_editor(info: ParamInfo, parent: QWidget | None = None) -> Editor:
    """The editor that suits a parameter."""
    if info.kind == "text" and info.choices:
        return SuggestEditor(info, parent)
    return _KINDS[info.kind](info, parent)
