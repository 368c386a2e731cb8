"""Selecting: one image is chosen in the whole window. Every view that holds it marks it, those that look into models look at it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject

from app.panels.base import Panel, Selection
from app.shell.looking import Looking
from app.shell.views import Views
from app.widgets.status import StatusBar
from sslviz.spec.inspection import PictureRef

NOUNS: dict[Literal["train", "val"], str] = {"train": "training image", "val": "validation image"}


class Selecting(QObject):
    """Holds the selection of the window. A picture of a data set that is looked at is selected too; any other ends the selection."""

    def __init__(self, views: Views, looking: Looking, status: StatusBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._views, self._looking, self._status = views, looking, status
        self.current: Selection | None = None
        looking.pictured.connect(self._pictured)
        status.selection.clicked.connect(looking.bring)
        self._say()

    def add(self, panel: Panel) -> None:
        """One more view."""
        panel.selected.connect(lambda selection: self.choose(selection, panel))
        if self.current is not None:
            panel.select(self.current)

    def choose(self, selection: Selection, by: Panel | None = None) -> None:
        """An image is chosen, in the view `by`."""
        self._tell(selection)
        picture = selection.picture()
        if picture is not None:
            self._looking.hand_over(picture, by)

    def clear(self) -> bool:
        """No image is chosen any more; False where none was. What is looked at stays."""
        if self.current is None:
            return False
        self.current = None
        self._say()
        for panel in self._views.panels.values():
            panel.deselect()
        return True

    def _pictured(self, picture: PictureRef) -> None:
        if picture.data is None:
            self.clear()
        else:
            self._tell(Selection(picture.index, picture.data.source, picture.data, picture.split))

    def _tell(self, selection: Selection) -> None:
        self.current = selection
        self._say()
        for panel in self._views.panels.values():
            panel.select(selection)

    def _say(self) -> None:
        now = self.current
        if now is None:
            self._status.show_selection("", "")
            return
        name = data_name(now)
        whole = f"{NOUNS[now.split]} {now.index:,}{f' of {name}' if name else ''}"
        self._status.show_selection(
            f"Image {now.index:,}{f', {name}' if name else ''}",
            f"Selected: {whole}, marked in every view that holds it.\nClick to look at it with the current model; Esc lets go of it.",
        )


def data_name(selection: Selection) -> str:
    """What the data of a selection is called, without the folders around it."""
    source = selection.data.source if selection.data is not None else selection.source
    return Path(source).name or source
