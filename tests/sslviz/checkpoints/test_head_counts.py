"""Heads: what is assumed, and why."""

from __future__ import annotations

import pytest

from sslviz.checkpoints.base import Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.head_counts import assumed_heads, decided


@pytest.mark.parametrize(
    ("width", "heads", "why"),
    [
        (384, 6, "64 numbers a head, as usual in DINO"),
        (768, 12, "64 numbers a head"),
        (1280, 16, "as published networks of width 1280"),
        (1408, 16, "as published networks"),
        (36, 1, "a guess"),
        (96, 2, "48 come nearest"),
        (200, 4, "50 come nearest"),
    ],
)
def test_conventions(width: int, heads: int, why: str) -> None:
    found, assumption = assumed_heads(width, Wishes(), "DINO")
    assert (found, assumption.value) == (heads, str(heads))
    assert why in assumption.why
    assert str(heads) in assumption.choices


def test_a_wish_comes_first() -> None:
    assert assumed_heads(384, Wishes(heads=12), "DINO")[0] == 12
    with pytest.raises(CheckpointError, match="7 heads cannot share a width of 384"):
        assumed_heads(384, Wishes(heads=7), "DINO")
    with pytest.raises(CheckpointError, match="-1 heads"):
        assumed_heads(384, Wishes(heads=-1), "DINO")


def test_decoders_have_a_choice_of_their_own() -> None:
    heads, assumption = decided(512, 0, "MAE's decoders", {512: 16}, per_head=32, name="decoder_heads")
    assert (heads, assumption.name) == (16, "decoder_heads")
    with pytest.raises(CheckpointError, match="3 decoder heads") as refused:
        decided(512, 3, "MAE's decoders", {}, per_head=32, name="decoder_heads")
    assert refused.value.field == "decoder_heads"
