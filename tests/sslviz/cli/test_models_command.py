"""`sslviz models`: the list, a card, files against cards, figures found again."""

import dataclasses
import json
import shutil

import pytest

from sslviz.cli import main
from sslviz.library.shelf import card_of
from sslviz.spec.card import NAME, WEIGHTS, to_toml


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A model of a run of 4 steps. Not to be written to."""
    folder = tmp_path_factory.mktemp("models")
    data = ("--data", "shapes", "--set", "data.preset=lesson", "--set", "data.count=240", "--set", "image_size=16")
    learn = ("--batch-size", "16", "--steps", "4", "--precision", "fp32", "--threads", "1", "--quiet")
    assert main(["train", "simclr", *data, *learn, "--out", str(folder / "run")]) == 0
    words = (
        "--snapshots",
        "1",
        "--seeds",
        "1",
        "--threads",
        "1",
        "--collapsed",
        "the negatives",
        "--weakness",
        "small",
    )
    assert main(["export", str(folder / "run"), "--out", str(folder / "tiny"), *words]) == 0
    return folder / "tiny"


def test_the_list_names_each_model_with_its_number(command):
    result = command("models")
    assert result.code == 0
    line = next(line for line in result.out.splitlines() if line.startswith("dino-shapes"))
    assert "object AUROC 0.99" in line
    assert "MB" in line
    listed = json.loads(command("models", "--json").out)
    assert {"dino-shapes", "mae-shapes"} <= {model["name"] for model in listed}
    assert all(model["bytes"] > 1_000_000 for model in listed if model["name"] in ("dino-shapes", "mae-shapes"))


def test_a_card_is_legible(command, exported):
    text = command("models", exported).out
    assert "Collapsed on purpose: the negatives." in text
    assert "known weaknesses:\n  - small" in text
    assert "knn on h: class" in text
    assert all(len(line) <= 110 for line in text.splitlines())
    (told,) = json.loads(command("models", exported, "--json").out)
    assert told["collapsed"] == "the negatives"
    refused = command("models", "dino-shaps")
    assert refused.code == 1
    assert "dino-shapes" in refused.err


def test_files_and_figures_are_verified(command, exported, tmp_path):
    assert command("models", "verify", "--hashes").code == 0
    assert "of 2 models" in command("models", "verify", exported, "--hashes", "dino-shapes").out  # options in between
    told = json.loads(command("models", "verify", exported, "--json", "--threads", 1).out)
    assert told["holds"] is True
    figures = {(f["measure"], f["model"]): f for f in told["figures"]["tiny"]}
    assert figures["knn on h: class", "this run"]["holds"] is True
    better = shutil.copytree(exported, tmp_path / "better" / "tiny")
    card = card_of(better)
    metrics = tuple(dataclasses.replace(m, lo=m.hi + 0.1, value=m.hi + 0.2, hi=m.hi + 0.3) for m in card.metrics)
    (better / NAME).write_text(to_toml(dataclasses.replace(card, metrics=metrics)))
    result = command("models", "verify", better, "--threads", 1)
    assert result.code == 1
    assert "tiny: knn on h: class of this run is" in result.err
    assert "DOES NOT HOLD" in result.out


def test_a_changed_file_is_told_before_anything_is_measured(command, exported, tmp_path):
    spoilt = shutil.copytree(exported, tmp_path / "spoilt" / "tiny")
    (spoilt / WEIGHTS).write_bytes((spoilt / WEIGHTS).read_bytes()[:-1])
    for words in (["--hashes"], []):
        result = command("models", "verify", spoilt, *words)
        assert result.code == 1
        assert "its sha256 differs" in result.err
        assert result.out == ""


def test_options_of_verify_are_refused_without_it(command):
    result = command("models", "--hashes")
    assert result.code != 0
    assert "verify" in result.err


def test_what_cannot_be_exported_is_refused_before_it_is_measured(command, finished_run, tmp_path):
    for words, said in (
        (["--known-as", "shapes"], "No public data set"),
        (["--known-as", "cifar10"], "no copy of cifar10"),
        (["--step", "99"], "no snapshot of step 99"),
        (["--scenes", "lesson"], "this run's own"),
        (["--other-seed", finished_run], "not this run with another seed"),
    ):
        result = command("export", finished_run, "--out", tmp_path / "x", *words)
        assert result.code == 1, words
        assert said in result.err
        assert not (tmp_path / "x").exists()
