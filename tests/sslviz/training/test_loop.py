"""A run from its first event to its last, and what steers it."""

from __future__ import annotations

import math
import threading
import warnings
from pathlib import Path

import pytest

from sslviz.methods.simclr import SimCLR
from sslviz.spec.config import DataConfig
from sslviz.spec.events import (
    Diagnosed,
    Failed,
    Flipped,
    Peeked,
    Progressed,
    Referenced,
    Scalars,
    SnapshotSaved,
    Started,
    StateChanged,
)
from sslviz.training import RunControl
from tests.sslviz.training.tiny_runs import Heard, Train, tiny


def after(step: int, act) -> object:
    """Calls `act` once, when the numbers of `step` are told."""
    done = []

    def when(event) -> None:
        if not done and isinstance(event, Scalars) and event.step >= step:
            done.append(True)
            act()

    return when


class TestWholeRun:
    def test_tells_everything_in_order_and_finishes(self, train: Train, tmp_path: Path) -> None:
        heard = train(tiny(8))
        assert heard.end.state == "finished"
        assert heard.end.step == 8
        assert not heard.of(Failed)
        (started,) = heard.of(Started)
        assert started.live
        assert started.device == "cpu, 1 thread, fp32"
        assert started.memory_bytes > 1_000_000
        assert started.class_names
        states = [e.state for e in heard.of(StateChanged)]
        assert states[0] == "preparing"
        assert states[-1] == "running"
        assert {e.step for e in heard.of(SnapshotSaved)} == {0, 1, 8}
        assert heard.of(Progressed)[-1].step == 8

    def test_every_step_has_its_free_measures_once(self, train: Train) -> None:
        heard = train(tiny(8))
        steps = [int(s) for chunk in heard.of(Scalars) for s in chunk.steps]
        assert steps == list(range(9))
        for name in ("loss", "lr", "grad_norm", "epoch", "seconds"):
            assert set(heard.series(name)) >= set(range(1, 9)), name

    def test_first_and_last_step_are_measured_in_full(self, train: Train) -> None:
        heard = train(tiny(8))
        for name in ("alignment", "uniformity", "std", "rankme", "knn", "alignment_h", "std_h"):
            assert {0, 8} <= set(heard.series(name)), name
        assert 8 in heard.series("top1")
        lines = {(e.measure, e.label) for e in heard.of(Referenced)}
        assert {("knn", "random weights"), ("knn", "raw pixels"), ("knn", "commonest class")} <= lines
        assert any(measure == "loss" for measure, _ in lines)

    def test_the_first_knn_is_the_random_baseline(self, train: Train) -> None:
        heard = train(tiny(1))
        (line,) = (e for e in heard.of(Referenced) if e.label == "random weights")
        assert heard.series("knn")[0] == line.value

    def test_same_seed_same_losses_other_seed_other_losses(self, train: Train) -> None:
        first = train(tiny(4), "a").series("loss")
        assert train(tiny(4), "b").series("loss") == first
        assert train(tiny(4, seed=1), "c").series("loss") != first

    def test_warmup_and_cosine(self, train: Train) -> None:
        lr = train(tiny(8), measure=False).series("lr")
        assert lr[1] == pytest.approx(1e-3)
        assert lr[2] == pytest.approx(2e-3)
        assert lr[8] == pytest.approx(0.0, abs=1e-12)


class TestSteering:
    def test_pause_single_steps_and_resume(self, train: Train) -> None:
        control = RunControl()
        control.pause()
        seen: list[tuple[str, int]] = []

        def when(event) -> None:
            if isinstance(event, StateChanged) and event.state == "paused":
                seen.append(("paused", event.step))
                control.step()
            if isinstance(event, Scalars) and event.step in (1, 2):
                seen.append(("row", event.step))
                control.step() if event.step == 1 else control.resume()

        heard = train(tiny(5), control=control, when=when)
        assert seen == [("paused", 0), ("row", 1), ("row", 2)]
        assert heard.end.state == "finished"
        assert [e.state for e in heard.of(StateChanged) if e.state != "preparing"] == ["paused", "running"]

    def test_a_single_step_shows_that_step(self, train: Train) -> None:
        control = RunControl()
        control.watch(("views", "similarity", "sphere", "spectrum"))
        control.pause()
        control.step()
        control.step()

        def when(event) -> None:
            if isinstance(event, StateChanged) and event.state == "paused":
                control.stop()

        heard = train(tiny(5), control=control, when=when)
        for step in (1, 2):
            assert {e.name for e in heard.of(Peeked) if e.step == step} == {"views", "similarity", "sphere", "spectrum"}
        assert heard.end.step == 2

    def test_what_is_watched_while_resting_is_shown(self, train: Train) -> None:
        control = RunControl()
        control.pause()
        control.step()

        def when(event) -> None:
            if isinstance(event, StateChanged) and event.state == "paused":
                control.watch(("views",))
            if isinstance(event, Peeked):
                control.stop()

        heard = train(tiny(5), control=control, when=when)
        assert [(e.name, e.step) for e in heard.of(Peeked)] == [("views", 1)]

    def test_stop_in_the_middle(self, train: Train) -> None:
        control = RunControl()
        heard = train(tiny(10_000), control=control, when=after(3, control.stop))
        assert heard.end.state == "stopped"
        assert 3 <= heard.end.step < 10_000
        assert max(heard.series("loss")) == heard.end.step

    def test_stop_while_paused_wakes_the_run(self, train: Train) -> None:
        control = RunControl()
        control.pause()

        def when(event) -> None:
            if isinstance(event, StateChanged) and event.state == "paused":
                threading.Thread(target=control.stop).start()

        assert train(tiny(5), control=control, when=when).end.state == "stopped"

    def test_stop_while_preparing_leaves_no_folder(self, train: Train, tmp_path: Path) -> None:
        control = RunControl()
        config = tiny(5, data=DataConfig(source="shapes", image_size=16, seed=99, dials={"count": 120}))
        heard = train(config, control=control, when=lambda event: control.stop())
        assert heard.end.state == "stopped"
        assert not (tmp_path / "run").exists()


class TestFlips:
    def test_a_flip_is_told_recorded_and_acts(self, train: Train) -> None:
        control = RunControl()
        control.set("tau", 0.5, at=3)
        control.set("negatives", False, at=5)
        control.set("optimiser.lr", 1e-4, at=6)
        control.set("augment.crop", False, at=6)
        heard = train(tiny(8), control=control, measure=False)
        flips = [(e.step, e.name, e.before, e.after) for e in heard.of(Flipped)]
        assert flips == [
            (3, "tau", 0.2, 0.5),
            (5, "negatives", True, False),
            (6, "optimiser.lr", 2e-3, 1e-4),
            (6, "augment.crop", True, False),
        ]
        plain = train(tiny(8), "plain", measure=False)
        losses, others = heard.series("loss"), plain.series("loss")
        assert [losses[k] == others[k] for k in (1, 2, 3, 4)] == [True, True, True, False]
        assert heard.series("lr")[7] < plain.series("lr")[7] / 10

    def test_reference_lines_follow_a_flip(self, train: Train) -> None:
        control = RunControl()
        control.set("negatives", False, at=2)
        lines = [
            (e.step, e.label, e.value) for e in train(tiny(4), control=control).of(Referenced) if e.measure == "loss"
        ]
        assert lines[0][:2] == (0, "chance ln(2N−1)")
        gone = [value for step, label, value in lines if step == 2 and label == "chance ln(2N−1)"]
        assert len(gone) == 1
        assert math.isnan(gone[0])
        assert any(step == 2 and value == 0.0 for step, _, value in lines)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("tau", 77.0), ("nonsense", 1.0), ("width", 32), ("augment.count", 4), ("augment.7.crop", False),
         ("optimiser.momentum", 0.5), ("optimiser.nonsense", 1), ("steps", 1)],
    )  # fmt: skip
    def test_a_flip_that_does_not_fit_is_refused_in_words(self, train: Train, name: str, value) -> None:
        control = RunControl()
        control.set(name, value, at=2)
        heard = train(tiny(4), control=control, measure=False)
        assert heard.end.state == "finished"
        assert not heard.of(Flipped)
        assert any(e.text.count(".") >= 1 for e in heard.of(StateChanged) if e.step == 2)
        assert heard.series("loss") == train(tiny(4), "plain", measure=False).series("loss")

    def test_of_many_changes_of_one_name_the_last_counts(self, train: Train) -> None:
        control = RunControl()
        for value in (0.3, 0.4, 0.5):
            control.set("tau", value, at=2)
        flips = train(tiny(3), control=control, measure=False).of(Flipped)
        assert [(e.before, e.after) for e in flips] == [(0.2, 0.5)]


class TestLookingChangesNothing:
    def test_losses_are_bit_identical_however_one_looks(self, train: Train) -> None:
        plain = train(tiny(8), "plain", measure=False)
        control = RunControl()
        control.watch(("views", "similarity", "sphere", "spectrum"))
        shown = train(tiny(8), "shown", control=control)
        assert {e.name for e in shown.of(Peeked)} == {"views", "similarity", "sphere", "spectrum"}
        for name in ("loss", "grad_norm"):
            assert shown.series(name) == plain.series(name)

    def test_weights_and_statistics_too(self, train: Train, tmp_path: Path) -> None:
        from sslviz.training.checkpoint import load_checkpoint

        train(tiny(4), "plain", measure=False)
        control = RunControl()
        control.watch(("views", "similarity", "sphere", "spectrum"))
        train(tiny(4), "shown", control=control)
        plain, shown = (load_checkpoint(tmp_path / name).tensors for name in ("plain", "shown"))
        assert plain.keys() == shown.keys()
        assert all(bool((plain[name] == shown[name]).all()) for name in plain)


class TestFailures:
    def test_a_batch_larger_than_the_data(self, train: Train, tmp_path: Path) -> None:
        heard = train(tiny(4, batch_size=500))
        (failed,) = heard.of(Failed)
        assert "larger than the data" in failed.message
        assert "at most 108" in failed.hint
        assert heard.end.state == "failed"
        assert not (tmp_path / "run").exists(), "a run that never began leaves nothing"

    def test_an_unknown_source_fails_with_the_remedy(self, train: Train) -> None:
        heard = train(tiny(4, data=DataConfig(source="shapse")))
        (failed,) = heard.of(Failed)
        assert failed.kind == "DataError"
        assert "shapes" in failed.hint
        assert failed.trace == ""

    def test_a_value_out_of_range(self, train: Train) -> None:
        (failed,) = train(tiny(4, params={"tau": -1.0})).of(Failed)
        assert failed.kind == "SpecError"

    def test_a_folder_that_is_not_empty(self, train: Train, tmp_path: Path) -> None:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "thesis.txt").write_text("mine")
        (failed,) = train(tiny(4)).of(Failed)
        assert "not empty" in failed.message
        assert [p.name for p in (tmp_path / "run").iterdir()] == ["thesis.txt"]

    def test_more_memory_than_there_is(self, train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sslviz.training.needs.available_bytes", lambda device: 1_000)
        (failed,) = train(tiny(4)).of(Failed)
        assert "memory" in failed.message
        assert "batch of 8" in failed.hint
        monkeypatch.setenv("SSLVIZ_IGNORE_MEMORY", "1")
        assert train(tiny(1), "again").end.state == "finished"


def test_slow_motion_waits_and_can_be_ended(train: Train) -> None:
    control = RunControl()
    control.set_speed(1e-6)  # one step in eleven days
    heard: Heard = train(
        tiny(3), control=control, when=after(0, lambda: threading.Timer(0.05, control.set_speed, (0.0,)).start())
    )
    assert heard.end.state == "finished"
    assert heard.series("seconds")[3] < 60


def test_an_operation_that_the_device_lacks_is_mentioned_once(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    """As torch tells it of Apple's GPU, here in the midst of SimCLR's steps."""
    step = SimCLR.step

    def lacking(self, views, batch):
        text = (
            "The operator 'aten::x' is not currently supported on the MPS backend and will fall back to run on the CPU."
        )
        with warnings.catch_warnings(action="always"):
            warnings.warn(text, UserWarning, stacklevel=1)
        return step(self, views, batch)

    monkeypatch.setattr(SimCLR, "step", lacking)
    texts = [event.text for event in train(tiny()).of(Diagnosed)]
    assert sum("cannot compute aten::x" in text for text in texts) == 1


def test_a_single_held_out_image_is_no_dimensional_collapse(train: Train) -> None:
    data = DataConfig(source="shapes", image_size=16, val_fraction=0.05, dials={"preset": "lesson", "count": 20})
    heard = train(tiny(4, data=data, params={"width": 16, "dim": 32}))
    assert set(heard.series("rankme")) >= {0, 4}
    assert not [event.text for event in heard.of(Diagnosed) if "directions" in event.text]
