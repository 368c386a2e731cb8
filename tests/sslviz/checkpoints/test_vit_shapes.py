"""The table of positions tells the image size, if its rows are a square and what stands before it."""

from __future__ import annotations

import pytest
import torch

from sslviz.checkpoints.clues import table_kind
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.vit_shapes import square
from sslviz.nn.positions import sincos_positions


@pytest.mark.parametrize(
    ("rows", "prefixes", "found"),
    [
        (197, (1,), (14, 1)),
        (196, (0,), (14, 0)),
        (198, (2, 0), (14, 2)),
        (1370, (1,), (37, 1)),
        (201, (0, 5, 1), (14, 5)),
        (196, (0, 5, 1), (14, 0)),
    ],
)
def test_squares(rows: int, prefixes: tuple[int, ...], found: tuple[int, int]) -> None:
    assert square(rows, prefixes) == found


@pytest.mark.parametrize("rows", [0, 1, 20, 196, 10**18])
def test_anything_else_is_refused(rows: int) -> None:
    with pytest.raises(CheckpointError, match=f"has {rows} rows, which is not n² \\+ 1"):
        square(rows, (1,))


def test_sines_and_cosines_are_known_by_their_numbers() -> None:
    waves = sincos_positions(8, (3, 3))
    turned = waves.reshape(3, 3, 8).transpose(0, 1).reshape(9, 8)
    token = torch.zeros(1, 8)
    assert table_kind(torch.cat([token, waves])[None], 1) == "mae"
    assert table_kind(waves[None].bfloat16(), 0) == "mae"
    assert table_kind(turned[None], 0) == "moco_v3"
    assert table_kind(waves[None] + 0.02, 0) == "other"
    assert table_kind(torch.zeros(1, 9, 6), 0) == "other"
    assert table_kind(torch.zeros(1, 8, 8), 0) == "other"
    assert table_kind(torch.zeros(1, 1, 8).expand(1, 10**9, 8), 0) == "other"
