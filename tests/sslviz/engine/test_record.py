"""RunRecord: numbers as they were measured, references that come and go, and runs opened from their folder."""

from pathlib import Path

import numpy as np
import pytest

from sslviz.engine import EngineError
from sslviz.engine.record import RunRecord, open_run
from sslviz.spec.config import RunConfig
from sslviz.spec.events import Failed, Finished, Flipped, Referenced, Scalars, SnapshotSaved, Started


def rows(steps, **columns):
    values = np.array(list(columns.values()), float).T
    return Scalars("", steps[-1], tuple(columns), np.array(steps), values)


@pytest.fixture
def record():
    record = RunRecord(Path("run"))
    record.fold(Started("", 0, RunConfig(steps=9), "run", True, "cpu", "", 10, 10, 10))
    return record


def test_a_series_holds_measured_points_only(record):
    record.fold(rows([1, 2], loss=[3.0, 2.0]))
    record.fold(rows([3, 4], loss=[1.0, 0.5], knn=[np.nan, 0.7]))
    assert [list(part) for part in record["loss"]] == [[1, 2, 3, 4], [3.0, 2.0, 1.0, 0.5]]
    assert [list(part) for part in record["knn"]] == [[4], [0.7]]
    assert [len(part) for part in record["std"]] == [0, 0]
    assert record.names == ("loss", "knn")
    assert record.last == {"loss": 0.5, "knn": 0.7}
    assert record.step == 4


def test_before_anything_was_measured(record):
    assert record.names == ()
    assert record.last == {}


def test_a_reference_that_no_longer_applies_is_taken_back(record):
    record.fold(Referenced("", 0, "loss", "chance", 6.2))
    record.fold(Referenced("", 0, "loss", "floor", 0.0))
    record.fold(Referenced("", 5, "loss", "chance", float("nan")))
    assert record.references == {("loss", "floor"): 0.0}


def test_the_number_of_steps_is_the_last_decided(record):
    assert record.steps == 9
    record.fold(Flipped("", 9, "steps", 9, 20))
    assert record.steps == 20


def test_what_happened_is_kept(record):
    record.fold(SnapshotSaved("", 3, "run/snapshots/a"))
    record.fold(Failed("", 4, "X", "It broke.", "Mend it."))
    record.fold(Finished("", 4, "failed", "run"))
    assert (record.state, record.ended, record.snapshots) == ("failed", True, [Path("run/snapshots/a")])
    with pytest.raises(EngineError, match=r"It broke\. Mend it\."):
        record.raise_failure()


def test_a_run_that_never_started_has_no_configuration():
    with pytest.raises(EngineError, match="has not started"):
        _ = RunRecord(Path("run")).config


def test_a_folder_without_a_run(tmp_path):
    with pytest.raises(EngineError, match="holds no run"):
        open_run(tmp_path)
