"""What is in each image, as numbers: drawn from seed and image number alone, before a pixel is painted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sslviz.data.base import Array
from sslviz.data.shapes import dials as d
from sslviz.data.shapes.draws import Stream, pick, uniform

_CANDIDATES = 16  # places tried for each object; the one with the widest gap is kept
_FIRST_CANDIDATES = 4  # places tried for the main object where others must fit beside it; the one farthest out is kept
_CROWDED = np.array([1.0, 0.6, 0.4, 0.3], np.float32)  # share of the range of sizes that is used, by number of objects
_SHRUNK = 0.7  # an object beside the main one may shrink to this share of its size to find room
_GAP = 0.04  # least gap between objects, in half image widths
_REACH = 1.09  # the farthest tip of any outline, in radii: no object leaves the frame
_HUE_RANGE = 6.0  # degrees either way at hue_jitter 1


@dataclass(frozen=True, eq=False)
class Scenes:
    """n images of up to K objects each, the largest first (the *main* object). Lengths are in half image widths, y grows downwards.

    Object arrays are (n, K); those of absent objects mean nothing, see `present`.
    """

    seed: int
    images: Array  # (n,) numbers of the images
    present: Array  # (n, K) bool
    shape: Array  # index into SHAPES
    hue: Array  # index into HUES
    degrees: Array  # exact hue in [0, 360)
    saturation: Array
    value: Array
    radius: Array
    x: Array
    y: Array
    rotation: Array  # radians in [0, 2π)
    texture: Array  # index into TEXTURES
    background: Array  # (n,) index into BACKGROUNDS, len(BACKGROUNDS) is BLANK
    second: Array  # (n,) the background that is blended in; equal to `background` where none is

    def __len__(self) -> int:
        return len(self.images)


def draw_scenes(dials: d.Dials, seed: int, images: Array) -> Scenes:
    """The scenes of the images with these numbers (n,) int64."""
    preset = d.PRESETS[dials.preset]
    fewest, most = d.object_range(dials)
    count = fewest + pick(uniform(seed, Stream.COUNT, images), most - fewest + 1)  # (n,)
    radius = _radii(preset, dials.size_jitter, uniform(seed, Stream.SIZE, images, most), count)
    x, y, radius, fits = _places(
        uniform(seed, Stream.PLACE, images, most, _CANDIDATES, 2), radius, count, dials.position_jitter
    )
    colour = uniform(seed, Stream.COLOUR, images, most, 4)
    hue = _among(colour[..., 0], preset.hues, tuple(d.HUES))
    degrees = (
        np.array(list(d.HUES.values()), np.float32)[hue] + (colour[..., 1] * 2 - 1) * _HUE_RANGE * dials.hue_jitter
    )
    kinds = d.backgrounds(dials)
    grounds = uniform(seed, Stream.BACKGROUND, images, 2)
    background = _among(grounds[:, 0], kinds, (*d.BACKGROUNDS, d.BLANK))
    return Scenes(
        seed=seed,
        images=images,
        present=fits & (np.arange(most) < count[:, None]),
        shape=_among(uniform(seed, Stream.SHAPE, images, most), preset.shapes, d.SHAPES),
        hue=hue,
        degrees=degrees % 360,
        saturation=0.65 + 0.35 * colour[..., 2],
        value=0.70 + 0.30 * colour[..., 3],
        radius=radius,
        x=x,
        y=y,
        rotation=uniform(seed, Stream.ROTATION, images, most) * np.float32(2 * np.pi * dials.rotation_jitter),
        texture=_among(uniform(seed, Stream.TEXTURE, images, most), d.textures(dials), d.TEXTURES),
        background=background,
        second=_among(grounds[:, 1], kinds, (*d.BACKGROUNDS, d.BLANK)) if preset.blended else background,
    )


def _among(draws: Array, some: tuple[str, ...], every: tuple[str, ...]) -> Array:
    """Indices into `every` of names drawn from `some`."""
    return np.array([every.index(name) for name in some])[pick(draws, len(some))]


def _radii(preset: d.Preset, jitter: float, draws: Array, count: Array) -> Array:
    """(n, K), falling along the objects that are there, so that the first is the main one."""
    low, high = preset.size
    spread = 0.5 + (draws - 0.5) * jitter
    spread = np.where(np.arange(draws.shape[1]) < count[:, None], spread, -1.0)  # absent ones sort last
    spread = -np.sort(-spread, axis=1)
    return (low + (high - low) * np.maximum(spread, 0.0) * _CROWDED[count - 1, None]).astype(np.float32)


def _places(draws: Array, radius: Array, count: Array, jitter: float) -> tuple[Array, Array, Array, Array]:
    """Centres x, y (n, K) within the frame, radii that fit, and whether each object has room. draws (n, K, candidates, 2)."""
    room = np.maximum(1.0 - _REACH * radius, 0.0)[..., None, None] * np.float32(jitter)
    candidates = (draws * 2 - 1) * room  # (n, K, C, 2)
    centres = candidates[:, :, 0].copy()  # (n, K, 2)
    radius, fits, everyone = radius.copy(), np.ones(radius.shape, bool), np.arange(len(radius))
    outward = np.linalg.norm(candidates[:, 0, :_FIRST_CANDIDATES], axis=-1).argmax(axis=1)
    centres[:, 0] = candidates[everyone, 0, np.where(count > 1, outward, 0)]
    for k in range(1, radius.shape[1]):  # objects, not images
        apart = np.linalg.norm(candidates[:, k, :, None] - centres[:, None, :k], axis=-1)  # (n, C, k)
        free = np.where(fits[:, None, :k], apart - radius[:, None, :k], np.inf).min(axis=2) - _GAP  # (n, C)
        best = free.argmax(axis=1)
        centres[:, k] = candidates[everyone, k, best]
        fits[:, k] = free[everyone, best] >= _SHRUNK * radius[:, k]
        radius[:, k] = np.where(fits[:, k], np.minimum(radius[:, k], free[everyone, best]), radius[:, k])
    return centres[..., 0], centres[..., 1], radius, fits


def factor_names(dials: d.Dials) -> dict[str, tuple[str, ...]]:
    """What the values of each factor are called: those that these dials can draw, no others.

    Rotation is the object's turn clockwise, to the nearest 45 degrees; a symmetric shape shows it only in part.
    """
    preset = d.PRESETS[dials.preset]
    return {
        "shape": preset.shapes,
        "hue": preset.hues,
        "size": d.SIZES,
        "position": d.PLACES,
        "rotation": d.ROTATIONS,
        "texture": d.textures(dials),
        "background": d.backgrounds(dials),
        "objects": tuple(str(n) for n in range(1, d.object_range(dials)[1] + 1)),
    }


def factors(scenes: Scenes, dials: d.Dials) -> dict[str, Array]:
    """Factor labels (n,) int64 by name, of the main object or the scene: indices into `factor_names`."""
    names = factor_names(dials)
    low, high = d.PRESETS[dials.preset].size
    size = np.clip((scenes.radius[:, 0] - low) / (high - low) * len(d.SIZES), 0, len(d.SIZES) - 1)
    sector = np.round(scenes.rotation[:, 0] / (2 * np.pi) * len(d.ROTATIONS)) % len(d.ROTATIONS)
    labels = {
        "shape": _renumbered(scenes.shape[:, 0], d.SHAPES, names["shape"]),
        "hue": _renumbered(scenes.hue[:, 0], tuple(d.HUES), names["hue"]),
        "size": size,
        "position": _third(scenes.y[:, 0]) * 3 + _third(scenes.x[:, 0]),
        "rotation": sector,
        "texture": _renumbered(scenes.texture[:, 0], d.TEXTURES, names["texture"]),
        "background": _renumbered(scenes.background, (*d.BACKGROUNDS, d.BLANK), names["background"]),
        "objects": scenes.present.sum(axis=1) - 1,
    }
    return {name: values.astype(np.int64) for name, values in labels.items()}


def _renumbered(indices: Array, every: tuple[str, ...], some: tuple[str, ...]) -> Array:
    """Indices into `every` as indices into `some`."""
    return np.array([some.index(name) if name in some else -1 for name in every])[indices]


def _third(position: Array) -> Array:
    """0, 1 or 2 along an axis: below -0.2, between, above 0.2 half widths."""
    return (position > -0.2).astype(np.int64) + (position > 0.2)
