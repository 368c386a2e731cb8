"""What looking will take: within a factor of what tensors really held, for transformers and convolutional networks, by wants."""

from __future__ import annotations

import gc

import pytest
import torch

from sslviz.inspect.attend import attend
from sslviz.inspect.live_bytes import LiveBytes
from sslviz.inspect.memory import memory_need
from sslviz.inspect.model import Model
from sslviz.spec.inspection import Attend, ModelRef, PictureRef, Want
from tests.sslviz.inspect.networks import convolutional, picture, transformer

LOW, HIGH = 0.8, 2.0
"""How far the prediction may lie from what was held: too little is worse than too much."""


def held(model: Model, size: tuple[int, int], wants: tuple[Want, ...]) -> int:
    """The most bytes that tensors took at a time."""
    shown = picture(size)
    gc.collect()
    with LiveBytes() as live:
        attend(model, Attend(1, ModelRef("x"), PictureRef(), wants=wants), shown)
    return live.peak


def wide() -> Model:
    return transformer(width=96, hidden=384, heads=3, depth=4, grid=(16, 16))


@pytest.mark.parametrize(
    ("wants", "size"),
    [
        *(
            ((want,), size)
            for want in ("maps", "overview", "norms", "pca", "similarity")
            for size in ((128, 128), (320, 256))
        ),
        (("occlusion",), (128, 128)),
        (("maps", "overview", "pca"), (160, 160)),
    ],
)
def test_a_transformers_need_is_foretold(wants, size):
    model = wide()
    assert LOW < memory_need(model, size, wants).need_bytes / held(model, size, wants) < HIGH


@pytest.mark.parametrize("size", [(128, 128), (256, 192)])
def test_a_convolutional_networks_need_is_foretold(size):
    model = convolutional()
    assert LOW < memory_need(model, size, ("similarity",)).need_bytes / held(model, size, ("similarity",)) < HIGH


def test_more_costs_more_and_words_say_so():
    model = wide()
    small, large = (memory_need(model, (side, side)) for side in (128, 512))
    assert small.tokens == 257
    assert large.tokens == 4097
    assert large.need_bytes > 10 * small.need_bytes
    assert memory_need(model, (512, 512), ("overview",)).need_bytes > large.need_bytes
    assert "4,097 tokens" in large.text
    assert large.free_bytes > 0


def test_predicting_allocates_nothing():
    model = wide()
    with LiveBytes() as live:
        need = memory_need(model, (20_000, 20_000))
    assert need.need_bytes > 10e9
    assert live.peak == 0


def test_live_bytes_counts_storages_once_and_forgets_them():
    with LiveBytes() as live:
        x = torch.ones(1000)
        y = x.view(10, 100)
        x += 1
        assert live.now == 4000
        z = x + 1
        del x, y
        assert live.now == 4000
        del z
        assert live.now == 0
    assert live.peak == 8000
