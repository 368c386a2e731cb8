"""Ledger: which tensors of a part a family computes with. Nothing is used without its shape being checked, nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from torch import Tensor

from sslviz.checkpoints.errors import CheckpointError


class Ledger:
    """The tensors of a part, each handed out once its shape was checked.

    spell: from the name that a family asks for to the name in the file, for families whose layout differs in names only.
    Errors and lists speak of names in the file.
    """

    def __init__(self, tensors: Mapping[str, Tensor], spell: Callable[[str], str] = str) -> None:
        self._tensors, self._spell = tensors, spell
        self._taken: set[str] = set()
        self._ignored: set[str] = set()

    def has(self, name: str) -> bool:
        """Whether the file has this tensor."""
        return self._spell(name) in self._tensors

    def begins(self, prefix: str) -> bool:
        """Whether the file has any tensor whose name begins so."""
        return any(name.startswith(self._spell(prefix)) for name in self._tensors)

    def shape(self, name: str, dimensions: int) -> tuple[int, ...]:
        """Of a tensor that sizes are read from. Raises CheckpointError where it is missing or has other dimensions."""
        shape = tuple(self._found(name).shape)
        if len(shape) != dimensions:
            raise CheckpointError(
                f"The tensor {self._spell(name)} has the shape {_spoken(shape)}, where {dimensions} dimensions belong.",
                "The file is damaged, or of a family that is not known.",
            )
        return shape

    def take(self, name: str, *shape: int) -> Tensor:
        """The tensor of this name and shape; -1: any size. Raises CheckpointError naming it, with both shapes where they differ."""
        tensor = self._found(name)
        found = tuple(tensor.shape)
        if len(found) != len(shape) or any(want not in (-1, have) for want, have in zip(shape, found, strict=True)):
            raise CheckpointError(
                f"The tensor {self._spell(name)} has the shape {_spoken(found)}, where {_spoken(shape)} belongs.",
                "The file is damaged, or parts of two networks were mixed.",
            )
        if not tensor.is_floating_point():
            raise CheckpointError(
                f"The tensor {self._spell(name)} is stored as {str(tensor.dtype).removeprefix('torch.')}: these weights are quantised.",
                "Save the network in float32, float16 or bfloat16.",
            )
        self._taken.add(self._spell(name))
        return tensor

    def mark(self, *names: str) -> None:
        """These are computed with, by something that took them itself."""
        self._taken.update(self._spell(name) for name in names)

    def ignore(self, prefix: str) -> None:
        """Tensors whose name begins so are known, and have no part in what is computed: of training only, say."""
        self._ignored.update(name for name in self._tensors if name.startswith(prefix))

    @property
    def left(self) -> tuple[str, ...]:
        """Tensors that were neither taken nor ignored, in the order of the file: nobody knows what they are for."""
        return tuple(name for name in self.unused if name not in self._ignored)

    @property
    def unused(self) -> tuple[str, ...]:
        """Tensors that nothing is computed with, known or not, in the order of the file."""
        return tuple(name for name in self._tensors if name not in self._taken)

    @property
    def matched(self) -> float:
        """Percent of the numbers in the file's part that are computed with."""
        whole = sum(tensor.numel() for tensor in self._tensors.values())
        used = sum(self._tensors[name].numel() for name in self._taken if name in self._tensors)
        return 100.0 * used / whole if whole else 0.0

    def blocks(self, prefix: str, *, pattern: str = "") -> int:
        """How many blocks are named `prefix`0, `prefix`1 ... in the file; 0 where there are none.

        pattern: of their names, with a group for the number, where a prefix does not tell. Raises CheckpointError where one of
        them is missing in between.
        """
        names = re.compile(pattern or re.escape(prefix) + r"(\d{1,9})\.")
        found = {int(match[1]): match[0].rstrip(".") for name in self._tensors if (match := names.match(name))}
        whole = range(min(max(found, default=-1), len(found) + 8) + 1)  # a name may claim a billion blocks
        if missing := [f"{prefix}{i}" for i in whole if i not in found][:8]:
            raise CheckpointError(
                f"{'Blocks are' if len(missing) > 1 else 'A block is'} missing: {', '.join(missing)}, though there is {found[max(found)]}.",
                "The file is incomplete: copy, download or save it again.",
            )
        return len(found)

    def spelt(self, name: str) -> str:
        """What the file calls it."""
        return self._spell(name)

    def _found(self, name: str) -> Tensor:
        spelt = self._spell(name)
        if spelt not in self._tensors:
            raise CheckpointError(
                f"The tensor {spelt} is missing.", "The file is incomplete: copy, download or save it again."
            )
        return self._tensors[spelt]


def _spoken(shape: tuple[int, ...]) -> str:
    return " x ".join("any" if n == -1 else str(n) for n in shape) or "()"
