"""A lesson: a question, an experiment that answers it, a prediction before it, and what its pictures do not show. Frozen, picklable.

Its file is `resources/lessons/NAME.md`: a TOML header between two lines of `+++`, then Markdown whose first-level headings are the
`SECTIONS`. The experiment is a few runs, the arms, that differ in a setting or two and are trained one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sslviz.spec.config import RunConfig
from sslviz.spec.params import Scalar

SECTIONS = ("Question", "Set-up", "Why", "What this does not show", "Notes for the lecturer")
"""The headings of a lesson's text, all of them, in this order."""

VIEWS = ("train", "augment", "attention", "reconstruct", "embeddings", "evaluate", "compare")
"""Names of the views that a lesson may have beside it."""

Place = Literal["record", "probe", "images"]


@dataclass(frozen=True, slots=True)
class Arm:
    """One run of the experiment: the lesson's settings, and these on top of them."""

    name: str  # "crop": a word, in files and on the command line
    title: str  # "Crops only"
    settings: Mapping[str, Scalar] = field(default_factory=dict)  # by name, as in `sslviz.spec.settings`
    method: str = ""  # "": the lesson's


@dataclass(frozen=True, slots=True)
class Measure:
    """A number at the end of each arm.

    place: "record", the mean of the last finite values of the column `of` in the run's record; "probe", the held-out accuracy of a
    linear probe on the frozen encoder for the factor `of` ("shape", "hue", or "class"); "images", the same of the raw pixels' kNN.
    All numbers of a lesson (`lo`, `hi`, an expectation's `by` and `level`) are as measured: a share is in [0, 1]; the unit "%" says
    that it is shown as a percentage.
    """

    name: str  # "shape"
    title: str  # "Shape, linear probe"
    place: Place
    of: str
    unit: str = ""  # "%", "nats", "" for a plain number
    lo: float = 0.0  # of its axis; lo == hi: as the values are
    hi: float = 0.0

    @property
    def factor(self) -> float:
        """What a value is multiplied by when it is shown with its unit."""
        return 100.0 if self.unit == "%" else 1.0


@dataclass(frozen=True, slots=True)
class Trace:
    """A column of the records that is drawn while the arms train, all on one axis. Never losses of different methods."""

    column: str  # "std"
    title: str
    y: str = ""  # the column drawn against this one instead of the step: "uniformity" against "alignment"


@dataclass(frozen=True, slots=True)
class Option:
    """An answer that can be voted for."""

    text: str
    right: bool = False
    reply: str = ""  # what is said to those who chose it, one sentence


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is asked before anything is shown: one of the options, and a guess of one measure for each arm."""

    question: str
    options: tuple[Option, ...]
    measure: str  # by name, of which a value is guessed for each arm


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the experiment is known to show: `measure` of arm `higher` is above that of arm `lower` by at least `by`, in every seed.

    One of the arms may be "" where `level` is given: the measure of the other is compared with that number; or "random weights",
    "raw pixels" where it is compared with the baseline's.
    """

    measure: str
    higher: str
    lower: str
    says: str  # the sentence that the reveal shows
    by: float = 0.0
    level: float | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the lesson is from. toy: how ours differs from it in scale."""

    text: str  # "Chen et al. 2020, SimCLR, figure 5, arXiv:2002.05709"
    toy: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Everything that the Lessons view and `sslviz lesson` need. `line` of a problem is known to the reader of the file only."""

    name: str  # the file's name without ".md"
    number: int
    title: str  # the question in a few words: "What do augmentations teach?"
    ends: str  # the misconception: "it finds *the* features"
    changes: str  # what the student changes: "crop, colour, both"
    method: str
    data: str  # a data set's name, with its dials among `settings` ("data.preset")
    settings: Mapping[str, Scalar]
    seed: int
    arms: tuple[Arm, ...]
    measures: tuple[Measure, ...]
    traces: tuple[Trace, ...]
    prediction: Prediction
    expectations: tuple[Expectation, ...]
    views: tuple[str, ...]  # names of views that show the same live, the most telling first: "train", "augment"
    equation: str  # of resources/equations, "simclr"
    sources: tuple[Source, ...]
    sections: Mapping[str, str]  # Markdown by heading

    def arm(self, name: str) -> Arm:
        """The arm called `name`; KeyError where there is none."""
        return {arm.name: arm for arm in self.arms}[name]

    def measure(self, name: str) -> Measure:
        """The measure called `name`; KeyError where there is none."""
        return {measure.name: measure for measure in self.measures}[name]


@dataclass(frozen=True, slots=True)
class MeasureArm:
    """Measure one arm of a lesson by the run in `folder`, which has ended. Answers `ArmMeasured`; tells how far it is by `Advanced`."""

    request_id: int
    lesson: str
    arm: str
    folder: str


@dataclass(frozen=True, slots=True)
class ArmMeasured:
    """The measures of one arm by name; NaN where the run has no such number."""

    lesson: str
    arm: str
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Plan:
    """What setting up a lesson comes to: the configuration of each arm by name, and what it will take."""

    lesson: str
    configs: Mapping[str, RunConfig]
