"""The status bar: the last message, the selected image, the current model, device, speed, step, time left, memory, progress."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QStatusBar, QWidget

from app.widgets.progress_line import ProgressLine

WIDTHS = {"device": 22, "speed": 12, "step": 15, "left": 12, "memory": 9}  # characters, so that nothing jumps
MODEL_WIDTH = 56  # characters at most
SELECTION_WIDTH = 28
TIPS = {
    "device": "Where the run trains, with how many threads, in which precision",
    "speed": "Training images a second",
    "step": "Steps done of all steps, and passes over the data",
    "left": "Time until the last step at this speed",
    "memory": "Memory of the worker process",
}


class StatusBar(QStatusBar):
    """Fields of fixed width at the right, the last message at the left."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(0, 0, 8, 0)
        self.message = QLabel(self)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.message.setContentsMargins(8, 0, 8, 0)
        self.message.setMinimumWidth(60)
        self.addWidget(self.message, 1)
        self.selection = self._button("Selected image")
        self.model = self._button("Current model")
        self.fields = {name: QLabel(self) for name in WIDTHS}
        self.progress = ProgressLine("Progress of the run", self)
        for name, label in self.fields.items():
            label.setAccessibleName(name)
            label.setToolTip(TIPS[name])
            self.addPermanentWidget(label)
        self.addPermanentWidget(self.progress)
        self.resize_fields()

    def _button(self, name: str) -> QPushButton:
        button = QPushButton(self)
        button.setFlat(True)
        button.setAccessibleName(name)
        button.hide()
        self.addPermanentWidget(button)
        return button

    def resize_fields(self) -> None:
        """Widths for the font of the moment."""
        digit = self.fontMetrics().horizontalAdvance("0")
        for name, label in self.fields.items():
            label.setFixedSize(
                digit * WIDTHS[name], self.fontMetrics().height() + 4
            )  # a new text asks for no new layout
        self.progress.setFixedWidth(digit * 18)

    def show_message(self, text: str) -> None:
        """The last message; stays until the next one."""
        self.message.setText(text)
        self.message.setToolTip(text)

    def show_model(self, text: str, tip: str) -> None:
        """What is looked into; a click on it asks for more."""
        self._show(self.model, text, f"Looked into: {text}\n{tip}".strip(), MODEL_WIDTH)

    def show_selection(self, text: str, tip: str) -> None:
        """Which image is selected, "" for none; a click on it asks to see it."""
        self._show(self.selection, text, tip, SELECTION_WIDTH)

    def _show(self, button: QPushButton, text: str, tip: str, characters: int) -> None:
        room = characters * self.fontMetrics().averageCharWidth()
        button.setText(self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, room).replace("&", "&&"))
        button.setToolTip(tip)
        button.setVisible(bool(text))

    def show_fields(self, **texts: str) -> None:
        """Texts by name of field; what is not named is left as it is."""
        for name, text in texts.items():
            if self.fields[name].text() != text:
                self.fields[name].setText(text)

    def show_progress(self, fraction: float) -> None:
        """0 to 1; NaN: busy for an unknown time; negative: nothing to show."""
        self.progress.setVisible(not fraction < 0)
        if not fraction < 0:
            self.progress.show_share(fraction)


def duration(seconds: float) -> str:
    """A length of time in at most two units, "" while unknown."""
    if not math.isfinite(seconds):
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(count: float) -> str:
    """Bytes in the unit that fits."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}" if unit == "GB" else f"{count / factor:.0f} {unit}"
    return f"{count:.0f} B"
