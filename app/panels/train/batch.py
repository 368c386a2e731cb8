"""This step's batch: its pairs of views, their similarity matrix, and the two pictures of a chosen entry."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QToolButton

from app.bridge.picture import RunPicture
from app.panels.train.drawing import Wishes, peek_of
from app.panels.train.figures import PAIRS, SIMILARITY, VIEWS
from app.panels.train.likeness import WAITING, Found
from app.panels.train.matrix import Matrix, recorded
from app.widgets.card import Card
from app.widgets.matrix_rows import WORDS
from app.widgets.matrix_view import UNSEEN, Entry, MatrixView
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
        self._found: Found | None = None  # what was measured, beside what the run recorded
        self._matrix: Matrix | None = None  # what is drawn
        self._views: Peeked | None = None
        self._seen: Hashable = None
        self._selected = -1  # the image that is chosen in the window, among the training images

    @property
    def cards(self) -> list[Card]:
        """Pairs, matrix, and the chosen pair where it has a card."""
        return [self.pairs, self.similarity, *([self.chosen] if self.chosen else [])]

    def show_found(self, found: Found | None) -> None:
        """What the worker measured; drawn with the next `draw`."""
        self._found = found

    def draw(self, picture: RunPicture, wishes: Wishes) -> bool:
        """Draw what changed since the last time; False where nothing did."""
        views, similarity = peek_of(picture, "views", "images"), peek_of(picture, "similarity", "cosine")
        seen = (picture.run_id, id(views), id(similarity), id(self._found), wishes.at, id(picture.failure))
        if seen == self._seen:
            return False
        self._seen = seen
        if views is not None and views is not self._views:
            self._draw_views(views, picture.started.class_names if picture.started else ())
        if similarity is not None and wishes.at is None:
            self._draw_matrix(recorded(similarity))
        elif self._found is not None and self._found.at == wishes.at:
            self._draw_found(self._found)
        elif self._matrix is None:
            comes = views is not None and views.arrays["images"].size > 0 and picture.failure is None
            self.matrix.clear(WAITING if comes else UNSEEN)
        return True

    def _draw_views(self, views: Peeked, names: Sequence[str]) -> None:
        self._views = views
        smaller = [views.arrays[f"images_{k}"] for k in range(1, 10) if f"images_{k}" in views.arrays]
        self.body.grid.set_views(views.arrays["images"], _tips(views, names), smaller)
        self.body.grid.choose(_place_of(self._selected, views))
        self.pairs.set_title(f"{_noun(views)} of step {views.step}")
        self.pairs.set_caption(PAIRS.caption if _noun(views) == "Pairs" else VIEWS.caption)

    def _draw_found(self, found: Found) -> None:
        if found.matrix is not None:
            self._draw_matrix(found.matrix)
            return
        self._matrix = None
        self.matrix.clear(found.message)
        self.similarity.set_title("Similarity")
        self.similarity.set_caption("")

    def _draw_matrix(self, matrix: Matrix) -> None:
        self._matrix = matrix
        self.matrix.set_matrix(matrix.cosine, matrix.rows)
        self.similarity.set_title(matrix.title)
        self.similarity.set_caption(matrix.caption)
        self._show_entry()

    def clear(self) -> None:
        """Forget what is drawn."""
        self._seen = self._matrix = self._views = self._found = None
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
        place = self._matrix.place_of(index) if self._matrix else -1
        if place >= 0:
            self._choose_image(place)

    def _choose_image(self, place: int) -> None:
        """The entry of an image with its partner, or with itself; one of its entries that is chosen already stays."""
        rows = self.matrix.rows
        if self.matrix.entry is None or self.matrix.entry.row % rows.images != place:
            self.matrix.mark(place, (place + rows.images) % rows.count)
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
        return int(self._matrix.index[row]) if self._matrix is not None else -1

    def _place_chosen(self, place: int) -> None:
        if self._views is not None and "indices" in self._views.arrays:
            self.image_chosen.emit(int(self._views.arrays["indices"][place]))

    def _show_entry(self) -> None:
        entry, matrix = self.matrix.entry, self._matrix
        if entry is None or matrix is None or matrix.pictures is None:
            return
        names = (self.matrix.name_of(entry.row), self.matrix.name_of(entry.column))
        left, right = matrix.pictures[entry.row], matrix.pictures[entry.column]
        self.pair.set_pair(left, right, names, entry.cosine, WORDS[entry.kind])

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
