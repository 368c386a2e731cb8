"""OperationCard: one operation of an augmentation, a switch with what it teaches, and its strengths below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from app.widgets.form import explain
from app.widgets.ink import type_face
from app.widgets.live_slider import LiveSlider
from app.widgets.theme import LIGHT, Theme
from app.widgets.toggle import Toggle
from sslviz.spec.params import ParamInfo, Scalar


class OperationCard(QFrame):
    """`moved` carries (name, value) while a slider travels, `rested` where it came to rest and when the switch is flipped."""

    moved = Signal(str, object)
    rested = Signal(str, object)

    def __init__(self, switch: ParamInfo, strengths: Sequence[ParamInfo], parent: QWidget | None = None, *,
                 note: str = "") -> None:  # fmt: skip
        """`note` stands below the switch for good. A `switch` that is a number has no switch, only a title."""
        super().__init__(parent)
        self.setObjectName("card")
        self.info, self.note = switch, note
        self.toggle, self.title = Toggle(switch.label, self), QLabel(switch.label, self)  # shown without one: a window
        self.toggle.setToolTip(explain(switch))
        self.toggle.setVisible(switch.kind == "bool")
        self.title.setVisible(switch.kind != "bool")
        self.toggle.clicked.connect(self._flipped)
        self.effect = QLabel()
        self.effect.setObjectName("quiet")
        self.effect.setWordWrap(True)
        self.sliders = {info.name: LiveSlider(info, _short(info, switch)) for info in strengths}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 5)
        layout.setSpacing(2)
        for widget in (self.toggle, self.title, self.effect):
            layout.addWidget(widget)
        for name, slider in self.sliders.items():
            slider.moved.connect(partial(self._slid, name))
            slider.rested.connect(partial(self.rested.emit, name))
            layout.addWidget(slider)
        self.set_theme(LIGHT)

    def set_values(self, values: Mapping[str, Scalar]) -> None:
        """Show values by name without sending them; others are ignored."""
        self.toggle.setChecked(bool(values.get(self.info.name, True)))
        for name, slider in self.sliders.items():
            if slider.value != values[name]:
                slider.set_value(float(values[name]))
        self._describe()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.toggle.set_theme(theme)
        self.title.setFont(type_face(theme, "body", bold=True))
        self.effect.setFont(type_face(theme, "small"))
        for slider in self.sliders.values():
            slider.set_theme(theme)

    def _flipped(self, on: bool) -> None:
        self._describe()
        self.rested.emit(self.info.name, on)

    def _slid(self, name: str, value: Scalar) -> None:
        self._describe()
        self.moved.emit(name, value)

    def _describe(self) -> None:
        """What the present state means, where it is not the usual one."""
        on = self.toggle.isChecked()
        chance = self.sliders.get(f"{self.info.name}_p")
        never = on and chance is not None and chance.value == 0
        state = "on, but its probability is 0: it never happens" if never else "" if on else self.info.down
        self.effect.setText(self.note or state)
        self.effect.setVisible(bool(self.effect.text()))
        for slider in self.sliders.values():
            slider.setVisible(on)


def _short(info: ParamInfo, switch: ParamInfo) -> str:
    """The label without the operation's own name, and with a short unit."""
    words = [word for word in info.label.split() if word != switch.name]
    label = " ".join(words) or info.label
    return f"{label}, {info.unit}" if info.unit and len(info.unit) <= 12 else label


def example() -> OperationCard:
    """Colour jitter."""
    from sslviz.spec.augmentation import ViewRecipe
    from sslviz.spec.params import describe

    infos = {info.name: info for info in describe(ViewRecipe)}
    names = ("jitter_p", "brightness", "contrast", "saturation", "hue")
    card = OperationCard(infos["jitter"], [infos[name] for name in names])
    card.set_values({name: info.default for name, info in infos.items()})
    return card


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 340, 220)
