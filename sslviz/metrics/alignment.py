"""Alignment (Wang & Isola 2020, arXiv:2005.10242, Sec. 4.1): do two views of an image land at one place?"""

from __future__ import annotations

from torch import Tensor

from sslviz.metrics.unit import unit


def alignment(x: Tensor, y: Tensor) -> Tensor:
    """Mean of |x_i - y_i|^2 over unit rows. x, y (n, D), row i of both is one image -> () in [0, 4]; 0 is perfect, and so is collapse.

    The authors' function expects unit rows; this one makes them.
    """
    return (unit(x) - unit(y)).square().sum(1).mean()
