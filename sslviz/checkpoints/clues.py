"""What tells one family of vision transformers from another where their tensors have the same names.

DINO, iBOT, MoCo v3, MAE's encoder, I-JEPA and timm share theirs. What is left: heads beside the backbone, what lies beside the weights
in the file, the table of positions (learned, or sines and cosines laid out one way or the other), and the file's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import isqrt
from typing import Literal

import torch
from torch import Tensor

from sslviz.checkpoints.base import Part
from sslviz.nn.positions import sincos_positions

Table = Literal["mae", "moco_v3", "other", "none"]
"""mae: sines and cosines, the column first (I-JEPA's too); moco_v3: the row first; other: learned, or resized."""

LARGEST = 200 * 200
"""Rows beyond which a table is not compared with sines and cosines."""

_BLOCK = re.compile(r"blocks\.(\d+\.)?\d+\.(attn\.(qkv|proj|q_proj|q_bias)|norm1|mlp\.(fc1|w12|w1))\b")


@dataclass(frozen=True)
class Clues:
    """What there is to tell families apart by."""

    part: Part

    @cached_property
    def native(self) -> bool:
        """Whether names are those that DINO, MAE, timm and their relatives share: blocks beside a patch embedding, or tokens."""
        names = self.part.tensors
        beside = any(name.startswith(("patch_embed.", "pos_embed", "cls_token", "rope_embed.")) for name in names)
        return beside and any(_BLOCK.match(name) for name in names)

    def has(self, *beginnings: str) -> bool:
        """Whether any tensor's name begins so."""
        return any(name.startswith(beginnings) for name in self.part.tensors)

    def in_blocks(self, *names: str) -> bool:
        """Whether any block has one of these tensors."""
        return any(".".join(name.split(".")[-2:]) in names or name.split(".")[-1] in names for name in self._of_blocks)

    @cached_property
    def _of_blocks(self) -> tuple[str, ...]:
        return tuple(name for name in self.part.tensors if name.startswith("blocks."))

    @cached_property
    def file_name(self) -> str:
        """Of the file, lower case."""
        return self.part.archive.path.name.lower()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the file, config.json and the training's arguments call the network, lower case."""
        told = (self.part.archive.config.get("architecture"), *(self.part.args.get(key) for key in ("model", "arch")))
        return (self.file_name, *(name.lower() for name in told if isinstance(name, str)))

    def named(self, pattern: str) -> bool:
        """Whether one of the names has a word that fits; words are parted by what is neither letter nor digit."""
        words = (word for name in self.names for word in re.split(r"[^a-z0-9]+", name))
        return any(re.fullmatch(pattern, word) for word in words)

    @cached_property
    def beside(self) -> frozenset[str]:
        """Entries of the file next to the weights."""
        tree = self.part.archive.tree
        return frozenset(key for key in tree if isinstance(key, str)) if isinstance(tree, Mapping) else frozenset()

    @cached_property
    def wrapped_in(self) -> str:
        """The one entry that holds everything, "" where there are others or none."""
        return next(iter(self.beside)) if len(self.beside) == 1 else ""

    @cached_property
    def class_token(self) -> bool:
        """Whether there is one."""
        return "cls_token" in self.part.tensors

    @cached_property
    def classifier(self) -> bool:
        """Whether a linear layer named `head` lies on the features."""
        return "head.weight" in self.part.tensors

    @cached_property
    def table(self) -> Table:
        """How the table of positions is made."""
        table = self.part.tensors.get("pos_embed")
        if table is None:
            return "none"
        return table_kind(table, 1 if self.class_token else 0)


def table_kind(table: Tensor, prefix: int) -> Table:
    """Whether a table (1, prefix + n², D) holds sines and cosines, and in whose order."""
    if table.ndim != 3 or not prefix < table.shape[1] < LARGEST or table.shape[2] % 4:
        return "other"
    side = isqrt(table.shape[1] - prefix)
    if side * side + prefix != table.shape[1]:
        return "other"
    found = table[0, prefix:].float()
    first = torch.tensor([0.0, 1.0, 0.0, 1.0]).repeat_interleave(
        table.shape[2] // 4
    )  # the first place's sines and cosines
    if not _alike(found[0], first):
        return "other"
    waves, turned = _waves(table.shape[2], side)
    if _alike(found, waves):
        return "mae"
    return "moco_v3" if _alike(found, turned) else "other"


def _alike(found: Tensor, made: Tensor) -> bool:
    """Equal but for rounding to half precision."""
    return torch.allclose(found, made, atol=4e-3)


@lru_cache(maxsize=2)
def _waves(width: int, side: int) -> tuple[Tensor, Tensor]:
    """Sines and cosines of a square grid (side², width): the column first, and the row first."""
    waves = sincos_positions(width, (side, side))
    return waves, waves.reshape(side, side, -1).transpose(0, 1).flatten(0, 1)
