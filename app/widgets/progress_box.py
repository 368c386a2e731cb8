"""ProgressBox: a box in front of its window that says how far something is, and lets go of it.

Qt's own hands out events each time it is told a number, so that what tells it may be called again in the middle.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from app.widgets.ink import colour, type_face
from app.widgets.progress_line import ProgressLine
from app.widgets.theme import LIGHT, Theme


class ProgressBox(QDialog):
    """`given_up`: the user wants no more of it, by the button, Esc, or closing the box."""

    given_up = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._done = False
        self.words, self.line, self.button = QLabel(" "), ProgressLine(title), QPushButton("Give up")
        self.button.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (self.words, self.line):
            column.addWidget(widget)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignRight)
        self.set_theme(LIGHT)

    def say(self, share: float, text: str) -> None:
        """How far it is, in [0, 1] (NaN: unknown), and what is done now."""
        self.words.setText(text)
        self.line.show_share(share)

    def finish(self) -> None:
        """It is over: the box goes, and says nothing."""
        self._done = True
        self.close()
        self.deleteLater()

    def reject(self) -> None:
        """The button, or Esc."""
        if not self._done:
            self._done = True
            self.given_up.emit()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """By the frame of the box."""
        if not self._done:
            self._done = True
            self.given_up.emit()
        super().closeEvent(event)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        palette = self.palette()
        palette.setColor(self.backgroundRole(), colour(theme.panel))
        self.setPalette(palette)
        self.words.setStyleSheet(f"color: {theme.text};")
        self.line.set_theme(theme)
        for widget in (self.words, self.button):
            widget.setFont(type_face(theme))
        self.setMinimumWidth(round(360 * theme.scale))


def example() -> ProgressBox:
    """The third of fourteen."""
    box = ProgressBox("Export animation")
    box.setWindowModality(Qt.WindowModality.NonModal)
    box.say(0.2, "Snapshot 3 of 14")
    return box


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 380, 110)
