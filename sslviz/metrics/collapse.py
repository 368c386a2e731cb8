"""Collapse: to a point, which the standard deviation sees, and to few dimensions, which only the spectrum sees. Show both."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from sslviz.metrics.unit import unit, widen

RANKME_EPS = 1e-7
"""Added to each share of the spectrum, as Garrido et al. do."""


def feature_std(z: Tensor) -> Tensor:
    """Mean over dimensions of the unbiased standard deviation of unit rows (SimSiam, arXiv:2011.10566, Fig. 2). z (n, D) -> ().

    About 1/sqrt(D) when spread evenly, 0 when all rows are one; NaN for one row.
    """
    if len(z) < 2:
        return widen(z).new_tensor(math.nan)
    return unit(z).std(dim=0).mean()


def collapse_level(z: Tensor) -> Tensor:
    """max(0, 1 - sqrt(D) * std): 0 is spread evenly, 1 is one point (lightly's measure). z (n, D) -> ()."""
    return (1 - math.sqrt(z.shape[1]) * feature_std(z)).clamp_min(0)


def singular_values(z: Tensor) -> Tensor:
    """Singular values of z as it is, neither centred nor normalised, largest first. z (n, D) -> (min(n, D),).

    A value that is not finite anywhere in z makes all of them NaN. Computed on the CPU where the device has no SVD.
    """
    z = widen(z.detach())
    if not bool(torch.isfinite(z).all()):
        return z.new_full((min(z.shape),), math.nan)
    values: Tensor = torch.linalg.svdvals(z.cpu() if z.device.type == "mps" else z)
    return values


def rankme(z: Tensor) -> Tensor:
    """RankMe (Garrido et al. 2023, arXiv:2210.02885, Eq. 1): exp of the entropy of p = σ/Σσ + 1e-7. z (n, D) -> ().

    σ are the singular values, not squared and not centred: centring turns the verdict round near collapse. At most min(n, D),
    up to the epsilon. A zero matrix has no directions: NaN.
    """
    s = singular_values(z)
    p = s / s.sum() + RANKME_EPS  # 0/0 is NaN, as it should be
    return (-(p * p.log()).sum()).exp()
