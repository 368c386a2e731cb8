"""The right of the view: what one or two models make of the picture, the caption, and what attention does not show."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.panels.attention.looking import ALONE, RANDOM, control_of
from app.panels.attention.modes import MODES, NO_ATTENTION, READ
from app.panels.attention.stage import Look, Stage
from app.widgets.card import Card
from app.widgets.dashboard import Dashboard
from app.widgets.ink import type_face
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.description import Description
from sslviz.spec.inspection import Attend, Attended

WIDE = 620
"""Pixels at scale 1 from which two models stand side by side; below they stand on top of each other."""
ABOUT_QUESTION = ("picture", "layers", "query", "share")


class Screen(QWidget):
    """Side "a" is the model, "b" what stands beside it. Holds the newest answer of each, and of the control."""

    patch_chosen = Signal(int)
    enlarged = Signal(object)
    head_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._beside, self.mode = LIGHT, ALONE, next(iter(MODES))
        self.answers: dict[str, tuple[Attend, Attended]] = {}
        self.stages = {"a": Stage(), "b": Stage()}
        self.card_of = {side: Card("", stage) for side, stage in self.stages.items()}
        self.cards = Dashboard([[self.card_of["a"]]])
        self.cards.keep(self.card_of["b"])
        self.caption, self.warning = WrappedLabel(quiet=True), WrappedLabel(READ)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.cards, 1)
        column.addWidget(self.caption)
        column.addWidget(self.warning)
        self.caption.say("")
        for side, stage in self.stages.items():
            stage.patch_chosen.connect(self.patch_chosen)
            stage.head_chosen.connect(self.head_chosen)
            stage.enlarged.connect(lambda place, side=side: self._enlarged(side, place))
        self.set_mode(self.mode)

    # What is shown -------------------------------------------------------------------------------------------------

    def set_mode(self, mode: str) -> None:
        """Another way to look; what is drawn stays until its answer comes."""
        self.mode = mode
        for side, stage in self.stages.items():
            stage.mosaic.enlarge(None)
            stage.show_beside(None)
            self.card_of[side].set_caption(MODES[mode].about)

    def set_beside(self, beside: str) -> None:
        """What stands beside the model: nothing, or something whose answer is to come."""
        self._beside = beside
        self.forget("b")
        self._show_captions()
        for card in self.card_of.values():
            card.set_brief(beside != ALONE)
        if beside != ALONE:
            self.stages["b"].set_message("Computing …")
        self.arrange()

    def set_model(self, description: Description) -> None:
        """What has to be said of its maps."""
        self.warning.say(NO_ATTENTION if description.kind == "cnn" else READ)

    def set_look(self, look: Look) -> None:
        """How maps are drawn."""
        for side, stage in self.stages.items():
            stage.set_look(look)
            if self.mode == "pca":
                self.draw(side)

    def set_query(self, query: int) -> None:
        """Mark another query before its answer comes."""
        for stage in self.stages.values():
            if self.mode != "norms" and self.mode != "occlusion":
                stage.mosaic.set_query(query)

    def set_message(self, side: str, text: str) -> None:
        """A sentence in place of a side."""
        self.forget(side)
        self.stages[side].set_message(text)
        self.card_of[side].set_title("")
        self._show_captions()

    def take(self, side: str, request: Attend, answer: Attended) -> None:
        """Draw an answer: of "a", "b", the "control" whose numbers stand beside those of "a", or the test "beside" its maps."""
        self.answers[side] = (request, answer)
        if side == "beside":
            self.stages["a"].show_beside(answer)
        elif side in self.stages:
            self.draw(side)
            self.arrange()
        elif side == "control":
            self.draw("a")

    def forget(self, *sides: str) -> None:
        """Drop answers."""
        for side in sides:
            self.answers.pop(side, None)

    def draw(self, side: str) -> None:
        """Draw the newest answer of a side, if it is one to this way of looking."""
        if side in self.answers and MODES[self.mode].want in self.answers[side][0].wants:
            request, answer = self.answers[side]
            self.stages[side].show_answer(self.mode, answer, request, self._control(side))
            self._share_axes()
            self._show_titles()

    def _share_axes(self) -> None:
        """Plots of two models stand on one scale."""
        reaches = [stage.reach(self.mode) for side, stage in self.stages.items() if side in self.answers]
        known = [reach for reach in reaches if reach]
        for stage in self.stages.values() if known else ():
            stage.set_reach(self.mode, min(lo for lo, _ in known), max(hi for _, hi in known))

    def _control(self, side: str) -> Attended | None:
        """The same with random weights, unless it is to be seen itself."""
        shown = side == "a" and self._beside != RANDOM and self.has_control(self.answers["a"][0])
        return self.answers["control"][1] if shown else None

    def has_control(self, request: Attend) -> bool:
        """Whether the last control is of this model and this question."""
        found = self.answers.get("control")
        return (
            found is not None
            and all(getattr(found[0], name) == getattr(request, name) for name in ABOUT_QUESTION)
            and found[0].model == control_of(request.model)
        )

    def _show_titles(self) -> None:
        for side in self.stages:
            if side in self.answers:
                self.card_of[side].set_title(title_of(*self.answers[side]))
        self._show_captions()

    def _show_captions(self) -> None:
        """What a figure must say of what it shows."""
        lines = [caption_of(self.answers[side][1]) for side in self.stages if side in self.answers]
        self.caption.say("\n".join(dict.fromkeys(lines)))

    # Room ----------------------------------------------------------------------------------------------------------

    def arrange(self) -> None:
        """Side by side or on top of each other, as the maps become larger; without maps by the room there is."""
        a, b = self.card_of["a"], self.card_of["b"]
        if self._beside == ALONE:
            self.cards.arrange([[a]])
            return
        wide, high = self.cards.width(), self.cards.height()
        beside, below = (self.stages["a"].tile_width(*room) for room in ((wide // 2, high), (wide, high // 2)))
        beside, below = (beside, below) if beside else (wide, WIDE * self._theme.scale)
        self.cards.arrange([[a, b]] if beside >= below else [[a], [b]])

    def enlarge_next(self, head: int) -> None:
        """Of the next maps this one is large."""
        for stage in self.stages.values():
            stage.mosaic.enlarge_next((0, head))

    @property
    def large(self) -> tuple[int, int] | None:
        """Row and column of the map that is large."""
        return self.stages["a"].mosaic.large

    def _enlarged(self, side: str, place: tuple[int, int] | None) -> None:
        for other, stage in self.stages.items():
            if other != side:
                stage.mosaic.enlarge(place)
        self.enlarged.emit(place)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.cards.set_theme(theme)
        self.caption.setFont(type_face(theme, "small"))
        self.warning.setFont(type_face(theme, "body"))
        self.arrange()


def title_of(request: Attend, answer: Attended) -> str:
    """What a side shows."""
    known = answer.description
    at = answer.step if answer.step >= 0 else request.model.snapshot
    step = f", step {at:,}" if at >= 0 else ""
    return f"Random weights: {known.family} {known.backbone}" if request.model.random else f"{known.title}{step}"


def caption_of(answer: Attended) -> str:
    """The answer's own caption; of a model that trains with its step."""
    return f"{answer.caption} · step {answer.step:,}" if answer.step >= 0 else answer.caption
