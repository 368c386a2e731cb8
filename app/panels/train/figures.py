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
    "Cosines of this step's batch alone, levels fixed from −1 to 1. Outlined: partners (positives). High values elsewhere may "
    "be images of one class, which the loss calls strangers. Click an entry to see its two pictures.",
)
PAIRS = Note(
    "what the model saw, not chosen ones",
    "The first images of this step's batch after augmentation, as the model saw them.",
)
GAUGES = Note(
    "spread sees a point, rank sees a line: read both",
    "Of held-out images. Spread (std × √d) is 0 when all lie in one point; the rank falls when they fill few directions.",
)
