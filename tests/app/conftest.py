"""What tests of the window share: patience, and a made-up run as events, folded as far as a test wants."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from app.bridge.example_run import RUN, example_events
from app.bridge.picture import RunPicture
from sslviz.spec.events import Event

PATIENCE_MS = 60_000
"""How long what is waited for may take before a test gives up: a worker that starts on a busy machine takes a while."""


class PatientBot(QtBot):
    """pytest-qt's, with more patience where a test asks for none."""

    def waitUntil(self, callback, *, timeout=PATIENCE_MS):
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal, *, timeout=PATIENCE_MS, **more):
        return super().waitSignal(signal, timeout=timeout, **more)


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> PatientBot:
    """In the place of pytest-qt's."""
    return PatientBot(request)


@pytest.fixture(scope="session")
def run_events() -> tuple[Event, ...]:
    """A run of 500 steps whose negatives are switched off after step 320."""
    return tuple(example_events())


@pytest.fixture
def picture_at(run_events: tuple[Event, ...]) -> Callable[[int], RunPicture]:
    """The picture of that run after a step."""

    def fold(step: int = 500) -> RunPicture:
        picture = RunPicture(RUN)
        for event in run_events:
            if event.step <= step:
                picture.fold(event)
        return picture

    return fold
