"""Attention: the same picture, seen from the class token of each model after its last layer."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, cast

import numpy as np
from PySide6.QtWidgets import QVBoxLayout

from app.panels.compare.page import Page, Reply, SideCards, how_far, why
from app.widgets.map_mosaic import MapMosaic
from app.widgets.map_tile import MapTile
from app.widgets.theme import Theme
from sslviz.spec.events import Advanced, Answered
from sslviz.spec.inspection import Attend, Attended

READ = "Attention is where information is read, not why. Heads of different models have nothing to do with each other."
WAITING = "Looking …"


class Looks(Page):
    """The mean of all heads first, then each head; of a convolutional network the components of its feature map."""

    name: ClassVar[str] = "looks"
    title: ClassVar[str] = "Attention"

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.cards = SideCards(MapMosaic, READ)
        self.cards.words.say(READ)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.cards)

    def mosaic(self, k: int) -> MapMosaic:
        """The maps of a side."""
        return cast(MapMosaic, self.cards.cards[k].body)

    def ask(self) -> None:
        """All sides anew."""
        self.show_sides()
        for k in range(len(self.chosen.models)):
            self.mosaic(k).set_message(WAITING)
            self.cards.cards[k].set_caption("")
            self.asking.ask(self.side(k), partial(self.chosen.attend, k, "maps"))

    def show_sides(self) -> None:
        """The names."""
        self.cards.show_sides(self.chosen.sides)

    def take(self, k: int, request: object, event: Reply) -> None:
        """Maps, or why there are none; what has no attention is asked for what it has."""
        if isinstance(event, Advanced):
            self.mosaic(k).set_message(how_far(event))
        elif not isinstance(event, Answered):
            self.mosaic(k).set_message(why(event))
        elif isinstance(event.payload, Attended) and isinstance(request, Attend):
            self._draw(k, request, event.payload)

    def _draw(self, k: int, request: Attend, answer: Attended) -> None:
        tiles = tiles_of(answer)
        if not tiles and "pca" not in request.wants:
            self.asking.ask(self.side(k), partial(self.chosen.attend, k, "pca"))
            return
        if not tiles:
            self.mosaic(k).set_message(" ".join(answer.notes) or "This model has nothing to show of the picture.")
            return
        percent = "maps" in answer.arrays
        self.mosaic(k).set_maps(
            answer.arrays["picture"], [tiles], unit="of the attention" if percent else "", percent=percent
        )
        step = f" · step {answer.step:,}" if answer.step >= 0 else ""
        self.cards.cards[k].set_caption(answer.caption + step)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        super().set_theme(theme)
        self.cards.set_theme(theme)


def tiles_of(answer: Attended) -> list[MapTile]:
    """The mean over the heads and each head, or the components as colours; [] where the answer has neither."""
    if "maps" in answer.arrays and answer.arrays["maps"].size:
        heads = answer.arrays["maps"][0]
        jaccard = answer.arrays.get("jaccard")
        words = (
            [(f"IoU {value:.2f}",) if np.isfinite(value) else () for value in jaccard[0]]
            if jaccard is not None
            else [()] * len(heads)
        )
        each = [MapTile(f"head {h + 1}", values, words=words[h]) for h, values in enumerate(heads)]
        return [MapTile("mean", heads.mean(0), strong=True), *each]
    if "pca" in answer.arrays:
        return [MapTile("PCA of the feature map", answer.arrays["pca"])]
    return []
