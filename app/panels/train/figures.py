"""Which measures stand on which plot, in which unit, and what the plot does not show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot over time: `lines` are (measure, label); drawn values are measured ones times `factor`."""

    title: str
    lines: tuple[tuple[str, str], ...]
    y_label: str
    caption: str  # what it does not show, in a few words
    about: str  # the same in full
    unit: str = ""
    factor: float = 1.0
    floor: float | None = None
    prefix: str = ""  # columns of a run that begin so are lines too, whatever they are called

    def lines_of(self, columns: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """The lines for a run with these columns."""
        if not self.prefix:
            return self.lines
        return tuple((name, name.removeprefix(self.prefix).replace("_", " ")) for name in columns
                     if name.startswith(self.prefix))  # fmt: skip


FIGURES: dict[str, Figure] = {
    "loss": Figure(
        "Loss", (("loss", "loss"),), "loss",
        "not comparable between methods, batches, temperatures",
        "Says how well the task is solved, not how good the features are. Never comparable between methods, batch sizes, "
        "temperatures or augmentations."),
    "parts": Figure(
        "Parts of the loss", (), "value",
        "parts may cancel: one falls while the other rises",
        "What the method's loss is made of, in its own units, and what it reports beside it. Parts may cancel, so that the loss "
        "stands still while both move.", prefix="part."),
    "knn": Figure(
        "kNN accuracy", (("knn", "kNN"),), "accuracy, %",
        "k = 20 on h; read it against the lines",
        "Held-out images, k = 20, on h: what neighbours share. A linear probe answers another question. Read it against the "
        "lines of random weights and raw pixels.", " %", 100.0, 0.0),
    "contrastive": Figure(
        "Finds its partner", (("top1", "top-1"), ("top5", "top-5")), "share of anchors, %",
        "a larger batch is harder; a shortcut solves it too",
        "The method's own task, solved among one batch: a larger batch is harder. A shortcut solves it too.", " %", 100.0, 0.0),
    "accuracy": Figure(
        "Own task solved", (("accuracy", "batch"),), "share of the batch, %",
        "says nothing about the features by itself",
        "For how many images of the batch the method's own task is solved. A shortcut solves it too: read it with the kNN accuracy.",
        " %", 100.0, 0.0),
    "entropy": Figure(
        "Entropies", (("teacher_entropy", "each image"), ("mean_entropy", "mean of the batch")), "nats",
        "healthy: low for each image, high for their mean",
        "Of the teacher's distributions (or the codes): 0 for each image is one prototype, ln K is no opinion. Of their mean over "
        "the batch: 0 is one prototype for all images, ln K is even use.", floor=0.0),
    "kl": Figure(
        "KL teacher ‖ student", (("kl", "KL"),), "nats", "near 0 there is nothing left to learn from the teacher",
        "How far the student's distributions are from the teacher's. Near 0 both agree, which collapse reaches too.", floor=0.0),
    "prototypes": Figure(
        "Prototypes in use", (("prototypes", "in use"),), "number in this batch", "at most as many as views in the batch",
        "Different prototypes that are the best match of some image of the batch: 1 is collapse. A small batch cannot use many.", floor=0.0),
    "momentum": Figure(
        "EMA momentum", (("momentum", "momentum"),), "share that is kept", "1 leaves the teacher as it is",
        "The share of the teacher's weights that is kept at each step: 1 leaves it as it is, 0 copies the student."),
    "temperatures": Figure(
        "Temperatures", (("teacher_temperature", "teacher"), ("temperature", "learnt")), "temperature", "lower is sharper",
        "What similarities or logits are divided by. Lower is sharper.", floor=0.0),
    "alignment": Figure(
        "Alignment", (("alignment", "z"), ("alignment_h", "h")), "squared distance",
        "0 is also what collapse gives",
        "Two random views of held-out images, unit length. 0 is also what collapse gives: read it with uniformity.", floor=0.0),
    "uniformity": Figure(
        "Uniformity", (("uniformity", "z"), ("uniformity_h", "h")), "log potential",
        "0 is one point, about −4 is even",
        "Held-out images, unit length: 0 is one point, about −4 is spread evenly. More uniform is not more useful by itself."),
    "std": Figure(
        "Spread", (("std", "z"), ("std_h", "h")), "std × √d",
        "1 is even, 0 is one point; blind to few directions",
        "1 is spread evenly, 0 is one point. Blind to images that fill only a few directions: read it with the rank.", floor=0.0),
    "rankme": Figure(
        "Effective rank (RankMe)", (("rankme", "z"), ("rankme_h", "h")), "directions in use",
        "comparable only within one method",
        "Comparable only within one method. At most min(N, d).", floor=0.0),
    "lr": Figure("Learning rate", (("lr", "learning rate"),), "rate", "", "The learning rate that each step used.", floor=0.0),
    "grad_norm": Figure(
        "Gradient norm", (("grad_norm", "norm"),), "Euclidean, all weights", "its size depends on the loss's scale",
        "A jump comes before divergence; its size depends on the loss's scale.", floor=0.0),
    "images_per_s": Figure(
        "Speed", (("images_per_s", "images/s"),), "images per second", "", "Training images a second, smoothed over the last seconds.", " /s", floor=0.0),
}  # fmt: skip
"""By name, as the pages ask for them."""
ALWAYS = ("loss", "knn")
"""Shown before anything was measured; the others once there is something to draw."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a picture does not show, in a few words and in full."""

    caption: str
    about: str


PLANE = Note(
    "lower left is better, but no proof of useful features",
    "Both measures of z on held-out images. A shortcut can lie at the lower left too; (0, 0) is collapse.",
)
SPHERE = Note(
    "a projection: what is near here may be far apart",
    "Points are projected and stretched to unit length again. Labels only colour them; the model never sees them.",
)
SPECTRUM = Note(
    "a steep fall: few directions in use",
    "Singular values of z of held-out images, not centred. Compare runs of one method only.",
)
SIMILARITY = Note(
    "one batch; outlined: partners",
    "Cosines of one batch, levels fixed from −1 to 1. Outlined: partners (positives), or classes where the loss compares no pairs. "
    "High values elsewhere may be images of one class, which the loss calls strangers. At another step of the timeline, and for methods "
    "that record no matrix, the same images are compared anew: views drawn by the run's seed, and norms as in evaluation, so that only "
    "the weights differ from step to step. Click an entry to see its two pictures.",
)
PAIRS = Note(
    "what the model saw, not chosen ones",
    "The first images of this step's batch after augmentation, as the model saw them.",
)
VIEWS = Note(
    "what the model saw, not chosen ones",
    "The first images of this step's batch as the model saw them. Views of several sizes keep their proportion.",
)
NETWORKS = Note(
    "who gets gradient, who follows, where it stops",
    "Boxes are networks, arrows what they hand on. It follows the switches: flip one and watch which arrow changes.",
)
EQUATION = Note(
    "symbols with what they are now",
    "The method's equation as its paper has it, each symbol with its meaning and its value in this run.",
)
SOURCE = Note(
    "this is what runs",
    "The functions of the method's file that compute its loss, as the worker has them.",
)
GAUGES = Note(
    "spread sees a point, rank sees a line: read both",
    "Of held-out images. Spread (std × √d) is 0 when all lie in one point; the rank falls when they fill few directions.",
)
