"""The left of the view: the picture with its query, where it is from, how it is fitted and drawn; and what the model is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from app.panels.attention.fitting import Fitting
from app.panels.attention.looks import Looks
from app.panels.attention.queries import Queries
from app.widgets.ink import type_face
from app.widgets.model_card import ModelCard
from app.widgets.picture_source import Source
from app.widgets.picture_view import PictureView
from app.widgets.scrolling import scroll
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.description import Description
from sslviz.spec.inspection import Attended

DROP = "Drop a picture or a checkpoint here, paste a picture, or open one below."


class Sight(QTabWidget):
    """Two pages: the picture, and the model."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture, self.queries, self.source = PictureView(), Queries(), Source()
        self.fitting, self.looks, self.model = Fitting(), Looks(), ModelCard()
        self.notes = WrappedLabel(quiet=True)
        self._known: Description | None = None
        self._headings = [QLabel(words) for words in ("Maps", "Picture", "Given to the network as")]
        self.setDocumentMode(True)
        self.tabBar().setDrawBase(False)
        self.addTab(self._page(), "Picture")
        self.addTab(self.model, "Model")
        self.setTabToolTip(0, "The picture, from where is looked, and how maps are drawn")
        self.setTabToolTip(1, "What the model is, what was assumed of it, and what can be read otherwise")
        self.currentChanged.connect(self._show_model)
        self.picture.set_message(DROP)
        self.set_theme(LIGHT)

    def _page(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 4, 6, 0)
        column.setSpacing(5)
        column.addWidget(self.picture)
        column.addWidget(self.queries)
        for heading, part in zip(self._headings, (self.looks, self.source, self.fitting), strict=True):
            column.addWidget(heading)
            column.addWidget(part)
        column.addWidget(self.notes)
        column.addStretch(1)
        area = QScrollArea()
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll(area, inside)
        return area

    def set_model(self, description: Description) -> None:
        """What the model is, and what follows for queries and sizes."""
        self._known = description
        self._show_model()
        self.queries.offer(class_token=description.class_token, registers=description.registers)
        self.fitting.set_model(description)

    def _show_model(self, _page: int = 0) -> None:
        """The card is filled once it is looked at: while a timeline plays the model is another one several times a second."""
        if self.currentWidget() is self.model and self.model.description is not self._known:
            self.model.set_description(self._known)

    def show_for(self, mode: str) -> None:
        """Only what matters in this mode."""
        self.looks.show_for(mode)
        self.looks.setVisible(self.looks.is_needed(mode))
        self._headings[0].setVisible(self.looks.is_needed(mode))

    def show_answer(self, answer: Attended) -> None:
        """The picture as the network got it, what was cut away, and how it was converted."""
        self.notes.say(" ".join(answer.notes))
        whole, frame = answer.arrays.get("whole"), answer.arrays.get("frame")
        if whole is None or frame is None:
            self.picture.set_picture(answer.arrays["picture"], answer.grid)
        else:
            top, left, bottom, right = map(float, frame)
            self.picture.set_picture(answer.arrays["picture"], answer.grid, whole, (top, left, bottom, right))
            self.fitting.set_aspect(whole.shape[1] / whole.shape[0])

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.setFont(type_face(theme, "body"))
        self.tabBar().setFont(type_face(theme, "body"))
        for heading in self._headings:
            heading.setFont(type_face(theme, "body", bold=True))
        self.notes.setFont(type_face(theme, "small"))
        for part in (self.picture, self.queries, self.source, self.fitting, self.looks, self.model):
            part.set_theme(theme)
