"""A verification holds what its runs measured; bands, records and their sizes; nothing is trained twice."""

import dataclasses
import json
import math
import shutil
import statistics

import numpy as np
import pytest

from sslviz.lessons.record import ROWS, keep_record, thinned
from sslviz.lessons.shipped import record_problems
from sslviz.lessons.verify import Experiment, band_of, is_whole, write
from sslviz.spec.events import Failed, Finished, Scalars
from sslviz.spec.lesson_file import measured_file, plan, recorded_folder, results_of
from sslviz.training import replay
from sslviz.training.metrics_file import MetricsTable, read_metrics
from tests.sslviz.lessons.tiny_lesson import CATALOGUE, STEPS, TEXT, tiny_lesson


def never(config, folder):
    raise AssertionError("a whole run was trained again")


def test_results_are_what_the_runs_measured(experiment):
    carried_out, results = experiment
    assert results.seeds == (0, 1)
    assert {(one.arm, one.measure) for one in results.measured} == {
        *((arm, name) for arm in ("crop", "both") for name in ("shape", "hue", "pixels", "loss")),
        *((baseline, name) for baseline in ("random weights", "raw pixels") for name in ("shape", "hue")),
    }
    for seed in (0, 1):
        table = read_metrics(carried_out.run_of(seed, "crop"))
        loss = float(table.values[-1, table.names.index("loss")])
        assert results.of("crop", "loss").values[seed] == pytest.approx(loss, rel=1e-4)
    loss = results.of("crop", "loss")
    half = 12.706 * statistics.stdev(loss.values) / math.sqrt(2)  # Student's t of one degree of freedom
    assert loss.hi - loss.mean == pytest.approx(half, rel=1e-2)
    assert [one.holds for one in results.checked] == [True, False]


def test_whole_runs_are_taken_up_again(experiment):
    carried_out, results = experiment
    again = dataclasses.replace(carried_out, train=never, _data={}).values(1)
    for one in results.measured:
        assert again[one.arm, one.measure] == pytest.approx(one.values[1], rel=1e-4)
    config = plan(carried_out.lesson, CATALOGUE, 0).configs["crop"]
    assert is_whole(carried_out.run_of(0, "crop"), config)
    assert not is_whole(carried_out.run_of(1, "crop"), config)
    assert not is_whole(carried_out.run_of(0, "both"), config)
    assert not is_whole(carried_out.folder, config)
    trained = sum(
        read_metrics(carried_out.run_of(seed, arm)).last()["seconds"] for seed in (0, 1) for arm in ("crop", "both")
    )
    assert results.seconds > trained > 0


def test_bands_lie_between_the_seeds(experiment):
    results = experiment[1]
    band = results.band("both", "lr")
    assert band.steps == tuple(range(1, STEPS + 1))
    assert results.band("both", "loss") is None
    tables = [MetricsTable(("a",), np.array(steps), np.array(values)[:, None]) for steps, values in (
        ((1, 2, 3, 4), (1.0, np.nan, 3.0, 4.0)), ((1, 2, 3, 4), (5.0, 2.0, 2.0, 9.0)), ((1, 2, 4), (3.0, 2.0, 5.0)))]  # fmt: skip
    band = band_of("x", "a", tables)
    assert band.steps == (1, 2, 3, 4)
    assert (band.lo, band.mid, band.hi) == ((1.0, 2.0, 2.0, 4.0), (3.0, 2.0, 3.0, 5.0), (5.0, 2.0, 3.5, 9.0))
    assert band_of("x", "b", tables) is None
    apart = [MetricsTable(("a",), np.array(steps), np.ones((2, 1))) for steps in ((1, 2), (3, 4))]
    assert band_of("x", "a", apart) is None


def test_results_and_records_lie_beside_the_lesson(experiment, tmp_path):
    carried_out, results = experiment
    lesson = tiny_lesson(tmp_path)
    assert list(record_problems(lesson, CATALOGUE, tmp_path)) == ["It was never verified."]
    write(carried_out, results, tmp_path)
    assert repr(results_of(lesson, tmp_path)) == repr(results)
    assert json.loads(measured_file("tiny", tmp_path).read_bytes())["mark"] == results.mark
    (one,) = record_problems(lesson, CATALOGUE, tmp_path)
    assert one == "When it was verified, this did not show: Random weights are perfect."
    recorded = recorded_folder("tiny", "crop", tmp_path)
    shutil.rmtree(recorded)
    assert any("holds no run" in said for said in record_problems(lesson, CATALOGUE, tmp_path))
    shutil.copytree(recorded_folder("tiny", "both", tmp_path), recorded)
    assert any("has another augmentation" in said for said in record_problems(lesson, CATALOGUE, tmp_path))


def test_results_of_another_experiment_are_out_of_date(experiment, tmp_path):
    write(*experiment, tmp_path)
    longer = tiny_lesson(tmp_path, TEXT.replace("steps = 6", "steps = 8"))
    assert list(record_problems(longer, CATALOGUE, tmp_path)) == ["Its results are of another version of it."]
    other = tiny_lesson(tmp_path, TEXT.replace("Crops keep colour.", "Colour stays."))
    assert "Its results are of other expectations." in list(record_problems(other, CATALOGUE, tmp_path))


def test_a_record_replays_whole_and_says_nothing_of_its_machine(experiment, tmp_path):
    run = experiment[0].run_of(0, "crop")
    keep_record(run, tmp_path / "record")
    keep_record(run, tmp_path / "record")  # in the place of the first
    heard = []
    replay("a", tmp_path / "record", heard.append)
    assert not [event for event in heard if isinstance(event, Failed)]
    assert [event.state for event in heard if isinstance(event, Finished)] == ["finished"]
    assert [event.step for event in heard if isinstance(event, Scalars)] == [STEPS]
    text = "".join(path.read_text() for path in (tmp_path / "record").iterdir())
    assert str(run.parent) not in text
    assert "x86_64" not in text
    assert sorted(path.name for path in (tmp_path / "record").iterdir()) == ["events.jsonl", "metrics.csv", "run.toml"]


def test_long_records_are_thinned_to_their_ends_and_their_rare_rows():
    steps = np.arange(1, 5001)
    rare = np.where(steps % 250 == 0, 0.123456789, np.nan)
    values = np.stack([np.sin(steps), rare, np.full(5000, np.nan)], axis=1)
    table = thinned(MetricsTable(("a", "b", "c"), steps, values), ROWS)
    assert table.names == ("a", "b")
    assert len(table.steps) <= ROWS
    assert (table.steps[0], table.steps[-1]) == (1, 5000)
    assert np.isfinite(table.values[:, 1]).sum() == 20
    assert np.diff(table.steps).max() <= 60


def test_a_long_record_is_small(experiment, tmp_path):
    run = shutil.copytree(experiment[0].run_of(0, "crop"), tmp_path / "run")
    head, *_ = (run / "metrics.csv").read_text().splitlines()
    noise = np.random.default_rng(0)
    count = head.count(",")
    lines = [f"{k}," + ",".join(map(repr, noise.random(count).tolist())) for k in range(1, 3001)]
    (run / "metrics.csv").write_text("\n".join([head, *lines]) + "\n")
    keep_record(run, tmp_path / "record")
    assert sum(path.stat().st_size for path in (tmp_path / "record").iterdir()) <= 60_000


def test_an_experiment_says_what_it_trains(tmp_path, experiment):
    told, trained = [], []

    def copied(config, folder):
        trained.append((config.seed, folder.name))
        shutil.copytree(experiment[0].run_of(config.seed, folder.name), folder)

    lesson = tiny_lesson(tmp_path)
    values = Experiment(lesson, CATALOGUE, tmp_path / "runs", copied, told.append).values(1)
    assert trained == [(1, "crop"), (1, "both")]
    assert told == ["tiny, seed 1: Crops only", "tiny, seed 1: Crops and colour"]
    assert values["crop", "shape"] == pytest.approx(experiment[1].of("crop", "shape").values[1], rel=1e-4)
