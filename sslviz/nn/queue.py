"""Queue: the newest rows of many batches in a ring (MoCo, arXiv:1911.05722, Sec. 3.1; SwAV, arXiv:2006.09882, Sec. 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn


class Queue(nn.Module):
    """A ring of K rows of D numbers: new rows replace the oldest ones, beyond the last place they go on at the first.

    It wraps truly, whatever the number of rows: MoCo's code refuses a K that the batch does not divide, lightly drops what
    does not fit before the end. Everything is a buffer, so a checkpoint keeps the queue and its length.
    """

    rows: Tensor  # (K, D)
    born: Tensor  # (K,) int64: the step, from 1, at which each row came; 0 for the rows that it begins with
    pointer: Tensor  # () int64: the place of the oldest row, where the next one goes

    def __init__(self, size: int, dim: int, *, random: bool = False) -> None:
        """random: begin with random directions, which repel like keys that nothing resembles (MoCo); else with zeros (SwAV).

        They are drawn from torch's global generator, which the caller seeds.
        """
        super().__init__()
        _require_places(size)
        self._random = random
        self.register_buffer("rows", _directions(torch.randn(size, dim)) if random else torch.zeros(size, dim))
        self.register_buffer("born", torch.zeros(size, dtype=torch.int64))
        self.register_buffer("pointer", torch.zeros((), dtype=torch.int64))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def full(self) -> Tensor:
        """() bool: whether every row was put there by `push`."""
        return (self.born > 0).all()

    @torch.no_grad()
    def push(self, rows: Tensor, step: int) -> None:
        """Put `rows` (n, D) in the places of the oldest; of more rows than places the last K stay. step: from 1."""
        n, size = len(rows), len(self)
        first = max(n - size, 0)  # rows before it would be written over at once
        places = (self.pointer + torch.arange(first, n, device=self.rows.device)) % size
        self.rows.index_copy_(0, places, rows[first:].to(self.rows))
        self.born.index_fill_(0, places, step)
        self.pointer.copy_((self.pointer + n) % size)

    def newest_first(self) -> Tensor:
        """The rows in the order of their age, (K, D)."""
        return self.rows.roll(-int(self.pointer), 0).flip(0)

    @torch.no_grad()
    def resize(self, size: int) -> None:
        """Keep the newest rows that fit; new places are older than all of them and hold what a queue begins with.

        Their random directions depend on the new size alone: nobody's generator is drawn from.
        """
        _require_places(size)
        kept = min(size, len(self))
        rows, born = (buffer.roll(-int(self.pointer), 0)[len(self) - kept :] for buffer in (self.rows, self.born))
        self.rows = torch.cat([self._beginning(size - kept), rows])
        self.born = torch.cat([born.new_zeros(size - kept), born])
        self.pointer = torch.zeros_like(self.pointer)

    def _beginning(self, count: int) -> Tensor:
        if not self._random:
            return self.rows.new_zeros(count, self.rows.shape[1])
        generator = torch.Generator().manual_seed(count)
        return _directions(torch.randn(count, self.rows.shape[1], generator=generator)).to(self.rows)

    def _load_from_state_dict(self, state_dict: Mapping[str, Any], prefix: str, *args: Any) -> None:
        """Take over the length of the queue that was saved: it may have changed while the run trained."""
        saved = state_dict.get(f"{prefix}rows")
        if saved is not None and saved.ndim == 2 and saved.shape[1] == self.rows.shape[1]:
            self.rows, self.born = self.rows.new_empty(saved.shape), self.born.new_empty(len(saved))
        super()._load_from_state_dict(state_dict, prefix, *args)


def _directions(rows: Tensor) -> Tensor:
    return F.normalize(rows, dim=1)


def _require_places(size: int) -> None:
    if size < 1:
        raise ValueError(f"a queue has at least one place, not {size}")
