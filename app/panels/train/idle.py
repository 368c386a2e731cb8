"""What the view says before there is anything to draw."""

from __future__ import annotations

from app.widgets.prospect import Prospect

SEEN = (
    ("Loss and kNN accuracy", "with chance, random weights and raw pixels drawn in"),
    ("Alignment and uniformity", "the run's trail in their plane, and the corner that means collapse"),
    ("One sentence of diagnosis", "in plain words, with the gauges that it rests on"),
    ("This step's batch", "the pairs as the model saw them, and how alike it holds them"),
    ("Switches", "flip one while it trains and watch what breaks"),
)


def idle_page() -> Prospect:
    """A heading, what will be seen, and how to begin."""
    return Prospect("No run yet: press Train (Ctrl+R).", "Within a second or two you will see, live:", SEEN)
