"""Where the images lie on the sphere, seen in two or three dimensions."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sslviz.metrics.unit import unit


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """circle (n, 2) and sphere (n, 3): unit rows; kept: the share of the squared length in [0, 1] that each plane keeps.

    axes: the directions (D, 2), (D, 3) of both, for the next call.
    """

    circle: Tensor
    sphere: Tensor
    kept: tuple[float, float]
    axes: tuple[Tensor, Tensor]


def circle_and_sphere(z: Tensor, previous: tuple[Tensor, Tensor] | None = None) -> Projection:
    """Unit rows of z (n, D), projected by PCA onto 2 and 3 dimensions and stretched to unit length again.

    Not centred: centring would blow up the last noise of a collapsed batch into a full circle. previous: the axes of the last
    projection, which the new ones are turned to, so that a picture that is drawn again and again does not spin; the turn
    moves no point against another. Rows that the plane does not see at all stay 0. With D < 3 the missing coordinates are 0.
    """
    u = unit(z.detach())
    values, vectors = _principal(u)
    circle, sphere = (_turned(vectors[:, :k], previous and previous[k - 2]) for k in (2, 3))
    total = values.sum().clamp_min(torch.finfo(values.dtype).tiny)
    kept = (float(values[:2].sum() / total), float(values[:3].sum() / total))
    return Projection(_onto(u, circle), _onto(u, sphere), kept, (circle, sphere))


def _principal(u: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues (k,) and eigenvectors (D, k) of u.T @ u, largest first, k = max(D, 3), each vector's largest entry positive."""
    rows = u.cpu().double()  # on the CPU first: not every device has float64
    values, vectors = torch.linalg.eigh(rows.T @ rows)
    values, vectors = values.flip(0).clamp_min(0), vectors.flip(1)
    largest = vectors.gather(0, vectors.abs().argmax(0, keepdim=True))
    vectors = vectors * largest.sign()
    missing = max(0, 3 - len(values))
    pad = torch.nn.functional.pad
    return pad(values, (0, missing)).to(u), pad(vectors, (0, missing)).to(u)


def _turned(axes: Tensor, previous: Tensor | None) -> Tensor:
    """`axes` (D, k) turned within their own span to lie as close as possible to `previous` (orthogonal Procrustes)."""
    if previous is None or previous.shape != axes.shape:
        return axes
    left, _, right = torch.linalg.svd((axes.T @ previous.to(axes)).cpu().double())
    turn: Tensor = (left @ right).to(axes)
    return axes @ turn


def _onto(u: Tensor, axes: Tensor) -> Tensor:
    return unit(u @ axes)
