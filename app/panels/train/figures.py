"""Which measures stand on which plot, in which unit, and what the plot does not show."""

from __future__ import annotations

from dataclasses import dataclass

from sslviz.spec.measures import MEASURES


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot over time: `lines` are (measure, label); drawn values are measured ones times `factor`."""

    title: str
    lines: tuple[tuple[str, str], ...]
    y_label: str
    about: str
    unit: str = ""
    factor: float = 1.0
    floor: float | None = None


FIGURES: dict[str, Figure] = {
    "loss": Figure(
        "Loss", (("loss", "loss"),), "loss",
        "Says how well the task is solved, not how good the features are. Never comparable between methods, batch sizes, "
        "temperatures or augmentations."),
    "knn": Figure(
        "kNN accuracy", (("knn", "kNN"),), "accuracy, %",
        "Held-out images, k = 20, on h: what neighbours share. A linear probe answers another question. Read it against the "
        "lines of random weights and raw pixels.", " %", 100.0, 0.0),
    "contrastive": Figure(
        "Finds its partner", (("top1", "top-1"), ("top5", "top-5")), "share of anchors, %",
        "The method's own task, solved among one batch: a larger batch is harder. A shortcut solves it too.", " %", 100.0, 0.0),
    "alignment": Figure(
        "Alignment", (("alignment", "z"), ("alignment_h", "h")), "mean squared distance of two views",
        "Two random views of held-out images, unit length. 0 is also what collapse gives: read it with uniformity.", floor=0.0),
    "uniformity": Figure(
        "Uniformity", (("uniformity", "z"), ("uniformity_h", "h")), "log mean Gaussian potential",
        "Held-out images, unit length: 0 is one point, about −4 is spread evenly. More uniform is not more useful by itself."),
    "std": Figure(
        "Spread", (("std", "z"), ("std_h", "h")), "std × √d",
        "1 is spread evenly, 0 is one point. Blind to images that fill only a few directions: read it with the rank.", floor=0.0),
    "rankme": Figure(
        "Effective rank (RankMe)", (("rankme", "z"), ("rankme_h", "h")), "directions in use",
        "Comparable only within one method. At most min(N, d).", floor=0.0),
    "lr": Figure("Learning rate", (("lr", "learning rate"),), "of each step", MEASURES["lr"].help, floor=0.0),
    "grad_norm": Figure(
        "Gradient norm", (("grad_norm", "norm"),), "Euclidean, all weights",
        "A jump comes before divergence; its size depends on the loss's scale.", floor=0.0),
    "images_per_s": Figure(
        "Speed", (("images_per_s", "images/s"),), "images per second", MEASURES["images_per_s"].help, " /s", floor=0.0),
}  # fmt: skip
"""By name, as the pages ask for them."""

PLANE = (
    "Both measures of z on held-out images; lower left is better, but no proof of useful features: a shortcut lies there too. "
    "(0, 0) is collapse."
)
SPHERE = (
    "A projection: neighbours on it may be far apart in the full space. Points are stretched to unit length again; "
    "labels only colour them, the model never sees them."
)
SPECTRUM = "Singular values of z of held-out images, not centred. A steep fall: few directions in use (dimensional collapse)."
SIMILARITY = (
    "Cosines of this step's batch alone, levels fixed from −1 to 1. Outlined: partners (positives). "
    "High values elsewhere may be images of one class, which the loss calls strangers."
)
PAIRS = "What the model saw in this step, after augmentation. The first images of the batch, not chosen ones."
GAUGES = "Of held-out images. Spread sees collapse to a point, the rank sees collapse to a few directions: read both."
