"""Identical continuation: a run that was cut anywhere goes on bit for bit as if it had not been."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sslviz.spec.config import OptimiserConfig
from sslviz.spec.events import Failed, Flipped, Scalars, SnapshotSaved, Started
from sslviz.training import RunControl, replay
from sslviz.training.checkpoint import load_checkpoint
from sslviz.training.metrics_file import read_metrics
from tests.sslviz.training.tiny_runs import Heard, Train, stop_after, tiny

OPTIMISERS = {
    "adamw": OptimiserConfig(warmup=2),
    "adamw clipped": OptimiserConfig(warmup=2, clip=0.5),
    "sgd": OptimiserConfig(name="sgd", lr=0.05, warmup=2),
    "lars": OptimiserConfig(name="lars", lr=0.3, warmup=2, weight_decay=1e-6),
}
EXACT = ("loss", "grad_norm", "lr", "epoch")


def flipped() -> RunControl:
    control = RunControl()
    control.set("tau", 0.4, at=2)
    control.set("augment.crop", False, at=4)
    control.set("optimiser.weight_decay", 0.01, at=5)
    control.set("negatives", False, at=7)
    return control


def saved_state(folder: Path) -> dict[str, bytes]:
    return {name: t.numpy().tobytes() for name, t in load_checkpoint(folder).tensors.items()}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_stop_and_resume_is_the_uninterrupted_run(train: Train, resume: Train, tmp_path: Path, name: str) -> None:
    config = tiny(10, optimiser=OPTIMISERS[name])
    whole = train(config, "whole", flipped())
    control = flipped()
    first = train(config, "cut", control, when=stop_after(4, control))
    cut = first.end.step
    assert cut == 4
    control = RunControl()
    for setting in flipped().take_settings(10):
        if setting.at > cut:  # the others are on record
            control.set(setting.name, setting.value, setting.at)
    second = resume("cut", control=control)
    assert second.end.state == "finished"
    for measure in EXACT:
        joined = {**first.series(measure), **second.series(measure)}
        assert joined == whole.series(measure), measure
    assert saved_state(tmp_path / "cut") == saved_state(tmp_path / "whole")


def test_flips_after_the_checkpoint_happen_again_at_their_step(train: Train, resume: Train, tmp_path: Path) -> None:
    whole = train(tiny(10), "whole", flipped())
    # As after a kill: the record goes to the end, the checkpoint lies in the middle.
    control = flipped()
    train(tiny(10), "cut", control, when=stop_after(3, control))
    middle = (tmp_path / "cut" / "checkpoint.safetensors").read_bytes()
    cut = load_checkpoint(tmp_path / "cut").step
    rest = RunControl()
    for setting in flipped().take_settings(10):
        if setting.at > cut:
            rest.set(setting.name, setting.value, setting.at)
    resume("cut", control=rest)
    (tmp_path / "cut" / "checkpoint.safetensors").write_bytes(middle)

    second = resume("cut")
    assert second.series("loss") == whole.series("loss")
    flips = [(e.step, e.name, e.after) for e in second.of(Flipped)]
    assert flips == [(e.step, e.name, e.after) for e in whole.of(Flipped)]
    assert saved_state(tmp_path / "cut") == saved_state(tmp_path / "whole")
    again = Heard()
    replay("b", tmp_path / "cut", again)
    assert [(e.step, e.name) for e in again.of(Flipped)] == [(e.step, e.name) for e in whole.of(Flipped)]


def test_planned_flips_survive_an_interruption(train: Train, resume: Train, tmp_path: Path) -> None:
    whole = train(tiny(10), "whole", flipped())
    control = flipped()
    first = train(tiny(10), "cut", control, when=stop_after(3, control))
    stop = RunControl()
    second = resume("cut", control=stop, when=stop_after(6, stop))  # nobody repeats what was planned, not even twice
    third = resume("cut")
    assert {**first.series("loss"), **second.series("loss"), **third.series("loss")} == whole.series("loss")
    assert [(e.step, e.name) for e in third.of(Flipped)] == [(e.step, e.name) for e in whole.of(Flipped)]
    lines = (tmp_path / "cut" / "events.jsonl").read_text().splitlines()
    assert sum('"Planned"' in line for line in lines) == 4, "each plan is recorded once"


def test_another_wish_for_the_same_step_replaces_a_plan(train: Train, resume: Train) -> None:
    control = RunControl()
    control.set("tau", 0.4, at=6)
    train(tiny(10), "cut", control, when=stop_after(3, control))
    control = RunControl()
    control.set("tau", 0.3, at=6)
    second = resume("cut", control=control)
    assert [(e.step, e.after) for e in second.of(Flipped)] == [(6, 0.3)]


def test_a_stop_after_the_last_step_is_the_end(train: Train) -> None:
    control = RunControl()
    assert train(tiny(3), "whole", control, when=stop_after(3, control)).end.state == "finished"


KILLED = """
import os, signal, sys
from pathlib import Path
from sslviz.spec.events import Scalars
from sslviz.training import RunControl, TrainingRun
from sslviz.training.keeper import Keeper
from tests.sslviz.training.tiny_runs import tiny

Keeper.save_what_is_due = lambda self, step, seconds: step == 3 and self.save_checkpoint(step, seconds)

def emit(event):
    if isinstance(event, Scalars) and event.step >= 5:
        os.kill(os.getpid(), signal.SIGKILL)

control = RunControl()
control.set("tau", 0.4, at=2)
control.pause()
for _ in range(9):
    control.step()
TrainingRun("a", tiny(10), Path(sys.argv[1]), emit, control).run()
"""


def test_sigkill_loses_nothing(train: Train, resume: Train, tmp_path: Path) -> None:
    control = RunControl()
    control.set("tau", 0.4, at=2)
    whole = train(tiny(10), "whole", control)
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "run")], env=environment, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert (tmp_path / "run" / "run.lock").exists(), "killed while it held the folder"
    before = read_metrics(tmp_path / "run")
    assert before.steps[-1] > (cut := load_checkpoint(tmp_path / "run").step)
    assert cut == 3

    heard = resume()
    assert heard.end.state == "finished"
    assert heard.series("loss") == whole.series("loss")
    assert saved_state(tmp_path / "run") == saved_state(tmp_path / "whole")
    aside = (tmp_path / "run" / "metrics.cut-1.csv").read_text().splitlines()
    assert [int(line.split(",")[0]) for line in aside[1:]] == [s for s in before.steps.tolist() if s > cut]
    table = read_metrics(tmp_path / "run")
    assert table.steps.tolist() == list(range(11))


def test_time_goes_on(train: Train, resume: Train) -> None:
    control = RunControl()
    first = train(tiny(8), control=control, when=stop_after(3, control))
    second = resume()
    seconds = second.series("seconds")
    assert sorted(seconds) == list(range(9))
    assert all(seconds[k] < seconds[k + 1] for k in range(8))
    assert seconds[first.end.step] == first.series("seconds")[first.end.step]


def test_resume_tells_the_record_first(train: Train, resume: Train) -> None:
    control = RunControl()
    first = train(tiny(8), control=control, when=stop_after(3, control))
    second = resume()
    (started,) = second.of(Started)
    assert started.live
    assert started.step == first.end.step
    told = next(e for e in second.events if isinstance(e, Scalars))
    assert told.steps.tolist() == list(range(first.end.step + 1))
    assert [Path(e.path).name for e in second.of(SnapshotSaved)] == [
        "step_00000000.safetensors", "step_00000001.safetensors", "step_00000008.safetensors",
    ]  # fmt: skip


def test_a_run_without_checkpoint_begins_again(train: Train, resume: Train, tmp_path: Path) -> None:
    whole = train(tiny(4))
    (tmp_path / "run" / "checkpoint.safetensors").unlink()
    assert resume().series("loss") == whole.series("loss")


class TestMoreSteps:
    def test_a_finished_run_needs_more_steps(self, train: Train, resume: Train) -> None:
        train(tiny(4))
        (failed,) = resume().of(Failed)
        assert "all of them" in failed.message
        assert "more steps" in failed.hint

    def test_it_goes_on_and_remembers_how_far(self, train: Train, resume: Train, tmp_path: Path) -> None:
        train(tiny(4))
        longer = resume(steps=7)
        assert longer.end.step == 7
        assert [(e.step, e.name, e.before, e.after) for e in longer.of(Flipped)] == [(4, "steps", 4, 7)]
        whole = longer.series("loss")
        # cut in the longer part: the new length is on record, and the continuation the same
        control = RunControl()
        train(tiny(4), "cut")
        resume("cut", 7, control, when=stop_after(5, control))
        assert resume("cut").series("loss") == whole


class TestRefusals:
    def test_other_images(self, train: Train, resume: Train, tmp_path: Path) -> None:
        control = RunControl()
        train(tiny(8), control=control, when=stop_after(3, control))
        path = tmp_path / "run" / "run.toml"
        path.write_text(path.read_text().replace("count = 120", "count = 130"))
        (failed,) = resume().of(Failed)
        assert "not those" in failed.message

    @pytest.mark.parametrize(
        "damage", [lambda b: b[: len(b) // 2], lambda b: b"\xff" * 400, lambda b: b"", lambda b: b"NaN" + b[3:]]
    )
    def test_a_damaged_checkpoint(self, train: Train, resume: Train, tmp_path: Path, damage) -> None:
        control = RunControl()
        train(tiny(8), control=control, when=stop_after(3, control))
        path = tmp_path / "run" / "checkpoint.safetensors"
        path.write_bytes(damage(path.read_bytes()))
        before = (tmp_path / "run" / "metrics.csv").read_bytes()
        heard = resume()
        (failed,) = heard.of(Failed)
        assert failed.kind == "TrainingError"
        assert "checkpoint.safetensors" in failed.message
        assert failed.hint
        assert heard.end.state == "failed"
        assert (tmp_path / "run" / "metrics.csv").read_bytes() == before, "nothing is lost"

    def test_a_newer_version(self, train: Train, resume: Train, tmp_path: Path) -> None:
        train(tiny(2))
        path = tmp_path / "run" / "run.toml"
        path.write_text(path.read_text().replace("format = 1", "format = 9"))
        (failed,) = resume(steps=9).of(Failed)
        assert "newer version" in failed.message

    def test_no_run_there(self, resume: Train, tmp_path: Path) -> None:
        (failed,) = resume("nowhere").of(Failed)
        assert "no such folder" in failed.message
        assert not (tmp_path / "nowhere").exists()

    def test_another_data_source_in_use(self, train: Train, resume: Train, tmp_path: Path) -> None:
        held: list[Heard] = []
        control = RunControl()

        def when(event) -> None:
            if isinstance(event, Scalars) and not held:
                held.append(resume())

        heard = train(tiny(4), control=control, when=when)
        (failed,) = held[0].of(Failed)
        assert "in use" in failed.message
        assert heard.end.state == "finished"
