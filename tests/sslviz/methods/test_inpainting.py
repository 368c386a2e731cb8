"""Inpainting: what is cut out, what counts, and what is shown."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sslviz.methods import METHODS, Batch, Facts, MethodError
from sslviz.methods.inpainting import Inpainting, InpaintingParams, weighted_mse, weights_of
from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder
from sslviz.nn.feature_map import feature_map
from sslviz.nn.holes import central_hole

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
SIZE = (32, 32)


def method(backbone: str = "resnet_w16", **params) -> Inpainting:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Inpainting(Encoder(build_backbone(backbone, 32), MEAN, STD), InpaintingParams(**params), Facts((SIZE,)))


def batch(count: int = 4, seed: int = 0) -> Batch:
    return Batch(torch.arange(count), None, 1, 0.0, torch.Generator().manual_seed(seed))


def images(count: int = 4) -> Tensor:
    return torch.rand(count, 3, *SIZE, generator=torch.Generator().manual_seed(7))


def test_hole_and_rim_count_by_their_weights():
    prediction, target = torch.rand(2, 3, 8, 8), torch.rand(2, 3, 8, 8)
    weights = weights_of(central_hole(2, (8, 8), 0.25, prediction.device), 1, 10.0)
    error = (prediction - target).square().mean(1)
    inner, around = error[:, 2:6, 2:6].sum(), error[:, 1:7, 1:7].sum()
    expected = (inner + 10 * (around - inner)) / (2 * (16 + 10 * 20))
    torch.testing.assert_close(weighted_mse(prediction, target, weights), expected)


@pytest.mark.parametrize(("overlap", "weight"), [(0, 10.0), (3, 0.0)])
def test_without_a_rim_the_hole_alone_counts(overlap, weight):
    hole = central_hole(2, (8, 8), 0.25, torch.device("cpu"))
    assert torch.equal(weights_of(hole, overlap, weight), hole.float())


def test_a_mean_over_no_pixel_is_zero():
    nothing = torch.zeros(1, 1, 4, 4)
    assert float(weighted_mse(torch.ones(1, 3, 4, 4), torch.zeros(1, 3, 4, 4), nothing)) == 0


def test_predicting_the_mean_colour_gives_one():
    """What the reference line says."""
    network = method()
    pixels = torch.randn(64, 3, *SIZE) * network.encoder.std + network.encoder.mean
    target = network.encoder.normalise(pixels)
    hole = central_hole(64, SIZE, 0.25, target.device).float()
    assert float(weighted_mse(torch.zeros_like(target), target, hole)) == pytest.approx(1.0, abs=0.03)
    assert network.references(64)[0][2] == 1.0


@pytest.mark.parametrize("region", ["central", "random"])
@pytest.mark.parametrize("backbone", ["resnet_w16", "vit_d64"])
def test_the_encoder_never_sees_what_is_missing(region, backbone):
    network = method(backbone, region=region).eval()
    changed = images()
    hole = network.hole(changed, batch().generator)
    changed = torch.where(hole, 1 - changed, changed)
    first, second = (network.step([x[None]], batch()).peek for x in (images(), changed))
    assert torch.equal(first["hole"], hole)
    assert torch.equal(first["prediction"], second["prediction"])


def test_the_hole_is_filled_with_the_mean_colour():
    network = method()
    hole = network.hole(images(), batch().generator)
    seen = network.encoder.normalise(network.fill(images(), hole))
    assert seen[hole.expand_as(seen)].abs().max() < 1e-6


def test_h_is_the_mean_of_the_map_that_the_decoder_sees():
    for backbone in ("resnet_w16", "vit_d64"):
        network = method(backbone).eval()
        torch.testing.assert_close(network.encoder(images()), feature_map(network.encoder, images()).mean((2, 3)))


def test_building_leaves_the_encoder_as_it_is():
    """The size of its map is found by a trial, which must not count as an image."""
    network = method()
    norms = [part for part in network.encoder.modules() if isinstance(part, nn.BatchNorm2d)]
    assert all(int(norm.num_batches_tracked) == 0 and norm.training for norm in norms)


def test_it_learns_to_fill_a_hole():
    network = method()
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    losses = []
    for k in range(40):
        colour = torch.rand(16, 3, 1, 1, generator=torch.Generator().manual_seed(k)).expand(-1, -1, *SIZE)
        step = network.step([colour[None]], batch(16, k))
        optimiser.zero_grad()
        step.loss.backward()
        optimiser.step()
        losses.append(float(step.parts["hole"]))
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])


@pytest.mark.parametrize("region", ["central", "random"])
def test_the_figure_fills_the_hole_and_nothing_else(region):
    network, views = method(region=region), [images()[None]]
    step = network.step(views, batch())
    drawing = network.figure("inpainting", views, batch(), step.peek)
    original, holed, painted, filled = drawing["images"].unbind(1)
    hole = step.peek["hole"].expand_as(original)
    assert torch.equal(filled[~hole], original[~hole])
    assert torch.equal(filled[hole], painted[hole])
    assert torch.equal(holed[~hole], original[~hole])
    assert painted.min() >= 0
    assert painted.max() <= 1


def test_error_by_place_is_zero_where_nothing_is_missing():
    network, views = method(), [images()[None]]
    step = network.step(views, batch())
    values = network.figure("inpainting_error", views, batch(), step.peek)["values"]
    hole = step.peek["hole"][0, 0]
    assert (values[~hole] == 0).all()
    torch.testing.assert_close(values[hole].mean(), step.parts["hole"])


def test_views_of_several_sizes_are_refused():
    with pytest.raises(MethodError, match="one size"):
        Inpainting.require(InpaintingParams(), Facts((SIZE, (16, 16))), method().encoder)


def test_a_backbone_without_a_map_is_refused():
    class Blind(nn.Module):
        num_features = 3

        def forward(self, x: Tensor) -> Tensor:
            return x.mean((2, 3))

    with pytest.raises(MethodError, match="one grid") as refused:
        Inpainting.require(InpaintingParams(), Facts((SIZE,)), Encoder(Blind(), MEAN, STD))
    assert refused.value.field == "backbone"


def test_the_catalogue_knows_it():
    info = METHODS["inpainting"].info
    names = {param.name for param in info.params}
    assert {symbol.value for symbol in info.symbols} - {"", "loss"} <= names
    assert {figure.switch for figure in info.figures} - {""} <= names
    boxes = {box.name for box in info.boxes}
    assert {end for link in info.links for end in (link.source, link.target)} == boxes
