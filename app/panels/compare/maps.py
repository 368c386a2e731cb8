"""Maps: the same held-out images, laid out by the features of each model."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import ClassVar, Literal, cast

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QVBoxLayout

from app.panels.base import Selection
from app.panels.compare.page import Page, Reply, SideCards, how_far, why
from app.widgets.choice_row import ChoiceRow
from app.widgets.editors import WheelGuard
from app.widgets.ink import type_face
from app.widgets.point_map import PointMap
from app.widgets.segments import Segments
from app.widgets.theme import Theme
from sslviz.spec.config import DataConfig
from sslviz.spec.evaluation import FetchImages
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.mapping import ABOUT, LayoutName, Mapped

READ = "The same images everywhere. Places on different maps have nothing to do with each other: point at one to see it on all."
WAITING = "Waiting for its turn …"
LAYOUTS = (
    ("pca", "PCA", ABOUT["pca"]),
    ("umap", "UMAP", f"Takes seconds to a minute for each model. {ABOUT['umap']}"),
    ("tsne", "t-SNE", f"Takes up to minutes for each model. {ABOUT['tsne']}"),
)
SPLIT: Literal["val"] = "val"


class Maps(Page):
    """What is under the pointer on one map is ringed on all; a click selects it everywhere."""

    name: ClassVar[str] = "maps"
    title: ClassVar[str] = "Map"
    fetched = Signal(object)  # FetchImages

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.answers: dict[int, Mapped] = {}
        self._asked_of: DataConfig | None = None
        self._data: dict[str, DataConfig] = {}
        self.cards = SideCards(self._make, READ)
        self.cards.words.say(READ)
        self.layouts, self.images, self.source = (
            Segments("Layout", LAYOUTS),
            QSpinBox(),
            ChoiceRow("held-out images of", ()),
        )
        self.count = QLabel("images")
        self.images.setRange(50, 60_000)
        self.images.setSingleStep(500)
        self.images.setValue(self.chosen.images)
        self.images.setKeyboardTracking(False)
        self.images.setAccessibleName("Number of images on each map")
        self.images.setToolTip("At most so many held-out images, of each class as many as its share; more take longer")
        WheelGuard(self.images)
        row = QHBoxLayout()
        for widget in (self.layouts, self.images, self.count, self.source):
            row.addWidget(widget)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.cards, 1)
        self.layouts.chosen.connect(self._choose_layout)
        self.images.valueChanged.connect(self._choose_count)
        self.source.changed.connect(self._choose_data)

    def _make(self) -> PointMap:
        made, k = PointMap(), len(self.cards.cards)
        for tool in (made.modes, *made.buttons.values()):
            tool.hide()  # four maps have no room for them: wheel, drag, double click and keys do the same
        made.hovered.connect(lambda row: self._ring(k, row))
        made.clicked.connect(lambda row: self._select(k, row))
        made.set_thumbnail_source(lambda rows: self._fetch(k, rows))
        return made

    def map(self, k: int) -> PointMap:
        """The map of a side."""
        return cast(PointMap, self.cards.cards[k].body)

    # What is chosen -------------------------------------------------------------------------------------------------

    def _choose_layout(self, name: str) -> None:
        self.chosen.layout = dataclasses.replace(self.chosen.layout, method=cast(LayoutName, name))
        self._again()

    def _choose_count(self, count: int) -> None:
        self.chosen.images = count
        self._again()

    def _choose_data(self, name: str) -> None:
        self.chosen.data = self._data[name]
        self._again()

    def _again(self) -> None:
        self.forget()
        if self.isVisible() and self.chosen.enough:
            self.ask()

    # Asking ---------------------------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Other models or images."""
        super().forget()
        self.asking.forget(*(f"{self.name} {k} pictures" for k in range(len(self.chosen.models))))

    def ask(self) -> None:
        """All sides anew."""
        self.due = False
        self.answers.clear()
        self.show_sides()
        self._asked_of = self.chosen.images_of
        for k in range(len(self.chosen.models)):
            self.map(k).set_message(WAITING)
            self.cards.cards[k].set_caption("")
            self.asking.ask(self.side(k), partial(self.chosen.map, k))

    def show_sides(self) -> None:
        """The names, and the data sets that there are to choose from."""
        self.cards.show_sides(self.chosen.sides)
        known = [config.data for config in self.chosen.configs] + (
            [self.chosen.fallback] if self.chosen.fallback else []
        )
        self._data = {}
        for data in known:
            if data not in self._data.values():
                name = data.source.replace("\\", "/").rpartition("/")[2] or data.source
                self._data[name if name not in self._data else f"{name} ({len(self._data) + 1})"] = data
        self.source.box.clear()
        self.source.box.addItems(list(self._data))
        self.source.setVisible(len(self._data) > 1)
        shown = next((name for name, data in self._data.items() if data == self.chosen.images_of), "")
        self.source.set_value(shown)

    def take(self, k: int, request: object, event: Reply) -> None:
        """A map, how far it is, why there is none; or pictures of points."""
        if isinstance(request, FetchImages):
            if isinstance(event, Answered):
                self._put_pictures(k, request, event.payload)
        elif isinstance(event, Advanced):
            self.map(k).set_message(how_far(event))
        elif isinstance(event, Refused):
            self.map(k).set_message(why(event))
        elif isinstance(event.payload, Mapped):
            self._draw(k, event.payload)

    def _draw(self, k: int, answer: Mapped) -> None:
        self.answers[k] = answer
        shown = self.map(k)
        shown.set_message("")
        shown.set_points(answer.points)
        shown.set_colours(np.where(answer.label < 0, np.nan, answer.label), answer.names, "class")
        shown.set_groups(answer.label, answer.names)
        scores = answer.scores
        kept = f"{sum(answer.kept):.0%} of the variance is on the axes. " if answer.kept else ""
        words = (f"Trustworthiness {scores.trustworthiness:.2f}, agreement {scores.agreement:.2f} (k {scores.k}). "
                 if np.isfinite(scores.trustworthiness) else "")  # fmt: skip
        notes = " ".join(answer.notes)
        count = "" if notes else f"{len(np.unique(answer.index)):,} of {answer.total:,} images. "
        self.cards.cards[k].set_caption(f"{words}{kept}{count}{notes}".strip())
        self.cards.words.say(f"{READ} {ABOUT[self.chosen.layout.method]}")

    # Pointing -------------------------------------------------------------------------------------------------------

    def _ring(self, k: int, row: int) -> None:
        """What is under the pointer on map k, on all others."""
        found = self.answers.get(k)
        index = int(found.index[row]) if found is not None and 0 <= row < len(found.index) else -1
        for other, answer in self.answers.items():
            if other != k:
                self.map(other).mark(np.flatnonzero(answer.index == index))

    def _select(self, k: int, row: int) -> None:
        found = self.answers.get(k)
        if found is not None and 0 <= row < len(found.index):
            index = int(found.index[row])
            selection = Selection(index, self._asked_of.source if self._asked_of else "", self._asked_of, SPLIT)
            self.show_selection(selection)
            self.selected.emit(selection)

    def show_selection(self, selection: Selection) -> None:
        """Ring an image on every map that has it; on none where it is one of other data."""
        mine = selection.data == self._asked_of and selection.split == SPLIT
        for k, answer in self.answers.items():
            rows = np.flatnonzero(answer.index == selection.index) if mine else np.empty(0, np.intp)
            self.map(k).select(int(rows[0]) if len(rows) else -1)

    # Pictures -------------------------------------------------------------------------------------------------------

    def _fetch(self, k: int, rows: object) -> None:
        found = self.answers.get(k)
        if found is None or self._asked_of is None:
            return
        data, places = self._asked_of, [int(row) for row in cast(list[int], rows)]
        indices = tuple(int(found.index[row]) for row in places if row < len(found.index))
        self.asking.ask(f"{self.name} {k} pictures", lambda number: FetchImages(number, data, indices, SPLIT))

    def _put_pictures(self, k: int, request: FetchImages, images: object) -> None:
        found = self.answers.get(k)
        if found is None or not isinstance(images, dict):
            return
        places = {int(index): row for row, index in enumerate(found.index)}
        pairs = [
            (places[i], picture) for i, picture in zip(request.indices, images["images"], strict=False) if i in places
        ]
        if pairs:
            self.map(k).put_thumbnails([row for row, _ in pairs], [picture for _, picture in pairs])

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        super().set_theme(theme)
        self.layouts.set_theme(theme)
        self.source.set_theme(theme)
        for widget in (self.images, self.images.lineEdit(), self.count):
            widget.setFont(type_face(theme, "small"))
        self.cards.set_theme(theme)
