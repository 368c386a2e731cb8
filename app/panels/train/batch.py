"""This step's batch: its pairs of views, their similarity matrix, and the two pictures of a chosen entry."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QToolButton

from app.bridge.picture import RunPicture
from app.panels.train.drawing import Wishes, peek_of
from app.panels.train.figures import PAIRS, SIMILARITY, VIEWS
from app.widgets.card import Card
from app.widgets.matrix_view import Entry, MatrixView
from app.widgets.pair_card import PairCard
from app.widgets.pair_grid import PairGrid
from app.widgets.theme import Theme
from sslviz.spec.events import Peeked


class PairsBody(QStackedWidget):
    """The pairs of the batch, or, once an entry of the matrix was chosen, its two pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.grid, self.pair = PairGrid(), PairCard()
        self.double_clicked = self.grid.double_clicked
        for page in (self.grid, self.pair):
            self.addWidget(page)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.grid.set_theme(theme)
        self.pair.set_theme(theme)


class BatchPieces(QObject):
    """Two or three cards that belong together. `image_chosen` carries an image's index among the training images."""

    image_chosen = Signal(int)

    def __init__(self, *, beside: bool, parent: QObject | None = None) -> None:
        """`beside`: the pair of a chosen entry has a card of its own; else it takes the place of the pairs."""
        super().__init__(parent)
        self.body, self.matrix = PairsBody(), MatrixView()
        self.pairs = Card("Pairs", self.body, caption=PAIRS.caption, about=PAIRS.about)
        self.similarity = Card("Similarity", self.matrix, caption=SIMILARITY.caption, about=SIMILARITY.about)
        self.pair = PairCard() if beside else self.body.pair
        self.chosen = Card("The chosen entry", self.pair) if beside else None
        self.back = QToolButton()
        self.back.setText("‹ all pairs")
        self.back.setToolTip("Back to all pairs of this step")
        self.back.clicked.connect(self._show_all)
        self.back.hide()
        self.pairs.add_tool(self.back)
        self.matrix.chosen.connect(self._entry_chosen)
        self.body.grid.chosen.connect(self._place_chosen)
        self._similarity: Peeked | None = None
        self._views: Peeked | None = None
        self._seen: Hashable = None
        self._selected = -1  # the image that is chosen in the window, among the training images

    @property
    def cards(self) -> list[Card]:
        """Pairs, matrix, and the chosen pair where it has a card."""
        return [self.pairs, self.similarity, *([self.chosen] if self.chosen else [])]

    def draw(self, picture: RunPicture, _wishes: Wishes) -> bool:
        """Draw what changed since the last time; False where nothing did."""
        views, similarity = peek_of(picture, "views", "images"), peek_of(picture, "similarity", "cosine")
        seen = (picture.run_id, id(views), id(similarity))
        if seen == self._seen:
            return False
        self._seen, self._similarity, self._views = seen, similarity, views
        names = picture.started.class_names if picture.started else ()
        if views is not None:
            smaller = [views.arrays[f"images_{k}"] for k in range(1, 10) if f"images_{k}" in views.arrays]
            self.body.grid.set_views(views.arrays["images"], _tips(views, names), smaller)
            self.body.grid.choose(_place_of(self._selected, views))
            self.pairs.set_title(f"{_noun(views)} of step {views.step}")
            self.pairs.set_caption(PAIRS.caption if _noun(views) == "Pairs" else VIEWS.caption)
        if similarity is not None:
            self.matrix.set_matrix(similarity.arrays["cosine"])
            self.similarity.set_title(f"Similarity of step {similarity.step}")
            self.similarity.set_caption(f"{similarity.note or 'one batch'}; outlined: partners")
            self._show_entry()
        return True

    def clear(self) -> None:
        """Forget what is drawn."""
        self._seen = self._similarity = self._views = None
        self.body.grid.clear()
        self.matrix.clear()
        self.similarity.set_title("Similarity")
        self.pairs.set_title("Pairs")
        self.pair.clear()
        self._show_all()

    def select(self, index: int) -> None:
        """Mark an image of the data set, if this batch or one that comes holds it; -1 none."""
        self._selected = index
        self.body.grid.choose(_place_of(index, self._views))
        place = _place_of(index, self._similarity)
        if place >= 0:
            self._choose_partners(place)

    def _choose_partners(self, place: int) -> None:
        n = len(self.matrix.cosine) // 2
        if self.matrix.entry is None or self.matrix.entry.row % n != place:
            self.matrix.mark(place, place + n)
            self._show_entry()

    def _entry_chosen(self, entry: Entry) -> None:
        self._show_entry()
        if not self.chosen:
            self.body.setCurrentWidget(self.body.pair)
            self.back.show()
        index = self._index(entry.row)
        if index >= 0:
            self.image_chosen.emit(index)

    def _index(self, row: int) -> int:
        peek = self._similarity
        if peek is None or "indices" not in peek.arrays:
            return -1
        indices = peek.arrays["indices"]
        return int(indices[row % len(indices)])

    def _place_chosen(self, place: int) -> None:
        if self._views is not None and "indices" in self._views.arrays:
            self.image_chosen.emit(int(self._views.arrays["indices"][place]))

    def _show_entry(self) -> None:
        entry, peek = self.matrix.entry, self._similarity
        if entry is None or peek is None or "images" not in peek.arrays:
            return
        images = peek.arrays["images"]
        relation = {"itself": "the same view", "partners": "partners", "strangers": "strangers"}[entry.kind]
        names = (self.matrix.name_of(entry.row), self.matrix.name_of(entry.column))
        self.pair.set_pair(images[entry.row], images[entry.column], names, entry.cosine, relation)

    def _show_all(self) -> None:
        self.body.setCurrentWidget(self.body.grid)
        self.back.hide()


def _place_of(index: int, peek: Peeked | None) -> int:
    """Where a batch holds an image of the data set, -1 where it does not."""
    indices = peek.arrays.get("indices", np.empty(0)).tolist() if peek else []
    return indices.index(index) if index >= 0 and index in indices else -1


def _noun(views: Peeked) -> str:
    """What the pictures of a batch are called: images, pairs or views, as many as there are of each."""
    count = sum(len(images) for key, images in views.arrays.items() if key.startswith("images"))
    return {1: "Images", 2: "Pairs"}.get(count, "Views")


def _tips(views: Peeked, names: Sequence[str]) -> list[str]:
    """What the tooltip of each image says: its index in the data, and its label where it has one."""
    n = views.arrays["images"].shape[1]
    indices, labels = (views.arrays.get(key, np.full(n, -1)) for key in ("indices", "labels"))
    return [
        f"training image {index}" + (f", {names[label]}" if 0 <= label < len(names) else "")
        for index, label in zip(indices.tolist(), labels.tolist(), strict=True)
    ]
