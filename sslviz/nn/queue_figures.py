"""What a queue of keys looks like: its ages, who pushes, and how far its keys are from what they would be today (MoCo).

The arrays are those of `sslviz.spec.catalogue.FigureInfo`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn
from torch.func import functional_call

from sslviz.nn.queue import Queue

Arrays = Mapping[str, Tensor | Sequence[Any]]

SIDE = 64
AGES = 32
"""Cells of a side of the ring's picture, and bars by age: of more places, and of more ages, one stands for several."""

SPECIMENS = 32
EACH = 4
"""Steps of which keys are kept with their views, and how many of each: single ones jump with their company in a batch."""

COMPANY = 64
"""Images of the present batch that they are shown with."""


def ring(values: Tensor) -> Tensor:
    """A number for each place of a ring (K,) as a square, row by row: (side, side)."""
    side = min(SIDE, math.isqrt(len(values)))
    places = torch.arange(side * side, device=values.device) * len(values) // side**2
    return values[places].reshape(side, side)


def push_by_age(push: Tensor, age: Tensor) -> Arrays:
    """Bars: the mean of `push` (K,), where 1 is an even share, over the keys of each `age` (K,) in whole steps."""
    first, last = int(age.min()), int(age.max())
    wide = -(-(last - first + 1) // AGES)
    group = (age - first) // wide
    count = torch.zeros(int(group.max()) + 1, device=age.device).index_add_(0, group, torch.ones_like(push))
    total = torch.zeros_like(count).index_add_(0, group, push)
    there = count > 0
    starts = (first + torch.arange(len(count)) * wide)[there.cpu()].tolist()
    names = [str(start) if wide == 1 else f"{start}-{start + wide - 1}" for start in starts]
    return {"values": (total[there] / count[there])[None], "names": names, "line": torch.ones(1)}


class Specimens(nn.Module):
    """A few keys of a queue with the views that gave them, so that one can see what the teacher makes of them later."""

    def __init__(self, dim: int, view_size: tuple[int, int]) -> None:
        super().__init__()
        self._shape = (3, *view_size)
        self.keys = Queue(SPECIMENS * EACH, dim)
        self.views = Queue(SPECIMENS * EACH, math.prod(self._shape))

    def keep(self, keys: Tensor, views: Tensor, step: int, steps: int) -> None:
        """Keep the first keys (n, D) and views (n, 3, h, w) of a step, if it is its turn: the steps kept shall span `steps` steps."""
        if (step - 1) % max(steps // SPECIMENS, 1) == 0:
            self.keys.push(keys[:EACH], step)
            self.views.push(views[:EACH].flatten(1), step)

    def staleness(self, teacher: nn.Module, views: Tensor, keys: Tensor, step: int) -> Arrays:
        """Curve: mean cosine of the kept keys of each age with what `teacher` makes of their views now; {} before there is any.

        views (B, 3, h, w), keys (B, D): the batch of `step`. It lends its statistics to a teacher with batch norm, as when keys
        are made, and its own mean cosine is the line: what other company in a batch does alone. The teacher does not change.
        """
        there = self.keys.born > 0
        if not there.any():
            return {}
        old = self.views.rows[there].view(-1, *self._shape).to(views.dtype)  # (n, 3, h, w)
        buffers = {name: buffer.clone() for name, buffer in teacher.named_buffers()}
        now = functional_call(teacher, buffers, (torch.cat([old, views[:COMPANY]]),)).float()
        then = torch.cat([self.keys.rows[there], keys[:COMPANY]])
        cosines = F.cosine_similarity(now, then, dim=1)
        age = step - self.keys.born[there]  # (n,), from 0
        count = torch.bincount(age)
        mean = torch.bincount(age, weights=cosines[: len(old)]) / count  # NaN where no key has that age
        ages = count.nonzero().flatten()
        return {"values": mean[ages][None], "x": ages.float(), "line": cosines[len(old) :].mean()[None]}
