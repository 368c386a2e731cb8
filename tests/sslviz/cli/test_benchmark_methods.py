"""The table of methods: cells are kept as they are done, and what is there is not done again."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from sslviz.cli import method_cells
from sslviz.cli.method_results import NAME, Result, as_csv, as_table, read_results
from sslviz.cli.program import main
from sslviz.evaluate.probes import knn
from sslviz.spec.errors import SpecError
from sslviz.spec.evaluation import PIXELS, RANDOM, RUN

SMALL = ("--set", "data.count=200", "--set", "data.preset=lesson", "--set", "batch_size=16", "--threads", "1", "--images", "100",
         "--minutes", "0.001", "--quiet")  # fmt: skip


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a cell is kept does not depend on what is learnt."""
    monkeypatch.setattr(method_cells, "FEWEST", 4)


@pytest.fixture
def no_regression(monkeypatch: pytest.MonkeyPatch) -> None:
    """Votes in the place of fitted probes, which take most of the time."""
    monkeypatch.setattr(method_cells, "linear", lambda task, seed, watch: knn(task, 5, 0.1))


def rows(values: dict[str, list[float]], method: str = "simclr", probe: str = "knn") -> list[Result]:
    """Results of a method for `class`, by model, one a seed."""
    return [
        Result("shapes", method, "shapes", "resnet_w16", seed, 100, 2.5, model, probe, "class", value, 0.125, 300)
        for model, found in values.items()
        for seed, value in enumerate(found)
    ]


def test_rows_survive_their_file(tmp_path: Path):
    results = rows({RUN: [0.5, 0.6], RANDOM: [0.2, 0.25]})
    (tmp_path / NAME).write_text(as_csv(results))
    assert read_results(tmp_path / NAME) == tuple(results)
    assert read_results(tmp_path / "none.csv") == ()
    (tmp_path / NAME).write_text("a,b\n1,2\n")
    with pytest.raises(SpecError, match="no table of methods"):
        read_results(tmp_path / NAME)


def test_what_lies_above_random_weights_is_bold():
    better, not_sure = rows({RUN: [0.50, 0.51, 0.52]}), rows({RUN: [0.2, 0.3, 0.7]}, "dino")
    table = as_table([*better, *not_sure, *rows({RANDOM: [0.30, 0.31, 0.32], PIXELS: [0.4]})])
    lines = {line.split(" | ")[0]: line for line in table.splitlines()}
    assert "**51.0 ± 2.5**" in lines["| simclr"]
    assert "40.0 ± 65.7" in lines["| dino"]
    assert "**" not in lines["| dino"]
    assert "31.0 ± 2.5" in lines["| random weights"]
    assert "40.0" in lines["| raw pixels"]
    assert "12.5" in lines["| always the commonest"]
    assert table.count("| ---") >= 1


def test_methods_that_share_a_network_share_its_random_row():
    table = as_table(
        [
            *rows({RUN: [0.5], RANDOM: [0.3]}),
            *rows({RUN: [0.6], RANDOM: [0.3]}, "byol"),
            *rows({RUN: [0.4]}, probe="linear"),
        ]
    )
    assert table.count("random weights") == 1
    assert table.index("kNN") < table.index("Linear probe")


@pytest.mark.usefixtures("no_regression")
def test_cells_are_done_once(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    trained: list[Path] = []
    really = method_cells.trained

    def watched(config, folder, listen):
        trained.append(folder)
        return really(config, folder, listen)

    monkeypatch.setattr(method_cells, "trained", watched)
    words = ["benchmark-methods", "--out", str(tmp_path), "--methods", "simclr", *SMALL]
    assert main([*words, "--seeds", "1"]) == 0
    first = (tmp_path / NAME).read_text()
    assert "| simclr | resnet_w16 |" in capsys.readouterr().out
    assert main([*words, "--seeds", "2"]) == 0
    assert [folder.name for folder in trained] == ["shapes-simclr-0", "shapes-simclr-1"]
    results = read_results(tmp_path / NAME)
    assert (tmp_path / NAME).read_text().startswith(first.rstrip())
    assert {r.seed for r in results} == {0, 1}
    assert len({r.steps for r in results}) == 1
    assert {r.model for r in results} == {RUN, RANDOM, PIXELS}
    assert {r.probe for r in results} == {"knn", "linear"}
    assert {"class", "shape", "hue"} <= {r.target for r in results}
    assert all(0 <= r.value <= 1 and r.images > 0 for r in results)
    random = {(r.seed, r.value) for r in results if (r.model, r.probe, r.target) == (RANDOM, "linear", "hue")}
    assert len(random) == 2
    assert main([*words, "--seeds", "2", "--table"]) == 0
    assert "± " in capsys.readouterr().out


@pytest.mark.usefixtures("no_regression")
def test_a_run_that_was_finished_but_not_probed_is_not_trained_again(tmp_path: Path):
    words = ["benchmark-methods", "--out", str(tmp_path), "--methods", "simclr", "--seeds", "1", *SMALL]
    assert main(words) == 0
    changed = (tmp_path / "runs/shapes-simclr-0/checkpoint.safetensors").stat().st_mtime_ns
    results = read_results(tmp_path / NAME)
    (tmp_path / NAME).unlink()
    assert main(words) == 0
    assert (tmp_path / "runs/shapes-simclr-0/checkpoint.safetensors").stat().st_mtime_ns == changed
    again = read_results(tmp_path / NAME)
    assert [dataclasses.replace(r, minutes=0) for r in again] == [dataclasses.replace(r, minutes=0) for r in results]
    assert main([*words, "--fresh"]) == 0
    assert (tmp_path / "runs/shapes-simclr-0/checkpoint.safetensors").stat().st_mtime_ns != changed


def test_a_method_that_cannot_be_trained_is_told_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    code = main(["benchmark-methods", "--out", str(tmp_path), "--methods", "mae,simclr", "--seeds", "1", *SMALL,
                 "--set", "backbone=resnet_w16"])  # fmt: skip
    told = capsys.readouterr()
    assert code == 1
    assert "mae:" in told.err
    assert "| simclr |" in told.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "No folder"),
        (("--out", "x", "--seeds", "0"), "nothing to train"),
        (("--out", "x", "--minutes", "nan"), "nothing to train"),
        (("--out", "x", "--methods", "simcrl"), "no method called"),
        (("--out", "x", "--table"), "There is no"),
        (("--out", "x", "--data", "nowhere.zip"), "nowhere.zip"),
    ],
)
def test_misuse_is_told(words, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["benchmark-methods", *words]) == 2
    assert told in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
