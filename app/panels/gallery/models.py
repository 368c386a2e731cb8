"""What the gallery knows of its models: cards as the shelf shows them, found by text and method. Headless."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from PySide6.QtGui import QImage

from app.panels.gallery.scores import finite, known_measure
from app.widgets.model_shelf import ShelfItem
from sslviz.spec.card import TELLING, Card, CardMetric
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.errors import SpecError
from sslviz.spec.evaluation import RANDOM, RUN
from sslviz.spec.inspection import ModelLine
from sslviz.spec.places import shipped

PICTURE = "picture.png"
COLLAPSED = "collapsed on purpose"
NEIGHBOURS = "knn on h: class"
"""What says most of a model in one number, where its method has nothing better."""


class Models:
    """The lines of `ListModels` that have a card, by name."""

    def __init__(self, lines: Iterable[ModelLine] = ()) -> None:
        self.cards: dict[str, Card] = {line.source: line.card for line in lines if line.card is not None}
        self.pictures: Mapping[str, QImage] = {name: found for name in self.cards if (found := picture_of(name))}

    def methods(self) -> tuple[str, ...]:
        """Of the models, by name, each once."""
        return tuple(sorted({card.method for card in self.cards.values()}))

    def found(self, words: str, method: str, catalogue: Catalogue) -> tuple[str, ...]:
        """The names of the models of a method ("": of any) whose card has every word somewhere."""
        asked = words.casefold().split()
        texts = {name: _text(card, catalogue) for name, card in self.cards.items()}
        return tuple(
            name
            for name, card in self.cards.items()
            if method in ("", card.method) and all(word in texts[name] for word in asked)
        )

    def items(self, names: Sequence[str], catalogue: Catalogue) -> list[ShelfItem]:
        """Their cards on the shelf."""
        return [self._item(name, self.cards[name], catalogue) for name in names]

    def _item(self, name: str, card: Card, catalogue: Catalogue) -> ShelfItem:
        own, baseline = telling_of(card)
        title = method_title(catalogue, card.method)
        number = f"{known_measure(own.measure)} {100 * own.value:.0f} %" if own else ""
        beside = f"\n{number}; the notch: random weights, {100 * baseline:.0f} %" if math.isfinite(baseline) else ""
        return ShelfItem(
            name, card.title, f"{title} · {data_words(card)}", number, own.value if own else math.nan, baseline,
            COLLAPSED if card.collapsed else "", initials(title), self.pictures.get(name),
            f"{card.title}\n{card.backbone}, {card.parameters:,} parameters{beside}\nReturn opens it, Space ticks it for comparison",
        )  # fmt: skip


def folder_of(name: str) -> Path:
    """Where a model that ships lies; raises SpecError for an installation without models."""
    return shipped("models") / name


def picture_of(name: str) -> QImage | None:
    """The picture beside its weights; None where there is none that can be read."""
    try:
        image = QImage(str(folder_of(name) / PICTURE))
    except SpecError:
        return None
    return None if image.isNull() else image


def telling_of(card: Card) -> tuple[CardMetric | None, float]:
    """The metric that tells most, and what random weights reach; None where there is no share at all."""
    shares = [metric for metric in card.metrics if finite(metric) and not metric.images]
    own = {metric.measure: metric for metric in shares if metric.model == RUN}
    best = next((own[m] for m in (TELLING.get(card.method, NEIGHBOURS), NEIGHBOURS, *own) if m in own), None)
    same = (metric.value for metric in shares if best and (metric.model, metric.measure) == (RANDOM, best.measure))
    return best, next(same, math.nan)


def method_title(catalogue: Catalogue, name: str) -> str:
    """What lists call a method."""
    return next((info.title for info in catalogue.methods if info.name == name), name)


def is_transformer(catalogue: Catalogue, backbone: str) -> bool:
    """Whether it has attention to look at."""
    kinds = {info.name: info.kind for info in catalogue.backbones}
    return kinds.get(backbone, "vit" if "vit" in backbone else "cnn") == "vit"


def data_words(card: Card) -> str:
    """Its images in a few words: the preset of our own, else what the card says first."""
    preset = re.search(r"preset (\w+)", card.data)
    if preset:
        return f"shapes, {preset[1]}"
    return re.split(r"[.,;:(]\s", card.data, maxsplit=1)[0].strip(" .,:") or "unknown images"


def initials(title: str) -> str:
    """Two letters that stand in for a picture."""
    words = [word for word in title.replace("-", " ").split() if word[:1].isalnum()]
    if len(words) > 1:
        return "".join(word[0] for word in words[:2]).upper()
    return title[:2].upper()


def _text(card: Card, catalogue: Catalogue) -> str:
    """Everything that can be searched."""
    parts = (
        card.name,
        card.title,
        card.method,
        method_title(catalogue, card.method),
        card.backbone,
        card.data,
        card.collapsed,
    )
    return " ".join((*parts, COLLAPSED if card.collapsed else "", *card.weaknesses)).casefold()
