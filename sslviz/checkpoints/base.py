"""The steps from a file to a model: Archive (what was read), Part (one network in it), Family (who knows it), Loaded (the model).

    Archive -> parts_of -> Part(s) -> the family that is surest -> Loaded

A family is one file beside this one, and is found by itself. It gives the tensors of a part their canonical names (those of
`sslviz.nn.vision_transformer` or `sslviz.nn.residual_network`), infers the architecture from shapes alone, and says what it assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from torch import Tensor, nn

from sslviz.spec.config import RunConfig
from sslviz.spec.description import Assumption, Description
from sslviz.spec.registry import Registry


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """What lies in a file or folder, read without running anything of it.

    tree: nested dicts, lists and plain values; tensors are views of the mapped file, in their stored precision, checked (dense,
    floating point or integer, no larger than the file); objects of unknown classes are inert `Placeholder`s.
    """

    path: Path
    format: str
    tree: Any
    files: tuple[Path, ...]  # whose bytes are hashed
    config: Mapping[str, Any] = field(default_factory=dict)  # config.json of a Hugging Face folder
    preprocessor: Mapping[str, Any] = field(default_factory=dict)  # its preprocessor_config.json
    metadata: Mapping[str, str] = field(default_factory=dict)  # of a safetensors header


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One network of an archive: its tensors without wrappers' prefixes, backbone and heads alike."""

    name: str  # "teacher", "encoder_q"; "" where the archive holds one only
    tensors: Mapping[str, Tensor]
    archive: Archive
    args: Mapping[str, Any] = field(
        default_factory=dict
    )  # of the training script or hyper_parameters, plain values only
    networks: tuple[
        str, ...
    ] = ()  # names of all the archive's parts, the usual choice first; () where it holds one only
    origin: str = ""  # whose training code wrote these names, where the wrappers tell: "moco", "solo-learn"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user wants otherwise than the family assumes; 0: as it assumes."""

    heads: int = 0
    image_size: int = 0
    decoder_heads: int = 0  # of MAE's decoder


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A network in evaluation mode, float32, without gradient, and all that belongs to it."""

    network: nn.Module  # VisionTransformer or ResidualNetwork
    description: Description
    decoder: nn.Module | None = None  # MaskedDecoder: patches from visible tokens
    text: nn.Module | None = None  # TextTower
    heads: Mapping[str, nn.Module] = field(
        default_factory=dict
    )  # by name ("projection", "logits"): pooled features -> outputs
    normalised_target: bool | None = None  # of a decoder: patches by their own mean and deviation; None: not stored
    method: nn.Module | None = None  # of a run of our own: the whole method, whose task may have a picture of its own
    config: RunConfig | None = None  # of a run of our own: how its views are made


@dataclass(frozen=True, slots=True)
class Match:
    """How sure a family is of a part, 0 to 100, and why."""

    sureness: int
    why: str


class Family:
    """One way in which published models are stored."""

    name: ClassVar[str]  # "dino"
    title: ClassVar[str]  # "DINO"
    source: ClassVar[str]  # the repository or paper whose conventions are followed

    def recognise(self, part: Part) -> Match | None:
        """Whether this part looks like this family's, from names, shapes, the file's name and what lies beside it."""
        raise NotImplementedError

    def load(self, part: Part, wishes: Wishes) -> Loaded:
        """The model. Raises CheckpointError naming what is missing or does not fit."""
        raise NotImplementedError


FAMILIES: Registry[Family] = Registry("checkpoint family")

__all__ = ["FAMILIES", "Archive", "Assumption", "Description", "Family", "Loaded", "Match", "Part", "Wishes"]
