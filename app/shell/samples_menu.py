"""The menu "Open sample": photographs that ship inside libraries, our own scenes, and the first picture of each data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from sslviz.spec.inspection import PictureRef
from sslviz.spec.samples import SAMPLES
from sslviz.spec.settings import default_data

if TYPE_CHECKING:
    from app.shell.main_window import MainWindow

OWN = "folder"  # the catalogue's name for images of the user's own


def fill(menu: QMenu, window: MainWindow) -> None:
    """All samples, as actions that show them in the view that looks."""
    menu.clear()
    menu.setToolTipsVisible(True)
    menu.addSection("Photographs")
    for sample in (sample for sample in SAMPLES if sample.library):
        where = sample.library + ("" if sample.always else ", where it is installed")
        _add(menu, window, sample.title, PictureRef(sample=sample.name), f"{sample.licence}; ships with {where}")
    menu.addSection("Scenes of shapes")
    for sample in (sample for sample in SAMPLES if not sample.library):
        _add(menu, window, sample.title, PictureRef(sample=sample.name), sample.licence)
    menu.addSection("Data sets")
    for info in (info for info in window.draft.catalogue.data if info.name != OWN):
        picture = PictureRef(data=default_data(window.draft.catalogue, info.name))
        tip = f"{info.note} Page up and down in the view turn to its other pictures."
        _add(menu, window, f"{info.title}: its held-out pictures", picture, tip)


def _add(menu: QMenu, window: MainWindow, title: str, picture: PictureRef, tip: str) -> None:
    action = menu.addAction(title.replace("&", "&&"))
    action.setToolTip(tip)
    action.triggered.connect(lambda _=False: window.looking.show_picture(picture))
