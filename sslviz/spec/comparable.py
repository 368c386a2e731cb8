"""What may share an axis: measures whose numbers mean the same in every run, and those that do only among runs of a kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.quantities import said

Aspect = Literal["method", "batch", "weights", "augmentation", "data"]

LOSS: tuple[Aspect, ...] = ("method", "batch", "weights", "augmentation", "data")
NEEDS: Mapping[str, tuple[Aspect, ...]] = {
    "loss": LOSS,
    "accuracy": ("method", "augmentation", "data"),
    "alignment": ("augmentation", "data"), "alignment_h": ("augmentation", "data"),
    "uniformity": ("data",), "uniformity_h": ("data",), "std": ("data",), "std_h": ("data",),
    "rankme": ("method", "data"), "rankme_h": ("method", "data"),
    "top1": ("batch", "augmentation", "data"), "top5": ("batch", "augmentation", "data"),
    "knn": ("data",),
    "teacher_entropy": ("method",), "mean_entropy": ("method",), "kl": ("method",), "prototypes": ("method",),
    "teacher_temperature": ("method",), "temperature": ("method",), "grad_norm": ("method",),
}  # fmt: skip
"""In what runs have to agree for a measure of theirs to stand on one axis; the others may always."""

IN_THE_LOSS = frozenset({
    "tau", "teacher_tau", "student_tau", "temperature", "epsilon", "negatives", "oracle", "lambda_", "invariance", "variance",
    "covariance", "mask_ratio", "normalised", "prototypes", "queue", "smoothing", "rebalance", "overlap_weight", "share", "permutations",
    "alignment", "uniformity", "alpha", "t",
})  # fmt: skip
"""Parameters of methods that change what the loss measures: temperatures, weights, how much there is to guess, among how many."""

_WHY: Mapping[Aspect, str] = {
    "method": "of different methods",
    "batch": "at different batch sizes",
    "weights": "at different temperatures or weights of the loss",
    "augmentation": "of differently augmented views",
    "data": "on different images",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that may share an axis. label: what sets them apart from the other groups, "" where there are none."""

    members: tuple[int, ...]
    label: str


def needs(measure: str) -> tuple[Aspect, ...]:
    """In what runs have to agree; parts of a loss are like the loss."""
    return LOSS if measure.startswith("part.") else NEEDS.get(measure, ())


def groups(measure: str, configs: Sequence[RunConfig]) -> tuple[Group, ...]:
    """The runs (by number) whose values of `measure` may share an axis, in their order."""
    keys = [tuple((aspect, key_of(aspect, config)) for aspect in needs(measure)) for config in configs]
    found = dict.fromkeys(keys)
    alone = len(found) < 2
    return tuple(
        Group(members, "" if alone else _label(measure, configs[members[0]], configs))
        for members in (tuple(k for k, other in enumerate(keys) if other == key) for key in found)
    )


def _label(measure: str, config: RunConfig, among: Sequence[RunConfig]) -> str:
    """The method where there are several, then in what runs of this method differ, then the data."""
    alike = [other for other in among if "method" not in needs(measure) or other.method == config.method]
    apart = dict.fromkeys(
        (*(a for a in differing(measure, among) if a in ("method", "data")), *differing(measure, alike))
    )
    return ", ".join(filter(None, (words_of(aspect, config, among) for aspect in apart)))


def differing(measure: str, configs: Sequence[RunConfig]) -> tuple[Aspect, ...]:
    """In which of what matters for a measure these runs do not agree."""
    return tuple(aspect for aspect in needs(measure) if len({key_of(aspect, config) for config in configs}) > 1)


def why_apart(measure: str, configs: Sequence[RunConfig]) -> str:
    """One sentence: why this measure of these runs is not on one axis; "" where it is."""
    apart = differing(measure, configs)
    if "method" in apart:  # what else differs goes without saying
        apart = tuple(aspect for aspect in apart if aspect in ("method", "data"))
    if not apart:
        return ""
    reasons = " and ".join(_WHY[aspect] for aspect in apart)
    return f"Numbers {reasons} are different quantities: one plot each, and no height of one says anything about another's."


def key_of(aspect: Aspect, config: RunConfig) -> str:
    """Equal for runs that agree in this."""
    match aspect:
        case "method":
            return config.method
        case "batch":
            return f"{config.batch_size}/{config.optimiser.accumulate}"
        case "weights":
            return repr(sorted((name, value) for name, value in config.params.items() if name in IN_THE_LOSS))
        case "augmentation":
            return repr(config.augmentation.views)
        case "data":
            return repr(_plain(config.data))


def _plain(data: DataConfig) -> tuple[object, ...]:
    return (data.source, data.image_size, data.val_fraction, data.seed, sorted(data.dials.items()))


def words_of(aspect: Aspect, config: RunConfig, among: Sequence[RunConfig]) -> str:
    """What this run is in this, in a few words."""
    match aspect:
        case "method":
            return config.method
        case "batch":
            pieces = config.optimiser.accumulate
            return f"batch {config.batch_size:,}" + (f" in {pieces} pieces" if pieces > 1 else "")
        case "weights":
            return _weights(config, [other for other in among if other.method == config.method])
        case "augmentation":
            return f"views {config.augmentation.name}"
        case "data":
            return data_words(config.data, [other.data for other in among])


def _weights(config: RunConfig, alike: Sequence[RunConfig]) -> str:
    """The parameters in which runs of one method differ."""
    names = [
        name for name in config.params if name in IN_THE_LOSS and len({str(o.params.get(name)) for o in alike}) > 1
    ]
    return ", ".join(f"{name} {said(config.params[name])}" for name in names)


def data_words(data: DataConfig, among: Sequence[DataConfig]) -> str:
    """The name of a data set, with what tells it from others of the same name."""
    parts = [Path(data.source).name or data.source]
    alike = [other for other in among if other.source == data.source]
    parts += [
        f"{name.replace('_', ' ')} {getattr(data, name)}"
        for name in ("image_size", "val_fraction", "seed")
        if len({getattr(other, name) for other in alike}) > 1
    ]
    dials = sorted({name for other in alike for name in other.dials})
    parts += [
        f"{name} {said(data.dials[name])}"
        for name in dials
        if name in data.dials and len({str(other.dials.get(name)) for other in alike}) > 1
    ]
    return " ".join(parts)


def same_data(configs: Sequence[RunConfig]) -> bool:
    """Whether all are about the same images."""
    return len({key_of("data", config) for config in configs}) < 2
