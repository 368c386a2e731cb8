"""Above the maps: the ways to look, the layers, and what is beside the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QTabBar, QVBoxLayout, QWidget

from app.panels.attention.looking import ALONE, RANDOM, SECOND
from app.panels.attention.modes import MODES
from app.widgets.ink import type_face
from app.widgets.layer_strip import LayerStrip
from app.widgets.segments import Segments
from app.widgets.theme import LIGHT, Theme
from sslviz.spec.inspection import ModelLine

BESIDE = (
    (ALONE, "alone", "This model only (1)"),
    (RANDOM, "random weights", "Beside it the same network with random weights: what needs no training? (W)"),
    (SECOND, "second model…", "Beside it another model on the same picture"),
)

ROOMY = 680
"""Pixels at scale 1 from which there is room for words."""


class Toolbar(QWidget):
    """`mode_changed` carries a mode's name, `layers_changed` the layers; `beside_changed` what stands beside; `second` a source."""

    mode_changed = Signal(str)
    layers_changed = Signal(object)
    beside_changed = Signal(str)
    wanted = Signal()  # the list of models that could stand beside
    second = Signal(str)
    browse = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._put_off = ""  # the way that the user had chosen and this model does not have
        self.tabs, self.layers, self.beside = QTabBar(), LayerStrip(), Segments("Beside it", BESIDE)
        self.layer_label, self.beside_label = QLabel("layers"), QLabel("beside it")
        self.menu = QMenu(self)
        self._names = tuple(MODES)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setAccessibleName("Ways to look")
        for name in self._names:
            index = self.tabs.addTab(MODES[name].title)
            self.tabs.setTabToolTip(index, MODES[name].tip)
        self._lay_out()
        self.tabs.currentChanged.connect(self._changed)
        self.layers.changed.connect(self.layers_changed)
        self.beside.chosen.connect(self._chosen)
        self.set_theme(LIGHT)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.tabs)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.layer_label)
        row.addWidget(self.layers, 1)
        row.addStretch(0)
        row.addWidget(self.beside_label)
        row.addWidget(self.beside)
        column.addLayout(row)

    @property
    def mode(self) -> str:
        """The way that is chosen."""
        return self._names[self.tabs.currentIndex()]

    def set_mode(self, mode: str) -> None:
        """Choose a way; sent if it is another."""
        self.tabs.setCurrentIndex(self._names.index(mode))

    def _changed(self, _index: int) -> None:
        self._put_off = ""
        self._show_layers()
        self.mode_changed.emit(self.mode)

    def _show_layers(self) -> None:
        layered = MODES[self.mode].layered
        self.layers.setEnabled(layered)
        self.layers.setVisible(layered)
        self.layer_label.setVisible(layered)

    def set_possible(self, reasons: Mapping[str, str]) -> None:
        """Which ways this model does not have, and why. Instead of one of those it shows components, until a model has it again."""
        chosen = self.mode  # disabling its tab would choose another
        put_off = self._put_off
        for index, name in enumerate(self._names):
            self.tabs.setTabEnabled(index, not reasons[name])
            self.tabs.setTabToolTip(index, reasons[name] or MODES[name].tip)
        if reasons[chosen]:
            self.set_mode("pca")
            self._put_off = chosen
        elif put_off and not reasons[put_off]:
            self.set_mode(put_off)

    def set_layers(self, depth: int, chosen: Iterable[int]) -> None:
        """The network's layers, and which are shown."""
        self.layers.set_layers(depth, chosen)
        self._show_layers()

    def _chosen(self, what: str) -> None:
        if what == SECOND:
            self.wanted.emit()
        else:
            self.beside_changed.emit(what)

    def offer_models(self, lines: Sequence[ModelLine]) -> None:
        """Show which models could stand beside."""
        self.menu.clear()
        for line in lines:
            action = self.menu.addAction(line.title)
            action.setToolTip(line.about)
            action.triggered.connect(lambda _=False, source=line.source: self.second.emit(source))
        self.menu.setToolTipsVisible(True)
        self.menu.addSeparator()
        self.menu.addAction("Open a checkpoint…", self.browse.emit)
        button = self.beside.buttons[SECOND]
        self.menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words give way to layers."""
        super().resizeEvent(event)
        self.beside_label.setVisible(self.width() >= ROOMY * self._theme.scale)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.beside_label.setVisible(self.width() >= ROOMY * theme.scale)
        self.tabs.setFont(type_face(theme, "body"))
        for label in (self.layer_label, self.beside_label):
            label.setFont(type_face(theme, "small"))
        self.layers.set_theme(theme)
        self.beside.set_theme(theme)
