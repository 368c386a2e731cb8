"""Pictures of models: each kind shows what it is about, small and the same every time."""

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from sslviz.evaluate import subject_from_folder
from sslviz.evaluate.subject import Subject
from sslviz.library.picture import LARGEST, SIDE, picture_of
from sslviz.spec.augmentation import Augmentation, ViewRecipe
from sslviz.training.prepare import build_method, facts_of


def opened(png: bytes):
    assert len(png) <= LARGEST
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_a_transformer_shows_scenes_beside_maps_in_colours_of_heat(made):
    subject = subject_from_folder(made.model, made.splits)
    png = picture_of(subject)
    assert png == picture_of(subject)
    seen = opened(png)
    assert seen.shape == (SIDE, SIDE, 3)
    maps = seen[:95, -95:]
    assert np.abs(maps[..., 2]).min() < 20  # dark where nothing is attended to
    assert maps[..., 0].max() > 230  # bright where something is


def test_a_collapsed_one_shows_its_neighbours_with_a_frame_around_the_queries(made):
    seen = opened(picture_of(subject_from_folder(made.model, made.splits), collapsed=True))
    assert (seen[:45, 0] > 200).all()  # the query's white edge
    assert not (seen[:45, 49] > 250).all()  # its neighbours have none


@pytest.mark.parametrize("method", ["mae", "rotation"])
def test_the_others_show_what_they_paint_or_who_their_neighbours_are(method, made, config):
    backbone = "vit_d64" if method == "mae" else "resnet_w16"
    other = dataclasses.replace(
        config, method=method, params={}, backbone=backbone, augmentation=Augmentation("one", (ViewRecipe(count=1),))
    )
    facts = facts_of(other, (16, 16), (), {})
    network = build_method(other, mean=made.splits.train.mean, std=made.splits.train.std, facts=facts).eval()
    state = {name: weight.clone() for name, weight in network.state_dict().items()}
    learns = [weight.requires_grad for weight in network.parameters()]
    seen = opened(picture_of(Subject(network, other, made.splits, 0)))
    assert seen.shape == (SIDE, SIDE, 3)
    assert all((network.state_dict()[name] == weight).all() for name, weight in state.items())
    assert [weight.requires_grad for weight in network.parameters()] == learns
