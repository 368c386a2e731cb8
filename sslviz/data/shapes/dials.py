"""What can be dialled in the procedural set, and the presets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sslviz.spec.params import Scalar, build, choice, param

SHAPES = ("circle", "square", "triangle", "star", "ring", "cross", "hexagon", "crescent")
HUES = {
    "red": 0.0,
    "orange": 28.0,
    "yellow": 54.0,
    "green": 120.0,
    "cyan": 180.0,
    "blue": 222.0,
    "violet": 275.0,
    "pink": 325.0,
}
"""Hue names and their degrees on the HSV circle."""  # fmt: skip
TEXTURES = ("plain", "stripes", "checks", "shaded")
BACKGROUNDS = ("gradient", "stripes", "plaid", "blobs", "grain", "rays")
BLANK = "blank"
SIZES = ("small", "medium", "large")
PLACES = ("top left", "top", "top right", "left", "centre", "right", "bottom left", "bottom", "bottom right")
ROTATIONS = tuple(f"{angle}°" for angle in range(0, 360, 45))
MOST_OBJECTS = 4


@dataclass(frozen=True, slots=True)
class Preset:
    """What a preset decides; sizes are radii in half image widths."""

    title: str
    objects: tuple[int, int]  # fewest, most
    size: tuple[float, float]
    backgrounds: tuple[str, ...] = BACKGROUNDS
    background_saturation: float = 0.35
    blended: bool = False  # two backgrounds mixed, so that none identifies the image
    textures: tuple[str, ...] = TEXTURES
    shapes: tuple[str, ...] = SHAPES
    hues: tuple[str, ...] = tuple(HUES)
    image_size: int = 64


PRESETS: Mapping[str, Preset] = {
    "general": Preset("1 to 3 objects on rich backgrounds", (1, 3), (0.30, 0.64)),
    "objects": Preset("1 or 2 larger objects on rich backgrounds", (1, 2), (0.40, 0.74)),
    "mixed": Preset("1 or 2 larger objects, two blended backgrounds", (1, 2), (0.40, 0.74), blended=True),
    "plain": Preset("1 or 2 larger objects on dull blobs or grain: the background does not identify the image", (1, 2), (0.40, 0.74),
                    backgrounds=("blobs", "grain"), background_saturation=0.12),
    "single": Preset("one object on a rich background", (1, 1), (0.46, 0.76)),
    "lesson": Preset("one untextured object, 5 shapes and 6 hues: learns in seconds", (1, 1), (0.50, 0.74), backgrounds=("gradient", "blobs"),
                     background_saturation=0.12, textures=("plain", "shaded"), shapes=("circle", "square", "triangle", "star", "cross"),
                     hues=("red", "yellow", "green", "cyan", "blue", "pink"), image_size=32),
}  # fmt: skip

AS_PRESET = "as the preset"
FEW_BACKGROUNDS = 2
"""So few kinds of background tell no images apart."""


@dataclass(frozen=True, slots=True)
class Dials:
    """Dials of the procedural set; image size and seed are those of DataConfig.

    The jitters are multiples of the preset's own range: 0 holds a factor still, 1 is the preset.
    """

    preset: str = choice("general", tuple(PRESETS), about="; ".join(f"{n}: {p.title}" for n, p in PRESETS.items()))
    count: int = param(
        20_000, lo=16, hi=2_000_000, scale="log", label="images", live=False, up="more to learn from; longer to make"
    )
    label: str = choice(
        AS_PRESET,
        (AS_PRESET, "background", "hue", "shape"),
        label="class label",
        about="which factor counts as the class: the background is learnt in a minute and kept; hue is learnt in seconds, and lost again to "
        "the colour jitter; shape is hard. As the preset: the background where it tells images apart, else the hue",
    )
    objects: int = param(
        0,
        lo=0,
        hi=MOST_OBJECTS,
        live=False,
        label="objects at most",
        up="crowded scenes; what finds no room is left out",
        down="0: as the preset",
    )
    texture: str = choice(
        AS_PRESET, (AS_PRESET, "on", "off"), label="object textures", about="off: every object in one flat colour"
    )
    background: str = choice(
        AS_PRESET, (AS_PRESET, "any", *BACKGROUNDS, BLANK), about="one kind for all images; blank: plain grey"
    )
    hue_jitter: float = param(
        1.0, lo=0.0, hi=2.0, live=False, up="hues of one name differ more (2: up to ±12°)", down="0: eight exact hues"
    )
    size_jitter: float = param(1.0, lo=0.0, hi=1.0, live=False, down="0: every object in the middle size")
    position_jitter: float = param(
        1.0, lo=0.0, hi=1.0, live=False, down="0: every object in the centre (of several, one is left)"
    )
    rotation_jitter: float = param(
        1.0, lo=0.0, hi=1.0, live=False, down="0: every object upright, as for the rotation lesson"
    )
    mark: str = choice("none", ("none", "identity", "label"), label="shortcut mark",
                       about="a small mark in the top left corner that gives the image or its class away")  # fmt: skip


def chosen(dials: Mapping[str, Scalar]) -> Dials:
    """Dials from their names and values; raises SpecError."""
    return build(Dials, dials)


def object_range(dials: Dials) -> tuple[int, int]:
    """Fewest and most objects of an image."""
    fewest, most = PRESETS[dials.preset].objects
    return (min(fewest, dials.objects), dials.objects) if dials.objects else (fewest, most)


def textures(dials: Dials) -> tuple[str, ...]:
    """The object textures to draw from."""
    own = PRESETS[dials.preset].textures
    return {AS_PRESET: own, "on": TEXTURES, "off": TEXTURES[:1]}[dials.texture]


def class_label(dials: Dials) -> str:
    """The factor that counts as the class: "background", "hue" or "shape"."""
    if dials.label != AS_PRESET:
        return dials.label
    tells_apart = len(backgrounds(dials)) > FEW_BACKGROUNDS and not PRESETS[dials.preset].blended
    return "background" if tells_apart else "hue"


def backgrounds(dials: Dials) -> tuple[str, ...]:
    """The kinds of background to draw from."""
    match dials.background:
        case "as the preset":
            return PRESETS[dials.preset].backgrounds
        case "any":
            return BACKGROUNDS
        case one:
            return (one,)
