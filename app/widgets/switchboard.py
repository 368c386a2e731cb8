"""Switchboard: the switches and sliders of a run that may be flipped while it trains, each with what flipping it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.widgets.choice_row import ChoiceRow
from app.widgets.ink import type_face
from app.widgets.theme import LIGHT, Theme
from app.widgets.toggle import Toggle
from app.widgets.value_slider import ValueSlider
from sslviz.spec.params import ParamInfo, Scalar

Widget = Toggle | ValueSlider | ChoiceRow


@dataclass(frozen=True, slots=True)
class Control:
    """One live setting: `name` as a run knows it ("tau", "augment.crop"), its description, and the heading it stands under."""

    name: str
    info: ParamInfo
    group: str
    note: str = ""  # replaces the effect where there is none to see


class Switchboard(QWidget):
    """A column of controls. `changed` carries the name and the new value."""

    changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._compact = LIGHT, False
        self._controls: tuple[Control, ...] = ()
        self._values: dict[str, Scalar] = {}
        self.widgets: dict[str, Widget] = {}
        self.effects: dict[str, QLabel] = {}
        self._headings: list[QLabel] = []
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.viewport().setAutoFillBackground(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.area)
        self._rebuild()

    def set_controls(self, controls: Sequence[Control]) -> None:
        """Which settings there are; nothing is rebuilt where they are the same."""
        if tuple(controls) != self._controls:
            self._controls, self._values = tuple(controls), {}
            self._rebuild()

    def set_values(self, values: Mapping[str, Scalar], *, force: bool = False) -> None:
        """What the run uses. A setting that the user just changed is left alone until the run says otherwise (or `force`)."""
        for name, widget in self.widgets.items():
            if name in values and (force or self._values.get(name) != values[name]):
                self._show(widget, values[name])
                self._describe(name)
        self._values = dict(values)

    def set_live(self, live: bool) -> None:
        """Whether flipping does anything now."""
        for widget in self.widgets.values():
            widget.setEnabled(live)

    def set_compact(self, compact: bool) -> None:
        """Leave the effects to the tooltips where there is little room."""
        self._compact = compact
        for label in self.effects.values():
            label.setVisible(not compact)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        for widget in self.widgets.values():
            widget.set_theme(theme)
        for label in self.effects.values():
            label.setFont(type_face(theme, "small"))
        for heading in self._headings:
            heading.setFont(type_face(theme, "small", bold=True))

    @staticmethod
    def _show(widget: Widget, value: Scalar) -> None:
        match widget:
            case Toggle():
                widget.setChecked(bool(value))
            case ChoiceRow():
                widget.set_value(str(value))
            case _:
                widget.set_value(float(value))

    def _rebuild(self) -> None:
        self.widgets, self.effects, self._headings = {}, {}, []
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(4, 2, 4, 2)
        layout.setSpacing(1)
        group = ""
        for control in self._controls:
            if control.group != group:
                group = control.group
                heading = QLabel(group)
                heading.setObjectName("quiet")
                self._headings.append(heading)
                layout.addWidget(heading)
            layout.addWidget(self._make(control))
            layout.addWidget(self._effect(control))
        layout.addStretch(1)
        self.area.setWidget(column)
        self.set_theme(self._theme)
        self.set_compact(self._compact)

    def _make(self, control: Control) -> QWidget:
        info = control.info
        title = f"{info.label} {info.symbol}".strip()
        widget: Widget
        if info.kind == "bool":
            widget = Toggle(title)
            widget.clicked.connect(partial(self._flipped, control.name))
        elif info.kind == "choice":
            widget = ChoiceRow(title, info.choices)
            widget.changed.connect(partial(self.changed.emit, control.name))
        else:
            widget = ValueSlider(title, info.lo, info.hi, log=info.scale == "log", whole=info.kind == "int")
            widget.changed.connect(partial(self._slid, control.name, info.kind == "int"))
        self._show(widget, info.default)
        self.widgets[control.name] = widget
        return widget

    def _effect(self, control: Control) -> QLabel:
        label = QLabel()
        label.setObjectName("quiet")
        label.setWordWrap(True)
        label.setContentsMargins(3, 0, 0, 5)
        self.effects[control.name] = label
        self._describe(control.name)
        return label

    def _describe(self, name: str) -> None:
        """The effect of what can be done next: switching off what is on, switching on what is off."""
        control, widget = next(c for c in self._controls if c.name == name), self.widgets[name]
        info = control.info
        if control.note:
            text = control.note
        elif isinstance(widget, Toggle):
            text = (
                f"off: {info.down}" if widget.isChecked() and info.down else f"on: {info.up}" if info.up else info.down
            )
        elif isinstance(widget, ChoiceRow):
            text = info.up
        else:
            text = "; ".join(f"{way} {what}" for way, what in (("↑", info.up), ("↓", info.down)) if what)
        self.effects[name].setText(text)
        widget.setToolTip(text)

    def _flipped(self, name: str) -> None:
        widget = self.widgets[name]
        self._describe(name)
        self.changed.emit(name, isinstance(widget, Toggle) and widget.isChecked())

    def _slid(self, name: str, whole: bool, value: float) -> None:
        self.changed.emit(name, round(value) if whole else value)


def example() -> Switchboard:
    """A few switches of a contrastive run."""
    board = Switchboard()
    board.set_controls([
        Control("negatives", ParamInfo("negatives", "bool", True, "negatives", down="nothing pushes apart"), "method"),
        Control("tau", ParamInfo("tau", "float", 0.2, "temperature", 0.01, 2.0, "log", symbol="τ", up="all push alike",
                                 down="only the closest push"), "method"),
        Control("mask", ParamInfo("mask", "choice", "random", "mask", choices=("random", "block"), up="which patches are hidden"),
                "method"),
        Control("augment.crop", ParamInfo("crop", "bool", False, "crop", up="parts must match the whole"), "views"),
    ])  # fmt: skip
    return board


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 260, 320)
