"""Recipes on the command line, and the flag that an error is about."""

from __future__ import annotations

import pytest

from sslviz.cli.program import main
from sslviz.spec.catalogue import shipped_catalogue

TINY = (
    "--steps",
    "1",
    "--set",
    "data.preset=lesson",
    "--set",
    "data.count=120",
    "--batch-size",
    "16",
    "--threads",
    "1",
    "--quiet",
)


def test_all_are_listed_with_their_origin(capsys: pytest.CaptureFixture[str]):
    assert main(["recipes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(shipped_catalogue().recipes)
    assert any(
        line.split()[:2] == ["simclr", "official_cifar10"] and line.endswith("google-research/simclr") for line in lines
    )
    assert any(line.split()[:2] == ["simclr", "shapes"] and line.endswith("our default") for line in lines)


def test_one_method_shows_every_setting_and_the_commit(capsys: pytest.CaptureFixture[str]):
    assert main(["recipes", "simclr"]) == 0
    told = capsys.readouterr().out
    assert "google-research/simclr README.md @383d4143" in told
    assert "  optimiser.name = lars" in told
    assert "  tau = 0.5" in told


def test_training_by_a_recipe(tmp_path, capsys):
    assert (
        main(
            [
                "train",
                "simclr",
                "--recipe",
                "lightly_cifar10",
                "--backbone",
                "resnet_w16",
                "--out",
                str(tmp_path / "run"),
                *TINY,
            ]
        )
        == 0
    )
    text = (tmp_path / "run/run.toml").read_text()
    assert 'name = "sgd"' in text
    assert "lr = 0.06" in text
    assert "tau = 0.5" in text
    assert "batch_size = 16" in text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--recipe", "offical_cifar10"), "official_cifar10"),
        (("--lr", "1000"), "The setting is --lr."),
        (("--set", "tau=9"), "The setting is --set tau=..."),
        (("--set", "accumulate=3"), "The setting is --set optimiser.accumulate=..."),
        (("--set", "data.count=-1"), "The setting is --set data.count=..."),
        (("--batch-size", "1"), "The setting is --batch-size."),
        (("--backbone", "resnet_w61"), "The setting is --backbone."),
        (("--device", "abacus"), "The setting is --device."),
    ],
)
def test_errors_name_the_flag(words, told, tmp_path, capsys):
    assert main(["train", "simclr", *TINY, *words, "--out", str(tmp_path / "run")]) != 0
    assert told in capsys.readouterr().err
