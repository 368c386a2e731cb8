"""A convolutional network looks: components, similarity and occlusion of its map, and a plain word about the rest."""

from __future__ import annotations

import pytest
import torch

from sslviz.inspect.attend import attend
from sslviz.inspect.errors import InspectError
from sslviz.inspect.sight import Sight
from sslviz.spec.inspection import Attend, ModelRef, PictureRef
from tests.sslviz.inspect.networks import convolutional, picture


def request(**changes) -> Attend:
    return Attend(1, ModelRef("x"), PictureRef(), **changes)


@pytest.mark.parametrize(("stage", "grid"), [(0, (40, 24)), (1, (20, 12)), (-1, (20, 12))])
def test_its_map_is_compared_place_by_place(stage, grid):
    model = convolutional()
    answer = attend(model, request(layers=(stage,), query=7, wants=("similarity", "pca")), picture((40, 24)))
    places = model.features(picture((40, 24)).images, stage).patches[0]
    wanted = torch.nn.functional.cosine_similarity(places, places[7:8])
    assert answer.grid == grid
    assert answer.patch == (40 // grid[0], 24 // grid[1])
    assert torch.allclose(torch.tensor(answer.arrays["similarity"]).flatten(), wanted, atol=1e-5)
    assert answer.arrays["pca"].shape == (*grid, 3)
    assert answer.notes == ()


def test_without_a_query_places_are_compared_with_the_pooled_feature():
    model = convolutional()
    answer = attend(model, request(wants=("similarity",)), picture())
    features = model.features(picture().images)
    wanted = torch.nn.functional.cosine_similarity(features.patches[0], features.pooled)
    assert torch.allclose(torch.tensor(answer.arrays["similarity"]).flatten(), wanted, atol=1e-5)
    assert "pooled feature" in answer.caption


def test_what_needs_attention_is_left_out_with_a_word():
    wants = ("maps", "overview", "rollout", "norms", "masks", "occlusion")
    answer = attend(convolutional(), request(wants=wants), picture())
    assert set(answer.arrays) == {"picture", "whole", "frame", "occlusion"}
    assert "no attention" in answer.notes[-1]


def test_occlusion_is_how_far_the_pooled_feature_turns():
    model = convolutional()
    found = torch.tensor(attend(model, request(wants=("occlusion",)), picture()).arrays["occlusion"])
    x = model.prepare(picture().images)
    step = 4  # ceil(32 / 10)
    covered = x.clone()
    covered[..., 2 * step : 4 * step, step : 3 * step] = 0
    wanted = 1 - torch.nn.functional.cosine_similarity(model.network(covered), model.network(x))
    assert found.shape == (7, 7)
    assert float(found[2, 1]) == pytest.approx(float(wanted), abs=1e-5)


def test_a_map_is_computed_once():
    model, sight = convolutional(), Sight()
    attend(model, request(wants=("pca",)), picture(), sight)
    seen = sight.feature_maps[1]
    attend(model, request(wants=("similarity",), query=3), picture(), sight)
    assert sight.feature_maps[1] is seen


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"layers": (2,)}, "2 stages"), ({"query": 999}, "no place 999"), ({"query": -2}, "no place -2")],
)
def test_what_there_is_not_is_refused(changes, message):
    with pytest.raises(InspectError, match=message):
        attend(convolutional(), request(wants=("similarity",), **changes), picture())
