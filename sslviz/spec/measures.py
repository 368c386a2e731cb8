"""The measures of a run: names (columns of metrics.csv), ranges, and how to read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Measure:
    """One column. `lo`/`hi` is the natural range, None where there is none; `every_step` ones cost nothing and have no gaps."""

    name: str
    label: str
    unit: str
    better: Literal["higher", "lower", ""]
    help: str
    lo: float | None = None
    hi: float | None = None
    every_step: bool = False


MEASURES: dict[str, Measure] = {
    m.name: m
    for m in (
        Measure("epoch", "epoch", "", "", "passes over the training images", 0, None, True),
        Measure("seconds", "training time", "s", "", "time spent training; pauses are left out", 0, None, True),
        Measure("loss", "loss", "", "lower", "the method's loss; never comparable between methods, batch sizes or temperatures", None, None, True),
        Measure("alignment", "alignment (z)", "", "lower", "mean squared distance of two views of one held-out image, on the unit sphere: 0 is perfect (Wang & Isola 2020)", 0, 4),
        Measure("uniformity", "uniformity (z)", "", "lower", "log of the mean Gaussian potential of held-out images: 0 is collapse, about -4 is spread evenly (Wang & Isola 2020)", -8, 0),
        Measure("alignment_h", "alignment (h)", "", "lower", "alignment of the encoder's output, before the projector", 0, 4),
        Measure("uniformity_h", "uniformity (h)", "", "lower", "uniformity of the encoder's output, before the projector", -8, 0),
        Measure("std", "std × √d (z)", "", "higher", "standard deviation per dimension of unit-length z, times the root of d: 1 is spread evenly, 0 is collapse", 0, None),
        Measure("std_h", "std × √d (h)", "", "higher", "the same for the encoder's output", 0, None),
        Measure("rankme", "RankMe (z)", "", "higher", "effective rank: exp of the entropy of the singular values of held-out z, not centred (Garrido et al. 2023)", 1, None),
        Measure("rankme_h", "RankMe (h)", "", "higher", "effective rank of the encoder's output", 1, None),
        Measure("top1", "contrastive top-1", "", "higher", "share of anchors whose own second view is nearest among the batch; ties count against the model", 0, 1),
        Measure("top5", "contrastive top-5", "", "higher", "share of anchors whose own second view is among the five nearest", 0, 1),
        Measure("knn", "kNN accuracy", "", "higher", "weighted nearest neighbours of held-out images on h, k = 20, T = 0.07", 0, 1),
        Measure("accuracy", "task accuracy", "", "higher", "share of the batch for which the method's own task is solved: it says nothing about the features by itself", 0, 1, True),
        Measure("teacher_entropy", "teacher entropy", "nats", "", "entropy of the teacher's (or the codes') distribution, averaged over the batch: 0 is one prototype for each image, ln K is no opinion", 0, None, True),
        Measure("mean_entropy", "entropy of the mean", "nats", "higher", "entropy of the batch's mean distribution over the prototypes: 0 is one prototype for all images, ln K is even use", 0, None, True),
        Measure("kl", "KL teacher ‖ student", "nats", "", "how far the student's distribution is from the teacher's: near 0 there is nothing left to learn from it", 0, None, True),
        Measure("prototypes", "prototypes in use", "", "higher", "different prototypes that are the best match of some image of the batch", 0, None, True),
        Measure("momentum", "EMA momentum", "", "", "of this step: 1 leaves the teacher as it is, 0 copies the student", 0, 1, True),
        Measure("teacher_temperature", "teacher temperature", "", "", "of this step: lower is sharper", 0, None, True),
        Measure("temperature", "learnt temperature", "", "", "of this step, where the method learns it", 0, None, True),
        Measure("lr", "learning rate", "", "", "of this step", 0, None, True),
        Measure("grad_norm", "gradient norm", "", "", "Euclidean norm over all trained weights", 0, None, True),
        Measure("images_per_s", "images/s", "1/s", "higher", "training images a second, smoothed over the last seconds", 0, None, True),
    )
}  # fmt: skip
"""By name. Methods may add parts of their loss as "part.NAME" columns after these."""

SHARES = ("top1", "top5", "knn", "accuracy")
"""Measures that people are told in percent; files and programs get the share itself."""


def in_words(name: str, value: float) -> str:
    """A measure's value as people are told it: "20.5 %" for a share, four digits for the rest."""
    return f"{100 * value:.1f}\u00a0%" if name in SHARES else f"{value:.4g}"
