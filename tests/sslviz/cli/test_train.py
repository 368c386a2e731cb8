"""`sslviz train`: flags and settings reach the run; stopping, resuming and flipping work as told."""

import json
import signal
import subprocess
import sys

import pytest

from sslviz.cli.configure import FLAGS
from sslviz.engine.record import open_run
from sslviz.training.run_file import read_run_file

TINY = ("--data", "shapes", "--set", "data.preset=lesson", "--set", "data.count=64", "--batch-size", "8",
        "--precision", "fp32", "--threads", "1")  # fmt: skip


def test_a_run_is_trained_told_and_recorded(train, tmp_path):
    result = train(tmp_path / "run")
    assert result.code == 0, result.err
    assert "simclr on shapes: finished at step 4" in result.out
    assert "kNN accuracy" in result.out
    assert "raw pixels" in result.out
    assert f"Run folder: {tmp_path / 'run'}" in result.out
    assert "4/4 steps" in result.err
    assert (tmp_path / "run" / "metrics.csv").is_file()


def test_flags_and_settings_reach_the_configuration(train, tmp_path):
    words = ("--seed", 3, "--lr", "1e-3", "--set", "tau=0.3", "--set", "augment.blur=off", "--set", "weight_decay=0",
             "--backbone", "resnet_w32", "--augmentation", "byol", "--val-fraction", 0.25, "--quiet")  # fmt: skip
    assert train(tmp_path / "run", *words, steps=1).code == 0
    config, _ = read_run_file(tmp_path / "run")
    assert (config.seed, config.optimiser.lr, config.params["tau"], config.optimiser.weight_decay) == (
        3,
        1e-3,
        0.3,
        0.0,
    )
    assert (config.backbone, config.augmentation.name, config.data.val_fraction) == ("resnet_w32", "byol", 0.25)
    assert [view.blur for view in config.augmentation.views] == [False, False]
    assert dict(config.data.dials)["count"] == 64


def test_quiet_says_nothing_and_json_says_it_all(train, tmp_path):
    quiet = train(tmp_path / "a", "--quiet", steps=1)
    assert (quiet.out, quiet.err) == ("", "")
    told = json.loads(train(tmp_path / "b", "--json", steps=1).out)
    assert (told["state"], told["step"], told["error"]) == ("finished", 1, "")
    assert told["last"]["loss"] > 0
    assert {"knn", "loss"} <= {line["measure"] for line in told["references"]}


def test_a_switch_is_flipped_at_its_step(finished_run):
    (flip,) = open_run(finished_run).flips
    assert (flip.step, flip.name, flip.before, flip.after) == (6, "negatives", True, False)


def test_a_finished_run_goes_on_with_more_steps(command, own_run):
    result = command("train", "--resume", own_run, "--steps", 14, "--at", "13:tau=0.5", "--quiet")
    assert result.code == 0, result.err
    record = open_run(own_run)
    assert record.step == 14
    assert ("tau", 13) in [(flip.name, flip.step) for flip in record.flips]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("train",), "No method was named."),
        (("train", "simcrl"), "There is no method called 'simcrl'.\nDid you mean simclr?"),
        (("train", "simclr", "--set", "tua=0.2"), "There is no setting called 'tua'.\nDid you mean tau?"),
        (("train", "simclr", "--set", "tau"), "'tau' is no setting.\nWrite --set NAME=VALUE"),
        (("train", "simclr", "--set", "tau=hot"), "tau = 'hot' is not a number.\nIt takes a number from 0.01 to 2."),
        (("train", "simclr", "--set", "tau=-1"), "tau = -1 is out of range."),
        (("train", "simclr", "--steps", "many"), "steps = 'many' is not a number."),
        (("train", "simclr", "--batch-size", "0"), "batch_size = 0 is out of range."),
        (("train", "simclr", "--precision", "fp8"), "precision = 'fp8' does not fit.\nIt takes one of auto, fp32, bf16."),
        (("train", "simclr", "--data", "cifra10"), "called 'cifra10'.\nDid you mean cifar10"),
        (("train", "simclr", "--augmentation", "simclr_cifar"), "no augmentation recipe called 'simclr_cifar'"),
        (("train", "simclr", "--at", "negatives=off"), "--at negatives=off does not say when."),
        (("train", "simclr", "--at", "3:seed=1"), "seed cannot be changed while a run trains."),
        (("train", "simclr", "--at", "3:tau=9"), "tau = 9 is out of range."),
        (("train", "simclr", "--steps", "10", "--at", "10:tau=1"), "The run has no step after step 10"),
        (("train", "--resume", "x", "--seed", "1", "--set", "tau=1"), "--set, --seed cannot be changed."),
        (("train", "--resume", "nowhere"), "nowhere holds no run"),
    ],
)  # fmt: skip
def test_misuse_is_told_in_a_sentence_with_the_remedy(command, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    result = command(*words)
    assert result.code in (1, 2)
    assert result.err.startswith("error: ")
    assert said in result.err
    assert result.err.count("\n") == 2
    assert not list(tmp_path.iterdir())


def test_every_flag_of_the_metadata_is_in_the_help(command):
    out = command("train", "--help").out
    for flag in FLAGS:
        assert flag.option in out
    for common in (
        "--backbone",
        "--batch-size",
        "--seed",
        "--device",
        "--precision",
        "--threads",
        "--image-size",
        "--lr",
    ):
        assert common in [flag.option for flag in FLAGS]


def start_long_run(out):
    """A run in a process of its own, past its second step."""
    words = [sys.executable, "-m", "sslviz.cli", "train", "simclr", *TINY, "--steps", "1000000", "--out", str(out)]
    process = subprocess.Popen([*words, "--at", "2:tau=0.3"], stderr=subprocess.PIPE, text=True)
    said = next((line for line in process.stderr if "tau" in line), "the run ended")
    assert "step 2: tau 0.2 -> 0.3" in said
    return process


def end_of(process):
    """What it still said, once it has ended."""
    with process.stderr:
        said = process.stderr.read()
    process.wait(60)
    return said


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path, command):
    process = start_long_run(tmp_path / "run")
    process.send_signal(signal.SIGINT)
    err = end_of(process)
    assert process.returncode == 130
    assert f"The run was stopped and saved.\nGo on with: sslviz train --resume {tmp_path / 'run'}" in err
    assert "Traceback" not in err
    step = open_run(tmp_path / "run").step
    result = command("train", "--resume", tmp_path / "run", "--steps", step + 2, "--quiet")
    assert result.code == 0, result.err
    assert open_run(tmp_path / "run").step == step + 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_run_killed_in_mid_step_goes_on(tmp_path, command):
    process = start_long_run(tmp_path / "run")
    process.kill()
    end_of(process)
    before = open_run(tmp_path / "run")["loss"]
    result = command("train", "--resume", tmp_path / "run", "--steps", 3, "--quiet")
    assert result.code == 0, result.err
    after = open_run(tmp_path / "run")["loss"]
    assert list(after[0]) == [1, 2, 3]
    shared = min(len(before[1]), 3)
    assert list(after[1][:shared]) == list(before[1][:shared])  # computed again, with the same result
