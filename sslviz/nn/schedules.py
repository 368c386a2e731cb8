"""Schedules: linear warm-up, cosine decay and the momentum of a teacher, in the conventions that the papers' code uses.

The step k counts from 0 in all of them. They differ at both ends, and with few steps visibly so:

    convention  warm-up of W steps     cosine after it         used by
    "exact"     (k+1)/W: never 0       ends exactly at final   lightly; the runs of this program
    "dino"      k/(W-1): reaches base  stops one step short    DINO (learning rate, weight decay, momentum), solo-learn
    "mae"       k/W: the first is 0    stops one step short    MAE, MoCo v3, BYOL, Barlow Twins, VICReg
"""

from __future__ import annotations

import math
from typing import Literal

Convention = Literal["exact", "dino", "mae"]


def cosine(progress: float, start: float, end: float) -> float:
    """From `start` at progress 0 to `end` at 1 along half a cosine; beyond 1 it stays at `end`."""
    share = (1 + math.cos(math.pi * min(max(progress, 0.0), 1.0))) / 2
    return end + (start - end) * share


def warmup_cosine(
    step: float,
    steps: float,
    *,
    base: float,
    final: float = 0.0,
    warmup: float = 0,
    start: float = 0.0,
    convention: Convention = "exact",
) -> float:
    """The value at `step` of `steps`: linear from `start` to `base` over `warmup` steps, then a cosine to `final`.

    base, final, start: any values. step, steps, warmup: may be fractional, as MAE counts epochs. The exact convention gives
    `final` from the last step on, the others one step later; a warm-up as long as the run leaves no cosine.
    """
    if step < warmup:
        return start + (base - start) * _warm(step, warmup, convention)
    last = steps - warmup - (1 if convention == "exact" else 0)
    return cosine((step - warmup) / last if last > 0 else 1.0, base, final)


def _warm(step: float, warmup: float, convention: Convention) -> float:
    """The share of a warm-up that is done at `step`."""
    if convention == "exact":
        return (step + 1) / warmup
    if convention == "dino":
        return step / (warmup - 1) if warmup > 1 else 0.0
    return step / warmup


def ema_momentum(step: int, steps: int, base: float, final: float = 1.0) -> float:
    """The teacher's momentum at step k of K (BYOL, arXiv:2006.07733, Sec. 3.2): 1 - (1 - base)(cos(πk/K) + 1)/2, from base to final."""
    return cosine(step / steps if steps > 0 else 1.0, base, final)


def linear_then_constant(step: int, *, warm: float, final: float, steps: int) -> float:
    """DINO's teacher temperature: `steps` values from `warm` to `final`, both included, then `final`; step counts epochs there."""
    return final if step >= steps else warm + (final - warm) * step / max(steps - 1, 1)
