"""Every registered panel survives nothing, one row, what is not a number and what it does not know, and lets go of everything."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.bridge.picture import RunPicture
from app.panels.base import PANELS, Selection
from app.shell.views import find_panels
from app.widgets.theme import DARK, LIGHT
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import RunConfig
from sslviz.spec.events import (
    Advanced,
    Answered,
    Event,
    Failed,
    Finished,
    Flipped,
    Peeked,
    Refused,
    Scalars,
    StateChanged,
    frozen,
)
from sslviz.spec.measures import MEASURES

RUN = "awkward"
EACH = [name for name, found in find_panels() if isinstance(found, type)]
BROKEN = [f"{name}: {found}" for name, found in find_panels() if isinstance(found, Exception)]


@dataclass(frozen=True, slots=True)
class Foreign(Event):
    """An event of a kind that no panel knows."""

    value: int = 0


def row(value: float) -> Scalars:
    """One row with every measure at one value."""
    return Scalars(RUN, 1, tuple(MEASURES), frozen(np.array([1])), frozen(np.full((1, len(MEASURES)), value)))


def peeks(fill: float) -> list[Peeked]:
    """Every peek with one image and everything at one value."""
    one, pictures = frozen(np.zeros(1, np.int64)), frozen(np.zeros((2, 1, 4, 4, 3), np.uint8))
    return [
        Peeked(RUN, 1, "views", {"images": pictures, "indices": one, "labels": frozen(-one - 1)}),
        Peeked(RUN, 1, "similarity", {"cosine": frozen(np.full((2, 2), fill, np.float32)), "indices": one, "labels": one,
                                      "images": frozen(pictures.reshape(2, 4, 4, 3))}),
        Peeked(RUN, 1, "sphere", {"circle": frozen(np.full((1, 2), fill)), "sphere": frozen(np.full((1, 3), fill)),
                                  "kept": frozen(np.full(2, fill)), "labels": one, "pairs": one}),
        Peeked(RUN, 1, "spectrum", {"values": frozen(np.full(1, fill, np.float32))}),
        Peeked(RUN, 1, "never heard of", {}),
        Peeked(RUN, 1, "attention", {"maps": frozen(np.full((1, 1, 2, 2), fill))}),
    ]  # fmt: skip


def empty_peeks() -> list[Peeked]:
    """Every peek without a single array."""
    return [Peeked(RUN, 2, peek.name, {}) for peek in peeks(0.0)]


MEALS: dict[str, list[Event]] = {
    "nothing": [],
    "one row": [row(0.5), *peeks(1.0)],
    "zeros": [row(0.0), *peeks(0.0)],
    "no numbers": [row(float("nan")), *peeks(float("nan"))],
    "infinite": [row(float("inf")), row(-float("inf"))],
    "no arrays": empty_peeks(),
    "foreign": [Foreign(RUN, 3), Flipped(RUN, 2, "nobody knows", "a", "b"), StateChanged(RUN, 3, "paused")],
    "the end": [Failed(RUN, 4, "kind", "It broke."), Finished(RUN, 4, "failed", "nowhere")],
}


@pytest.fixture
def panel(request, qtbot):
    made = PANELS[request.param]()
    qtbot.addWidget(made)
    made.use_ids(range(1, 1000))
    made.resize(900, 600)
    made.show()
    return made


def settle(panel, qtbot):
    """Until what the panel put off is done, and it is painted."""
    put_off = [timer for timer in panel.findChildren(QTimer) if timer.isSingleShot()]
    qtbot.waitUntil(lambda: not any(timer.isActive() for timer in put_off))
    QApplication.processEvents()
    assert not panel.grab().isNull()


def test_every_panel_loads():
    assert BROKEN == []
    assert "train" in EACH


@pytest.mark.parametrize("panel", EACH, indirect=True)
@pytest.mark.parametrize("started", [False, True], ids=["not started", "started"])
def test_awkward_data_draws_without_complaint(panel, started, qtbot, run_events):
    for meal in MEALS.values():
        picture = RunPicture(RUN)
        if started:
            picture.fold(dataclasses.replace(run_events[0], run_id=RUN))
        for event in meal:
            picture.fold(event)
        panel.refresh(picture)
        settle(panel, qtbot)
    panel.refresh(None)
    settle(panel, qtbot)


@pytest.mark.parametrize("panel", EACH, indirect=True)
def test_looks_selections_answers_and_clearing(panel, qtbot, picture_at):
    panel.configure(RunConfig(), Catalogue())
    panel.refresh(picture_at(100))
    for theme in (DARK, dataclasses.replace(LIGHT, scale=1.6), LIGHT):
        panel.set_theme(theme)
        settle(panel, qtbot)
    panel.select(Selection(0, "shapes"))
    panel.select(Selection(-1))
    for reply in (
        Answered("", 0, 999, None),
        Refused("", 0, 999, "Cancelled", "Given up."),
        Advanced("", 0, 999, 0.5, "half"),
    ):
        panel.answered(reply)
    panel.clear()
    panel.refresh(None)
    settle(panel, qtbot)


@pytest.mark.parametrize("name", EACH)
def test_a_panel_says_what_it_is(name):
    kind = PANELS[name]
    assert kind.name == name
    assert kind.title
    assert kind.idle_text


def test_panels_claim_different_shortcuts():
    taken = [PANELS[name].shortcut for name in EACH if PANELS[name].shortcut]
    assert len(taken) == len(set(taken))
