"""Captions: an English description of an image, composed from the factors that its data set knows.

"a small striped red star at the top left on plaid": slots in the order of English, each from one factor and each of which may be
left out. Nothing else about the image is said, so what a caption names is all that a model can learn from it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

THING = "object"
"""What is said instead of the shape where the shape is left out."""

_TEXTURES = {"stripes": "striped", "checks": "checked"}
_GROUNDS = {"gradient": "on a gradient", "blank": "on grey"}


def _size(value: str) -> str:
    return value


def _texture(value: str) -> str:
    return _TEXTURES.get(value, value)


def _position(value: str) -> str:
    return "in the centre" if value == "centre" else f"at the {value}"


def _background(value: str) -> str:
    return _GROUNDS.get(value, f"on {value}")


SLOTS = {
    "size": _size,
    "texture": _texture,
    "hue": _size,
    "shape": _size,
    "position": _position,
    "background": _background,
}
"""The factors that captions can name, in the order of the sentence, each with the phrase for one of its values."""


def slots(named: Collection[str]) -> tuple[str, ...]:
    """The slots of a caption that names these factors; the noun is always there."""
    return tuple(factor for factor in SLOTS if factor in named or factor == "shape")


def phrase(factor: str, value: str, named: Collection[str]) -> str:
    """What a caption that names the factors `named` says of this factor's value; factors are those of SLOTS."""
    return SLOTS[factor](value) if factor in named else THING


def caption(values: Mapping[str, str], named: Collection[str]) -> str:
    """The caption of an image whose factors have these values, naming only the factors `named`."""
    return with_article(" ".join(phrase(factor, values[factor], named) for factor in slots(named)))


def with_article(words: str) -> str:
    """ "a red star", "an orange star"."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def vocabulary(factors: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Every word that a caption about these factors' values can hold, sorted; factors that no caption names are left out."""
    phrases = [SLOTS[factor](value) for factor, values in factors.items() if factor in SLOTS for value in values]
    return tuple(sorted({"a", "an", THING, *(word for phrase in phrases for word in phrase.split())}))
