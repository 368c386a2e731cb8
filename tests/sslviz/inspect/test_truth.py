"""Overlap of patches with a mask of pixels: the numbers of `sslviz.metrics.attention` on maps enlarged to pixels."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from sslviz.inspect.truth import auroc, jaccard, object_pixels
from sslviz.metrics.attention import auroc as auroc_of_pixels
from sslviz.metrics.attention import jaccard as jaccard_of_pixels


def enlarged(maps: Tensor) -> Tensor:
    return maps.repeat_interleave(4, -2).repeat_interleave(8, -1).flatten(-2)


@pytest.mark.parametrize("ties", [False, True])
def test_patches_count_as_their_pixels(ties):
    generator = torch.Generator().manual_seed(0)
    maps = torch.rand(2, 3, 5, 4, generator=generator)
    maps = (maps * 4).round() if ties else maps
    truth = torch.zeros(20, 32, dtype=torch.uint8)
    truth[3:11, 5:21] = 2
    found = object_pixels(truth, (4, 8))
    assert found.sum() == 8 * 16
    inside = truth.bool().flatten()
    assert torch.allclose(auroc(maps.flatten(2), found, 32), auroc_of_pixels(enlarged(maps), inside))
    kept = maps > 0.4
    assert torch.allclose(jaccard(kept.flatten(2), found, 32), jaccard_of_pixels(enlarged(kept), inside))


def test_without_an_object_there_is_no_number():
    found = object_pixels(torch.zeros(20, 32), (4, 8))
    assert auroc(torch.rand(3, 20), found, 32).isnan().all()
    assert jaccard(torch.rand(3, 20) > 0.5, found, 32).isnan().all()
    assert auroc(torch.rand(3, 20), object_pixels(torch.ones(20, 32), (4, 8)), 32).isnan().all()
