"""One plain sentence on how a representation is doing, for a room: what is seen, in numbers, and what to make of it.

The rules are tried in order of urgency, and the first that applies speaks. Thresholds come from runs of which the outcome was
known (see each); they are wide, because a wrong alarm in front of a room costs more than a late one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sslviz.spec.events import Level

Verdict = tuple[Level, str]
Line = tuple[str, str, float]
"""A reference: (measure, label, value), such as ("knn", "random weights", 0.31)."""

COLLAPSED = 0.15
"""std x sqrt(d) below this is one point: collapsed runs fall below 0.1 within seconds, intact ones stay above 0.7. An untrained
network begins near 0.2, so what is low but rises is on its way out."""

POINT = -0.1
"""Uniformity above this is one point as well: 0 is exact collapse, an untrained ResNet begins near -0.2."""

RISING = 1.2
"""A value this many times its recent least, and not below its recent best, rises."""

FALLING = 0.7
"""A spread below this share of its own recent best is on its way down: collapsing runs halve within 20 steps."""

FALLEN = 0.5
"""A spread below this share of the best that is remembered, and that does not rise, has not recovered from a fall: VICReg without
variance halves in 40 steps, then sinks ever more slowly. Intact runs of SimSiam, the least steady, lose a third at most."""

SPREAD = 0.8
"""A spread above this is no reason to worry, whatever it was before."""

FEW_DIRECTIONS = 0.06
"""Directions in use below this share of those there are: intact runs use a tenth and more, Barlow Twins without its
off-diagonal term a seventeenth after 100 steps and ever fewer."""

NOT_MANY_DIRECTIONS = 0.15
"""Above this share of all directions a falling rank is no alarm: SimSiam begins with the noise of 60 and settles near 25 of 128."""

FLATTENING = 0.6
"""A rank below this share of its recent best, at full spread, is on its way down: Barlow Twins loses half of 31 directions within 30
steps without its off-diagonal term, VICReg without covariance likewise; intact runs lose a third in 40."""

MEASURABLE_D = 16
"""With fewer dimensions, a low rank is what was asked for."""

UNIFORM = 0.98
"""A target's entropy above this share of ln K says nothing of its image: DINO without sharpening reaches 0.999, SwAV with an epsilon
of 1 as well, intact runs stay below 0.95."""

ONE_PROTOTYPE = 0.3
"""Entropy of the prototypes' mean use below this share of ln K: few take all. DINO without centring falls from 0.6 below it within
five seconds, intact runs rise to 0.8 and more."""

LOSING = 0.75
"""A mean use whose entropy is below this share of its recent best is on its way there."""

AT_CHANCE = 0.02
"""Within this share of the chance level a loss has learnt nothing yet."""

SOLVED = 0.8
"""The task counts as solved where the right partner is first this often."""

TASK_SOLVED = 0.95
"""A method's own task counts as solved by a shortcut from here on: a mark in the corner tells every rotation within 20 steps."""

GAIN = 0.02
"""Smallest difference between two kNN accuracies that is worth a word: two standard errors at 2,000 images."""

SLIP = 0.05
"""A kNN accuracy this far below the best of the recent ones has slipped: the best of five looks at 1,000 images lies some two
points above their mean by luck alone."""

LEAST_FALL = 0.01
"""A loss that fell by less than this share over the recent measurements stays where it is."""

WINDOW = 5
"""Measurements that "recent" means."""

SPREAD_IS = "spread {:.2f}; 1 is even, 0 is one point"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rules look at: the latest values, those before them (oldest first, NaN where missing), and the reference lines."""

    now: Mapping[str, float]
    before: Mapping[str, Sequence[float]]
    d: int
    lines: Sequence[Line] = field(default=())

    def value(self, name: str) -> float:
        """The latest value, NaN where there is none."""
        return self.now.get(name, math.nan)

    def past(self, name: str) -> list[float]:
        """Finite earlier values, oldest first."""
        return [v for v in self.before.get(name, ()) if math.isfinite(v)]

    def pairs(self, one: str, other: str) -> list[tuple[float, float]]:
        """Recent earlier values of two measures that are taken together, oldest first."""
        both = list(
            zip(reversed(self.past(one)), reversed(self.past(other)), strict=False)
        )  # the latest belong together
        return both[:WINDOW][::-1]

    def rises(self, name: str) -> bool:
        """Whether the latest value tops the last three, and the least of them clearly."""
        past = self.past(name)[-3:]
        return bool(past) and self.value(name) >= max(*past, RISING * min(past))

    def line(self, measure: str, word: str) -> float:
        """The reference of `measure` whose label has `word` in it, NaN where there is none."""
        return next((value for of, label, value in self.lines if of == measure and word in label), math.nan)


def diagnose(
    measures: Mapping[str, float],
    history: Mapping[str, Sequence[float]],
    d: int,
    *,
    references: Sequence[Line] = (),
    can_collapse: bool = True,
) -> Verdict:
    """("good" | "note" | "warning", one sentence) on the latest `measures` (names of spec.measures, left out where unknown).

    A loss or gradient norm that is not finite has diverged. history: earlier values of each measure at the points where it was
    measured, oldest first. d: dimensions of z. references: (measure, label, value) as `Method.references` gives them, and the
    kNN baseline of the untrained network, whose label says "random". can_collapse: False for methods with given targets, whose
    features may lie close together, as MAE's do, and tell images apart all the same.
    """
    evidence = Evidence(measures, history, d, references)
    for rule in RULES:
        if not can_collapse and rule in OF_COLLAPSE:
            continue
        if (verdict := rule(evidence)) is not None:
            return verdict
    return "note", "Too early to say: the first measurements are on their way."


def diverged(e: Evidence) -> Verdict | None:
    for name, what in (("loss", "loss"), ("grad_norm", "gradient")):
        if not math.isfinite(e.now.get(name, 0.0)):
            return "warning", f"Diverged: the {what} is no longer a number. A lower learning rate usually helps."
    return None


def collapsed(e: Evidence) -> Verdict | None:
    std, uniformity = e.value("std"), e.value("uniformity")
    if not (std < COLLAPSED or uniformity > POINT):
        return None
    if not e.past("std"):
        return (
            "note",
            f"Too early to say: all images lie close together, as an untrained network puts them ({SPREAD_IS.format(std)}).",
        )
    if e.rises("std"):
        return (
            "note",
            f"Spreading out: the images still lie close together, but less and less ({SPREAD_IS.format(std)}).",
        )
    return (
        "warning",
        f"Collapsed: all images get nearly the same representation, a complete collapse ({SPREAD_IS.format(std)}).",
    )


def collapsing(e: Evidence) -> Verdict | None:
    std, past = e.value("std"), e.past("std")
    if not past or std > SPREAD or e.rises("std"):
        return None
    if std < FALLING * max(past[-WINDOW:]) or std < FALLEN * max(past):
        return "warning", (
            f"Collapsing: the images' spread fell from {max(past):.2f} to {std:.2f}, towards complete collapse "
            f"(1 is even, 0 is one point)."
        )
    return None


def uniform_output(e: Evidence) -> Verdict | None:
    entropy, even = e.value("teacher_entropy"), e.line("teacher_entropy", "uniform")
    if entropy > UNIFORM * even:
        return "warning", (
            f"Collapsed to a uniform output: the targets say the same of every image (entropy {entropy:.2f}, no opinion at all is {even:.2f})."
        )
    return None


def one_prototype(e: Evidence) -> Verdict | None:
    """Complete collapse of what sorts images by prototypes, before and while the representation itself follows."""
    mean, even, past = e.value("mean_entropy"), e.line("mean_entropy", "uniform"), e.past("mean_entropy")
    if not mean < ONE_PROTOTYPE * even or not past:
        return None
    said = f"entropy of their mean use {mean:.2f}, even use is {even:.2f}"
    if e.rises("mean_entropy"):
        return "note", f"Spreading out: few prototypes still take nearly all images, but less and less ({said})."
    return "warning", f"Collapsed: few prototypes take all images, a complete collapse ({said})."


def losing_prototypes(e: Evidence) -> Verdict | None:
    mean, past = e.value("mean_entropy"), e.past("mean_entropy")[-WINDOW:]
    if past and mean < LOSING * max(past):
        return "warning", (
            f"Collapsing: fewer and fewer prototypes take all images, towards complete collapse "
            f"(entropy of their mean use {max(past):.2f} before, {mean:.2f} now)."
        )
    return None


def few_directions(e: Evidence) -> Verdict | None:
    rank = e.value("rankme")
    if e.d >= MEASURABLE_D and rank < max(2.0, FEW_DIRECTIONS * e.d) and e.past("rankme") and not e.rises("rankme"):
        return (
            "warning",
            f"Flattened: the images lie along only about {rank:.0f} of {e.d} directions (dimensional collapse).",
        )
    return None


def losing_directions(e: Evidence) -> Verdict | None:
    """Dimensional collapse on its way: the spread stays, the rank falls. An early fall, while images still spread out, is usual."""
    rank, best = e.value("rankme"), max((r for r, std in e.pairs("rankme", "std") if std >= SPREAD), default=math.nan)
    if e.d >= MEASURABLE_D and rank < min(FLATTENING * best, NOT_MANY_DIRECTIONS * e.d) and not e.rises("rankme"):
        return "warning", (
            f"Flattening: the images lie along about {rank:.0f} directions, {best:.0f} a little earlier, towards dimensional collapse."
        )
    return None


def shortcut(e: Evidence) -> Verdict | None:
    top1, task = e.value("top1"), e.value("accuracy")
    knn, random = e.value("knn"), e.line("knn", "random")
    if not (knn < random + GAIN and len(e.past("knn")) >= WINDOW):
        return None
    yet = f"yet neighbours share a class no more often ({knn:.0%}) than with random weights ({random:.0%})."
    if top1 >= SOLVED:
        return "warning", f"Shortcut suspected: {top1:.0%} of views find their partner, {yet}"
    if task >= TASK_SOLVED:
        return "warning", f"Shortcut suspected: the task is solved in {task:.0%} of cases, {yet}"
    return None


def at_chance(e: Evidence) -> Verdict | None:
    loss, chance = e.value("loss"), e.line("loss", "chance")
    if chance > 0 and loss > (1 - AT_CHANCE) * chance:
        return "note", f"Not learning yet: the loss is {loss:.2f}, and guessing gives {chance:.2f}."
    return None


def learning(e: Evidence) -> Verdict | None:
    knn, past, random = e.value("knn"), e.past("knn")[-WINDOW:], e.line("knn", "random")
    if not math.isfinite(knn):
        return None
    said = f"{knn:.0%} of held-out images take their class from their neighbours"
    against = f" (random weights: {random:.0%})" if math.isfinite(random) else ""
    if past and knn > min(past) + GAIN / 2 and knn >= max(past) - GAIN / 2:
        return "good", f"Learning: {said}{against}, and it rises."
    if past and knn < max(past) - SLIP:
        return "note", f"Slipping: {said}{against}, {max(past):.0%} a little earlier."
    if knn > random + GAIN:
        return "good", f"Healthy: {said}{against}."
    if len(past) >= WINDOW:
        return "note", f"Not better than where it began: {said}{against}."
    return None


def falling_loss(e: Evidence) -> Verdict | None:
    loss, past = e.value("loss"), e.past("loss")
    if not math.isfinite(loss) or not past:
        return None
    spread = f", spread {std:.2f} of 1" if math.isfinite(std := e.value("std")) else ""
    earlier = past[-WINDOW:][0]
    if loss < earlier - max(jitter(past), LEAST_FALL * abs(earlier)):
        return "good", f"Learning: the loss fell from {earlier:.2f} to {loss:.2f}{spread}."
    return ("note", f"Settled: the loss stays at about {loss:.2f}{spread}.") if len(past) >= WINDOW else None


def jitter(values: Sequence[float]) -> float:
    """Mean absolute change from one measurement to the next: smaller differences are noise."""
    steps = [abs(b - a) for a, b in pairwise(values[-2 * WINDOW :])]
    return sum(steps) / len(steps) if steps else 0.0


RULES: tuple[Callable[[Evidence], Verdict | None], ...] = (
    diverged,
    uniform_output,
    one_prototype,
    losing_prototypes,
    collapsed,
    collapsing,
    few_directions,
    losing_directions,
    shortcut,
    at_chance,
    learning,
    falling_loss,
)
"""Most urgent first."""

OF_COLLAPSE = frozenset({collapsed, collapsing, few_directions, losing_directions})
"""What is said of the spread of z alone."""
