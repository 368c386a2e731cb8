"""Which class is taken for which."""

from __future__ import annotations

import torch
from torch import Tensor


def confusion_matrix(true: Tensor, predicted: Tensor, classes: int) -> Tensor:
    """Counts (classes, classes) int64: row is the true class, column the predicted one. true, predicted (m,) in 0 .. classes - 1."""
    return torch.bincount(true * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def topk_hits(scores: Tensor, true: Tensor, k: int) -> Tensor:
    """Whether the true class is among the k best scored, (m,) bool. scores (m, C); ties go to the lower class."""
    best = scores.sort(dim=1, descending=True, stable=True).indices[:, :k]  # (m, k)
    return (best == true[:, None]).any(1)


def mask_iou(predicted: Tensor, true: Tensor) -> Tensor:
    """Intersection over union of each image's foreground, (n, H, W) bool twice -> (n,); 1 where both are empty."""
    both = (predicted & true).flatten(1).sum(1)
    either = (predicted | true).flatten(1).sum(1)
    return torch.where(either > 0, both / either.clamp_min(1), 1.0)
