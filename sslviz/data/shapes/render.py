"""Scenes to pixels and instance masks: whole batches at a time, by signed distances. No loop runs over images.

Order: background, light on it, objects from the smallest to the main one (each with texture, shading and an anti-aliased edge),
noise, mark. Illumination, texture and shading scale all three channels alike, so a hue in the picture is the hue in the labels.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sslviz.data.base import Array
from sslviz.data.shapes import dials as d
from sslviz.data.shapes.backgrounds import axis, coarse, pattern, smooth
from sslviz.data.shapes.draws import Stream, uniform
from sslviz.data.shapes.outlines import OUTLINES
from sslviz.data.shapes.scenes import Scenes

_NOISE_TABLE = 1 << 21
_BLANK = 0.55  # brightness of a blank background
_NOISE = 0.012  # standard deviation, of pixels in [0, 1]


def render(scenes: Scenes, dials: d.Dials, size: int) -> tuple[Array, Array]:
    """Pictures (n, 3, size, size) uint8 and masks (n, size, size) uint8: 0 background, 1 the main object, 2 the next ..."""
    light = _light(scenes, size)  # (n, size, size)
    planes = _ground(scenes, dials, size)  # (n, 3, size, size) float32 in [0, 1]
    masks = np.zeros((len(scenes), size, size), np.uint8)
    for k in range(scenes.present.shape[1] - 1, -1, -1):
        _paint_object(planes, masks, scenes, k, size)
    planes *= light[:, None]
    planes += _noise(scenes, size)
    pictures = (np.clip(planes, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    return pictures, masks


def _ground(scenes: Scenes, dials: d.Dials, size: int) -> Array:
    """The background alone, (n, 3, size, size)."""
    preset = d.PRESETS[dials.preset]
    mix = pattern(scenes.background, scenes.seed, scenes.images, size, 0)
    if preset.blended:
        mix = np.float32(0.55) * mix + np.float32(0.45) * pattern(scenes.second, scenes.seed, scenes.images, size, 1)
    draws = uniform(
        scenes.seed, Stream.BACKGROUND_COLOUR, scenes.images, 2, 3
    )  # two colours of (hue, saturation, value)
    dark = np.argsort(draws[:, :, 2], axis=1)[:, ::-1]  # the pattern runs from light to dark or back, as drawn
    value = 0.30 + 0.25 * draws[:, :, 2] + 0.25 * dark
    saturation = draws[:, :, 1] * preset.background_saturation
    blank = (scenes.background == len(d.BACKGROUNDS))[:, None]
    colours = hsv_to_rgb(
        draws[:, :, 0] * 360, np.where(blank, 0, saturation), np.where(blank, _BLANK, value)
    )  # (n, 2, 3)
    first, change = colours[:, 0], colours[:, 1] - colours[:, 0]
    planes: Array = first[:, :, None, None] + change[:, :, None, None] * mix[:, None]
    return planes


def _light(scenes: Scenes, size: int) -> Array:
    """Slow illumination over the whole picture, 0.8 to 1.2, (n, size, size)."""
    field = smooth(coarse(scenes.seed, Stream.ILLUMINATION, scenes.images, 3), size)
    light: Array = np.float32(0.8) + np.float32(0.4) * field
    return light


def _paint_object(planes: Array, masks: Array, scenes: Scenes, k: int, size: int) -> None:
    """Paint object k of each image that has one, over what is there."""
    who = np.flatnonzero(scenes.present[:, k])
    for shape, outline in enumerate(OUTLINES):
        at = who[scenes.shape[who, k] == shape]
        if not len(at):
            continue
        x, y = _local(scenes, at, k, size)
        distance = outline(x, y) * (scenes.radius[at, k] * np.float32(size / 2))[:, None, None]  # pixels
        cover = np.clip(np.float32(0.5) - distance, 0, 1)
        shade = _shade(scenes, at, k, x, y)
        colour = hsv_to_rgb(scenes.degrees[at, k], scenes.saturation[at, k], scenes.value[at, k])  # (m, 3)
        under = planes[at]
        under += cover[:, None] * (colour[:, :, None, None] * shade[:, None] - under)
        planes[at] = under
        masks[at] = np.where(cover > 0.5, np.uint8(k + 1), masks[at])


def _local(scenes: Scenes, at: Array, k: int, size: int) -> tuple[Array, Array]:
    """Pixel centres in the object's own frame (m, size, size): origin in its centre, unit its radius, turned back."""
    line = axis(size)
    dx = (line - scenes.x[at, k, None]) / scenes.radius[at, k, None]  # (m, size)
    dy = (line - scenes.y[at, k, None]) / scenes.radius[at, k, None]
    cos, sin = np.cos(scenes.rotation[at, k])[:, None], np.sin(scenes.rotation[at, k])[:, None]
    x = (cos * dx)[:, None, :] + (sin * dy)[:, :, None]
    y = (cos * dy)[:, :, None] - (sin * dx)[:, None, :]
    return x, y


def _shade(scenes: Scenes, at: Array, k: int, x: Array, y: Array) -> Array:
    """Brightness over the object (m, size, size): directional light and texture. It never touches the hue."""
    direction = uniform(scenes.seed, Stream.LIGHT, scenes.images[at]) * np.float32(2 * np.pi) - scenes.rotation[at, k]
    texture = scenes.texture[at, k]
    slope = np.where(texture == d.TEXTURES.index("shaded"), np.float32(0.38), np.float32(0.10))
    along, across = (slope * np.cos(direction))[:, None, None], (slope * np.sin(direction))[:, None, None]
    shade = 1 - slope[:, None, None] + along * x + across * y
    for name, waves in (("stripes", _stripes), ("checks", _checks)):
        here = np.flatnonzero(texture == d.TEXTURES.index(name))
        if len(here):
            shade[here] *= 1 - np.float32(0.42) * waves(x[here], y[here])
    lit: Array = np.maximum(shade, np.float32(0.15))
    return lit


def _stripes(x: Array, y: Array) -> Array:  # noqa: ARG001 - both textures are called alike
    """Bands across the object, 0 or 1 with soft edges."""
    return np.clip(0.5 + 2 * np.sin(np.float32(7.5) * x), 0, 1)


def _checks(x: Array, y: Array) -> Array:
    """A chequer-board, 0 or 1 with soft edges."""
    return np.clip(0.5 + 3 * np.sin(np.float32(5.2) * x) * np.sin(np.float32(5.2) * y), 0, 1)


def _noise(scenes: Scenes, size: int) -> Array:
    """Pixel noise: a window of a fixed table, at a place and of a strength of each image's own."""
    draws = uniform(scenes.seed, Stream.NOISE, scenes.images, 2)
    length = 3 * size * size
    windows = np.lib.stride_tricks.sliding_window_view(_noise_table(scenes.seed, length), length)
    start = (draws[:, 0] * _NOISE_TABLE).astype(np.int64)
    strength = np.float32(_NOISE) * (0.5 + draws[:, 1])
    noise: Array = windows[start].reshape(-1, 3, size, size) * strength[:, None, None, None]
    return noise


@lru_cache(maxsize=4)
def _noise_table(seed: int, length: int) -> Array:
    """Standard normal numbers, `length` more than there are places to start."""
    generator = np.random.Generator(np.random.SFC64([seed, int(Stream.NOISE)]))
    return generator.standard_normal(_NOISE_TABLE + length, dtype=np.float32)


def hsv_to_rgb(degrees: Array, saturation: Array, value: Array) -> Array:
    """RGB in [0, 1] on a new last axis."""
    k = (np.array([5, 3, 1], np.float32) + np.asarray(degrees, np.float32)[..., None] / 60) % 6
    chroma = np.asarray(value * saturation, np.float32)[..., None]
    rgb: Array = np.asarray(value, np.float32)[..., None] - chroma * np.clip(np.minimum(k, 4 - k), 0, 1)
    return rgb
