"""What gives the place or the turn of a patch away without a look at its content, and what is done against it.

Lenses bend colours unlike, so that a patch's colour fringes tell how far it is from the middle (Doersch et al. 2015, sec. 3.1);
tiles of one image share brightness and contrast (Noroozi & Favaro 2016, sec. 3.3). Images here are floats (n, 3, h, w).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

FRINGE = 0.08
"""How much larger the lens draws red, and smaller blue, than green: 1.3 px at the border of 32, many times a real one's, whose
fringes only large photographs show."""

NOISE = 0.01
"""Standard deviation of what replaces a dropped channel, as a share of the kept one's."""


def mark(images: Tensor) -> Tensor:
    """A copy with a small black and white square in the top left corner, an eighth of the width."""
    half = max(1, round(images.shape[-1] / 16))
    marked = images.clone()
    marked[..., : 2 * half, : 2 * half] = 0.0
    marked[..., :half, :half] = 1.0
    marked[..., half : 2 * half, half : 2 * half] = 1.0
    return marked


def through_lens(images: Tensor, fringe: float = FRINGE) -> Tensor:
    """As a simple lens draws them: red larger and blue smaller by the share `fringe`, green as it is."""
    red, green, blue = images[:, :1], images[:, 1:2], images[:, 2:]
    return torch.cat([_magnified(red, 1 + fringe), green, _magnified(blue, 1 - fringe)], dim=1)


def _magnified(channel: Tensor, factor: float) -> Tensor:
    scale = torch.tensor([[1 / factor, 0.0, 0.0], [0.0, 1 / factor, 0.0]], dtype=channel.dtype, device=channel.device)
    grid = F.affine_grid(scale.expand(len(channel), 2, 3), list(channel.shape), align_corners=False)
    return F.grid_sample(channel, grid, padding_mode="border", align_corners=False)


def drop_channels(patches: Tensor, mean: Tensor, generator: torch.Generator) -> Tensor:
    """One channel of each patch, drawn at random, is kept; the other two become faint noise about `mean` (3, 1, 1)."""
    n, channels = patches.shape[:2]
    kept = torch.randint(channels, (n, 1), generator=generator, device=patches.device)
    keep = (torch.arange(channels, device=patches.device) == kept)[:, :, None, None]  # (n, 3, 1, 1)
    spread = (patches * keep).sum(1, keepdim=True).std(dim=(2, 3), keepdim=True)  # of the kept channel
    noise = torch.randn(patches.shape, generator=generator, device=patches.device, dtype=patches.dtype)
    return torch.where(keep, patches, mean + NOISE * spread * noise)


def project_colours(images: Tensor) -> Tensor:
    """Green and magenta moved to grey: x B with B = I - aᵀa / aaᵀ and a = (-1, 2, -1), which no lens's fringes survive."""
    a = torch.tensor([-1.0, 2.0, -1.0], dtype=images.dtype, device=images.device)[:, None, None]
    return images - a * (images * a).sum(1, keepdim=True) / 6


def grey(images: Tensor) -> Tensor:
    """Three equal channels: the brightness 0.299 R + 0.587 G + 0.114 B."""
    weights = torch.tensor([0.299, 0.587, 0.114], dtype=images.dtype, device=images.device)[:, None, None]
    return (images * weights).sum(1, keepdim=True).expand_as(images)


def standardise(patches: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Each channel of each patch brought to `mean` and `std` (3, 1, 1) of all the data; a flat channel becomes the mean."""
    own = patches.mean(dim=(2, 3), keepdim=True)
    spread = patches.std(dim=(2, 3), keepdim=True)
    return (patches - own) / spread.clamp_min(LEAST_SPREAD) * std + mean


LEAST_SPREAD = 1e-2
"""A patch with less contrast than this is flat: its noise is not blown up to a picture."""
