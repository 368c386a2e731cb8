"""The Train panel before there is a run, in every size and look, and over time."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from app.bridge.example_run import RUN, example_events
from app.bridge.picture import RunPicture
from app.panels.base import PANELS
from app.panels.train import TrainPanel
from app.panels.train.__main__ import Player
from app.widgets.theme import DARK, LIGHT
from sslviz.spec.events import Failed, Started


def points(plot):
    x, y = plot._series[0].raw.getData()
    return np.asarray(x), np.asarray(y)


def test_it_is_registered_and_says_how_to_begin(panel):
    assert PANELS["train"] is TrainPanel
    panel.refresh(None)
    assert panel.stack.currentWidget() is panel.idle
    assert "Ctrl+R" in panel.idle.words.text()


def test_another_run_starts_from_nothing(panel, draw, picture_at):
    draw(picture_at(300))
    other = RunPicture("other")
    other.fold(dataclasses.replace(picture_at(0).started, run_id="other"))
    draw(other)
    assert not len(points(panel.overview.loss.plot)[0])
    assert panel.overview.loss.plot.references.lines == ()
    assert not len(panel.overview.batch.matrix.cosine)


@pytest.mark.parametrize(("theme", "size"), [
    (LIGHT, (800, 560)), (LIGHT, (1280, 720)), (dataclasses.replace(LIGHT, scale=1.6), (1280, 720)), (DARK, (1920, 1080)),
], ids=["beside the inspector", "small screen", "large type", "large screen"])  # fmt: skip
def test_the_overview_shows_everything_at_once(panel, draw, picture_at, theme, size):
    panel.set_theme(theme)
    panel.resize(*size)
    draw(picture_at())
    assert (panel.width(), panel.height()) == size
    for card in panel.overview.dashboard.cards:
        assert card.isVisible()
        assert card.width() >= 150
        assert card.body.height() >= 110
        assert not card.visibleRegion().isEmpty()
    assert panel.banner.isVisible()
    assert panel.board.isVisible()


def test_a_tick_draws_until_its_time_is_spent_and_the_rest_later(panel, picture_at, monkeypatch, qtbot):
    clock = iter(np.arange(0.0, 100.0, 0.004))
    monkeypatch.setattr("app.panels.train.panel.perf_counter", lambda: float(next(clock)))
    panel.refresh(picture_at(300))
    assert 0 < len(panel._due) < len(panel.overview.pieces)
    qtbot.waitUntil(lambda: not panel._due)
    assert len(panel.overview.batch.matrix.cosine)


def test_it_plays_alone(panel, qtbot):
    player = Player(panel, example_events(20))
    qtbot.waitUntil(lambda: not player._beat.isActive())
    qtbot.waitUntil(lambda: not panel._due)
    assert points(panel.overview.loss.plot)[0].tolist() == list(range(1, 21))


def test_a_hidden_panel_has_no_timer_running(panel, picture_at):
    panel.refresh(picture_at(300))
    panel.hide()
    assert not panel._later.isActive()


def test_a_run_opened_from_its_record_cannot_be_flipped(panel, draw, picture_at):
    picture = picture_at(300)
    picture.fold(dataclasses.replace(picture.started, live=False))
    draw(picture)
    assert isinstance(picture.started, Started)
    assert not panel.board.widgets["negatives"].isEnabled()
    picture.fold(Failed(RUN, 300, "NonFinite", "The loss is not a number.", "Lower the learning rate."))
    draw(picture)
    assert panel.banner.sentence.text().startswith("From the record: this run ended at step 300. The loss")
