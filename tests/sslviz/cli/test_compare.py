"""`sslviz compare` on small runs: files, what differs, what is not comparable, and every bad input."""

from __future__ import annotations

import csv
import json
import shutil

import pytest

from sslviz.cli.compare import model_from
from sslviz.engine.engine import Engine
from sslviz.engine.record import open_run
from sslviz.spec.card import NAME, from_toml, metric_of
from sslviz.spec.comparison import CompareModels, Comparison
from sslviz.spec.errors import SpecError
from sslviz.spec.events import Answered, Refused
from sslviz.spec.inspection import ModelRef
from sslviz.spec.mailbox import Mailbox
from sslviz.spec.places import shipped
from sslviz.training.comparing import compare


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def other_run(own_run):
    """The same record with another temperature and another seed."""
    text = (own_run / "run.toml").read_text(encoding="utf-8")
    assert "tau = 0.2" in text
    (own_run / "run.toml").write_text(
        text.replace("tau = 0.2", "tau = 0.5").replace("\nseed = 0\nsnapshots", "\nseed = 1\nsnapshots"),
        encoding="utf-8",
    )
    return own_run


def test_tables_and_curves(command, finished_run, other_run, tmp_path):
    out = tmp_path / "out"
    result = command("compare", finished_run, other_run, "--out", out, "--axis", "images", "--format", "svg")
    assert result.code == 0, result.err
    assert {path.name for path in out.iterdir()} == {"curves.csv", "scores.csv", "settings.csv", "curves.svg"}
    settings = {row["name"]: (row["first"], row["own"]) for row in rows(out / "settings.csv")}
    assert settings["tau"] == ("0.2", "0.5")
    assert settings["seed"] == ("0", "1")
    assert "batch_size" not in settings
    svg = (out / "curves.svg").read_text(encoding="utf-8")
    assert "tau 0.2" in svg
    assert "images seen" in svg
    assert "different temperatures" in svg.replace("\n", " ")
    assert "loss" in result.out.partition("Not comparable")[2]


def test_curves_are_written_as_they_were_measured(command, finished_run, other_run, tmp_path):
    command("compare", finished_run, other_run, "--out", tmp_path / "out", "--show", "")
    record = open_run(finished_run)
    written = [
        row for row in rows(tmp_path / "out" / "curves.csv") if row["run"] == "first" and row["measure"] == "loss"
    ]
    steps, values = record["loss"]
    assert [int(row["step"]) for row in written] == steps.tolist()
    assert [float(row["value"]) for row in written] == values.tolist()
    assert [int(row["images"]) for row in written] == (steps * record.config.batch_size).tolist()
    assert float(written[-1]["epoch"]) == record.last["epoch"]
    assert not (tmp_path / "out" / "curves.png").exists()


def test_what_models_see(command, finished_run, tmp_path):
    out, early = tmp_path / "out", f"{finished_run}@6"
    words = ("--show", "attention,reconstruction,map", "--images", "60", "--dpi", "40")
    result = command("compare", finished_run, early, *words, "--out", out)
    assert result.code == 0, result.err
    assert {"attention.png", "map.png", "map.csv"} <= {path.name for path in out.iterdir()}
    assert not (out / "reconstruction.png").exists()
    assert result.err.count("reconstruction:") == 2  # a convolutional network paints nothing
    points = rows(out / "map.csv")
    images = {name: [row["image"] for row in points if row["run"] == name] for name in ("first", "first, step 6")}
    assert images["first"]
    assert images["first"] == images["first, step 6"]
    places = [[(row["x"], row["y"]) for row in points if row["run"] == name] for name in images]
    assert places[0] != places[1]


def test_json_holds_scores_settings_and_notes(command):
    result = command("compare", "dino-shapes", "mae-shapes", "--json")
    plain = json.loads(result.out)
    assert [side["method"] for side in plain["sides"]] == ["dino", "mae"]
    knn = next(row for row in plain["scores"] if row["measure"] == "knn on h: class" and row["model"] == "this run")
    card = from_toml((shipped("models") / "dino-shapes" / NAME).read_text(encoding="utf-8"))
    assert knn["numbers"][0]["value"] == metric_of(card, "knn on h: class").value
    loss = next(row for row in plain["scores"] if row["measure"] == "loss")
    assert "different methods" in loss["remark"]


def test_a_snapshot_has_the_scores_of_its_step(finished_run):
    found = compare([ModelRef(str(finished_run)), ModelRef(str(finished_run), snapshot=6)])
    steps, values = open_run(finished_run)["knn"]
    knn = next(row for row in found.scores if row.measure == "kNN accuracy" and row.model == "this run")
    assert knn.numbers[0].value == values[-1]
    assert knn.numbers[1].value == values[steps <= 6][-1]
    assert found.sides[1].step == 6
    assert found.sides[0].marks[0].text == "negatives on → off"


def test_an_evaluation_in_the_folder_is_read(finished_run, own_run):
    report = {"step": 12, "rows": [
        {"model": "this run", "protocol": "knn", "layer": "h", "target": "class", "score": {"value": 0.5, "lo": 0.4, "hi": 0.6}, "setting": "k 20"},
        {"model": "supervised", "protocol": "knn", "layer": "h", "target": "class", "score": None},
    ]}  # fmt: skip
    (own_run / "evaluation.json").write_text(json.dumps(report), encoding="utf-8")
    found = compare([ModelRef(str(finished_run)), ModelRef(str(own_run))])
    (row,) = [row for row in found.scores if row.group == "evaluated"]
    assert (row.measure, row.numbers[0], row.numbers[1].lo) == ("knn on h: class", None, 0.4)
    (own_run / "evaluation.json").write_text("{", encoding="utf-8")
    assert "no evaluation" in compare([ModelRef(str(finished_run)), ModelRef(str(own_run))]).sides[1].problem


def test_records_that_are_missing_or_damaged_are_told_and_the_others_shown(finished_run, own_run, tmp_path):
    (own_run / "metrics.csv").unlink()
    bare = tmp_path / "model.pth"
    bare.write_bytes(b"weights")
    refs = [ModelRef(str(path)) for path in (finished_run, own_run, bare, tmp_path / "gone")]
    found = compare(refs)
    assert not found.sides[0].problem
    assert "no metrics" in found.sides[1].problem
    assert found.sides[1].config is not None
    assert "no record of training" in found.sides[2].problem
    assert "no file or folder" in found.sides[3].problem
    assert len(found.notes) == 3
    (own_run / "run.toml").write_text("[", encoding="utf-8")
    assert "not valid TOML" in compare(refs[:2]).sides[1].problem


def test_different_data_is_said_first(finished_run, own_run):
    text = (own_run / "run.toml").read_text(encoding="utf-8")
    (own_run / "run.toml").write_text(text.replace("count = 64", "count = 128"), encoding="utf-8")
    found = compare([ModelRef(str(finished_run)), ModelRef(str(own_run))])
    assert "different images" in found.notes[0]
    assert next(row for row in found.scores if row.measure == "kNN accuracy").remark
    changed = text.replace(open_fingerprint(text), "0" * 32)
    (own_run / "run.toml").write_text(changed, encoding="utf-8")
    assert "not the same contents" in compare([ModelRef(str(finished_run)), ModelRef(str(own_run))]).notes[0]


def open_fingerprint(text):
    return text.partition('fingerprint = "')[2].partition('"')[0]


def test_two_runs_of_one_name_are_told_apart(finished_run, tmp_path):
    twin = shutil.copytree(finished_run, tmp_path / "elsewhere" / finished_run.name)
    names = [side.name for side in compare([ModelRef(str(finished_run)), ModelRef(str(twin))]).sides]
    assert len(set(names)) == 2
    assert names[1] == "elsewhere/first"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["dino-shapes", "--out", "x"], "at least 2"),
        (["dino-shapes"] * 5 + ["--out", "x"], "too many"),
        (["dino-shapes", "dino-shapes", "--out", "x"], "named twice"),
        (["dino-shapes", "mae-shapes"], "Nothing was asked for"),
        (["dino-shapes", "dino-shape", "--out", "x"], "no file or folder dino-shape"),
        (["dino-shapes", "mae-shapes", "--out", "x", "--show", "dreams"], "nothing called 'dreams'"),
        (["dino-shapes", "mae-shapes", "--out", "x", "--measures", "los"], "a measure called 'los'"),
        (["dino-shapes", "mae-shapes", "--out", "x", "--dpi", "1"], "out of range"),
    ],
    ids=["one", "five", "twice", "nothing asked", "a name that there is not", "a view", "a measure", "dpi"],
)
def test_bad_input_is_a_sentence(command, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    result = command("compare", *words)
    assert result.code == 2
    assert said in result.err
    assert not list(tmp_path.iterdir())


def test_a_file_is_no_folder_to_write_to(command, tmp_path):
    (tmp_path / "taken").write_text("", encoding="utf-8")
    result = command("compare", "dino-shapes", "mae-shapes", "--out", tmp_path / "taken")
    assert result.code == 2
    assert "is a file" in result.err


def test_snapshots_are_named_with_an_at(tmp_path):
    assert model_from("runs/first@40") == ModelRef("runs/first", snapshot=40)
    assert model_from("me@home") == ModelRef("me@home")
    folder = tmp_path / "run@7"
    folder.mkdir()
    assert model_from(str(folder)) == ModelRef(str(folder))


def test_the_engine_answers_and_refuses():
    mailbox = Mailbox()
    with Engine(mailbox.put, 1) as engine:
        engine.submit(CompareModels(1, (ModelRef("dino-shapes"), ModelRef("mae-shapes")), points=50))
        assert mailbox.wait(30)
        (answered,) = [event for event in mailbox.drain() if isinstance(event, Answered | Refused)]
        engine.submit(CompareModels(2, (ModelRef("dino-shapes"),)))
        assert mailbox.wait(30)
        (refused,) = [event for event in mailbox.drain() if isinstance(event, Answered | Refused)]
    assert isinstance(answered.payload, Comparison)
    assert len(answered.payload.sides[0].traces["loss"].steps) <= 50
    assert (refused.request_id, refused.kind) == (2, SpecError.__name__)
