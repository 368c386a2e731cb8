"""What the view says before there is anything to draw."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.widgets.ink import pixels
from app.widgets.theme import LIGHT, Theme

SEEN = (
    ("Loss and kNN accuracy", "with chance, random weights and raw pixels drawn in"),
    ("Alignment and uniformity", "the run's trail in their plane, and the corner that means collapse"),
    ("One sentence of diagnosis", "in plain words, with the gauges that it rests on"),
    ("This step's batch", "the pairs as the model saw them, and how alike it holds them"),
    ("Switches", "flip one while it trains and watch what breaks"),
)


class IdlePage(QWidget):
    """A heading, what will be seen, and how to begin."""

    def __init__(self) -> None:
        super().__init__()
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
            for what, how in SEEN
        )
        self.words.setText(
            f'<p style="font-size:{big}px; font-weight:bold">No run yet: press Train (Ctrl+R).</p>'
            f'<p style="font-size:{body}px; color:{theme.muted}">Within a second or two you will see, live:</p>'
            f'<table align="center" style="font-size:{body}px">{rows}</table>'
        )
