"""Questions: what is asked of the worker for a map, which of it is still wanted, and what came back last. Headless."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.bridge.asking import Asking, Reply
from app.panels.embeddings.state import QUICK, MapState
from app.panels.embeddings.travel import key_of
from sslviz.spec.inspection import DescribeModel
from sslviz.spec.mapping import FeaturePlan, FindNeighbours, MapRun
from sslviz.spec.requests import Cancel

LONG = ("map", "pca", "run", "run:pca")
"""Sides that are waited for with a bar; "pca" and "run:pca" are what is there at once, until the others are."""


class Questions:
    """One question a side: "describe", "pca", "map", "run:pca", "run", "colour", "neighbours"."""

    def __init__(self, state: MapState, next_id: Callable[[], int], send: Callable[[object], None]) -> None:
        self._state, self._send = state, send
        self._asking = Asking(next_id, send)
        self.is_waiting = self._asking.is_waiting
        self.take = self._asking.take
        self.forget = self._asking.forget

    @property
    def is_busy(self) -> bool:
        """Whether a map is on its way."""
        return any(map(self.is_waiting, LONG))

    def describe(self) -> None:
        """What the model is, and what it was trained on."""
        if not self.is_waiting("describe"):
            self._asking.ask("describe", lambda number: DescribeModel(number, self._state.model))

    def map(self, features: FeaturePlan, *, thorough: bool) -> None:
        """PCA at once, and what is to take its place; thorough False: PCA alone."""
        self.forget("run", "run:pca")
        layout = self._state.layout()
        if layout == QUICK:
            self.forget("pca")
            self._asking.ask("map", partial(self._state.map_request, features, layout, "a"))
            return
        self.cancel("map")
        self.forget("map")
        self._asking.ask("pca", partial(self._state.map_request, features, QUICK, "a:pca"))
        if thorough:
            self._asking.ask("map", partial(self._state.map_request, features, layout, "a"))

    def run(self, features: FeaturePlan, *, known: bool) -> None:
        """All snapshots of the run; known: what is there at once is there."""
        self.forget("pca", "map")
        layout = self._state.layout()
        pending = self._asking.pending("run")
        if isinstance(pending, MapRun) and key_of(pending.features, pending.layout) == key_of(features, layout):
            return
        self.cancel("run:pca", "run")
        if layout != QUICK and not known:
            self._asking.ask("run:pca", partial(self._state.run_request, features, QUICK, "time:pca"))
        self._asking.ask("run", partial(self._state.run_request, features, layout, "time"))

    def colour(self, features: FeaturePlan) -> None:
        """A value for each point."""
        self._asking.ask("colour", partial(self._state.colour_request, features))

    def neighbours(self, features: FeaturePlan, index: int, patch: int) -> FindNeighbours:
        """What is nearest in the features."""
        return self._asking.ask("neighbours", partial(self._state.neighbours_request, features, index, patch))

    def give_up(self) -> None:
        """Give up on every map that is on its way."""
        self.cancel(*LONG)

    def cancel(self, *sides: str) -> None:
        """Give up on these."""
        for side in sides:
            pending = self._asking.pending(side)
            if pending is not None:
                self._send(Cancel(pending.request_id))  # type: ignore[attr-defined]  # every request that is asked has one

    def forget_all(self) -> None:
        """Whatever is under way is of no use any more."""
        self.give_up()
        self.forget(*LONG, "describe", "colour", "neighbours")


__all__ = ["Questions", "Reply"]
