"""Prospect: what a view says before there is anything to draw: how to begin, and what will be seen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.widgets.ink import pixels
from app.widgets.theme import LIGHT, Theme


class Prospect(QWidget):
    """A heading, a sentence, and rows of what will be seen, each with a few words about it."""

    def __init__(self, heading: str, lead: str, rows: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heading, self._lead, self._rows = heading, lead, tuple(rows)
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.addWidget(self.words)
        self.set_theme(LIGHT)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        big, body = pixels(theme, "big"), pixels(theme, "body")
        rows = "".join(
            f'<tr><td style="padding:4px 10px; font-weight:bold" align="right">{what}</td>'
            f'<td style="padding:4px 10px; color:{theme.muted}">{how}</td></tr>'
            for what, how in self._rows
        )
        self.words.setText(
            f'<p style="font-size:{big}px; font-weight:bold">{self._heading}</p>'
            f'<p style="font-size:{body}px; color:{theme.muted}">{self._lead}</p>'
            f'<table align="center" style="font-size:{body}px">{rows}</table>'
        )


def example() -> Prospect:
    """Of a view without a run."""
    return Prospect(
        "No run yet: press Train.", "Then you will see, live:", [("Loss", "with chance"), ("Switches", "flip one")]
    )


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
