"""What torch and safetensors write is read exactly as they read it, as views, and with sharing kept."""

from __future__ import annotations

import pickle
from argparse import Namespace
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading import Placeholder, plain, read_archive
from sslviz.checkpoints.reading.tensors import READABLE

PRECISIONS = sorted(READABLE, key=str)
ZIPPED_ONLY = (torch.uint16, torch.uint32, torch.uint64)
TORCH_WRITES = [
    (dtype, zipped) for dtype in PRECISIONS for zipped in (True, False) if zipped or dtype not in ZIPPED_ONLY
]


def tensors(dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
    numbers = torch.arange(24).to(dtype) if dtype is not torch.bool else torch.arange(24) % 2 == 0
    return {
        "a.table": numbers[:20].reshape(4, 5),
        "a.bias": numbers[:5].clone(),
        "scalar": numbers[3],
        "none": numbers[:0],
    }


def same(got: dict[str, Any], want: dict[str, Tensor]) -> None:
    assert list(got) == list(want)
    for name, tensor in want.items():
        assert got[name].dtype == tensor.dtype
        assert torch.equal(got[name], tensor), name


@pytest.mark.parametrize(("dtype", "zipped"), TORCH_WRITES, ids=str)
def test_every_precision_as_torch_writes_it(dtype: torch.dtype, zipped: bool, tmp_path: Path) -> None:
    path = tmp_path / "odd name.download"
    torch.save(tensors(dtype), path, _use_new_zipfile_serialization=zipped)
    archive = read_archive(path)
    assert archive.format == ("torch zip" if zipped else "torch legacy")
    assert archive.files == (path,)
    same(archive.tree, tensors(dtype))


@pytest.mark.parametrize("dtype", PRECISIONS, ids=str)
def test_every_precision_as_safetensors_writes_it(dtype: torch.dtype, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    save_file({name: tensor.clone() for name, tensor in tensors(dtype).items()}, path, {"format": "pt"})
    archive = read_archive(path)
    assert (archive.format, archive.metadata) == ("safetensors", {"format": "pt"})
    same(dict(sorted(archive.tree.items())), dict(sorted(tensors(dtype).items())))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_every_protocol(protocol: int, zipped: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    tree = {
        "state_dict": OrderedDict(tensors()),
        "epoch": 7,
        "lr": 0.5,
        "big": 2**80,
        "tuple": (1, "é", None, True),
        "set": {3},
    }
    torch.save(tree, path, pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
    found = read_archive(path).tree
    same(found.pop("state_dict"), tensors())
    assert found == {"epoch": 7, "lr": 0.5, "big": 2**80, "tuple": (1, "é", None, True), "set": [3]}


def test_state_dict_of_a_plain_pickle(tmp_path: Path) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps(tensors(), protocol=2))
    archive = read_archive(path)
    assert archive.format == "pickle"
    same(archive.tree, tensors())


def test_views_are_not_copied_and_go_on_sharing(tmp_path: Path) -> None:
    whole = torch.arange(12.0)
    tied = {"a": whole, "b": whole, "part": whole[4:8], "turned": whole.view(3, 4).T}
    for zipped in (True, False):
        path = tmp_path / f"{zipped}.pt"
        torch.save(tied, path, _use_new_zipfile_serialization=zipped)
        found = read_archive(path).tree
        assert found["a"].data_ptr() == found["b"].data_ptr() == found["turned"].data_ptr()
        assert found["part"].data_ptr() == found["a"].data_ptr() + 16
        assert found["turned"].stride() == (1, 4)
        same(found, tied)


def test_parameters_and_tensors_with_attributes(tmp_path: Path) -> None:
    parameter = nn.Parameter(torch.ones(3))
    noted = torch.ones(2)
    noted.note = "kept by nobody"  # type: ignore[attr-defined]
    path = tmp_path / "a.pt"
    torch.save({"parameter": parameter, "noted": noted}, path)
    found = read_archive(path).tree
    assert not found["parameter"].requires_grad
    same(found, {"parameter": torch.ones(3), "noted": torch.ones(2)})


def test_unknown_classes_are_placeholders(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    inner = Namespace(drop=0.1)
    torch.save(
        {"model": tensors(), "args": Namespace(arch="vit", lr=0.5, inner=inner, dtype=torch.float16, path=tmp_path)},
        path,
    )
    args = read_archive(path).tree["args"]
    assert isinstance(args, Placeholder)
    assert args.name == "argparse.Namespace"
    want = {"arch": "vit", "lr": 0.5, "inner": {"drop": 0.1}, "dtype": "float16", "path": str(tmp_path)}
    assert plain(args) == want
    assert plain(args.state) == want


def test_nothing_of_a_file_is_imported(tmp_path: Path) -> None:
    """A class that can be imported is not, and what it would print is not printed."""
    path = tmp_path / "a.pt"
    path.write_bytes(b"\x80\x02}q\x00(X\x01\x00\x00\x00acantigravity\nnothing\n)Ru.")
    with pytest.raises(CheckpointError, match="no tensors"):
        read_archive(path)
    import sys

    assert "antigravity" not in sys.modules


def test_changes_of_a_tensor_never_reach_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"weight": torch.ones(4)}, path)
    before = path.read_bytes()
    read_archive(path).tree["weight"].zero_()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ([torch.ones(2)], "a list of 1 objects"),
        (torch.ones(2), "a single tensor"),
        ({}, "empty dictionary"),
        ({"epoch": 3, "lr": 0.1}, "only 'epoch', 'lr'"),
        (nn.Linear(2, 2), "whole pickled network.*Linear"),
        ({"epoch": 1, "model": nn.Linear(2, 2)}, "whole pickled network.*Linear"),
        ({"weight": torch.ones(2, 2, dtype=torch.float8_e4m3fn)}, "float8_e4m3fn"),
        ({"weight": torch.ones(2, 2, dtype=torch.complex64)}, "complex64"),
        ({"weight": torch.ones(2, 2).to_sparse()}, "sparse"),
        ({"weight": torch.ones(2, 2, device="meta")}, "empty"),
        ({"a.weight": torch.ones(2, 2, dtype=torch.int8)}, "quantised"),
        ({"a.weight": torch.ones(2, 2, dtype=torch.uint8), "a.weight.absmax": torch.ones(2)}, "quantised"),
        ({"a": torch.ones(1).expand(60_000, 60_000)}, r"claims the shape \(60000, 60000\)"),
    ],
)
@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_what_holds_no_weights(tree: Any, words: str, zipped: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save(tree, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(CheckpointError, match=words) as caught:
        read_archive(path)
    assert str(caught.value).startswith("a.pt: ")
    assert caught.value.hint


def test_repeated_small_numbers_are_read(tmp_path: Path) -> None:
    """A stride of 0 is no attack by itself."""
    path = tmp_path / "a.pt"
    torch.save({"gamma": torch.full((1,), 1e-5).expand(24), "a": torch.ones(400)}, path)
    assert torch.equal(read_archive(path).tree["gamma"], torch.full((24,), 1e-5))
