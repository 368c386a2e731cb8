"""What looks alike to the network: cosines of features with those of one place, and how long tokens are."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor


def similarity(features: Tensor, query: Tensor) -> Tensor:
    """Cosine of each of features (L, D) with query (D,) -> (L,) float32, in [-1, 1]; a feature of length 0 is like nothing, 0."""
    wide, one = (x.cpu().double() for x in (features, query))  # Apple's GPU has no float64
    cosines: Tensor = F.normalize(wide, dim=-1) @ F.normalize(one, dim=-1)
    return cosines.clamp(-1, 1).float()


def norms(tokens: Tensor) -> Tensor:
    """Length of each token: (N, D) -> (N,) float32. A few that are ten times as long as the rest are the registers' story
    (Darcet et al. 2024, "Vision Transformers Need Registers", arXiv:2309.16588)."""
    lengths: Tensor = torch.linalg.vector_norm(tokens.float(), dim=-1)
    return lengths
