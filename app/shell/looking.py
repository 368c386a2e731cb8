"""Looking: hands the current model and the current picture to the views that look into models, and takes their choices back."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.panels.base import Panel
from app.shell.current_model import CurrentModel
from app.shell.views import Views
from sslviz.spec.inspection import PictureRef

FIRST = "attention"
"""The view that shows a model which was opened."""


class Looking(QObject):
    """Every view looks at the same model and the same picture. `pictured` carries a PictureRef that the user chose."""

    pictured = Signal(object)

    def __init__(self, model: CurrentModel, views: Views, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._views = model, views
        self._waits = False  # for a view to show the model in
        self.picture: PictureRef | None = None
        model.changed.connect(self.tell)
        model.opened.connect(self.bring)

    def add(self, panel: Panel) -> None:
        """One more view."""
        panel.model_chosen.connect(self._model.open)
        panel.picture_chosen.connect(lambda picture: self._chosen(panel, picture))
        panel.look_at(self._model.ref, self._model.description)
        if self.picture is not None:
            panel.show_picture(self.picture)
        if self._waits and panel.name == FIRST:
            self.bring()

    def tell(self) -> None:
        """The current model is another, or more is known of it."""
        for panel in self._views.panels.values():
            panel.look_at(self._model.ref, self._model.description)

    def show_picture(self, picture: PictureRef) -> None:
        """Every view gets it, and one that looks comes to the front."""
        self._chosen(None, picture)
        self.bring(picture)

    def _chosen(self, by: Panel | None, picture: PictureRef) -> None:
        self.hand_over(picture, by)
        self.pictured.emit(picture)

    def hand_over(self, picture: PictureRef, by: Panel | None = None) -> None:
        """Every view but `by` gets a picture; none comes to the front."""
        self.picture = picture
        for panel in self._views.panels.values():
            if panel is not by:
                panel.show_picture(picture)

    def bring(self, picture: PictureRef | None = None) -> None:
        """A view that looks is in front: the one that is there already, where it can show the model and the picture, else the first."""
        front, description = self._views.in_front(), self._model.description
        self._waits = FIRST not in self._views.panels
        suits = front is not None and front.looks
        if suits and front is not None and front.name == "reconstruct" and description is not None:
            suits = "reconstruct" in description.abilities
        if suits and front is not None and front.name == "embeddings" and picture is not None:
            suits = picture.data is not None  # it maps images of a data set, and no other pictures
        if not suits and not self._waits:
            self._views.show_panel(FIRST)
