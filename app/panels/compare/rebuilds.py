"""Reconstruction: the same picture, the same share hidden by the same seed, painted by each model."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, cast

from PySide6.QtWidgets import QVBoxLayout

from app.panels.compare.page import Page, Reply, SideCards, how_far, why
from app.widgets.picture_row import PictureRow, Shown
from app.widgets.theme import Theme
from sslviz.spec.events import Advanced, Answered
from sslviz.spec.inspection import Rebuilt

READ = "One picture, one share, one seed. Losses count different targets in different models: only pictures can be compared."
GRIDS = "Their patches differ in size, so that the same seed hides other places."
WAITING = "Painting …"
NO_PATCHES = (0, 0)


class Rebuilds(Page):
    """What each paints, in rows below each other: one picture has several."""

    name: ClassVar[str] = "rebuilds"
    title: ClassVar[str] = "Reconstruction"

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.cards = SideCards(PictureRow, READ, stacked=True)
        self.answers: dict[int, Rebuilt] = {}
        self.cards.words.say(READ)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.cards)

    def row(self, k: int) -> PictureRow:
        """The pictures of a side."""
        return cast(PictureRow, self.cards.cards[k].body)

    def ask(self) -> None:
        """All sides anew."""
        self.show_sides()
        self.answers.clear()
        for k in range(len(self.chosen.models)):
            self.row(k).set_message(WAITING)
            self.cards.cards[k].set_caption("")
            self.asking.ask(self.side(k), partial(self.chosen.rebuild, k))

    def show_sides(self) -> None:
        """The names."""
        self.cards.show_sides(self.chosen.sides)

    def take(self, k: int, request: object, event: Reply) -> None:
        """What a model painted, or why it cannot."""
        del request
        if isinstance(event, Advanced):
            self.row(k).set_message(how_far(event))
        elif isinstance(event, Answered) and isinstance(event.payload, Rebuilt):
            self._draw(k, event.payload)
        elif not isinstance(event, Answered):
            self.row(k).set_message(why(event))

    def _draw(self, k: int, answer: Rebuilt) -> None:
        self.answers[k] = answer
        shown = [
            Shown(name[:1].upper() + name[1:], pixels, answer.about.get(name, ""))
            for name, pixels in answer.pictures.items()
        ]
        self.row(k).set_pictures(shown, NO_PATCHES, paintable=False)
        loss = f"Loss {answer.loss:.4f} · " if answer.loss == answer.loss else ""
        step = f" · step {answer.step:,}" if answer.step >= 0 else ""
        self.cards.cards[k].set_caption(f"{loss}{answer.caption}{step}")
        grids = {each.hidden.shape for each in self.answers.values()}
        self.cards.words.say(f"{READ} {GRIDS}" if len(grids) > 1 else READ)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        super().set_theme(theme)
        self.cards.set_theme(theme)
