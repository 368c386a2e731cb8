"""The ledger: every tensor is checked before it is used, and nothing is lost."""

from __future__ import annotations

import pytest
import torch

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.ledger import Ledger

TENSORS = {
    "a.weight": torch.zeros(2, 3),
    "b": torch.zeros(4),
    "mask_token": torch.zeros(1),
    "count": torch.zeros(2, dtype=torch.int8),
}


def test_what_was_taken_is_used_and_the_rest_is_listed() -> None:
    ledger = Ledger(TENSORS)
    assert ledger.take("a.weight", 2, -1) is TENSORS["a.weight"]
    ledger.ignore("mask_")
    assert ledger.unused == ("b", "mask_token", "count")
    assert ledger.left == ("b", "count")
    assert ledger.matched == pytest.approx(100 * 6 / 13)
    ledger.mark("b", "count", "mask_token")
    assert (ledger.unused, ledger.matched) == ((), 100)


@pytest.mark.parametrize("shape", [(3, 2), (2, 3, 1), (6,)])
def test_another_shape_is_refused_with_both(shape: tuple[int, ...]) -> None:
    ledger = Ledger(TENSORS)
    with pytest.raises(CheckpointError, match=r"a\.weight has the shape 2 x 3, where " + " x ".join(map(str, shape))):
        ledger.take("a.weight", *shape)
    assert "a.weight" in ledger.unused


def test_a_missing_tensor_is_named_as_the_file_would() -> None:
    ledger = Ledger(TENSORS, lambda name: f"net.{name}")
    with pytest.raises(CheckpointError, match=r"The tensor net\.norm is missing"):
        ledger.take("norm", 3)


def test_whole_numbers_are_no_weights() -> None:
    with pytest.raises(CheckpointError, match="count is stored as int8"):
        Ledger(TENSORS).take("count", 2)


def test_names_are_spelt_as_in_the_file() -> None:
    ledger = Ledger(TENSORS, lambda name: name.replace("weights", "b"))
    assert ledger.has("weights")
    ledger.take("weights", 4)
    assert "b" not in ledger.unused


def test_blocks_are_counted() -> None:
    tensors = {f"blocks.{i}.x": torch.zeros(1) for i in range(11)}
    assert Ledger(tensors).blocks("blocks.") == 11
    assert Ledger(tensors).blocks("layers.") == 0


@pytest.mark.parametrize(
    ("present", "missing"),
    [((0, 2), "blocks.1, though there is blocks.2"), ((1,), "blocks.0"), ((0, 999_999_999), "blocks.1, blocks.2")],
)
def test_gaps_between_blocks_are_refused(present: tuple[int, ...], missing: str) -> None:
    with pytest.raises(CheckpointError, match=missing):
        Ledger({f"blocks.{i}.x": torch.zeros(1) for i in present}).blocks("blocks.")


def test_a_number_of_a_thousand_digits_is_no_block() -> None:
    assert Ledger({f"blocks.{'9' * 5000}.x": torch.zeros(1)}).blocks("blocks.") == 0
