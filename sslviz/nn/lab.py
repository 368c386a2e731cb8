"""CIE L*a*b* (1976) of sRGB under D65: lightness apart from colour, as colourisation needs it.

sRGB (IEC 61966-2-1) -> linear light -> XYZ -> L in [0, 100], a (green to red) and b (blue to yellow) in about [-110, 100].
White is what R = G = B = 1 gives, so that greys have a = b = 0 exactly.
"""

from __future__ import annotations

import functools
import itertools

import torch
from torch import Tensor

_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_KNEE = 6 / 29
"""Cube root above this cubed, a line below."""


def _to_xyz(like: Tensor) -> Tensor:
    """Linear sRGB -> XYZ over white, (3, 3)."""
    matrix = torch.tensor(_XYZ, dtype=torch.float64, device=like.device)
    return (matrix / matrix.sum(1, keepdim=True)).to(like)


def _mix(matrix: Tensor, planes: Tensor) -> Tensor:
    mixed: Tensor = torch.einsum("ij,...jhw->...ihw", matrix, planes)
    return mixed


def rgb_to_lab(rgb: Tensor) -> Tensor:
    """(..., 3, h, w) sRGB in [0, 1] -> (..., 3, h, w): L, a, b."""
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb.clamp_min(0.0) + 0.055) / 1.055) ** 2.4)
    xyz = _mix(_to_xyz(rgb), linear)
    f = torch.where(xyz > _KNEE**3, xyz.clamp_min(_KNEE**3) ** (1 / 3), xyz / (3 * _KNEE**2) + 4 / 29)
    x, y, z = f.unbind(-3)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=-3)


def lab_to_rgb(lab: Tensor) -> Tensor:
    """The inverse of `rgb_to_lab`; colours that no screen has are clipped to [0, 1]."""
    lightness, a, b = lab.unbind(-3)
    y = (lightness + 16) / 116
    f = torch.stack([y + a / 500, y, y - b / 200], dim=-3)
    xyz = torch.where(f > _KNEE, f**3, 3 * _KNEE**2 * (f - 4 / 29))
    linear = _mix(torch.linalg.inv(_to_xyz(lab.double())).to(lab), xyz)
    curved = 1.055 * linear.clamp_min(0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, 12.92 * linear, curved).clamp(0.0, 1.0)


_SHADES = 129
"""Samples of each channel: twice as many find no further bin at a grid of 5."""


@functools.cache
def _gamut_bins(grid: int) -> Tensor:
    shade = torch.linspace(0, 1, _SHADES, dtype=torch.float64, device="cpu")  # cached: whatever the default is
    faces = []
    for channel, value in itertools.product(range(3), (0.0, 1.0)):
        sides = [shade, shade]
        sides.insert(channel, shade.new_tensor([value]))
        faces.append(torch.stack(torch.meshgrid(*sides, indexing="ij")).reshape(3, -1, 1))
    ab = rgb_to_lab(torch.cat(faces, dim=1))[1:, :, 0].T  # (m, 2)
    cells: Tensor = torch.unique((ab / grid).round(), dim=0)
    return (cells * grid).float()


def gamut_bins(grid: int) -> Tensor:
    """Centres (Q, 2) of the cells of a `grid` over the ab plane into which some sRGB colour falls: multiples of `grid`, sorted.

    The surface of the RGB cube is enough, for its inside lies within its outline on the ab plane. Q is 77 at a grid of
    20 and 261 at 10.
    """
    return _gamut_bins(grid).clone()


def nearest_bins(ab: Tensor, bins: Tensor, count: int, sigma: float) -> tuple[Tensor, Tensor]:
    """Colours as mixtures of their `count` nearest bins: ab (m, 2), bins (Q, 2) -> indices and weights, (m, count) each.

    Weights are a Gaussian of the distance with `sigma`, and sum to 1; the nearest bin comes first.
    """
    square, index = torch.cdist(ab, bins).square().topk(min(count, len(bins)), largest=False)
    return index, torch.softmax(-square / (2 * sigma**2), dim=1)
