"""Images as grids of patches, each a vector of its pixels, in the order of MAE's authors: row, column, channel."""

from __future__ import annotations

from torch import Tensor

EPS = 1e-6
"""Added to a patch's variance: a patch of one colour has a standardised value of 0 and not of 0/0."""

Side = tuple[int, int]
"""Height and width: of a patch in pixels, of a grid in patches."""


def patchify(images: Tensor, patch: Side) -> Tensor:
    """Patches row by row, each as row, column, channel. (B, 3, H, W) -> (B, L, ph·pw·3), L = H/ph · W/pw."""
    ph, pw = patch
    b, c, height, width = images.shape
    cells = images.reshape(b, c, height // ph, ph, width // pw, pw)  # (B, 3, h, ph, w, pw)
    return cells.permute(0, 2, 4, 3, 5, 1).reshape(b, -1, ph * pw * c)


def unpatchify(patches: Tensor, grid: Side, patch: Side) -> Tensor:
    """The inverse of `patchify`. (B, h·w, ph·pw·3) -> (B, 3, h·ph, w·pw)."""
    (h, w), (ph, pw) = grid, patch
    cells = patches.reshape(len(patches), h, w, ph, pw, -1)
    return cells.permute(0, 5, 1, 3, 2, 4).reshape(len(patches), -1, h * ph, w * pw)


def patch_statistics(patches: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each patch over its pixels and channels, (B, L, 1) each: unbiased variance, plus EPS."""
    return patches.mean(-1, keepdim=True), (patches.var(-1, keepdim=True) + EPS).sqrt()


def spread_over(values: Tensor, grid: Side, patch: Side) -> Tensor:
    """A number of each patch as an image. (B, h·w) -> (B, 1, h·ph, w·pw)."""
    cells = values.reshape(len(values), 1, *grid)
    return cells.repeat_interleave(patch[0], 2).repeat_interleave(patch[1], 3)
