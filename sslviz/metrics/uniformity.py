"""Uniformity (Wang & Isola 2020, arXiv:2005.10242, Sec. 4.1): are the images spread evenly over the sphere?"""

from __future__ import annotations

import torch
from torch import Tensor

from sslviz.metrics.unit import unit


def uniformity(x: Tensor, t: float = 2.0) -> Tensor:
    """log of the mean of exp(-t |x_i - x_j|^2) over the pairs i < j of unit rows. x (n, D) -> () in [-4t, 0].

    0 is collapse to one point; about -2t is spread evenly, in many dimensions. One row has no pairs: NaN. Distances are
    computed directly and not from a Gram matrix, which loses its digits where rows are close: just where collapse shows.
    """
    return torch.pdist(unit(x)).square().mul(-t).exp().mean().log()
