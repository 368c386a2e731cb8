"""ChoiceRow: a label and the names to choose from, in the width of a switchboard."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.widgets.editors import WheelGuard
from app.widgets.ink import type_face
from app.widgets.theme import LIGHT, Theme


class ChoiceRow(QWidget):
    """`changed` carries the name that the user chose."""

    changed = Signal(str)

    def __init__(self, label: str, choices: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label, self.box = QLabel(label), QComboBox()
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.box.addItems(list(choices))
        self.box.setAccessibleName(label)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        WheelGuard(self.box)
        self.box.textActivated.connect(self._chosen)
        self._shown = self.box.currentText()
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.setSpacing(1)
        column.addWidget(self.label)
        column.addWidget(self.box)
        self.setFocusProxy(self.box)
        self.set_theme(LIGHT)

    @property
    def value(self) -> str:
        """The name that is shown."""
        return self.box.currentText()

    def set_value(self, value: str) -> None:
        """Show `value` without sending it."""
        self.box.setCurrentText(value)
        self._shown = self.box.currentText()

    def set_theme(self, theme: Theme) -> None:
        """Type."""
        self.label.setFont(type_face(theme, "body", bold=True))
        self.box.setFont(type_face(theme))

    def _chosen(self, name: str) -> None:
        if name != self._shown:
            self._shown = name
            self.changed.emit(name)


def example() -> ChoiceRow:
    """How patches are hidden."""
    return ChoiceRow("mask", ("random", "block", "grid"))


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 240, 80)
