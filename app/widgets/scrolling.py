"""A scroll area that looks like what is around it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


def scroll(area: QScrollArea, inside: QWidget, *, sideways: bool = False) -> None:
    """Let `area` show `inside`, as wide as itself, without a frame and on the colour behind it; `sideways`: it may be wider."""
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    if not sideways:
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    for filled in (inside, area.viewport()):  # setWidget switches it on
        filled.setAutoFillBackground(False)
