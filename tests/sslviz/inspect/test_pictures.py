"""Every way to name a picture, what is said about it, and what is no picture."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sslviz.data.base import ImageData, Splits
from sslviz.inspect.errors import InspectError
from sslviz.inspect.pictures import read_picture, size_for
from sslviz.inspect.samples import FOLDERS
from sslviz.spec.config import DataConfig
from sslviz.spec.inspection import PictureRef
from sslviz.spec.samples import SAMPLES
from tests.sslviz.inspect.networks import PLAN, about, convolutional

ABOUT = about(PLAN)  # patches of 8 px, 32 px


def saved(folder: Path, image: Image.Image, name: str = "one.png", **options) -> PictureRef:
    image.save(folder / name, **options)
    return PictureRef(path=str(folder / name))


def halves() -> Image.Image:
    """Black on the left, white on the right."""
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[:, 16:] = 255
    return Image.fromarray(pixels)


def test_a_file(tmp_path):
    found = read_picture(saved(tmp_path, halves()), ABOUT)
    assert found.name == "one.png"
    assert np.array_equal(found.pixels, np.array(halves()))
    assert found.images.shape == (1, 3, 32, 32)
    assert found.truth is None
    assert found.notes == ()
    assert found.fit_said == ""


def test_grey_alpha_deep_and_turned_pictures_are_read_as_everywhere(tmp_path):
    grey = read_picture(saved(tmp_path, halves().convert("L"), "grey.png"), ABOUT)
    assert np.array_equal(grey.pixels, np.array(halves()))
    clear = halves().convert("RGBA")
    clear.putalpha(0)
    assert (read_picture(saved(tmp_path, clear, "clear.png"), ABOUT).pixels == 255).all()
    deep = Image.fromarray(np.array(halves().convert("L")).astype(np.uint16) * 257)
    assert np.array_equal(read_picture(saved(tmp_path, deep, "deep.png"), ABOUT).pixels, np.array(halves()))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    turned = read_picture(saved(tmp_path, halves(), "turned.png", exif=exif), ABOUT).pixels
    assert (turned[:16] == 0).all()
    assert (turned[16:] == 255).all()


def test_pasted_pixels():
    buffer = io.BytesIO()
    halves().save(buffer, "PNG")
    found = read_picture(PictureRef(pixels=buffer.getvalue()), ABOUT)
    assert found.name == "pasted picture"
    assert np.array_equal(found.pixels, np.array(halves()))


def data(_config: DataConfig) -> Splits:
    images = np.arange(4 * 3 * 32 * 32, dtype=np.uint32).astype(np.uint8).reshape(4, 3, 32, 32)
    masks = np.zeros((4, 32, 32), np.uint8)
    masks[3, 4:9] = 2
    return Splits(*(ImageData(name, images, None, (), masks=masks) for name in ("toys", "toys")), note="")


def test_an_image_of_a_data_set_with_its_mask():
    found = read_picture(PictureRef(data=DataConfig(), index=3), ABOUT, data)
    assert found.name == "toys, validation image 3"
    assert np.array_equal(found.pixels.transpose(2, 0, 1), data(DataConfig()).val.images[3])
    assert int((found.truth == 2).sum()) == 5 * 32
    assert read_picture(PictureRef(data=DataConfig(), split="train"), ABOUT, data).name == "toys, training image 0"
    with pytest.raises(InspectError, match="no validation image 4"):
        read_picture(PictureRef(data=DataConfig(), index=4), ABOUT, data)


@pytest.mark.parametrize("sample", [sample for sample in SAMPLES if sample.always], ids=lambda sample: sample.name)
def test_samples_that_are_always_there(sample):
    found = read_picture(PictureRef(sample=sample.name), ABOUT)
    assert found.size == (32, 32)
    assert found.pixels.std() > 5
    assert (found.truth is not None) == (sample.library == "")
    if sample.library:
        assert sample.licence in " ".join(found.notes)
    else:
        assert 0 < (found.truth > 0).mean() < 0.9


def test_a_sample_of_a_library_that_is_not_there_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(FOLDERS, "scikit-image", ("no_such_library", "data"))
    with pytest.raises(InspectError, match="scikit-image, which is not installed") as error:
        read_picture(PictureRef(sample="chelsea"), ABOUT)
    assert "pip install scikit-image" in error.value.hint
    monkeypatch.setitem(FOLDERS, "scikit-image", ("sklearn", "elsewhere"))
    with pytest.raises(InspectError, match="was installed without it"):
        read_picture(PictureRef(sample="chelsea"), ABOUT)
    with pytest.raises(InspectError, match="no sample picture called 'chnia'") as error:
        read_picture(PictureRef(sample="chnia"), ABOUT)
    assert "Did you mean china" in error.value.hint


def test_sizes_are_whole_numbers_of_patches_and_that_is_said():
    found = read_picture(PictureRef(sample="china", size=(100, 61), fit="pad"), ABOUT)
    assert found.size == (104, 64)
    assert "100 × 61 px is no whole number of patches of 8 × 8 px" in found.notes[0]
    assert found.fit_said == "fit: pad"
    assert size_for(PictureRef(size=(64, 32)), ABOUT) == ((64, 32), "")
    assert size_for(PictureRef(), ABOUT)[0] == (32, 32)
    assert size_for(PictureRef(), about(PLAN, image_size=(0, 0)))[0] == (224, 224)
    assert size_for(PictureRef(size=(33, 10)), convolutional().describe())[0] == (33, 32)
    for wrong in ((0, 32), (-8, 8)):
        with pytest.raises(InspectError, match="is no size"):
            size_for(PictureRef(size=wrong), ABOUT)


def test_the_whole_picture_comes_along_small():
    found = read_picture(PictureRef(sample="china", size=(1280, 1280)), ABOUT)
    assert max(found.whole.shape[:2]) == 640
    assert found.frame[0] == 0
    assert found.frame[1] == pytest.approx((1 - 427 / 640) / 2)


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        (PictureRef(), "No picture was chosen"),
        (PictureRef(path="a.png", sample="china"), "Several pictures"),
        (PictureRef(pixels=b"no picture"), "What was pasted cannot be used"),
    ],
)
def test_what_names_no_picture_is_refused(ref, message):
    with pytest.raises(InspectError, match=message):
        read_picture(ref, ABOUT)


def test_files_that_are_no_pictures_are_refused_with_what_is_near(tmp_path):
    saved(tmp_path, halves(), "holiday.png")
    with pytest.raises(InspectError, match="There is no picture") as error:
        read_picture(PictureRef(path=str(tmp_path / "holyday.png")), ABOUT)
    assert "holiday.png" in error.value.hint
    with pytest.raises(InspectError, match="is a folder"):
        read_picture(PictureRef(path=str(tmp_path)), ABOUT)
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(InspectError, match=r"text\.png cannot be used as a picture"):
        read_picture(PictureRef(path=str(tmp_path / "text.png")), ABOUT)
