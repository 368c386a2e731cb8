"""The record on disk: exact numbers, torn and damaged files, locks, full disks, folders that cannot be written to."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sslviz.methods import METHODS
from sslviz.spec.events import Diagnosed, Failed, Finished, Flipped, Referenced, Scalars, StateChanged
from sslviz.training import RunControl, TrainingError, list_runs, replay, summarise
from sslviz.training import lock as lock_room
from sslviz.training.atomic import AppendLog, write_atomically
from sslviz.training.checkpoint import load_checkpoint
from sslviz.training.journal import Journal, read_journal
from sslviz.training.lock import FolderLock, owner_of
from sslviz.training.metrics_file import MetricsFile, read_metrics
from sslviz.training.run_folder import RunFolder
from tests.sslviz.training.tiny_runs import Heard, Train, stop_after, tiny
from tests.sslviz.without_rights import python_without_rights


class TestMetricsFile:
    def test_numbers_come_back_exactly(self, tmp_path: Path) -> None:
        values = [0.1, 1e-300, -1 / 3, 123456789.123456789, 0.0, float(np.float32(0.2)), math.inf]
        file = MetricsFile(tmp_path)
        file.append([{"step": k + 1, "loss": v} for k, v in enumerate(values)])
        file.close()
        table = read_metrics(tmp_path)
        assert table.values[:, table.names.index("loss")].tolist() == values
        assert np.isnan(table.values[:, table.names.index("knn")]).all(), "an empty cell was not measured"

    def test_columns_that_the_readme_promises(self, tmp_path: Path) -> None:
        MetricsFile(tmp_path).close()
        header = (tmp_path / "metrics.csv").read_text().splitlines()[0].split(",")
        wanted = [
            "step",
            "epoch",
            "seconds",
            "loss",
            "alignment",
            "uniformity",
            "std",
            "rankme",
            "knn",
            "lr",
            "images_per_s",
        ]
        assert header[0] == "step"
        assert set(wanted) <= set(header)

    def test_a_measure_that_comes_later_is_a_new_column(self, tmp_path: Path) -> None:
        file = MetricsFile(tmp_path)
        file.append([{"step": 1, "loss": 1.0}])
        file.append([{"step": 2, "loss": 2.0, "part.repel": 0.5}])
        file.close()
        table = read_metrics(tmp_path)
        column = table.values[:, table.names.index("part.repel")].tolist()
        assert math.isnan(column[0])
        assert column[1] == 0.5
        assert table.steps.tolist() == [1, 2]

    @pytest.mark.parametrize("torn", ["3,0.5", "3", "3,1,1,1", "\n\x00"[1:]])
    def test_a_torn_last_line_is_repaired(self, tmp_path: Path, torn: str) -> None:
        file = MetricsFile(tmp_path)
        file.append([{"step": 1, "loss": 1.0}, {"step": 2, "loss": 2.0}])
        file.close()
        with (tmp_path / "metrics.csv").open("a") as raw:
            raw.write(torn)
        assert read_metrics(tmp_path).problem == ""
        file = MetricsFile(tmp_path)
        file.append([{"step": 3, "loss": 3.0}])
        file.close()
        assert read_metrics(tmp_path).steps.tolist() == [1, 2, 3]
        assert not list(tmp_path.glob("metrics.damaged*"))

    @pytest.mark.parametrize("damage", ["2,x", "garbage", "2", "1" + "," * 40])
    def test_a_damaged_line_ends_the_reading_and_nothing_is_thrown_away(self, tmp_path: Path, damage: str) -> None:
        file = MetricsFile(tmp_path)
        file.append([{"step": k, "loss": float(k)} for k in (1, 2, 3)])
        file.close()
        lines = (tmp_path / "metrics.csv").read_text().splitlines()
        (tmp_path / "metrics.csv").write_text("\n".join([*lines[:2], damage, *lines[3:]]) + "\n")
        table = read_metrics(tmp_path)
        assert table.steps.tolist() == [1]
        assert "line 3" in table.problem
        MetricsFile(tmp_path).close()
        assert damage in (tmp_path / "metrics.damaged-1.csv").read_text()
        assert read_metrics(tmp_path).steps.tolist() == [1]

    def test_a_file_that_is_no_table(self, tmp_path: Path) -> None:
        (tmp_path / "metrics.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff\n")
        table = read_metrics(tmp_path)
        assert not len(table.steps)
        assert "no header" in table.problem


class TestJournal:
    def test_events_come_back(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path)
        events = [
            Flipped("a", 3, "tau", 0.2, 0.5),
            Flipped("a", 3, "negatives", True, False),
            Referenced("a", 3, "loss", "chance ln(2N−1)", 6.25),
            Diagnosed("a", 4, "good", "Learning."),
        ]
        for event in (*events, Scalars("a", 1, (), np.zeros(0), np.zeros((0, 0)))):
            journal.append(event)
        journal.append(Referenced("a", 5, "loss", "gone", math.nan))
        journal.close()
        *same, last = read_journal(tmp_path).events
        assert [type(e) for e in same] == [type(e) for e in events]
        assert [(e.step, e.before, e.after) for e in same if isinstance(e, Flipped)] == [
            (3, 0.2, 0.5),
            (3, True, False),
        ]
        assert isinstance(last, Referenced)
        assert math.isnan(last.value)

    def test_damage_is_counted_and_the_rest_is_read(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path)
        journal.append(Diagnosed("a", 1, "good", "One."))
        journal.append(Diagnosed("a", 2, "good", "Two."))
        journal.close()
        path = tmp_path / "events.jsonl"
        path.write_bytes(
            path.read_bytes() + b'{"kind": "Diagnosed", "step": "x"}\n\xff\xfe\n{"kind": "FromTheFuture"}\n{"torn'
        )
        record = read_journal(tmp_path)
        assert [e.step for e in record.events] == [1, 2]
        assert "2 of 5 lines" in record.problem

    def test_going_on_keeps_flips_and_puts_the_rest_aside(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path)
        for event in (
            Diagnosed("a", 1, "good", "One."),
            Flipped("a", 5, "tau", 0.2, 0.5),
            Diagnosed("a", 6, "good", "Six."),
        ):
            journal.append(event)
        journal.close()
        Journal(tmp_path, keep_until=3).close()
        assert [type(e).__name__ for e in read_journal(tmp_path).events] == ["Diagnosed", "Flipped"]
        assert "Six." in (tmp_path / "events.cut.jsonl").read_text()


class TestLock:
    def test_two_runs_cannot_hold_one_folder(self, tmp_path: Path) -> None:
        lock = FolderLock(tmp_path)
        assert owner_of(tmp_path) == f"process {os.getpid()}"
        with pytest.raises(TrainingError, match="in use"):
            FolderLock(tmp_path)
        lock.release()
        assert owner_of(tmp_path) == ""
        FolderLock(tmp_path).release()

    def test_a_new_run_is_told_that_another_one_writes_there(self, tmp_path: Path) -> None:
        first = RunFolder(tmp_path / "run", new=True)
        first.open_record()
        with pytest.raises(TrainingError, match="in use"):
            RunFolder(tmp_path / "run", new=True)
        first.close()
        with pytest.raises(TrainingError, match="not empty"):
            RunFolder(tmp_path / "run", new=True)

    def test_a_lock_of_a_dead_process_is_taken_over(self, tmp_path: Path) -> None:
        code = "import sys, pathlib; from sslviz.training.lock import FolderLock; FolderLock(pathlib.Path(sys.argv[1]))"
        subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
        assert (tmp_path / lock_room.NAME).exists()
        assert owner_of(tmp_path) == ""
        FolderLock(tmp_path).release()
        assert not list(tmp_path.iterdir())

    def test_a_pid_that_was_given_out_again_is_no_owner(self, tmp_path: Path) -> None:
        FolderLock(tmp_path)
        path = tmp_path / lock_room.NAME
        started = lock_room._start_time(os.getpid())
        path.write_text(path.read_text().replace(str(started), str(started - 1000)))
        assert owner_of(tmp_path) == ""

    def test_another_machine_is_believed(self, tmp_path: Path) -> None:
        (tmp_path / lock_room.NAME).write_text('{"pid": 1, "started": 1.0, "host": "elsewhere"}')
        with pytest.raises(TrainingError, match="elsewhere"):
            FolderLock(tmp_path)

    def test_a_stranger_s_lock_is_not_released(self, tmp_path: Path) -> None:
        lock = FolderLock(tmp_path)
        (tmp_path / lock_room.NAME).write_text("{}")
        lock.release()
        assert (tmp_path / lock_room.NAME).exists()


class TestOpeningAgain:
    def test_replay_tells_what_was_told(self, train: Train, tmp_path: Path) -> None:
        control = RunControl()
        control.set("tau", 0.5, at=2)
        control.watch(("views",))
        live = train(tiny(4), control=control)
        again = Heard()
        replay("b", tmp_path / "run", again)
        assert {e.run_id for e in again.events} == {"b"}
        for name in ("loss", "knn", "alignment", "seconds", "part.repel"):
            assert again.series(name) == live.series(name), name
        assert [(e.step, e.name) for e in again.of(Flipped)] == [(2, "tau")]
        assert {(e.label, e.value) for e in again.of(Referenced)} == {(e.label, e.value) for e in live.of(Referenced)}
        from sslviz.spec.events import Peeked, SnapshotSaved, Started

        assert not again.of(Started)[0].live
        own = {figure.name for figure in METHODS["simclr"].info.figures}
        assert {e.name for e in again.of(Peeked)} == {"views", "similarity", "sphere", "spectrum"} | own
        assert all(Path(e.path).is_file() for e in again.of(SnapshotSaved))
        assert len(again.of(SnapshotSaved)) == 3
        assert again.end.state == "finished"
        assert not again.of(Failed)

    def test_summary_and_list(self, train: Train, tmp_path: Path) -> None:
        heard = train(tiny(4), "one")
        control = RunControl()
        train(tiny(8), "two", control, when=stop_after(2, control))
        (tmp_path / "notes").mkdir()
        runs = {run.name: run for run in list_runs(tmp_path)}
        assert set(runs) == {"one", "two"}
        one, two = runs["one"], runs["two"]
        assert (one.state, one.step, one.steps, one.problem) == ("finished", 4, 4, "")
        assert one.last["loss"] == heard.series("loss")[4]
        assert (two.state, two.step, two.steps) == ("stopped", 2, 8)
        assert [run.name for run in list_runs(tmp_path)] == ["two", "one"], "newest first"
        assert list_runs(tmp_path / "nowhere") == ()

    def test_a_killed_run_is_interrupted(self, train: Train, tmp_path: Path) -> None:
        train(tiny(2))
        path = tmp_path / "run" / "events.jsonl"
        path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if "Finished" not in line))
        assert summarise(tmp_path / "run").state == "interrupted"

    @pytest.mark.parametrize("name", ["metrics.csv", "events.jsonl", "peeks.safetensors"])
    def test_whatever_is_damaged_the_rest_is_shown(self, train: Train, tmp_path: Path, name: str) -> None:
        train(tiny(3))
        (tmp_path / "run" / name).write_bytes(b"\xff\x00garbage\n" * 5)
        again = Heard()
        replay("b", tmp_path / "run", again)
        if name != "peeks.safetensors":
            (failed,) = again.of(Failed)
            assert name in failed.message
            assert failed.hint
            assert name in summarise(tmp_path / "run").problem
        assert summarise(tmp_path / "run").step == again.of(Finished)[-1].step == 3
        if name != "metrics.csv":
            assert again.series("loss").keys() == {1, 2, 3}
        if name != "events.jsonl":
            assert again.of(Referenced)

    def test_missing_snapshots_are_named(self, train: Train, tmp_path: Path) -> None:
        train(tiny(3))
        (tmp_path / "run" / "snapshots" / "step_00000001.safetensors").unlink()
        again = Heard()
        replay("b", tmp_path / "run", again)
        assert "step_00000001" in again.of(Failed)[0].message

    @pytest.mark.parametrize(
        "text", ["", "not toml [", 'steps = "many"', "format = 99", "[environment]\nthreads = 'x'"]
    )
    def test_a_damaged_run_file_is_a_sentence(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "run.toml").write_text(text)
        again = Heard()
        replay("b", tmp_path, again)
        assert isinstance(again.events[-1], Finished)
        problem = summarise(tmp_path).problem
        assert bool(again.of(Failed)) == bool(problem)
        if text and "environment" not in text:
            assert problem

    def test_resume_after_damage_keeps_the_damaged_file(self, train: Train, resume: Train, tmp_path: Path) -> None:
        control = RunControl()
        train(tiny(6), control=control, when=stop_after(4, control))
        path = tmp_path / "run" / "metrics.csv"
        lines = path.read_text().splitlines()
        path.write_text("\n".join([*lines[:3], "damage", *lines[4:]]) + "\n")
        heard = resume()
        assert heard.end.state == "finished"
        assert "damage" in (tmp_path / "run" / "metrics.damaged-1.csv").read_text()
        assert read_metrics(tmp_path / "run").steps.tolist() == [0, 1, 5, 6]


# --- disks that refuse


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    if os.name != "posix" or os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Leave no room on a disk."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(1 << 14)):
                pass
        except OSError:
            pass
        try:
            while file.write(b"x"):
                pass
        except OSError:
            pass
    return filler


class TestFullDisk:
    def run_into_full_disk(self, train: Train, disk: Path, then) -> tuple[Heard, Heard]:
        """A run whose disk fills up after step 3; `then(control, filler)` is called when it says so."""
        control = RunControl()
        control.pause()
        for _ in range(3):
            control.step()
        filler: list[Path] = []

        def when(event) -> None:
            if isinstance(event, Scalars) and event.step == 3 and not filler:
                filler.append(fill(disk))
                control.resume()
            if isinstance(event, StateChanged) and filler and "disk is full" in event.text:
                then(control, filler[0])

        heard = train(tiny(8), "small/run", control, when=when)
        return heard, train(tiny(8), "whole")

    def test_the_run_waits_and_goes_on_when_there_is_room(self, train: Train, small_disk: Path) -> None:
        def make_room(control: RunControl, filler: Path) -> None:
            filler.unlink()
            control.resume()

        heard, whole = self.run_into_full_disk(train, small_disk, make_room)
        assert heard.end.state == "finished"
        told = [e.text for e in heard.of(StateChanged) if "disk is full" in e.text]
        assert told
        assert "Free some space" in told[0]
        assert heard.series("loss") == whole.series("loss")
        table = read_metrics(small_disk / "run")
        assert table.steps.tolist() == list(range(9))
        assert summarise(small_disk / "run").problem == ""
        assert len(list((small_disk / "run" / "snapshots").iterdir())) == 3
        assert load_checkpoint(small_disk / "run").step == 8

    def test_or_it_moves_to_another_folder(self, train: Train, small_disk: Path, tmp_path: Path) -> None:
        def move(control: RunControl, filler: Path) -> None:
            control.set("folder", str(tmp_path / "elsewhere"))
            control.resume()

        heard, whole = self.run_into_full_disk(train, small_disk, move)
        assert heard.end.state == "finished"
        assert heard.end.folder == str(tmp_path / "elsewhere")
        table = read_metrics(tmp_path / "elsewhere")
        assert table.steps.tolist() == list(range(9))
        losses = table.values[:, table.names.index("loss")]
        assert losses[1:].tolist() == list(whole.series("loss").values())
        assert load_checkpoint(tmp_path / "elsewhere").step == 8
        assert owner_of(small_disk / "run") == owner_of(tmp_path / "elsewhere") == ""

    def test_or_it_stops_and_resumes_later_with_the_same_losses(
        self, train: Train, resume: Train, small_disk: Path
    ) -> None:
        fillers: list[Path] = []

        def stop(control: RunControl, filler: Path) -> None:
            fillers.append(filler)
            control.stop()

        heard, whole = self.run_into_full_disk(train, small_disk, stop)
        (failed,) = heard.of(Failed)
        assert failed.kind == "NotSaved"
        assert "computed again" in failed.hint
        assert heard.end.state == "failed"
        assert load_checkpoint(small_disk / "run").step >= 0, "the last good checkpoint is intact"
        fillers[0].unlink()
        again = resume("small/run")
        assert again.end.state == "finished"
        assert again.series("loss") == whole.series("loss")

    def test_a_new_run_on_a_full_disk(self, train: Train, small_disk: Path) -> None:
        fill(small_disk)
        (failed,) = train(tiny(2), "small/run").of(Failed)
        assert "disk is full" in failed.message

    def test_an_append_is_whole_or_not_at_all(self, small_disk: Path) -> None:
        log = AppendLog(small_disk / "log")
        log.append(b"first\n")
        filler = fill(small_disk)
        line = b"y" * 100_000 + b"\n"
        with pytest.raises(TrainingError, match="full"):
            log.append(line)
        assert (small_disk / "log").read_bytes() == b"first\n"
        filler.unlink()
        log.append(b"third\n")
        log.close()
        assert (small_disk / "log").read_bytes() == b"first\n" + line + b"third\n"

    def test_an_atomic_write_keeps_the_old_file(self, small_disk: Path) -> None:
        path = small_disk / "file"
        write_atomically(path, b"old")
        fill(small_disk)
        with pytest.raises(TrainingError, match="full"):
            write_atomically(path, bytes(1 << 20))
        assert path.read_bytes() == b"old"
        assert {p.name for p in small_disk.iterdir()} == {"file", "filler"}


READ_ONLY = """
import sys
from pathlib import Path
from sslviz.spec.events import Failed, Finished
from sslviz.training import RunControl, TrainingRun, replay, summarise
from tests.sslviz.training.tiny_runs import Heard, tiny

folder = Path(sys.argv[1])
for start, cause in (
    (lambda heard: TrainingRun.resume("a", folder / "run", heard, RunControl(), 9), "run cannot be written to"),
    (lambda heard: TrainingRun("a", tiny(2), folder / "new", heard, RunControl()), "cannot be written to"),
    (lambda heard: TrainingRun.resume("a", folder / "shut" / "run", heard, RunControl()), "may not be looked at"),
):
    start(heard := Heard()).run()
    (failed,) = heard.of(Failed)
    assert cause in failed.message, failed
    assert "hoose another folder" in failed.hint, failed
    assert isinstance(heard.events[-1], Finished)
again = Heard()
replay("b", folder / "run", again)
assert again.series("loss").keys() == {1, 2}, again.events
assert not again.of(Failed)
assert summarise(folder / "run").state == "finished"
"""


def test_a_read_only_folder_opens_and_refuses_to_train(train: Train, tmp_path: Path) -> None:
    train(tiny(2))
    (tmp_path / "shut").mkdir()
    modes = {tmp_path / "run" / "snapshots": 0o555, tmp_path / "run": 0o555, tmp_path / "shut": 0, tmp_path: 0o555}
    for path, mode in modes.items():
        path.chmod(mode)
    try:
        done = python_without_rights("-c", READ_ONLY, tmp_path)
    finally:
        for path in reversed(modes):
            path.chmod(0o700)
    assert done.returncode == 0, done.stderr


def test_moving_into_a_folder_that_is_not_empty_changes_nothing(train: Train, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    control = RunControl()
    control.set("folder", str(tmp_path / "full"), at=2)

    def when(event) -> None:
        if isinstance(event, StateChanged) and event.state == "paused":
            control.resume()

    heard = train(tiny(4), control=control, when=when)
    assert heard.end.state == "finished"
    assert any("not empty" in e.text for e in heard.of(StateChanged))
    assert (tmp_path / "full" / "thesis.txt").read_text() == "mine"
    assert read_metrics(tmp_path / "run").steps.tolist() == list(range(5))


def test_a_run_folder_must_be_new_or_empty(tmp_path: Path) -> None:
    RunFolder(tmp_path / "a" / "b", new=True).close()
    (tmp_path / "file").write_text("x")
    for path, words in ((tmp_path, "not empty"), (tmp_path / "file", "not a folder")):
        with pytest.raises(TrainingError, match=words):
            RunFolder(path, new=True)
