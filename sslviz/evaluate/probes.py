"""What is read off frozen features: kNN votes and linear probes, for classes, factors and masks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

from sslviz.evaluate.images import Watch
from sslviz.metrics.confusion import mask_iou, topk_hits
from sslviz.metrics.knn import knn_votes
from sslviz.metrics.linear_probe import LinearProbe, fit_probe

PLACES = 20_000
"""Places of feature maps that a mask probe is fitted on."""
THRESHOLD_IMAGES = 500
CUTS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
"""Probabilities from which a pixel counts as foreground; the best on some training images is taken."""
_CHUNK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One seed's predictions: accuracies, the classes named, and what was chosen on the way."""

    top1: float
    top5: float
    predicted: Tensor  # (m,) int64
    setting: str


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Rows of features and their targets, which may be any integers: they are numbered from 0 here."""

    train: Tensor  # (n, F)
    train_targets: Tensor
    test: Tensor  # (m, F)
    test_targets: Tensor


def knn(task: Task, k: int, temperature: float) -> Outcome:
    """DINO's weighted vote."""
    values, targets = numbered(task.train_targets)
    votes = knn_votes(task.train, targets, task.test, k, temperature, classes=len(values))
    used = min(k, len(task.train))
    return outcome(votes, values, task.test_targets, f"k {used}, T {temperature:g}", least=0.0)


def linear(task: Task, seed: int, watch: Watch) -> Outcome:
    """Logistic regression; its penalty is chosen on held-out training images."""
    values, targets = numbered(task.train_targets)
    probe = fit_probe(task.train, targets, len(values), seed, stop=watch.is_cancelled)
    watch(1.0)
    return outcome(probe(task.test), values, task.test_targets, f"λ {probe.penalty:g}")


def numbered(targets: Tensor) -> tuple[Tensor, Tensor]:
    """The values that occur, ascending, and each target as its place among them."""
    values = torch.from_numpy(np.unique(targets.numpy()))
    return values, torch.searchsorted(values, targets)


def outcome(scores: Tensor, values: Tensor, true: Tensor, setting: str, least: float = -torch.inf) -> Outcome:
    """Accuracies of scores (m, C) for the classes `values`. A class whose score is not above `least` is no guess; unknown ones are wrong."""
    place = torch.searchsorted(values, true).clamp_max(len(values) - 1)
    is_known = values[place] == true
    named = scores.masked_fill(scores <= least, -torch.inf)
    is_guess = is_known & torch.isfinite(named.gather(1, place[:, None])[:, 0])
    top1, top5 = (float((topk_hits(named, place, k) & is_guess).double().mean()) for k in (1, 5))
    return Outcome(top1, top5, values[named.argmax(1)], setting)


def mask_probe(train: Tensor, train_masks: Tensor, test: Tensor, test_masks: Tensor, seed: int, watch: Watch) -> Tensor:
    """IoU of the foreground on each test image, (m,). Maps (n, F, h, w), masks (n, H, W) bool.

    A place is foreground where at least half of its pixels are (or, on maps so coarse that few get there, as many as in the median
    place that has any). The probe's probability is interpolated to the pixels, and cut where that does best on training images.
    """
    height, width = train.shape[2:]
    shares = F.adaptive_avg_pool2d(train_masks[:, None].float(), (height, width))[:, 0]
    level = min(0.5, float(shares[shares > 0].median())) if bool((shares > 0).any()) else 0.5
    targets = (shares >= level).flatten().long()
    rows = torch.randperm(len(targets), generator=torch.Generator().manual_seed(seed))[:PLACES]
    probe = fit_probe(_places(train)[rows], targets[rows], 2, seed, stop=watch.is_cancelled)
    watch(0.5)
    few = slice(0, THRESHOLD_IMAGES)
    by_cut = torch.stack([_ious(probe, train[few], train_masks[few], cut).mean() for cut in CUTS])
    watch(0.7)
    return _ious(probe, test, test_masks, CUTS[int(by_cut.argmax())])


def _ious(probe: LinearProbe, maps: Tensor, masks: Tensor, cut: float) -> Tensor:
    found = []
    for start in range(0, len(maps), _CHUNK):
        part, truth = maps[start : start + _CHUNK], masks[start : start + _CHUNK]
        share = probe(_places(part)).softmax(1)[:, 1].reshape(len(part), *part.shape[2:])
        pixels = F.interpolate(share[:, None], truth.shape[1:], mode="bilinear")[:, 0]
        found.append(mask_iou(pixels >= cut, truth))
    return torch.cat(found)


def _places(maps: Tensor) -> Tensor:
    """(n, F, h, w) -> (n h w, F)."""
    return maps.permute(0, 2, 3, 1).flatten(0, 2)
