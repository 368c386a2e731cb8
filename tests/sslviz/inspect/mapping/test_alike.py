"""A few images compared pair by pair: two views of each where the loss compares views, whole images elsewhere."""

import dataclasses

import numpy as np
import pytest
import torch

from sslviz.data.augment import recipe
from sslviz.inspect.errors import InspectError
from sslviz.inspect.mapping import alike
from sslviz.inspect.mapping.alike import LONGEST
from sslviz.metrics.unit import unit
from tests.sslviz.inspect.mapping.some import images, plan, run
from tests.sslviz.inspect.networks import transformer


def test_methods_that_compare_views_have_two_of_each_image_and_partners_that_are_nearer():
    data = images(6)
    found = alike(run("simclr"), plan(tokens="projected", chosen=(4, 0, 2)), data)
    assert found.paired
    assert found.index.tolist() == [4, 0, 2, 4, 0, 2]
    assert found.label.tolist() == [1, 0, 2, 1, 0, 2]
    assert found.pictures.shape == (6, 32, 32, 3)
    assert not np.array_equal(found.pictures[0], found.pictures[3])
    assert np.allclose(np.diag(found.matrix), 1, atol=1e-5)


@torch.inference_mode()
def test_the_matrix_is_the_cosine_of_what_is_shown():
    model, data = run("simclr"), images(5)
    found = alike(model, plan(chosen=(1, 3)), data)
    shown = torch.from_numpy(found.pictures).permute(0, 3, 1, 2)
    u = unit(model.features(shown).pooled)
    assert np.allclose(found.matrix, (u @ u.T).numpy(), atol=1e-4)


def test_the_views_are_the_same_for_other_weights_and_others_for_another_seed():
    data, chosen = images(6), plan(chosen=(0, 1))
    one, same = (alike(run("simclr", backbone), chosen, data).pictures for backbone in ("vit_d64", "vit_d128"))
    assert np.array_equal(one, same)
    other = alike(run("simclr"), dataclasses.replace(chosen, seed=1), data).pictures
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("name", ["mae", "supervised", "rotation"])
def test_other_methods_compare_the_images_themselves(name):
    data = images(6)
    found = alike(run(name, "resnet_w16" if name == "rotation" else "vit_d64"), plan(chosen=(5, 1)), data)
    assert not found.paired
    assert found.index.tolist() == [5, 1]
    assert np.array_equal(found.pictures, data.images[[5, 1]].transpose(0, 2, 3, 1))


def test_a_model_of_no_run_compares_the_images_themselves():
    assert not alike(transformer(), plan(chosen=(5, 1)), images(6)).paired


def test_every_recipe_draws_two_views():
    model = run("dino")
    assert sum(view.count for view in recipe("dino").views) > 2
    assert len(alike(model, plan(chosen=(0, 1, 2)), images(4)).matrix) == 6


def test_pictures_that_are_only_shown_are_small():
    found = alike(transformer(), plan(chosen=(0,)), images(2, size=(200, 100)))
    assert found.pictures.shape == (1, LONGEST, LONGEST // 2, 3)


def test_images_and_features_that_there_are_not_are_refused():
    with pytest.raises(InspectError, match="no validation image 12"):
        alike(transformer(), plan(chosen=(12,)), images(12))
    with pytest.raises(InspectError, match="no projection head"):
        alike(transformer(), plan(chosen=(1,), tokens="projected"), images(12))
