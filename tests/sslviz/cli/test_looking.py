"""Commands that only look: runs, data, cache, catalogue."""

import json

from sslviz.cli.text_table import text_table
from sslviz.spec.catalogue import from_json, shipped_catalogue


def test_runs_are_listed_newest_first(command, finished_run):
    result = command("runs", finished_run.parent)
    head, row = result.out.splitlines()
    assert head.split() == ["RUN", "METHOD", "DATA", "STATE", "STEP", "LOSS", "KNN", "LAST", "CHANGE"]
    assert row.split()[:5] == ["first", "simclr", "shapes", "finished", "12/12"]


def test_a_runs_own_folder_is_that_run(command, finished_run):
    assert command("runs", finished_run).out == command("runs", finished_run.parent).out


def test_runs_as_json(command, finished_run):
    (told,) = json.loads(command("runs", finished_run.parent, "--json").out)
    assert (told["name"], told["step"], told["problem"]) == ("first", 12, "")


def test_no_runs_yet(command, tmp_path):
    assert "No runs in" in command("runs", tmp_path).out
    assert command("runs", tmp_path / "nowhere").err.startswith("error: There is no folder")


def test_a_data_set_is_described(command, pictures):
    folder = pictures(5)
    (folder / "broken.png").write_bytes(b"no picture")
    result = command("data", folder)
    assert result.code == 0, result.err
    assert "images to train on" in result.out
    assert "16 x 16 px" in result.out
    assert "1 file was skipped:" in result.out
    assert "broken.png" in result.out


def test_a_data_set_as_json_counts_classes(command):
    told = json.loads(command("data", "shapes", "--set", "count=40", "--set", "data.preset=lesson", "--json").out)
    assert told["train"] + told["val"] == 40
    assert sum(told["train_by_class"]) == told["train"]
    assert len(told["train_by_class"]) == len(told["classes"])
    assert "shape" in told["factors"]


def test_dials_are_checked(command):
    assert "There is no setting called 'data.colour'" in command("data", "shapes", "--set", "colour=red").err


def test_the_cache_is_described_and_emptied(command, tmp_path, monkeypatch, pictures):
    monkeypatch.setenv("SSLVIZ_CACHE", str(tmp_path / "cache"))
    command("data", pictures(5))
    before = command("cache").out
    assert str(tmp_path / "cache") in before
    assert "1 data set," in before
    assert "Freed" in command("cache", "--clear").out
    assert "0 data sets, 0 maps, 0 bytes" in command("cache").out


def test_the_catalogue_is_listed_and_one_thing_told_in_full(command):
    out = command("catalogue").out
    for info in (*shipped_catalogue().methods, *shipped_catalogue().backbones):
        assert info.name in out
    page = command("catalogue", "simclr").out
    assert "Chen et al. 2020" in page
    assert "tau = 0.2" in page
    assert "paper: 0.1 ImageNet, 0.5 CIFAR-10" in page
    assert "Did you mean simclr" in command("catalogue", "simcrl").err


def test_the_catalogue_is_written(command, tmp_path):
    assert command("catalogue", "--out", tmp_path / "catalogue.json").code == 0
    assert from_json((tmp_path / "catalogue.json").read_bytes()) == shipped_catalogue()


def test_numbers_stand_flush_right():
    assert text_table(("A", "N"), [("x", "1"), ("long", "22")], frozenset({1})) == "A      N\nx      1\nlong  22"
