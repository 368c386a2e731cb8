"""`sslviz evaluate`: a table, CSV, JSON, several runs, and errors that name the option."""

import csv
import json

import pytest

from sslviz.evaluate import keeping
from sslviz.spec.inspection import ModelRef
from sslviz.training.comparing import compare
from sslviz.training.errors import TrainingError

KEPT = ("--k", "3", "--threads", "1")
QUICK = (*KEPT, "--no-keep")  # the run is everybody's


def test_a_table_with_baselines_and_intervals(command, finished_run, tmp_path):
    out = tmp_path / "table.csv"
    result = command("evaluate", finished_run, *QUICK, "--out", out)
    assert result.code == 0, result.err
    for word in ("this run", "random weights", "raw pixels", "supervised: not trained", "95 %", "step 12"):
        assert word in result.out
    rows = list(csv.DictReader(out.read_text().splitlines()))
    own = next(row for row in rows if row["model"] == "this run" and row["protocol"] == "knn")
    assert float(own["lo"]) <= float(own["value"]) <= float(own["hi"])
    assert own["interval"] == "wilson"


def test_json_with_labels_and_snapshot(command, finished_run):
    result = command(
        "evaluate",
        finished_run,
        *QUICK,
        "--protocols",
        "linear",
        "--labels",
        "2",
        "--seeds",
        "2",
        "--snapshot",
        "0",
        "--json",
    )
    assert result.code == 0, result.err
    report = json.loads(result.out)
    assert report["step"] == 0
    row = report["rows"][0]
    assert (row["labels"], row["seeds"], len(row["score"]["values"])) == (2, [0, 1], 2)
    assert sum(map(sum, report["confusions"][0]["counts"])) == report["test_images"]


def test_several_runs_are_one_table(command, finished_run, own_run):
    result = command("evaluate", finished_run, own_run, *QUICK, "--protocols", "knn")
    assert result.code == 0, result.err
    assert "2 runs" in result.out


def test_what_was_measured_of_the_last_weights_is_kept_where_a_comparison_finds_it(command, finished_run, own_run):
    assert command("evaluate", own_run, *KEPT, "--protocols", "knn").code == 0
    assert command("evaluate", own_run, *KEPT, "--protocols", "linear").code == 0
    kept = own_run / "evaluation.json"
    report = json.loads(kept.read_text())
    assert {row["protocol"] for row in report["rows"]} == {"knn", "linear"}
    assert (report["folder"], report["step"]) == ("own", 12)
    assert str(own_run) not in kept.read_text()
    found = compare([ModelRef(str(finished_run)), ModelRef(str(own_run))])
    of_run = {row.measure: row.numbers for row in found.scores if (row.group, row.model) == ("evaluated", "this run")}
    assert set(of_run) == {"knn on h: class", "linear on h: class"}
    assert all(left is None and 0 <= right.lo <= right.value <= right.hi for left, right in of_run.values())
    before = kept.read_bytes()
    for words in (("--snapshot", "0"), ("--data", "shapes"), ("--no-keep",)):
        dials = ("--set", "count=40", "--set", "preset=lesson") if "--data" in words else ()
        assert command("evaluate", own_run, *KEPT, "--protocols", "knn", *words, *dials).code == 0
    assert kept.read_bytes() == before


def test_a_folder_that_cannot_be_written_to_is_told_and_spoils_nothing(command, own_run, monkeypatch):
    def full(path, content):
        raise TrainingError("There is no room.", "Make some.")

    monkeypatch.setattr(keeping, "write_atomically", full)
    result = command("evaluate", own_run, *KEPT, "--protocols", "knn")
    assert result.code == 0
    assert "this run" in result.out
    assert result.err == "note: The scores are not kept in the run. There is no room. Make some.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--k", "999"), "The option is --k."),
        (("--layers", "attic"), "The option is --layers."),
        (("--protocols", "guess"), "The option is --protocols."),
        (("--labels", "9999", "--k", "3"), "The option is --labels."),
        (("--snapshot", "999", "--k", "3"), "The option is --snapshot."),
        (("--out", "table.doc"), "End it with .csv or .json."),
        (("--seeds", "many"), "not a number"),
    ],
)
def test_what_cannot_be_is_refused_with_the_option(command, finished_run, words, said):
    result = command("evaluate", finished_run, *words)
    assert result.code in (1, 2)
    assert said in result.err
    assert "Traceback" not in result.err


def test_a_folder_without_a_run(command, tmp_path):
    assert "holds no run" in command("evaluate", tmp_path).err


def test_on_other_images_than_the_runs(command, finished_run):
    words = ("--protocols", "knn", "--data", "shapes", "--set", "preset=plain", "--set", "count=160", "--json", *QUICK)
    result = command("evaluate", finished_run, *words)
    assert result.code == 0, result.err
    report = json.loads(result.out)
    assert report["train_images"] + report["test_images"] == 160
    assert report["step"] == 12
    assert "Not the images that the model was trained on" in report["note"]
    assert {row["model"] for row in report["rows"]} == {"this run", "random weights", "raw pixels", "supervised"}


def test_dials_without_data_are_refused(command, finished_run):
    result = command("evaluate", finished_run, "--set", "count=160", *QUICK)
    assert result.code != 0
    assert "Add --data NAME" in result.err
