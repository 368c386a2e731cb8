"""What the view says before there are two to compare."""

from __future__ import annotations

from app.widgets.prospect import Prospect

SEEN = (
    ("Curves", "on the same axes, over steps, epochs, time or images seen"),
    ("Scores and settings", "each beside its baselines, and what differs between the runs"),
    ("Attention", "on the same picture, heads beside heads"),
    ("Reconstruction", "of the same hidden patches"),
    ("Map", "of the same images: point at one to see it on all"),
)


def idle_page() -> Prospect:
    """How to begin, and what will be seen."""
    return Prospect(
        "Add two to four runs or models.",
        "Press “Add …” at the left: runs from the list, models that ship, snapshots of one run, or files. You will see:",
        SEEN,
    )
