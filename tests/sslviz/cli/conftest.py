"""A command line in this process, images to feed it, and one small run to look at."""

import shutil

import numpy as np
import pytest
from PIL import Image

from sslviz.cli import main

TINY = ("--data", "shapes", "--set", "data.preset=lesson", "--set", "data.count=64", "--batch-size", "8",
        "--precision", "fp32", "--threads", "1")  # fmt: skip


class Result:
    """What a command left: exit code, what it printed, what it complained about."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def command(capsys):
    """Runs `sslviz WORDS...` in this process."""

    def run(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Result(code, *capsys.readouterr())

    return run


@pytest.fixture
def train(command):
    """Trains on a handful of small shapes."""

    def run(out, *words, steps=4):
        return command("train", "simclr", *TINY, "--steps", steps, "--out", out, *words)

    return run


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory):
    """A run of 12 steps in which the negatives were switched off after 6. Not to be written to."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    words = ["train", "simclr", *TINY, "--steps", "12", "--at", "6:negatives=off", "--out", str(folder), "--quiet"]
    assert main(words) == 0
    return folder


@pytest.fixture
def own_run(finished_run, tmp_path):
    """A copy of that run, to be spoilt."""
    return shutil.copytree(finished_run, tmp_path / "own")


@pytest.fixture
def pictures(tmp_path):
    """A folder with so many pictures of noise."""

    def make(count, name="pictures", size=16):
        folder = tmp_path / name
        folder.mkdir()
        noise = np.random.default_rng(0)
        for k in range(count):
            Image.fromarray(noise.integers(0, 256, (size, size, 3), np.uint8)).save(folder / f"{k}.png")
        return folder

    return make
