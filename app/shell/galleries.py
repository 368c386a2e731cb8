"""Galleries: what the gallery of models leads to: the model in a view, its recorded run, a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from app.panels.base import Panel
    from app.panels.compare import ComparePanel
    from app.panels.gallery import GalleryPanel
    from app.shell.main_window import MainWindow
    from sslviz.spec.inspection import ModelRef


GALLERY, COMPARE = "gallery", "compare"
"""Views by name: their modules, and what these load, are not here before the first paint."""


class Galleries(QObject):
    """Connects the gallery to the rest of the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def add(self, panel: Panel) -> None:
        """One more view; nothing to do for any but the gallery."""
        if panel.name == GALLERY:
            gallery = cast("GalleryPanel", panel)
            gallery.opened.connect(self.look)
            gallery.recorded.connect(self.show_record)
            gallery.compared.connect(self.compare)

    def look(self, model: ModelRef, view: str) -> None:
        """A model becomes the current one, in a view that suits it."""
        if view in self._window.views.panels:
            self._window.views.show_panel(view)
        self._window.model.open(model)

    def show_record(self, folder: str) -> None:
        """The record of a training, with its curves and its timeline."""
        self._window.current.open(folder)
        if "train" in self._window.views.panels:
            self._window.views.show_panel("train")

    def compare(self, models: Sequence[ModelRef]) -> None:
        """These side by side."""
        if COMPARE in self._window.views.panels:
            self._window.views.show_panel(COMPARE)
            cast("ComparePanel", self._window.views.panels[COMPARE]).compare(models)
