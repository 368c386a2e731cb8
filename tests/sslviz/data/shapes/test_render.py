"""Pixels and masks say what the labels say, at every size, and hang on the image's number alone."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
from scipy import ndimage

from sslviz.data.assemble import FACTOR
from sslviz.data.shapes import dials as d
from sslviz.data.shapes.dataset import generate
from sslviz.data.shapes.render import hsv_to_rgb
from sslviz.data.shapes.scenes import draw_scenes

NUMBERS = np.arange(160)


def made(size: int = 64, seed: int = 0, numbers: np.ndarray = NUMBERS, **dials: object) -> dict[str, np.ndarray]:
    return generate(d.chosen(dials), size, seed, numbers)


def hues(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hue in degrees and saturation of uint8 pixels (n, 3, H, W), each (n, H, W)."""
    rgb = images.astype(np.float64) / 255
    high, low = rgb.max(1), rgb.min(1)
    chroma = np.maximum(high - low, 1e-9)
    red, green, blue = rgb.transpose(1, 0, 2, 3)
    hue = np.select(
        [high == red, high == green],
        [(green - blue) / chroma % 6, (blue - red) / chroma + 2],
        (red - green) / chroma + 4,
    )
    return hue * 60, (high - low) / np.maximum(high, 1e-9)


@pytest.mark.parametrize("preset", d.PRESETS)
@pytest.mark.parametrize("size", [32, 64])
def test_the_same_numbers_give_the_same_bytes_however_they_are_grouped(preset: str, size: int) -> None:
    whole = made(size, preset=preset, numbers=np.arange(70))
    for chunk in (1, 9, 64):
        pieces = [made(size, preset=preset, numbers=np.arange(k, min(k + chunk, 70))) for k in range(0, 70, chunk)]
        for name, values in whole.items():
            np.testing.assert_array_equal(np.concatenate([piece[name] for piece in pieces]), values, name)


def test_seeds_differ_and_repeat() -> None:
    one, again, other = made(seed=1), made(seed=1), made(seed=2)
    np.testing.assert_array_equal(one["images"], again["images"])
    assert (one["images"] != other["images"]).mean() > 0.9
    assert len(np.unique(one["images"].reshape(160, -1), axis=0)) == 160


@pytest.mark.parametrize("preset", d.PRESETS)
@pytest.mark.parametrize("size", [32, 64, 96])
def test_the_hue_label_is_the_hue_inside_the_mask(preset: str, size: int) -> None:
    images = made(size, preset=preset)
    dials = d.chosen({"preset": preset})
    hue, saturation = hues(images["images"])
    exact = draw_scenes(dials, 0, NUMBERS).degrees[:, 0]
    names = d.PRESETS[preset].hues
    away = []
    for k in range(160):
        core = ndimage.binary_erosion(images["masks"][k] == 1) & (saturation[k] > 0.3)
        turns = np.exp(1j * np.radians(hue[k][core]))
        measured = np.degrees(np.angle(turns.mean())) % 360
        away.append(abs((measured - exact[k] + 180) % 360 - 180))
        nearest = min(names, key=lambda name: abs((measured - d.HUES[name] + 180) % 360 - 180))
        assert nearest == names[images[FACTOR + "hue"][k]]
    assert np.mean(away) < 1.5


@pytest.mark.parametrize("size", [32, 64])
def test_the_mask_holds_as_many_objects_as_the_label_says(size: int) -> None:
    images = made(size)
    for mask, count in zip(images["masks"], images[FACTOR + "objects"] + 1, strict=True):
        assert set(np.unique(mask)) - {0} <= set(range(1, 4))
        assert len(set(np.unique(mask)) - {0}) == count
        for k in set(np.unique(mask)) - {0}:
            pieces = np.bincount(ndimage.label(mask == k, np.ones((3, 3)))[0].ravel())[1:]
            assert pieces.max() > 0.9 * pieces.sum()  # at 32 px the tip of a crescent may come off


def test_the_position_label_is_where_the_mask_lies() -> None:
    images = made(64, preset="lesson", numbers=np.arange(400))
    line = (np.arange(64) + 0.5) / 32 - 1
    for mask, place in zip(images["masks"] == 1, images[FACTOR + "position"], strict=True):
        y, x = (line[indices].mean() for indices in np.nonzero(mask))  # the centre of gravity of all five shapes
        row, column = divmod(place, 3)
        for at, third in ((y, row), (x, column)):
            if abs(abs(at) - 0.2) > 0.01:
                assert third == int(at > -0.2) + int(at > 0.2)


def test_the_size_label_follows_the_area() -> None:
    images = made(64, preset="single", numbers=np.arange(600))
    area = (images["masks"] == 1).sum((1, 2))
    for shape in range(len(d.SHAPES)):
        same = images[FACTOR + "shape"] == shape
        small, medium, large = (area[same & (images[FACTOR + "size"] == k)] for k in range(3))
        assert small.max() <= medium.min() * 1.08
        assert medium.max() <= large.min() * 1.08


def test_the_shape_label_is_the_outline_of_the_mask() -> None:
    """By what no other shape has: a ring has a hole; of the rest, solidity and the distance profile from the centre."""
    images = made(96, preset="single", numbers=np.arange(400))
    for mask, shape in zip(images["masks"] == 1, images[FACTOR + "shape"], strict=True):
        name = d.SHAPES[shape]
        hole = (ndimage.binary_fill_holes(mask) & ~mask).sum()
        assert (hole > 0.1 * mask.sum()) == (name == "ring")
        y, x = np.nonzero(mask)
        edge = mask & ~ndimage.binary_erosion(mask)
        ey, ex = np.nonzero(edge)
        profile = np.hypot(ex - x.mean(), ey - y.mean())
        spread = profile.max() / np.sqrt(mask.sum() / np.pi)  # 1 for a disc
        low, high = {"circle": (0.95, 1.1), "hexagon": (1.05, 1.25), "square": (1.2, 1.4), "triangle": (1.45, 1.7), "star": (1.35, 1.8),
                     "cross": (1.15, 1.45), "ring": (1.1, 1.3), "crescent": (1.3, 2.2)}[name]  # fmt: skip
        assert low < spread < high, name


def test_upright_and_turned() -> None:
    upright = made(64, preset="single", rotation_jitter=0.0, position_jitter=0.0)
    symmetric = [d.SHAPES.index(name) for name in d.SHAPES if name != "crescent"]
    for mask, shape in zip(upright["masks"], upright[FACTOR + "shape"], strict=True):
        if shape in symmetric:
            np.testing.assert_array_equal(mask, mask[:, ::-1])
    assert not upright[FACTOR + "rotation"].any()
    turned = made(64, preset="lesson", position_jitter=0.0)
    triangles = turned[FACTOR + "shape"] == d.SHAPES.index("triangle")
    for mask, sector in zip(turned["masks"][triangles], turned[FACTOR + "rotation"][triangles], strict=True):
        y, x = np.nonzero(mask)
        tips = np.argsort(np.hypot(x - 31.5, y - 31.5))[-40:]
        angle = np.degrees(np.arctan2(x[tips] - 31.5, 31.5 - y[tips])) % 120  # clockwise from the top, by the tips
        middle = np.angle(np.exp(1j * np.radians(angle * 3)).mean()) / 3
        assert abs((np.degrees(middle) - sector * 45 + 60) % 120 - 60) < 22.5 + 3


def test_edges_are_anti_aliased_and_nothing_else_is_mixed() -> None:
    """Beside an edge lie pixels between both colours; the area that they imply is that of the outline to a percent."""
    still = made(64, preset="single", background="blank", texture="off", size_jitter=0.0, position_jitter=0.0)
    circles = np.flatnonzero(still[FACTOR + "shape"] == d.SHAPES.index("circle"))
    _, saturation = hues(still["images"])
    for k in circles:
        inside = np.median(saturation[k][still["masks"][k] == 1])
        between = (saturation[k] > 0.35 * inside) & (saturation[k] < 0.8 * inside)
        ring = ndimage.binary_dilation(still["masks"][k] == 1, iterations=2) & ~ndimage.binary_erosion(
            still["masks"][k] == 1, iterations=2
        )
        assert between[ring].sum() > 10
        assert not between[~ring].any()
    area = (still["masks"][circles] == 1).mean()
    assert area == pytest.approx(np.pi * (0.82 * 0.61 / 2) ** 2, rel=0.01)


def test_objects_stand_out_by_saturation() -> None:
    for preset in d.PRESETS:
        images = made(64, preset=preset)
        _, saturation = hues(images["images"])
        assert np.median(saturation[images["masks"] > 0]) > np.median(saturation[images["masks"] == 0]) + 0.4


@pytest.mark.parametrize("kind", [*d.BACKGROUNDS, d.BLANK])
def test_one_background_for_all(kind: str) -> None:
    images = made(32, background=kind)
    assert not images[FACTOR + "background"].any()
    if kind == d.BLANK:
        _, saturation = hues(images["images"])
        assert saturation[images["masks"] == 0].mean() < 0.1
    else:
        assert (made(32)["images"] != images["images"]).any()


def test_textures_off_leaves_flat_objects() -> None:
    flat = made(64, preset="single", texture="off", background="blank")
    rich = made(64, preset="single", texture="on", background="blank")

    def spread(images: dict[str, np.ndarray]) -> np.ndarray:
        return np.array(
            [
                p.max(0)[ndimage.binary_erosion(m == 1, iterations=2)].std()
                for p, m in zip(images["images"], images["masks"], strict=True)
            ]
        )

    assert not flat[FACTOR + "texture"].any()
    assert len(np.unique(rich[FACTOR + "texture"])) == 4
    assert np.median(spread(rich)[rich[FACTOR + "texture"] > 0]) > 2 * np.median(spread(flat))


@pytest.mark.parametrize("size", [32, 64, 96])
def test_the_mark_of_identity_tells_images_apart_and_touches_only_its_corner(size: int) -> None:
    plain, marked = made(size), made(size, mark="identity")
    side = 3 * round(size / 21)
    corner = marked["images"][:, :, :side, :side]
    assert len(np.unique(corner.reshape(160, -1), axis=0)) == 160
    plain["images"][:, :, :side, :side] = corner
    np.testing.assert_array_equal(plain["images"], marked["images"])
    np.testing.assert_array_equal(plain["masks"], marked["masks"])


@pytest.mark.parametrize("label", ["shape", "hue", "background"])
def test_the_mark_of_the_label_tells_classes_apart(label: str) -> None:
    marked = made(32, mark="label", label=label)
    corners = marked["images"][:, :, :6, :6].reshape(160, -1)
    classes = marked[FACTOR + label]
    assert len(np.unique(corners, axis=0)) == len(np.unique(classes))
    for one in np.unique(classes):
        assert len(np.unique(corners[classes == one], axis=0)) == 1


def test_hsv_against_the_standard_library() -> None:
    draws = np.random.default_rng(0).random((200, 3)).astype(np.float32)
    ours = hsv_to_rgb(draws[:, 0] * 360, draws[:, 1], draws[:, 2])
    theirs = [colorsys.hsv_to_rgb(*map(float, one)) for one in draws]
    np.testing.assert_allclose(ours, theirs, atol=2e-6)
