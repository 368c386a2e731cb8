"""Hashes and finite numbers: every bad number is found, wherever it lies, and both passes can be stopped."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import pytest
import torch

from sslviz.checkpoints.base import Archive
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading import hashed_while_checked, integrity, require_finite, sha256_of
from sslviz.spec.errors import Cancelled

PRECISIONS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


@pytest.mark.parametrize("dtype", PRECISIONS, ids=str)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 4_097, -1])
def test_one_bad_number(dtype: torch.dtype, bad: float, place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrity, "_NUMBERS", 1_000)
    weights = torch.ones(100, 99, dtype=dtype)
    weights.view(-1)[place] = bad
    with pytest.raises(CheckpointError, match=r"'b' has 1 of 9,900 weights"):
        require_finite({"a": torch.ones(3), "b": weights})
    with pytest.raises(CheckpointError, match="'b' has 1 of"):
        require_finite({"a": torch.ones(3), "b": weights.T})


@pytest.mark.parametrize("dtype", PRECISIONS, ids=str)
def test_largest_numbers_are_finite(dtype: torch.dtype) -> None:
    """Their sum is not."""
    require_finite({"a": torch.full((100,), torch.finfo(dtype).max, dtype=dtype)})


def test_opposite_infinities_do_not_cancel() -> None:
    with pytest.raises(CheckpointError, match="2 of 2 weights"):
        require_finite({"a": torch.tensor([math.inf, -math.inf])})


def test_others_are_counted_and_integers_pass() -> None:
    bad = torch.tensor([math.nan])
    with pytest.raises(CheckpointError, match=r"'first'.*and 2 more tensors"):
        require_finite({"count": torch.tensor([3]), "first": bad, "second": bad, "none": torch.ones(0), "third": bad})


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    files = (tmp_path / "b", tmp_path / "a")
    files[0].write_bytes(b"x" * 3_000_000)
    files[1].write_bytes(b"y" * 7)
    return Archive(tmp_path, "", {}, files)


def test_hash_of_files_in_their_order(archive: Archive) -> None:
    shares: list[float] = []
    found = sha256_of(archive, progress=shares.append)
    assert found == hashlib.sha256(b"x" * 3_000_000 + b"y" * 7).hexdigest()
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_both_at_once(archive: Archive) -> None:
    assert hashed_while_checked(archive, {"a": torch.ones(3)}) == sha256_of(archive)
    with pytest.raises(CheckpointError, match="'a'"):
        hashed_while_checked(archive, {"a": torch.tensor([math.nan])})


def test_cancelling(archive: Archive) -> None:
    for work in (
        lambda: sha256_of(archive, cancelled=lambda: True),
        lambda: require_finite({"a": torch.ones(3)}, cancelled=lambda: True),
        lambda: hashed_while_checked(archive, {"a": torch.ones(3)}, cancelled=lambda: True),
    ):
        with pytest.raises(Cancelled):
            work()


def test_a_file_that_has_gone(archive: Archive) -> None:
    archive.files[1].unlink()
    with pytest.raises(CheckpointError, match="cannot be read"):
        sha256_of(archive)
