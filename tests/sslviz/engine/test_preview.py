"""Views of chosen images: shapes as promised, the same seed the same views, a local view apart from the global ones."""

import numpy as np
import pytest

from sslviz.data import ImageData
from sslviz.engine import EngineError
from sslviz.engine.preview import augment_images
from sslviz.spec.augmentation import OPERATIONS, Augmentation, ViewRecipe
from sslviz.spec.config import DataConfig
from sslviz.spec.requests import AugmentImages

PLAIN = ViewRecipe(crop=False, flip=False, jitter=False, grayscale=False, blur=False, solarise=False)


@pytest.fixture
def data():
    images = np.random.default_rng(0).integers(0, 256, (5, 3, 16, 24), np.uint8)
    return ImageData("noise", images, np.array([4, 3, 2, 1, 0]), tuple("abcde"))


def ask(data, *views, indices=(3, 1), seed=0):
    return augment_images(AugmentImages(1, DataConfig(), Augmentation("x", views), indices, seed), data)


def test_untouched_views_are_the_originals(data):
    got = ask(data, PLAIN)
    np.testing.assert_array_equal(got["originals"], data.images[[3, 1]].transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(got["views"], np.stack([got["originals"]] * 2, axis=1))
    np.testing.assert_array_equal(got["indices"], [3, 1])
    np.testing.assert_array_equal(got["labels"], [1, 3])
    assert got["views"].dtype == np.uint8
    assert not got["views"].flags.writeable


def test_recipes_of_one_size_stand_side_by_side_and_others_apart(data):
    got = ask(data, ViewRecipe(count=1), ViewRecipe(count=1), ViewRecipe(count=3, size=8))
    assert got["views"].shape == (2, 2, 16, 24, 3)
    assert got["views_1"].shape == (2, 3, 8, 8, 3)


def test_every_operation_is_shown_by_itself(data):
    got = ask(data, ViewRecipe())
    for name in OPERATIONS:
        assert got[f"alone_{name}"].shape == (2, 16, 24, 3)
    np.testing.assert_array_equal(got["alone_flip"], got["originals"][:, :, ::-1])
    gray = got["alone_grayscale"].astype(int)
    assert np.abs(gray - gray[..., :1]).max() <= 1


def test_the_same_seed_gives_the_same_views(data):
    a, b, c = ask(data, ViewRecipe()), ask(data, ViewRecipe()), ask(data, ViewRecipe(), seed=1)
    np.testing.assert_array_equal(a["views"], b["views"])
    assert (a["views"] != c["views"]).any()


def test_unknown_labels_are_minus_one(data):
    unlabelled = ImageData("noise", data.images, None, ())
    np.testing.assert_array_equal(ask(unlabelled, PLAIN)["labels"], [-1, -1])


@pytest.mark.parametrize(
    ("indices", "said"), [((5,), "no training image 5"), ((-1,), "no training image -1"), ((), "No image")]
)
def test_images_that_are_not_there(data, indices, said):
    with pytest.raises(EngineError, match=f"{said}.*numbered 0 to 4"):
        ask(data, PLAIN, indices=indices)
