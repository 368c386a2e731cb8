"""Models that were opened before, as the program remembers them between starts. The file is models.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import tomli_w

from sslviz.spec.errors import SpecError

NAME = "models.toml"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """One model: the path or name it was opened by, and what lists say of it."""

    source: str
    title: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class _File:
    models: tuple[KnownModel, ...] = ()


def to_toml(models: Sequence[KnownModel]) -> str:
    """The text of models.toml, newest first."""
    return tomli_w.dumps(msgspec.to_builtins(_File(tuple(models))))


def from_toml(source: str) -> tuple[KnownModel, ...]:
    """The models in the text of models.toml; raises SpecError for text that is none."""
    try:
        return msgspec.convert(tomllib.loads(source), _File).models
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SpecError(f"{NAME} lists no models: {error}.", "Delete the file: it fills itself again.") from error
