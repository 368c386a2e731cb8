"""Description: what a model is, how far that was read from its file, and what had to be assumed. Frozen and picklable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sslviz.spec.config import DataConfig

Kind = Literal["vit", "cnn"]
Ability = Literal["attention", "reconstruct", "text", "classify"]


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that no tensor of the file tells: computed with `value` until the user says otherwise."""

    name: str  # as `open_model` calls it, "heads"; "" where it cannot be changed
    value: str
    why: str  # "64 numbers a head, as in every published DINO"
    choices: tuple[str, ...] = ()  # what else would fit


@dataclass(frozen=True, slots=True)
class Description:
    """A model at a glance. Sizes are (height, width) in px; 0 and () where something does not apply."""

    source: str  # as the user named it
    family: str  # "DINO"
    network: str  # the one that was chosen, "teacher"; "" where the file holds one only
    networks: tuple[str, ...]  # those that the file holds, the usual choice first
    kind: Kind
    backbone: str  # "ViT-S/16", "ResNet-50, width 16"
    parameters: int  # of the backbone
    depth: int
    width: int
    heads: int
    patch: tuple[int, int]
    image_size: tuple[int, int]  # that the position table is for, or that the network was trained at
    channels: int
    class_token: bool
    registers: int
    positions: str  # "learned table, 14 x 14; other sizes: bicubic with DINO's offset of 0.1"
    mean: tuple[float, ...]
    std: tuple[float, ...]
    precision: str  # of the stored weights, "float16"
    abilities: tuple[Ability, ...]
    matched: float  # percent of the chosen network's parameters that the computation uses
    inferred: tuple[str, ...] = ()  # sentences
    assumed: tuple[Assumption, ...] = ()
    unused: tuple[str, ...] = ()  # tensors that nothing is computed with, in the order of the file
    notes: tuple[str, ...] = ()  # what the user should know: "The decoder is missing: ..."
    sha256: str = ""  # of the file; of a folder, of its weight files in order
    bytes: int = 0
    format: str = ""  # "torch zip", "torch legacy", "safetensors", "Hugging Face folder, 2 shards", "run folder"
    data: DataConfig | None = None  # what it was trained on, where that is known; None of a stranger's file

    @property
    def title(self) -> str:
        """The shortest name that is not ambiguous: "DINO ViT-S/16, teacher"."""
        return f"{self.family} {self.backbone}" + (f", {self.network}" if self.network else "")

    @property
    def short_hash(self) -> str:
        """What captions of figures carry."""
        return self.sha256[:10]

    @property
    def prefix(self) -> int:
        """Tokens before the patches."""
        return int(self.class_token) + self.registers
