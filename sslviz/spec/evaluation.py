"""Evaluation: what is asked of a representation, and the report that answers it. Frozen, picklable, written and read by everybody.

Nothing here is chosen on the test images: they are the run's validation images, which only give the final numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from sslviz.spec.config import DataConfig
from sslviz.spec.events import Array
from sslviz.spec.params import param, switch

LAST = -1
"""The step of a run's last state: of the live model between two batches, else of its last checkpoint."""

RUN, RANDOM, PIXELS, SUPERVISED = "this run", "random weights", "raw pixels", "supervised"
"""The models of a table, in its order; the last three are the baselines that always stand in it."""

CLASS = "class"
"""What most rows predict; the others name a factor, or "foreground"."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """A way to ask what a representation is worth."""

    name: str
    title: str
    about: str
    quick: bool = True  # seconds; the others train a network


PROTOCOLS: Mapping[str, Protocol] = {
    p.name: p
    for p in (
        Protocol("knn", "kNN", "A vote of the most similar training images, weighted as DINO's: nothing is trained."),
        Protocol("linear", "linear probe", "Logistic regression on frozen features; its penalty is chosen on a held-out part "
                 "of the training images."),
        Protocol("partial", "fine-tune last block", "A copy of the model learns on, its last block and a new classifier only.",
                 quick=False),
        Protocol("full", "fine-tune all", "A copy of the model learns on with every weight.", quick=False),
        Protocol("factors", "factor probes", "A linear probe for each known factor: what did the augmentations throw away?"),
        Protocol("masks", "mask probe", "A linear probe on each place of the feature map: foreground or background?"),
    )
}  # fmt: skip
"""Every protocol by name, in the order of a table."""

END_TO_END = Protocol(
    "end_to_end", "own classifier", "The classifier that the supervised baseline was trained with.", quick=False
)
"""Of the supervised baseline only; nobody asks for it."""


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """Which protocols, on which layers, with how many labels, seeds and images."""

    protocols: tuple[str, ...] = ("knn", "linear")
    layers: tuple[str, ...] = ("h",)  # "h", "z", or a block of the backbone by its name, such as "stages.1"
    labels: int = param(
        0, lo=0, hi=100_000, label="labels per class", down="0: all", up="fewer labels are a harder test"
    )
    seeds: int = param(
        1, lo=1, hi=20, label="seeds", up="intervals over seeds: of labels drawn, splits, and random weights"
    )
    seed: int = param(0, lo=0, hi=2**31 - 1, label="first seed")
    k: int = param(20, lo=1, hi=10_000, label="neighbours", symbol="k", paper="20 DINO, 200 SimSiam")
    temperature: float = param(
        0.07, lo=0.001, hi=10.0, scale="log", label="vote temperature", symbol="T", paper="0.07 DINO, 0.1 InstDisc"
    )
    images: int = param(10_000, lo=0, hi=10_000_000, label="training images used", down="0: all", up="slower")
    tune_steps: int = param(200, lo=1, hi=1_000_000, label="fine-tuning steps", up="slower")
    tune_lr: float = param(1e-3, lo=1e-6, hi=1.0, scale="log", label="fine-tuning rate", symbol="η")
    factors: tuple[str, ...] = ()  # that the factor probes ask for; (): every one that is known
    supervised: bool = switch(False, label="train the supervised baseline", on="takes about as long as the run itself")


@dataclass(frozen=True, slots=True)
class EvaluateRun:
    """Evaluate a run. Newest wins. Answers `Evaluation`, and tells how far it is by `Advanced`.

    run_id: a live run, whose model is copied between two batches; where it is not live, or a `snapshot` is asked for, the record in
    `folder` is read. The model itself is never touched: everything is done with a copy. data: other images than the run's own, such as
    the user's; None: the run's.
    """

    request_id: int
    folder: str
    run_id: str = ""
    snapshot: int = LAST
    plan: EvaluationPlan = field(default_factory=EvaluationPlan)
    data: DataConfig | None = None


@dataclass(frozen=True, slots=True)
class FetchImages:
    """Images of a data set by number. Answers a mapping of arrays: "images" (n, h, w, 3) uint8, "indices" (n,), "labels" (n,), -1 unknown."""

    request_id: int
    data: DataConfig
    indices: tuple[int, ...]
    split: Literal["train", "val"] = "val"


@dataclass(frozen=True, slots=True)
class AskPrompts:
    """Let a run that has read captions choose among prompts for each validation image. Newest wins. Answers `Prompted`.

    factor: the prompts are one for each of its values, so that it can be said how often the nearest is right; without prompts
    they are the captions of its values. The model is that of `EvaluateRun`.
    """

    request_id: int
    folder: str
    run_id: str = ""
    snapshot: int = LAST
    prompts: tuple[str, ...] = ()
    factor: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Prompted:
    """What a model that reads makes of prompts. P prompts, n images, the best k of each prompt are shown."""

    prompts: tuple[str, ...]
    taken: Array  # (P,) float64, share of the images that are nearest to it
    best: Array  # (P, k) int64, validation images by falling probability
    probability: Array  # (P, k) float32, of each of them
    images: Array  # (P, k, h, w, 3) uint8
    count: int  # images that were asked
    captioned: tuple[str, ...]  # those of them that the captions of training named
    right: Score | None = None  # of `factor`
    chance: float = float("nan")  # of always naming its commonest value


@dataclass(frozen=True, slots=True)
class Score:
    """A measured share in [0, 1] with its 95 % interval.

    kind: "wilson", of the test images, where there is one value or nothing random; "student", of the seeds (the same test images);
    "images", Student's of per-image values.
    """

    value: float
    lo: float
    hi: float
    kind: Literal["wilson", "student", "images"]
    values: tuple[float, ...]  # of each seed


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Without a `score`, `note` says how to get it."""

    model: str
    protocol: str
    layer: str
    target: str = CLASS
    score: Score | None = None  # top-1 accuracy; mean IoU of the mask probe
    top5: Score | None = None  # None where there are five classes or fewer
    chance: float = float("nan")  # always the commonest class; IoU of calling everything foreground
    labels: int = 0  # labelled images of each class, 0: all that were used
    seeds: tuple[int, ...] = ()
    setting: str = ""  # such as "k 20, T 0.07"
    seconds: float = 0.0
    note: str = ""
    confusion: int = -1  # place among the report's confusions


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """Predictions of the first seed, image by image, so that each cell knows its images."""

    title: str
    names: tuple[str, ...]
    indices: Array  # (m,) int64, among the validation images
    true: Array  # (m,) int64
    predicted: Array  # (m,) int64

    def counts(self) -> Array:
        """How often class `row` was taken for class `column`, (C, C) int64."""
        counts = np.zeros((len(self.names), len(self.names)), np.int64)
        np.add.at(counts, (self.true, self.predicted), 1)
        return counts

    def cell(self, true: int, predicted: int) -> Array:
        """The images of class `true` that were taken for `predicted`."""
        found: Array = self.indices[(self.true == true) & (self.predicted == predicted)]
        return found

    def place(self, index: int) -> tuple[int, int] | None:
        """The cell of a validation image, (true, predicted); None where it was not among them."""
        found = np.flatnonzero(self.indices == index)
        return (int(self.true[found[0]]), int(self.predicted[found[0]])) if len(found) else None


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """The report."""

    folder: str
    method: str
    backbone: str
    data: DataConfig
    step: int
    plan: EvaluationPlan
    train_images: int  # used, of all training images
    test_images: int
    rows: tuple[Row, ...]
    confusions: tuple[Confusion, ...]
    layers: tuple[str, ...]  # that could be asked for
    note: str
    seconds: float

    def of(self, protocol: str) -> tuple[Row, ...]:
        """The rows of a protocol."""
        return tuple(row for row in self.rows if row.protocol == protocol)
