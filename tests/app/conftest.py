"""What tests of the window share: a made-up run as events, folded as far as a test wants."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.bridge.example_run import RUN, example_events
from app.bridge.picture import RunPicture
from sslviz.spec.events import Event


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
