"""Runs and models side by side, from their records: curves, differing settings, scores. Only reads; loads no weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sslviz.spec.comparable import data_words, same_data
from sslviz.spec.comparison import LEAST, MOST, Comparison
from sslviz.spec.errors import SpecError
from sslviz.spec.inspection import ModelRef
from sslviz.training.comparing.differences import differences
from sslviz.training.comparing.reading import Material, read_material
from sslviz.training.comparing.scores import scores

__all__ = ["compare"]


def compare(models: Sequence[ModelRef], points: int = 0, stop: Callable[[], None] = lambda: None) -> Comparison:
    """The records of two to four runs or models, read one after the other; `stop` is called in between and may raise.

    A record that is missing or damaged is told by its side's `problem`. Raises SpecError for fewer, more, and the same one twice.
    """
    _require_some(models)
    read = []
    for model in models:
        stop()
        read.append(read_material(model, points))
    read = _named_apart(read)
    found, same = differences(read)
    return Comparison(tuple(each.side for each in read), found, same, scores(read), _notes(read))


def _require_some(models: Sequence[ModelRef]) -> None:
    if len(models) < LEAST:
        raise SpecError(
            f"Comparing takes at least {LEAST} runs or models, and {len(models)} is here.", "Add another one."
        )
    if len(models) > MOST:
        raise SpecError(f"{len(models)} runs or models are too many to tell apart.", f"Take {MOST} at most.")
    twice = next(
        (m for k, m in enumerate(models) if (m.source, m.snapshot, m.network, m.random) in _keys(models[:k])), None
    )
    if twice:
        raise SpecError(f"{twice.source} is named twice.", "Take another one, or another snapshot of it.")


def _keys(models: Sequence[ModelRef]) -> set[tuple[str, int, str, bool]]:
    return {(model.source, model.snapshot, model.network, model.random) for model in models}


def _named_apart(read: Sequence[Material]) -> list[Material]:
    """Names that are equal get the folder above in front of them, or else a number."""
    names = [each.side.name for each in read]
    longer = [
        f"{each.above}/{name}" if names.count(name) > 1 and each.above else name
        for each, name in zip(read, names, strict=True)
    ]
    return [
        each.renamed(f"{name} ({k + 1})" if longer.count(name) > 1 else name)
        for k, (each, name) in enumerate(zip(read, longer, strict=True))
    ]


def _notes(read: Sequence[Material]) -> tuple[str, ...]:
    """What has to be said before any number is compared."""
    known = [each for each in read if each.side.config]
    configs = [each.side.config for each in known if each.side.config]
    notes = []
    if not same_data(configs):
        all_data = [config.data for config in configs]
        words = "; ".join(
            f"{each.side.name}: {data_words(data, all_data)}" for each, data in zip(known, all_data, strict=True)
        )
        notes.append(
            f"These were trained on different images ({words}), so that accuracies and losses say nothing about each other."
        )
    elif len({each.environment.fingerprint for each in known if each.environment.fingerprint}) > 1:
        notes.append(
            "The data has the same name and settings everywhere, yet not the same contents: it has changed in between."
        )
    if len(configs) > 1 and len({each.environment.device + str(each.environment.threads) for each in known}) > 1:
        notes.append("They ran on different devices or threads: training times cannot be compared.")
    notes += [f"{each.side.name}: {each.side.problem}" for each in read if each.side.problem]
    return tuple(notes)
