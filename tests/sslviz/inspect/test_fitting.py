"""Pictures become the size that a network takes: what is kept, what is said, and where the frame lies."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from sslviz.inspect.fitting import fitted, nearest_size

GREY = (124, 116, 104)


def gradient(height: int, width: int) -> Image.Image:
    """Red is the row, green the column, in shares of 255."""
    rows, columns = np.mgrid[:height, :width]
    pixels = np.stack([255 * rows / max(height - 1, 1), 255 * columns / max(width - 1, 1), 0 * rows], axis=-1)
    return Image.fromarray(pixels.astype(np.uint8))


@pytest.mark.parametrize(
    ("asked", "patch", "size"),
    [((224, 224), (16, 16), (224, 224)), ((230, 233), (16, 16), (224, 240)), ((1, 1), (14, 14), (14, 14)), ((21, 7), (14, 14), (28, 14)),
     ((480, 330), (8, 16), (480, 336))],
)  # fmt: skip
def test_sides_become_the_nearest_whole_number_of_patches(asked, patch, size):
    assert nearest_size(asked, patch) == size


@pytest.mark.parametrize("fit", ["crop", "pad", "resize"])
def test_a_picture_of_the_size_stays_as_it_is(fit):
    image = gradient(40, 64)
    made = fitted(image, None, (40, 64), fit, GREY)
    assert np.array_equal(made.pixels, np.array(image))
    assert made.frame == (0, 0, 1, 1)
    assert made.note == made.how == ""


@pytest.mark.parametrize("fit", ["crop", "pad", "resize"])
def test_a_picture_of_the_same_shape_is_resized_whatever_the_fit(fit):
    made = fitted(gradient(40, 64), None, (80, 128), fit, GREY)
    assert made.frame == pytest.approx((0, 0, 1, 1))
    assert made.how == "resized"
    assert made.note == "Resized from the picture of 40 × 64 px."


def test_a_crop_keeps_the_middle_and_the_shape():
    made = fitted(gradient(100, 200), None, (50, 50), "crop", GREY)
    assert made.pixels.shape == (50, 50, 3)
    assert made.frame == pytest.approx((0, 0.25, 1, 0.75))
    assert made.pixels[25, 0, 1] == pytest.approx(255 * 0.25, abs=4)
    assert made.pixels[25, -1, 1] == pytest.approx(255 * 0.75, abs=4)
    assert "50% were cut off at the sides" in made.note
    assert made.how == "fit: crop"
    assert "top and bottom" in fitted(gradient(200, 100), None, (50, 50), "crop", GREY).note


def test_padding_keeps_everything_on_grey():
    made = fitted(gradient(100, 200), None, (64, 64), "pad", GREY)
    assert (made.pixels[:16] == GREY).all()
    assert (made.pixels[-16:] == GREY).all()
    assert made.pixels[32, 0, 1] < 8
    assert made.pixels[32, -1, 1] > 247
    assert made.frame == pytest.approx((-0.5, 0, 1.5, 1))
    assert "50% of what the network sees is grey" in made.note


def test_resizing_stretches_and_says_so():
    made = fitted(gradient(100, 200), None, (64, 64), "resize", GREY)
    assert made.frame == (0, 0, 1, 1)
    assert "stretched to 50%" in made.note
    assert made.pixels[32, -1, 1] > 247
    assert "stretched" not in fitted(gradient(100, 200), None, (50, 100), "resize", GREY).note


@pytest.mark.parametrize("fit", ["crop", "pad", "resize"])
def test_a_mask_goes_the_same_way_without_new_values(fit):
    mask = np.zeros((100, 200), np.uint8)
    mask[20:80, 60:140] = 7
    image = Image.fromarray(np.repeat(mask[..., None] * 30, 3, axis=-1))
    made = fitted(image, mask, (64, 64), fit, (0, 0, 0))
    assert set(np.unique(made.truth)) == {0, 7}
    bright = made.pixels[..., 0] > 105
    assert np.mean(bright == (made.truth == 7)) > 0.98


@pytest.mark.parametrize("fit", ["crop", "pad", "resize"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (7, 3)])
def test_odd_shapes_give_the_size_too(fit, shape):
    assert fitted(gradient(*shape), None, (32, 48), fit, GREY).pixels.shape == (32, 48, 3)


def test_no_rounding_leads_outside_the_picture():
    image = gradient(427, 640)
    for side in range(16, 700, 31):
        for size in ((side, side), (side, 480), (333, side)):
            frame = fitted(image.resize((64, 43)), None, size, "crop", GREY).frame
            assert min(frame) >= 0
            assert max(frame) <= 1 + 1e-9
    assert fitted(image, None, (480, 480), "crop", GREY).pixels.shape == (480, 480, 3)
