"""All layers x all heads: how widely each head spreads, and how far it reaches."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from app.widgets.heat_map import HeatMap
from app.widgets.ink import type_face
from app.widgets.theme import Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.inspection import Attended

FAR = 0.6
"""Of the longer side: heads that look everywhere alike reach half of it."""


class Overview(QWidget):
    """`chosen` carries layer and head, counted from 0."""

    chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entropy, self.distance = HeatMap("head", "layer"), HeatMap("head", "layer")
        self._titles = (WrappedLabel("Entropy in nats: low is sharp, high looks everywhere"),
                        WrappedLabel("Mean distance in px: low is near, high is far"))  # fmt: skip
        self._sides = QSplitter(Qt.Orientation.Horizontal)
        for title, heat in zip(self._titles, (self.entropy, self.distance), strict=True):
            side = QWidget()
            column = QVBoxLayout(side)
            column.setContentsMargins(2, 2, 2, 2)
            column.addWidget(title)
            column.addWidget(heat, 1)
            self._sides.addWidget(side)
            heat.chosen.connect(self.chosen)
            heat.setToolTip("Click an entry to see that head's map")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._sides)

    def show_answer(self, answer: Attended) -> None:
        """Draw entropy and distance, each (layers, heads), on scales that another model on this picture has too."""
        tokens = answer.grid[0] * answer.grid[1] + answer.description.prefix
        self.entropy.set_range(0.0, float(np.log(max(tokens, 2))))
        self.distance.set_range(0.0, FAR * max(answer.arrays["picture"].shape[:2]))
        for heat, name in ((self.entropy, "entropy"), (self.distance, "distance")):
            values = answer.arrays[name]
            layers, heads = ([str(k + 1) for k in range(count)] for count in values.shape)
            heat.set_matrix(values, layers, heads)

    def table(self) -> tuple[list[str], list[list[float | str]]]:
        """Every value: layer, head, entropy, distance."""
        rows: list[list[float | str]] = []
        for layer, (spreads, reaches) in enumerate(zip(self.entropy.values, self.distance.values, strict=True)):
            pairs = zip(spreads.tolist(), reaches.tolist(), strict=True)
            rows += [[float(layer + 1), float(head + 1), *pair] for head, pair in enumerate(pairs)]
        return ["layer", "head", "entropy (nats)", "distance (px)"], rows

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        for title in self._titles:
            title.setFont(type_face(theme, "small"))
        for heat in (self.entropy, self.distance):
            heat.set_theme(theme)
