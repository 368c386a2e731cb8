"""From hits to scores with intervals."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sslviz.metrics.intervals import student, wilson
from sslviz.spec.evaluation import Score

TOP5_FROM = 6
"""Classes; with five or fewer, every guess is among the best five."""


def accuracy(shares: Sequence[float], images: int) -> Score:
    """A score from one accuracy a seed, each of the same number of test images.

    Student's t over the seeds; Wilson's of the images where there is one seed or all agree, which says nothing of the images drawn.
    """
    mean, lo, hi = student(shares)
    if len(shares) > 1 and max(shares) > min(shares):
        return Score(mean, max(lo, 0.0), min(hi, 1.0), "student", tuple(shares))
    return Score(mean, *wilson(mean * images, images), "wilson", tuple(shares))


def mean_of_images(values: Sequence[Tensor]) -> Score:
    """A score from one value an image and seed: over seeds where there are several, else over images."""
    means = [float(v.double().mean()) for v in values]
    mean, lo, hi = student(means)
    if len(means) > 1 and max(means) > min(means):
        return Score(mean, max(lo, 0.0), min(hi, 1.0), "student", tuple(means))
    mean, lo, hi = student(values[0].double().tolist())
    if len(values[0]) < 2:
        lo, hi = 0.0, 1.0
    return Score(mean, max(lo, 0.0), min(hi, 1.0), "images", tuple(means))


def commonest(train: Tensor, test: Tensor) -> float:
    """Accuracy on `test` of always naming the commonest value of `train`."""
    return float((test == train.mode().values).double().mean()) if len(test) else float("nan")


def ranked(scores: Tensor, count: int = 5) -> Tensor:
    """The `count` classes with the highest scores, best first, (m, count) int64."""
    return torch.topk(scores, min(count, scores.shape[1]), dim=1).indices
