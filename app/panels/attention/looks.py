"""How maps are drawn over the picture, and what share of them is outlined."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from app.panels.attention.stage import Look
from app.widgets.heat_colours import SCALES, Scale
from app.widgets.ink import type_face
from app.widgets.live_slider import LiveSlider
from app.widgets.segments import Segments
from app.widgets.theme import LIGHT, Theme
from sslviz.spec.params import ParamInfo

OPACITY = ParamInfo("opacity", "float", 0.65, "opacity", 0.0, 1.0,
                    up="the map alone at 1", down="the picture alone at 0")  # fmt: skip
SHARE = ParamInfo("share", "float", 0.6, "mass kept", 0.05, 0.95, paper="0.6 in DINO",
                  up="more patches inside the line", down="only the patches that are read most")  # fmt: skip
BORDER = ParamInfo("border", "float", 0.0, "foreground", -2.0, 2.0, unit="deviations",
                   up="less foreground", down="more of it")  # fmt: skip
SCALE_CHOICES = (("own", "own scales", SCALES["own"]), ("shared", "one scale", SCALES["shared"]),
                 ("clipped", "clipped", SCALES["clipped"]))  # fmt: skip
LABEL = 76
"""Width of the sliders' names at scale 1."""


class Looks(QWidget):
    """`changed`: drawn otherwise, nothing to compute. `asked`: another share of the mass.."""

    changed = Signal()
    asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.opacity, self.share, self.border = LiveSlider(OPACITY), LiveSlider(SHARE), LiveSlider(BORDER)
        self.outlined, self.foreground = QCheckBox("outline"), QCheckBox("grey out the background")
        self.beside = QCheckBox("masking test below the maps")
        self.scales = Segments("Colours", SCALE_CHOICES)
        self.outlined.setChecked(True)
        self.outlined.setToolTip(
            "Draw a line around the patches that hold the share of the attention which is chosen above"
        )
        self.foreground.setToolTip("Show only patches on the foreground's side of the first component")
        self.beside.setToolTip(
            "Take the patches away that this map reads most, and watch the feature move; takes a while"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for widget in (self.opacity, self.share, self.outlined, self.scales, self.beside, self.border, self.foreground):
            column.addWidget(widget)
        self.opacity.moved.connect(lambda _: self.changed.emit())
        self.border.moved.connect(lambda _: self.changed.emit())
        self.share.moved.connect(lambda _: self.asked.emit())
        self.beside.toggled.connect(lambda _: self.asked.emit())
        self.scales.chosen.connect(lambda _: self.changed.emit())
        for box in (self.outlined, self.foreground):
            box.toggled.connect(lambda _: self.changed.emit())
        self.show_for("heads")
        self.set_theme(LIGHT)

    @staticmethod
    def is_needed(mode: str) -> bool:
        """Whether maps are drawn over the picture."""
        return mode not in ("layers", "masking")

    def show_for(self, mode: str) -> None:
        """Only what matters in this mode."""
        for widget in (self.share, self.outlined, self.beside):
            widget.setVisible(mode == "heads")
        self.scales.setVisible(mode in ("heads", "norms", "rollout", "similarity", "occlusion"))
        for widget in (self.border, self.foreground):
            widget.setVisible(mode == "pca")

    @property
    def look(self) -> Look:
        """How maps are drawn."""
        return Look(float(self.opacity.value), cast(Scale, self.scales.value), self.outlined.isChecked(),
                    float(self.border.value), self.foreground.isChecked())  # fmt: skip

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        for slider in (self.opacity, self.share, self.border):
            slider.set_theme(theme)
            slider.label.setFixedWidth(round(LABEL * theme.scale))
        self.scales.set_theme(theme)
        for box in (self.outlined, self.foreground, self.beside):
            box.setFont(type_face(theme, "small"))
