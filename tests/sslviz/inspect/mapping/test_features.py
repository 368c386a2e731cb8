"""gather: every kind of token of any number of images, which images they are, and what is refused."""

import dataclasses

import numpy as np
import pytest
import torch

from sslviz.inspect.errors import InspectError
from sslviz.inspect.mapping import features, gather, row_of, sampling
from sslviz.inspect.mapping import feed as feeding
from sslviz.spec.errors import Cancelled
from sslviz.spec.mapping import OWN_PATCH
from tests.sslviz.inspect.mapping.some import images, plan, run, shapes
from tests.sslviz.inspect.networks import convolutional, transformer


def tensor(data):
    return torch.from_numpy(np.array(data.images))


def test_pooled_features_are_the_models_own_whatever_the_batch(monkeypatch):
    model, data = transformer(), images()
    found = gather(model, plan(), data)
    assert np.allclose(found.values, model.features(tensor(data)).pooled, atol=1e-5)
    assert found.values.dtype == np.float32
    assert found.index.tolist() == list(range(12))
    assert set(found.patch) == {OWN_PATCH}
    assert found.label.tolist() == [0, 1, 2] * 4
    assert (found.grid, found.total, found.notes) == ((4, 4), 12, ())
    monkeypatch.setattr(feeding, "MOST_ON_CPU", 5)
    assert np.allclose(gather(model, plan(), data).values, found.values, atol=1e-5)


def test_tokens_of_an_earlier_layer():
    model, data = transformer(registers=2), images(3)
    own = model.features(tensor(data), 1)
    for tokens, wanted in (("class", own.tokens[:, 0]), ("patch_mean", own.patches.mean(1))):
        found = gather(model, plan(tokens=tokens, layer=1), data)
        assert np.allclose(found.values, wanted, atol=1e-5), tokens


def test_patches_follow_each_other_image_by_image():
    masks = np.zeros((3, 32, 32), np.uint8)
    masks[1, :8, 24:] = 7  # the last patch of the first row
    masks[2, :4, :4] = 1  # a quarter of the first patch
    model, data = transformer(), images(3, factors={"hue": np.array([2, 0, 1])}, factor_names={"hue": ("r", "g", "b")}, masks=masks)  # fmt: skip
    found = gather(model, plan(tokens="patches"), data)
    assert np.allclose(found.values, model.features(tensor(data)).patches.flatten(0, 1), atol=1e-5)
    assert found.index.tolist() == np.repeat([0, 1, 2], 16).tolist()
    assert found.patch.tolist() == list(range(16)) * 3
    assert found.factors["hue"].tolist() == np.repeat([2, 0, 1], 16).tolist()
    assert np.flatnonzero(found.factors["object"]).tolist() == [16 + 3]
    assert found.factors["patch row"][:6].tolist() == [0, 0, 0, 0, 1, 1]
    assert found.factors["patch column"][:6].tolist() == [0, 1, 2, 3, 0, 1]
    assert found.factor_names["patch row"] == ("1", "2", "3", "4")
    assert row_of(found, 2, 5) == 37


def test_patches_of_a_wide_picture_are_numbered_row_by_row():
    masks = np.zeros((2, 32, 48), np.uint8)
    masks[0, 8:16, 40:] = 1  # the end of the second row
    found = gather(transformer(grid=(4, 6)), plan(tokens="patches"), images(2, (32, 48), masks=masks))
    assert found.grid == (4, 6)
    (lit,) = np.flatnonzero(found.factors["object"])
    assert (found.patch[lit], found.factors["patch row"][lit], found.factors["patch column"][lit]) == (11, 1, 5)
    assert len(found.factor_names["patch column"]) == 6


def test_a_convolutional_networks_places_are_patches():
    model, data = convolutional(), images(2)
    found = gather(model, plan(tokens="patches", layer=0), data)
    assert np.allclose(found.values, model.features(tensor(data), 0).tokens.flatten(0, 1), atol=1e-5)
    assert len(found) == 2 * found.grid[0] * found.grid[1]


@pytest.mark.parametrize(
    ("name", "network"), [("simclr", ""), ("dino", "teacher"), ("dino", "student"), ("byol", "online")]
)
@torch.inference_mode()
def test_projections_are_what_the_loss_compares(name, network):
    model, data = run(name, network=network), images(2)
    method, h = model.loaded.method, model.features(tensor(data)).pooled
    project = method.teacher_head.bottleneck if network == "teacher" else method.project
    assert np.allclose(gather(model, plan(tokens="projected"), data).values, project(h), atol=1e-5)


def test_chosen_images_stay_in_their_order():
    model, data = transformer(), images()
    found = gather(model, plan(chosen=(7, 2, 7)), data)
    assert found.index.tolist() == [7, 2, 7]
    assert np.array_equal(found.values[0], found.values[2])
    assert row_of(found, 7) == 0


def test_a_sample_has_every_class_in_its_share_and_says_so():
    data = images(120, labels=np.repeat([0, 1, 2], (60, 40, 20)))
    found = gather(transformer(), plan(images=12), data)
    assert np.bincount(found.label).tolist() == [6, 4, 2]
    assert np.all(np.diff(found.index) > 0)
    assert found.notes == ("12 of 120 images, of each class as many as its share, drawn with seed 0.",)
    assert gather(transformer(), plan(images=12), data).index.tolist() == found.index.tolist()
    assert gather(transformer(), plan(images=12, seed=1), data).index.tolist() != found.index.tolist()
    assert set(found.index) <= set(gather(transformer(), plan(images=40), data).index)
    assert len(gather(transformer(), plan(images=0), data)) == 120


def test_images_without_labels_are_drawn_too():
    found = gather(transformer(), plan(images=5), images(20, labels=None, class_names=()))
    assert len(found) == 5
    assert set(found.label) == {-1}


def test_a_map_of_patches_is_bounded_and_says_so(monkeypatch):
    monkeypatch.setattr(sampling, "MOST_PATCHES", 40)
    found = gather(transformer(), plan(tokens="patches"), images(6))
    assert len(found) == 32
    assert "Patches of 2 of the 6 images that were asked for" in found.notes[-1]
    chosen = gather(transformer(), plan(tokens="patches", chosen=(4, 1, 0)), images(6))
    assert list(dict.fromkeys(chosen.index.tolist())) == [4, 1]
    assert "Patches of 2 of the 3 images" in chosen.notes[0]


def test_images_of_another_size_are_cropped_and_resized():
    data = images(3, (64, 80), masks=np.ones((3, 64, 80), np.uint8))
    found = gather(transformer(), plan(tokens="patches"), data)
    assert found.grid == (4, 4)
    assert found.factors["object"].all()
    assert found.notes == (
        "Images of 64 × 80 px were cropped in the middle and resized to 32 × 32 px, the model's own size.",
    )


@pytest.mark.parametrize("size", [(32, 32), (48, 48)])
def test_work_is_given_up_between_two_batches(size, monkeypatch):
    monkeypatch.setattr(feeding, "MOST_ON_CPU", 4)
    seen = []

    def stop():
        if len(seen) == 1:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        gather(transformer(), plan(), images(12, size), progress=lambda *said: seen.append(said), stop=stop)
    assert seen == [(pytest.approx(1 / 3), "features of 4 of 12 images")]


def test_equal_marks_mean_equal_features():
    model, data = transformer(), images()
    mark = gather(model, plan(images=6), data).mark
    assert gather(transformer(), plan(images=6, seed=0), images()).mark == mark
    others = [
        gather(model, plan(images=6, seed=3), data),
        gather(model, plan(images=6, layer=0), data),
        gather(model, plan(images=6, tokens="class"), data),
        gather(model, plan(images=6), images(seed=5)),
        gather(dataclasses.replace(model, loaded=dataclasses.replace(model.loaded, description=dataclasses.replace(model.describe(), sha256="cd" * 32))), plan(images=6), data),
        gather(model.with_random_weights(0), plan(images=6), data),
        gather(model.with_random_weights(1), plan(images=6), data),
    ]  # fmt: skip
    assert len({mark, *(other.mark for other in others)}) == len(others) + 1
    assert gather(model, plan(images=6, layer=2), data).mark == mark  # the last one by its number


def test_features_that_are_no_numbers_are_refused():
    model, data = transformer(), images()
    with torch.no_grad():
        model.transformer.norm.bias[3] = torch.nan
    with pytest.raises(InspectError, match="features of 12 of 12 images are not finite") as caught:
        gather(model, plan(), data)
    assert "earlier snapshot" in caught.value.hint


REFUSED = [
    ({"tokens": "projected"}, transformer, "has no projection head"),
    ({"tokens": "projected"}, lambda: run("mae"), "has no projection head"),
    ({"tokens": "projected", "layer": 0}, lambda: run("simclr"), "takes features of the last layer"),
    ({"tokens": "class"}, convolutional, "is a convolutional network"),
    ({"tokens": "class"}, lambda: transformer(class_token=False, table_prefix=0, pool="mean"), "patch tokens only"),
    ({"tokens": "words"}, transformer, "no features called 'words'"),
    ({"layer": 9}, transformer, "number 9 is none of them"),
    ({"chosen": (3, 12)}, transformer, "no validation image 12"),
]


@pytest.mark.parametrize(("wanted", "model", "said"), REFUSED)
def test_what_is_not_there_is_refused_with_a_remedy(wanted, model, said):
    with pytest.raises(InspectError, match=said) as caught:
        gather(model(), plan(**wanted), images())
    assert caught.value.hint


def test_a_split_without_images_is_refused():
    with pytest.raises(InspectError, match="no images in this split"):
        gather(transformer(), plan(), images(0))


def test_features_that_memory_would_not_hold_are_refused(monkeypatch):
    monkeypatch.setattr(features, "free_bytes", lambda: 1_000)
    with pytest.raises(InspectError, match="12 features of 24 numbers take") as caught:
        gather(transformer(), plan(), images())
    assert caught.value.field == "images"


def test_a_point_that_was_not_gathered():
    found = gather(transformer(), plan(chosen=(3, 4)), shapes())
    with pytest.raises(InspectError, match="Image 5 is not among the 2 of 8 images"):
        row_of(found, 5)
    patches = gather(transformer(), plan(tokens="patches", chosen=(3,)), shapes())
    with pytest.raises(InspectError, match="features of patches"):
        row_of(patches, 3)
    with pytest.raises(InspectError, match="Patch 2 of image 4"):
        row_of(patches, 4, 2)
