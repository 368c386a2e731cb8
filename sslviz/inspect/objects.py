"""How well attention finds objects whose masks are known: of each image the best head, then the mean over images.

The best head is chosen with the mask at hand, so an untrained network scores above chance: always compare with one.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sslviz.inspect.attention import class_attention
from sslviz.inspect.errors import InspectError
from sslviz.metrics.attention import auroc, jaccard, mass_mask, to_pixels
from sslviz.nn.encoder import Encoder
from sslviz.nn.sizes import patch_size

SHARES = (0.6, 0.8, 0.9)
"""Shares of the attention's mass that are kept as a mask; 60 % is the paper's."""
_CHUNK = 64


@dataclass(frozen=True, slots=True)
class ObjectScores:
    """Of the best head of the last layer; each a mean over `images` images, with its standard error."""

    auroc: float
    auroc_error: float
    jaccard: tuple[float, ...]  # one a share
    jaccard_error: tuple[float, ...]
    images: int

    @property
    def best_jaccard(self) -> float:
        """The largest of the shares' means."""
        return max(self.jaccard)


def object_scores(encoder: Encoder, images: Tensor, masks: Tensor, layer: int = -1) -> ObjectScores:
    """Scores of images (n, 3, H, W) uint8 with masks (n, H, W), 0 the background. Images without an object are left out.

    Maps are brought to pixels as DINO does, each patch a square. Raises InspectError for networks without attention, and where
    no image has an object.
    """
    kept = masks.flatten(1).bool().any(1) & ~masks.flatten(1).bool().all(1)
    if not bool(kept.any()):
        raise InspectError("No image has an object in its mask.", "Choose data with masks, such as the shapes.")
    images, masks = images[kept], masks[kept]
    found = [
        _scores(encoder, images[k : k + _CHUNK], masks[k : k + _CHUNK], layer) for k in range(0, len(images), _CHUNK)
    ]
    every = torch.cat(found)  # (n, 1 + shares)
    mean, error = every.mean(0).tolist(), (every.std(0) / len(every) ** 0.5).tolist()
    return ObjectScores(mean[0], error[0], tuple(mean[1:]), tuple(error[1:]), len(every))


def _scores(encoder: Encoder, images: Tensor, masks: Tensor, layer: int) -> Tensor:
    """AUROC and Jaccard at each share of the best head of each image, (n, 1 + shares) float64."""
    (maps,) = class_attention(encoder, images, (layer,))  # (n, heads, rows, columns)
    patch = patch_size(encoder.backbone)[0]
    truth = masks.flatten(1).bool()[:, None]  # (n, 1, pixels)
    values = [auroc(to_pixels(maps, patch).flatten(2), truth)]  # (n, heads)
    for share in SHARES:
        mask = mass_mask(maps.flatten(2), share).reshape(maps.shape)
        values.append(jaccard(to_pixels(mask, patch).flatten(2), truth))
    return torch.stack([value.max(dim=1).values.double() for value in values], dim=1).cpu()
