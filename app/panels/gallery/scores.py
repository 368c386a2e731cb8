"""From a card's metrics, and from a report on other images, to bars with intervals and to lines of text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from app.widgets.interval_bars import Bar, BarGroup
from sslviz.spec.card import Card, CardMetric
from sslviz.spec.evaluation import END_TO_END, PIXELS, PROTOCOLS, RANDOM, RUN, SUPERVISED, Evaluation

COLOURS = {RUN: 0, SUPERVISED: 2, RANDOM: 1, PIXELS: 6}
"""Of each model, as in the Evaluate view; others take what is left."""
LEFT_OVER = (3, 4, 5)
_PROTOCOL = re.compile(r"(?P<protocol>\w+) on (?P<layer>.+): (?P<target>.+)")
_JACCARD = re.compile(r"object Jaccard at (\d+) ?% mass")
Bars = tuple[tuple[BarGroup, ...], tuple[str, ...], tuple[int, ...]]
"""Groups, series, and the colour of each series."""


def finite(metric: CardMetric) -> bool:
    """Whether it is a share, which has an axis in common with the others: a loss is none."""
    return math.isfinite(metric.value) and 0.0 <= metric.value <= 1.0 and not metric.measure.startswith("loss")


def known_measure(measure: str) -> str:
    """A measure in a few words, the same of a model and of its baselines: the layer is left out."""
    found = _PROTOCOL.fullmatch(measure)
    if found is None:
        return _JACCARD.sub(r"Jaccard, \1 % mass", measure)
    title = PROTOCOLS[found["protocol"]].title if found["protocol"] in PROTOCOLS else found["protocol"]
    return title if found["target"] == "class" else f"{title}, {found['target']}"


def bars_of(card: Card) -> Bars:
    """Every share of the card, by measure, the model beside its baselines."""
    shares = [metric for metric in card.metrics if finite(metric)]
    rows = [(_group(m), m.model, m.value, m.lo, m.hi, math.nan) for m in shares]
    return _grouped(rows)


def _group(metric: CardMetric) -> str:
    words = known_measure(metric.measure)
    return words if not metric.images or " on " in words else f"{words} ({metric.images})"


def bars_of_report(report: Evaluation) -> Bars:
    """Every row with a score."""
    titles = {name: protocol.title for name, protocol in PROTOCOLS.items()} | {END_TO_END.name: END_TO_END.title}
    scored = [(row, row.score) for row in report.rows if row.score is not None]
    return _grouped([(titles[r.protocol], r.model, s.value, s.lo, s.hi, r.chance) for r, s in scored])


def _grouped(rows: list[tuple[str, str, float, float, float, float]]) -> Bars:
    series = tuple(
        sorted({row[1] for row in rows}, key=lambda name: (list(COLOURS).index(name) if name in COLOURS else 99, name))
    )
    others = [name for name in series if name not in COLOURS]
    colours = tuple(
        COLOURS.get(name, LEFT_OVER[others.index(name) % len(LEFT_OVER)] if name in others else 0) for name in series
    )
    groups = []
    for title in dict.fromkeys(row[0] for row in rows):
        own = sorted((row for row in rows if row[0] == title), key=lambda row: series.index(row[1]))
        chance = next((row[5] for row in own if math.isfinite(row[5])), math.nan)
        groups.append(BarGroup(title, chance, tuple(Bar(series.index(r[1]), r[2], r[3], r[4]) for r in own)))
    return tuple(groups), series, colours


def other_lines(metrics: Iterable[CardMetric]) -> list[str]:
    """What has no place on an axis from 0 to 1, one line each."""
    return [
        f"{m.measure}, {m.model}: {m.value:.3g} ({m.lo:.3g} to {m.hi:.3g}). {m.note}" for m in metrics if not finite(m)
    ]


def notes(metrics: Iterable[CardMetric]) -> list[str]:
    """How the model's shares were measured: one line for all that were measured alike."""
    alike: dict[str, list[str]] = {}
    for metric in metrics:
        if finite(metric) and metric.note and metric.model == RUN:
            alike.setdefault(metric.note, []).append(_group(metric))
    return [f"{', '.join(measures)}: {note}" for note, measures in alike.items()]
