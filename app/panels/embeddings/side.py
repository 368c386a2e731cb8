"""The right column: the picture under the pointer, or the pictures whose patches are shown; the nearest neighbours; the gallery."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QWidget

from app.panels.embeddings.cloud import Cloud, patch_of
from app.panels.embeddings.gallery import Gallery
from app.panels.embeddings.pictures import Pictures
from app.widgets.card import Card
from app.widgets.gallery_grid import GalleryGrid
from app.widgets.patch_pictures import PatchPictures
from app.widgets.theme import Theme
from sslviz.spec.mapping import OWN_PATCH, Neighbours

POINT = "Move over a point to see its picture; click it to see its nearest neighbours."
NEAREST = "Click a point: the points nearest to it in the features, not on the map, are listed here."


class Side(QSplitter):
    """`hovered` and `chosen` carry an image by number and a patch, OWN_PATCH for the whole; image -1: the pointer left."""

    hovered = Signal(int, int)
    chosen = Signal(int, int)
    patched = Signal()

    def __init__(self, pictures: Pictures, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._pictures = pictures
        self._cloud: Cloud | None = None
        self._neighbours: Neighbours | None = None
        self._of: tuple[int, int] | None = None  # the point that they are near to
        self._shown: tuple[int, ...] = ()  # images of the upper card
        self._texts: tuple[str, ...] = ()
        self.large, self.nearest, self.gallery = PatchPictures(), GalleryGrid("Nearest neighbours"), Gallery()
        self.cards = (
            Card("Picture", self.large, about="The picture of the point under the pointer, or of the one that is chosen."),
            Card("Nearest neighbours", self.nearest, about="By distance in the features, all dimensions of them; the number is the "
                 "distance. What is near on the map need not be near in the features, and the other way round."),
            Card("Gallery", self.gallery, about="The images of the points that were caught by outline or box."),
        )  # fmt: skip
        for card in self.cards:
            self.addWidget(card)
            card.larger.hide()
        self.setChildrenCollapsible(False)
        self.setHandleWidth(5)
        self.setSizes([280, 210, 260])
        self._connect()
        self.clear()

    def _connect(self) -> None:
        self.large.hovered.connect(lambda k, patch: self.hovered.emit(self._shown[k] if k >= 0 else -1, patch))
        self.large.chosen.connect(lambda k, patch: self.chosen.emit(self._shown[k], patch))
        self.nearest.set_source(self._near_picture)
        self.nearest.needed.connect(lambda items: self._pictures.want(int(self._near(k)[0]) for k in items))
        self.nearest.chosen.connect(lambda item: self.chosen.emit(*self._near(item)))
        self.nearest.hovered.connect(
            lambda item: self.hovered.emit(*(self._near(item) if item >= 0 else (-1, OWN_PATCH)))
        )
        grid = self.gallery.grid
        grid.set_source(lambda item: self._pictures.get(self.gallery.images[item]))
        grid.needed.connect(lambda items: self._pictures.want(self.gallery.images[k] for k in items))
        self.gallery.chosen.connect(lambda index: self.chosen.emit(index, OWN_PATCH))
        self.gallery.hovered.connect(lambda index: self.hovered.emit(index, OWN_PATCH))

    def _near(self, item: int) -> tuple[int, int]:
        found = self._neighbours
        return (int(found.index[item]), int(found.patch[item])) if found is not None else (-1, OWN_PATCH)

    def _near_picture(self, item: int) -> NDArray[Any] | None:
        """Of a patch, what is around it."""
        index, patch = self._near(item)
        picture = self._pictures.get(index)
        return None if picture is None else patch_of(picture, self.large.grid, patch, around=1)

    # What is shown -------------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Forget everything."""
        self._shown = ()
        self.large.set_message(POINT)
        self.say_nearest("")

    def set_cloud(self, cloud: Cloud | None, *, patches: bool) -> None:
        """The points that are on the map: of patches, the pictures that they are from."""
        self._cloud = cloud
        self.cards[0].set_title("Pictures and their patches" if patches else "Picture")
        if cloud is None:
            self.clear()
        elif patches:
            shown = cloud.pictures
            self._show(shown, tuple(cloud.name_of_image(index) for index in shown), cloud.grid)
        else:
            self._show((), (), (0, 0))

    def show_point(self, row: int) -> None:
        """The picture of a point; of patches, which one it is."""
        cloud = self._cloud
        if cloud is None or row < 0:
            self.large.mark(self._marks())
            return
        index, patch = int(cloud.index[row]), int(cloud.patch[row])
        if patch != OWN_PATCH:
            self.large.mark(self._marks((index, patch)))
        else:
            self._show((index,), (cloud.name_of(row),), (0, 0))

    def _marks(self, *points: tuple[int, int]) -> list[tuple[int, int]]:
        """Where patches are outlined in the pictures: these, else the one that is chosen with its neighbours."""
        order = {index: k for k, index in enumerate(self._shown)}
        near = [self._near(k) for k in range(len(self.neighbours))]
        wanted = points or ((self._of, *near) if self._of is not None else ())
        return [(order[index], patch) for index, patch in wanted if index in order and patch != OWN_PATCH]

    def _show(self, images: tuple[int, ...], texts: tuple[str, ...], grid: tuple[int, int]) -> None:
        self._shown, self._texts = images, texts
        self._pictures.want(images)
        if images:
            self.large.set_pictures([self._pictures.get(index) for index in images], texts, grid)
        else:
            self.large.set_message(POINT)

    def show_neighbours(self, of: tuple[int, int], name: str, found: Neighbours, names: tuple[str, ...]) -> None:
        """What is nearest to a point of that name, the nearest first."""
        self._neighbours, self._of = found, of
        self.cards[1].set_title(f"Nearest to {name}")
        if of[1] != OWN_PATCH:
            self.large.mark(self._marks())
        index, labels, distances = found.index.tolist(), found.label.tolist(), found.distance.tolist()

        def text(item: int) -> str:
            short = f"{distances[item]:.3f}" if abs(distances[item]) < 10 else f"{distances[item]:.1f}"
            return f"{short} {names[labels[item]]}" if 0 <= labels[item] < len(names) else short

        self.nearest.set_items(len(index), text, lambda k: f"image {index[k]:,}, distance {distances[k]:.5g}")

    @property
    def neighbours(self) -> tuple[int, ...]:
        """The images that are shown as nearest."""
        return () if self._neighbours is None else tuple(self._neighbours.index.tolist())

    def say_nearest(self, text: str) -> None:
        """A sentence in place of neighbours; "": what is to be done to see some."""
        self._neighbours = self._of = None
        self.cards[1].set_title("Nearest neighbours")
        self.nearest.set_message(text or NEAREST)

    def update_pictures(self) -> None:
        """There are more pictures than before."""
        if self._shown:
            grid = self.large.grid
            self.large.set_pictures([self._pictures.get(index) for index in self._shown], self._texts, grid)
        self.nearest.update_pictures()
        self.gallery.grid.update_pictures()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        for card in self.cards:
            card.set_theme(theme)
