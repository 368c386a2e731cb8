"""EMA: a teacher that follows its student slowly (MoCo, arXiv:1911.05722; BYOL, arXiv:2006.07733; DINO, arXiv:2104.14294)."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def ema_update(teacher: nn.Module, student: nn.Module, momentum: float) -> None:
    """teacher <- momentum * teacher + (1 - momentum) * student, parameters only, in place.

    momentum: in [0, 1]; 1 leaves the teacher as it is, 0 copies the student. Batch-norm statistics are neither copied nor
    averaged, as in all the papers' code: the teacher stays in train mode and keeps its own. (In eval mode such a teacher is
    garbage, for its statistics were never updated.) Raises ValueError where the two differ in their parameters.
    """
    if not 0.0 <= momentum <= 1.0:
        raise ValueError(f"an EMA momentum lies in [0, 1], not at {momentum}")
    old, new = dict(teacher.named_parameters()), dict(student.named_parameters())
    if old.keys() != new.keys():
        raise ValueError(f"teacher and student differ in {sorted(old.keys() ^ new.keys())}")
    torch._foreach_mul_(list(old.values()), momentum)  # one call for all weights: many are small
    torch._foreach_add_(list(old.values()), [new[name].to(w.dtype) for name, w in old.items()], alpha=1.0 - momentum)
