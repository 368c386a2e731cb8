"""Segments: a few choices side by side, one of them pressed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from app.widgets.ink import Size, type_face
from app.widgets.theme import LIGHT, Theme


class Segments(QWidget):
    """`chosen` carries the name of the button that the user pressed; the arrow keys move among them."""

    chosen = Signal(str)

    def __init__(self, name: str, choices: Sequence[tuple[str, str, str]], parent: QWidget | None = None, *,
                 size: Size = "small") -> None:  # fmt: skip
        """`choices`: (name, words, tooltip) of each."""
        super().__init__(parent)
        self._size: Size = size
        self.setAccessibleName(name)
        self.buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for key, words, tip in choices:
            button = QToolButton()
            button.setText(words)
            button.setToolTip(tip)
            button.setAccessibleName(f"{name}: {words}")
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
            self._group.addButton(button)
            self.buttons[key] = button
            row.addWidget(button)
        self._group.buttons()[0].setChecked(True)
        self.set_theme(LIGHT)

    @property
    def value(self) -> str:
        """The name of the pressed one."""
        return next(key for key, button in self.buttons.items() if button.isChecked())

    def set_value(self, key: str) -> None:
        """Press without sending."""
        self.buttons[key].setChecked(True)

    def set_possible(self, reasons: Mapping[str, str]) -> None:
        """Which cannot be had, and why: {name: reason}; "" makes it possible again."""
        for key, reason in reasons.items():
            button = self.buttons[key]
            button.setProperty("plain", button.property("plain") or button.toolTip())
            button.setEnabled(not reason)
            button.setToolTip(reason or button.property("plain"))

    def set_theme(self, theme: Theme) -> None:
        """Type."""
        for button in self.buttons.values():
            button.setFont(type_face(theme, self._size))


def example() -> Segments:
    """How a picture is brought to a size."""
    return Segments("Fit", [("crop", "crop", "Cut"), ("pad", "pad", "Grey"), ("resize", "stretch", "Stretched")])


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 240, 40)
