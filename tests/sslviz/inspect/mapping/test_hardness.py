"""The loss of each image: of every method's own task, and of files that hold a decoder."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it

from sslviz.data.augment import Augmenter
from sslviz.inspect.errors import InspectError
from sslviz.inspect.mapping import colour, gather
from sslviz.inspect.mapping import feed as feeding
from sslviz.inspect.mapping.hardness import hardness_of
from sslviz.inspect.mapping.masked import MASKS
from sslviz.inspect.mapping.view_distance import VIEWS
from sslviz.inspect.model import Model
from sslviz.methods import METHODS
from sslviz.methods.rotation import turned
from sslviz.nn.masking import random_order
from sslviz.spec.augmentation import Augmentation, ViewRecipe
from sslviz.spec.errors import Cancelled
from sslviz.spec.mapping import LOSS
from sslviz.training.seeds import generator_at
from tests.sslviz.inspect.mapping.some import ask, images, plan, run, shapes
from tests.sslviz.inspect.networks import masked_autoencoder, transformer

CONVOLUTIONAL = ("jigsaw", "colorization", "inpainting", "context", "rotation")


def hardness(model, data, index=None, seed=0, said=None):
    chosen = np.arange(len(data)) if index is None else np.array(index)
    tell = (lambda *_: None) if said is None else lambda *words: said.append(words)
    return hardness_of(model, data, chosen, seed, tell, lambda: None)


def tensor(data):
    return torch.from_numpy(np.array(data.images))


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_method_tells_how_hard_an_image_is(name):
    data = shapes(6)
    model = run(name, "resnet_w16" if name in CONVOLUTIONAL else "vit_d64")
    before = {key: value.clone() for key, value in model.loaded.method.state_dict().items()}
    found = hardness(model, data)
    assert found.values.shape == (6,)
    assert np.isfinite(found.values).all()
    assert len(np.unique(found.values)) > 1
    assert found.title
    assert found.about.endswith(".")
    assert np.array_equal(found.values, hardness(model, data).values)
    assert all(torch.equal(before[key], value) for key, value in model.loaded.method.state_dict().items())


@torch.inference_mode()
def test_classification_is_the_cross_entropy_of_each_image():
    model, data = run("supervised", smoothing=0.1), images(7, labels=np.array([0, 1, 2, -1, 1, 0, 2]))
    logits = model.loaded.method.head(model.features(tensor(data)).pooled)
    labels = torch.from_numpy(data.labels)
    wanted = F.cross_entropy(logits, labels.clamp_min(0), reduction="none", label_smoothing=0.1).numpy()
    found = hardness(model, data).values
    assert np.isnan(found[3])
    known = np.flatnonzero(data.labels >= 0)
    assert np.allclose(found[known], wanted[known], atol=1e-5)


@torch.inference_mode()
def test_a_puzzle_is_the_loss_of_the_image_alone():
    model, data = run("rotation", "resnet_w16", mark=False), images(5)
    method = model.loaded.method
    logits = method.head(method.encoder(turned(tensor(data).float() / 255))).view(4, 5, 4)
    wanted = -logits.log_softmax(-1).diagonal(dim1=0, dim2=2).mean(1)
    assert np.allclose(hardness(model, data).values, wanted, atol=1e-5)


def test_a_puzzle_does_not_depend_on_which_images_are_asked(monkeypatch):
    model, data = run("jigsaw", "resnet_w16"), images(6)
    every = hardness(model, data).values
    assert np.allclose(hardness(model, data, [4, 1]).values, every[[4, 1]], atol=1e-6)
    monkeypatch.setattr(feeding, "MOST_ON_CPU", 2)
    assert np.allclose(hardness(model, data).values, every, atol=1e-6)
    assert not np.allclose(hardness(model, data, seed=1).values, every)


@torch.inference_mode()
def test_captions_are_compared_with_their_own_images():
    model, data = run("clip"), shapes(4)
    method = model.loaded.method
    factors = {name: torch.from_numpy(values) for name, values in data.factors.items()}
    u, v = method.project(model.features(tensor(data)).pooled), method.read(method.tokens(factors))
    assert np.allclose(hardness(model, data).values, 1 - F.cosine_similarity(u, v), atol=1e-5)


@torch.inference_mode()
def test_views_are_the_runs_own_and_all_pairs_count():
    model, data = run("simclr"), images(3)
    (first, *_) = model.loaded.config.augmentation.views
    augmenter = Augmenter(Augmentation("", (dataclasses.replace(first, count=VIEWS),)), (32, 32), torch.device("cpu"))
    (views,) = augmenter(tensor(data), generator_at(7, "held-out views", 0, torch.device("cpu")))
    z = [model.loaded.method.project(model.features(view).pooled) for view in views]
    pairs = [1 - F.cosine_similarity(a, b) for a, b in itertools.combinations(z, 2)]
    found = hardness(model, data, seed=7)
    assert np.allclose(found.values, torch.stack(pairs).mean(0), atol=1e-5)
    assert found.title == "distance between views"


def test_views_that_are_all_alike_are_at_distance_0():
    model, data = run("simclr"), images(3, (48, 48))
    same = ViewRecipe(count=2, crop=False, flip=False, jitter=False, grayscale=False, blur=False, solarise=False)
    config = dataclasses.replace(model.loaded.config, augmentation=Augmentation("", (same,)))
    plain = Model(dataclasses.replace(model.loaded, config=config))
    assert np.allclose(hardness(plain, data).values, 0, atol=1e-6)


@torch.inference_mode()
def test_masked_errors_are_the_mean_over_the_same_masks():
    model, data = masked_autoencoder(normalised=False), images(5)
    found = hardness(model, data, seed=3)
    order = random_order(MASKS, (4, 4), torch.Generator().manual_seed(3))
    hidden = (order.argsort(1).argsort(1) >= 4).numpy()  # (MASKS, 16)
    errors = [model.reconstruct(tensor(data), mask=torch.from_numpy(mask)).errors.flatten(1).numpy() for mask in hidden]
    total = sum(e * mask for e, mask in zip(errors, hidden, strict=True))
    counts = hidden.sum(0)
    assert np.allclose(found.values, total.sum(1) / counts.sum(), rtol=1e-5)
    seen = counts > 0
    assert np.allclose(found.places[:, seen], (total / np.maximum(counts, 1))[:, seen], rtol=1e-4)
    assert np.isnan(found.places[:, ~seen]).all()


def test_points_get_their_images_loss_and_patches_their_own():
    model, data = masked_autoencoder(), images(4)
    every = hardness(model, data)
    whole = gather(model, plan(chosen=(3, 0, 3)), data)
    assert colour(whole, ask(LOSS), model, data).values.tolist() == every.values[[3, 0, 3]].tolist()
    patches = colour(gather(model, plan(tokens="patches"), data), ask(LOSS), model, data)
    assert np.array_equal(patches.values, every.places.ravel(), equal_nan=True)
    model = run("simclr")
    patches = colour(gather(model, plan(tokens="patches"), data), ask(LOSS), model, data)
    assert len(np.unique(patches.values)) == 4


def test_the_untrained_twin_of_a_run_compares_views_too():
    model, data = run("dino").with_random_weights(0), images(3)
    assert hardness(model, data).title == "distance between views"


REFUSED = [
    (transformer, images, "does not hold the task"),
    (lambda: run("supervised").with_random_weights(0), images, "was not trained on a task"),
    (lambda: run("supervised"), lambda: images(class_names=("x", "y", "z")), "told the classes of other images"),
    (lambda: run("supervised"), lambda: images(labels=None, class_names=()), "told the classes of other images"),
    (lambda: run("clip"), images, "these images do not tell them"),
]


@pytest.mark.parametrize(("model", "data", "said"), REFUSED)
def test_a_loss_that_is_not_known_is_refused_with_a_remedy(model, data, said):
    with pytest.raises(InspectError, match=said) as caught:
        hardness(model(), data())
    assert caught.value.hint
    assert caught.value.field == "by"


def test_an_encoder_of_mae_names_the_file_to_load():
    model = masked_autoencoder()
    encoder = type(model)(type(model.loaded)(model.network, model.describe()))
    with pytest.raises(InspectError, match="encoder alone") as caught:
        hardness(encoder, images())
    assert "mae_visualize" in caught.value.hint


@pytest.mark.parametrize("name", ["simclr", "mae", "rotation"])
def test_work_tells_how_far_it_is_and_is_given_up_between_two_batches(name, monkeypatch):
    monkeypatch.setattr(feeding, "MOST_ON_CPU", 4)
    said = []
    model, data = run(name), images(8)
    hardness(model, data, said=said)
    assert said[-1][0] == 1
    assert "8 of 8 images" in said[-1][1]
    assert len(said) > 1

    def stop():
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        hardness_of(model, data, np.arange(8), 0, lambda *_: None, stop)
