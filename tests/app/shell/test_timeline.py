"""The timeline in a window: where it is, what follows it, what is remembered."""

from __future__ import annotations

import pytest
from fake_worker import snapshot_of
from PySide6.QtCore import Qt

from app.panels.base import Panel
from app.shell.commands import all_commands
from sslviz.spec.config import RunConfig, to_toml
from sslviz.spec.inspection import ModelRef

STEPS = (0, 10, 100, 200)


class Follower(Panel):
    """A view that remembers what it was told."""

    name, title, idle_text, looks = "attention", "Attention", "Nothing yet.", True

    def build(self) -> None:
        self.steps: list[int | None] = []
        self.models: list[ModelRef] = []

    def at_step(self, step) -> None:
        self.steps.append(step)

    def look_at(self, model, description) -> None:
        self.models.append(model)


@pytest.fixture
def followers(monkeypatch) -> None:
    """A view that looks, beside Train."""
    from app.panels.train import TrainPanel
    from app.shell import panel_maker

    monkeypatch.setattr(panel_maker, "find_panels", lambda: iter([("train", TrainPanel), ("attention", Follower)]))


@pytest.fixture
def folder(tmp_path):
    """The record of a run with four snapshots."""
    made = tmp_path / "kept"
    (made / "snapshots").mkdir(parents=True)
    (made / "run.toml").write_text(to_toml(RunConfig(steps=200)))
    (made / "saved").write_text("200")
    for step in STEPS:
        snapshot_of(str(made), step).write_bytes(b"weights")
    return made


@pytest.fixture
def shown(followers, qtbot, window, folder):
    """A window on that run."""
    window.current.open(str(folder))
    qtbot.waitUntil(lambda: len(window.timeline.travel.stops) == len(STEPS))
    return window


def test_it_is_there_only_where_the_run_has_snapshots(qtbot, shown):
    assert shown.timeline.bar.isVisible()
    assert shown.timeline.bar.y() > shown.views.y()
    assert shown.actions_table["timeline"].isChecked()
    shown.current.put_away()
    qtbot.waitUntil(lambda: not shown.timeline.bar.isVisible())
    assert not shown.actions_table["snapshot_back"].isEnabled()


def test_views_and_the_model_follow_the_handle(qtbot, shown, folder):
    panel = shown.views.panels["attention"]
    front = shown.views.in_front()
    shown.timeline.bar.go(1)
    assert panel.steps[-1] == 10  # at once
    qtbot.waitUntil(lambda: shown.model.ref == ModelRef(str(folder), snapshot=10))
    assert panel.models[-1] == shown.model.ref
    assert shown.views.in_front() is front
    assert shown.timeline.bar.words.text() == "step 10 of 200"
    qtbot.waitUntil(lambda: shown.timeline.is_settled)


def test_keys_and_commands_travel(qtbot, shown, folder):
    titles = {command.title for command in all_commands(shown)}
    assert {"Snapshot before", "Snapshot after", "Play the snapshots", "The run as it is", "Timeline"} <= titles
    qtbot.keyClick(shown, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: shown.model.ref.snapshot == 100)
    shown.actions_table["snapshot_back"].trigger()
    qtbot.waitUntil(lambda: shown.model.ref.snapshot == 10)
    shown.actions_table["snapshot_on"].trigger()
    qtbot.waitUntil(lambda: shown.model.ref.snapshot == 100)
    shown.actions_table["snapshot_now"].trigger()
    assert shown.model.is_of_run
    assert not shown.actions_table["snapshot_on"].isEnabled()
    assert shown.timeline.bar.words.text() == "the run as it ended"


def test_it_plays_through_the_window(qtbot, shown):
    shown.timeline.bar.set_speed(8)
    shown.actions_table["snapshot_play"].trigger()
    qtbot.waitUntil(lambda: not shown.timeline.bar.is_playing)
    assert shown.views.panels["attention"].steps[1:] == [0, 10, 100, None]
    assert shown.model.is_of_run


def test_a_snapshot_that_vanished_is_told_and_passed_over(qtbot, shown, folder):
    snapshot_of(str(folder), 100).unlink()
    shown.timeline.bar.go(2)
    qtbot.waitUntil(lambda: bool(shown.banner.notices))
    assert "no snapshot of step 100" in shown.banner.notices[0].message
    assert shown.model.is_of_run
    assert shown.timeline.bar.stops[2].missing
    assert shown.timeline.bar.at == 3
    shown.timeline.bar.set_speed(8)
    shown.timeline.play_or_stop()
    qtbot.waitUntil(lambda: not shown.timeline.bar.is_playing)
    assert 100 not in shown.views.panels["attention"].steps[-3:]


def test_a_view_that_is_made_later_hears_the_step(qtbot, shown):
    shown.timeline.bar.go(1)
    late = Follower()
    qtbot.addWidget(late)
    shown.timeline.add(late)
    assert late.steps == [10]


def test_hiding_it_is_remembered_and_undone_by_reset(qtbot, shown, open_window):
    bar = shown.timeline.bar
    bar.set_scale("even")
    bar.buttons["loop"].setChecked(True)
    bar.set_speed(4)
    bar.close_button.click()
    assert not bar.isVisible()
    assert not shown.actions_table["timeline"].isChecked()
    shown.settings.sync()
    again = open_window().timeline
    assert (again.wanted, again.bar.scale, again.bar.loops, again.bar.speed_now) == (False, "even", True, 4)
    shown.actions_table["timeline"].trigger()
    assert bar.isVisible()
    shown.actions_table["timeline"].trigger()
    shown.reset_layout()
    assert bar.isVisible()


def test_train_draws_a_cursor_at_the_step(qtbot, shown):
    panel = shown.views.panels["train"]
    shown.views.show_panel("train")
    shown.timeline.bar.go(0)
    plot = panel.overview.loss.plot
    qtbot.waitUntil(plot._hair.isVisible)
    assert plot._cursor == 1.0  # the first step at which anything was measured
    shown.timeline.to_now()
    qtbot.waitUntil(lambda: not plot._hair.isVisible())
