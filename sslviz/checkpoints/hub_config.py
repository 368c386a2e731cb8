"""config.json and preprocessor_config.json of a Hugging Face folder, read with care: they come from strangers and may not fit the tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.normalisation import Normalisation

TOLD = "preprocessor_config.json's"
"""The name of a normalisation that the folder tells."""


@dataclass(frozen=True, slots=True)
class HubConfig:
    """Values by name; what is missing is None. Raises CheckpointError for a value that is of no use."""

    values: Mapping[str, Any]

    def __bool__(self) -> bool:
        return bool(self.values)

    @property
    def model_type(self) -> str:
        """The architecture's name, "" where none is told."""
        found = self.values.get("model_type", "")
        return found if isinstance(found, str) else ""

    def whole(self, name: str) -> int | None:
        """A whole number above 0."""
        found = self.values.get(name)
        if found is None or (isinstance(found, int) and not isinstance(found, bool) and found > 0):
            return found
        raise _useless(name, found, "a whole number above 0")

    def token(self, name: str) -> int | None:
        """The number of a word of a vocabulary."""
        found = self.values.get(name)
        if found is None or (isinstance(found, int) and not isinstance(found, bool) and found >= 0):
            return found
        raise _useless(name, found, "the number of a token")

    def number(self, name: str) -> float | None:
        """A finite number above 0."""
        found = self.values.get(name)
        if found is None:
            return None
        if isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found) and found > 0:
            return float(found)
        raise _useless(name, found, "a number above 0")

    def text(self, name: str) -> str | None:
        """A word."""
        found = self.values.get(name)
        if found is None or isinstance(found, str):
            return found
        raise _useless(name, found, "a text")

    def flag(self, name: str) -> bool | None:
        """True or false."""
        found = self.values.get(name)
        if found is None or isinstance(found, bool):
            return found
        raise _useless(name, found, "true or false")

    def pair(self, name: str) -> tuple[int, int] | None:
        """(height, width), told as one number or as two."""
        found = self.values.get(name)
        match found:
            case None:
                return None
            case [int(height), int(width)] if height > 0 < width:
                return height, width
            case int(side) if not isinstance(side, bool) and side > 0:
                return side, side
        raise _useless(name, found, "a size in pixels")

    def inner(self, name: str) -> HubConfig:
        """A configuration within this one; empty where there is none."""
        found = self.values.get(name)
        return HubConfig(found if isinstance(found, Mapping) else {})

    def agree(self, name: str, found: int | tuple[int, int], where: str) -> None:
        """Raises CheckpointError where the file says otherwise than its tensors, naming both."""
        told = self.pair(name) if isinstance(found, tuple) else self.whole(name)
        if told is not None and told != found:
            raise CheckpointError(
                f"config.json says that {name} is {_shown(told)}, and by {where} it is {_shown(found)}.",
                "Put the config.json beside these weights that they came with.",
            )


def normalisation(preprocessor: Mapping[str, Any], channels: int) -> Normalisation | None:
    """How the folder says that pixels are normalised; None where it does not say. Raises CheckpointError for what makes no sense."""
    if preprocessor.get("do_normalize") is False:
        return Normalisation((0.0,) * channels, (1.0,) * channels, TOLD)
    mean, std = (_channels(preprocessor, name, channels) for name in ("image_mean", "image_std"))
    if mean is None or std is None:
        return None
    if min(std) <= 0:
        raise _useless("image_std", std, "numbers above 0", "preprocessor_config.json")
    return Normalisation(mean, std, TOLD)


def _channels(preprocessor: Mapping[str, Any], name: str, channels: int) -> tuple[float, ...] | None:
    found = preprocessor.get(name)
    if found is None:
        return None
    values = found if isinstance(found, list | tuple) else [found] * channels
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in values)
    if not numbers or len(values) != channels:
        raise _useless(name, found, f"{channels} numbers", "preprocessor_config.json")
    return tuple(float(v) for v in values)


def _shown(value: int | tuple[int, int]) -> str:
    return f"{value[0]} x {value[1]}" if isinstance(value, tuple) else str(value)


def _useless(name: str, found: object, wanted: str, file: str = "config.json") -> CheckpointError:
    return CheckpointError(
        f"{file} says that {name} is {str(found)[:60]!r}, and it should be {wanted}.",
        "Download the folder again, or mend the file.",
    )
