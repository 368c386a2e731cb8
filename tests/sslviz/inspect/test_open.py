"""Every source opens through one door, and what is no model is refused with what is close to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

import sslviz
from sslviz.checkpoints.errors import CheckpointError
from sslviz.inspect.open import open_model, run_of, unknown
from sslviz.nn.errors import NetworkError
from sslviz.spec.errors import SSLVizError
from sslviz.spec.places import shipped
from tests.sslviz.inspect.networks import images, transformer

MODELS = shipped("models")


@pytest.fixture
def checkpoint(tmp_path) -> Path:
    """A file of DINO's layout with a name that tells nothing."""
    state = transformer(width=128, hidden=512).network.state_dict()
    path = tmp_path / "download (3).tmp"
    torch.save(state, path)
    return path


def test_a_file_with_an_odd_name(checkpoint):
    model = sslviz.open_model(checkpoint)
    about = model.describe()
    assert (about.kind, about.width, about.depth, about.patch) == ("vit", 128, 3, (8, 8))
    assert about.matched == 100
    assert model.attention(images(), 0).shape == (2, about.heads, 17, 17)


def test_wishes_reach_the_family(checkpoint):
    assert open_model(checkpoint, heads=4).describe().heads == 4
    one, other = (open_model(checkpoint, heads=heads).attention(images()).mean(1) for heads in (1, 4))
    assert not torch.allclose(one, other)


@pytest.mark.parametrize("name", ["dino-shapes", "mae-shapes"])
def test_a_shipped_model_by_name_by_folder_and_by_file(name):
    by_name = open_model(name)
    assert by_name.features(images(size=(64, 64))).tokens.isfinite().all()
    for source in (MODELS / name, MODELS / name / "model.safetensors"):
        found = open_model(source)
        assert torch.equal(found.features(images(size=(64, 64))).pooled, by_name.features(images(size=(64, 64))).pooled)
        assert found.describe().sha256 == by_name.describe().sha256


def test_a_snapshot_by_step_and_by_file():
    by_step = open_model("dino-shapes", snapshot=59)
    by_file = open_model(MODELS / "dino-shapes" / "snapshots" / "step_00000059.safetensors")
    pixels = images(size=(64, 64))
    assert torch.equal(by_step.features(pixels).pooled, by_file.features(pixels).pooled)
    assert not torch.equal(by_step.features(pixels).pooled, open_model("dino-shapes").features(pixels).pooled)
    with pytest.raises(SSLVizError, match="61"):
        open_model("dino-shapes", snapshot=61)


def test_which_paths_are_runs(tmp_path):
    run = tmp_path / "run"
    shutil.copytree(MODELS / "mae-shapes", run)
    assert run_of(run) == (run, -1)
    assert run_of(run / "model.safetensors") == (run, -1)
    assert run_of(run / "snapshots" / "step_00000149.safetensors") == (run, 149)
    assert run_of(run / "metrics.csv") is None
    assert run_of(tmp_path) is None
    (run / "run.toml").unlink()
    assert run_of(run) is None
    assert run_of(run / "model.safetensors") is None


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("dino-shape", "Close to it: dino-shapes"),
        ("mae_shapes", "mae-shapes"),
        ("vit_small_patch16_224.dino", "timm:vit_small_patch16_224.dino"),
        ("facebook/dinov2-small", "hf:facebook/dinov2-small"),
        ("", "dino-shapes"),
        ("x" * 5000, "dino-shapes"),
        ("a\0b", "dino-shapes"),
    ],
)
def test_what_is_nothing_is_refused_with_what_is_close(name, hint):
    with pytest.raises(CheckpointError) as error:
        open_model(name)
    assert hint in error.value.hint
    assert len(str(error.value)) < 1000


def test_files_beside_are_suggested(checkpoint):
    assert "download (3).tmp" in unknown(str(checkpoint.parent / "download (2).tmp")).hint


def test_a_device_that_there_is_not_is_refused(checkpoint):
    with pytest.raises(NetworkError, match="no device"):
        open_model(checkpoint, device="abacus")
    assert open_model(checkpoint, device="cpu").device.type == "cpu"
    assert open_model(checkpoint, device=torch.device("meta")).device.type == "meta"


def test_no_picture_is_a_model(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(CheckpointError):
        open_model(tmp_path / "picture.png")
