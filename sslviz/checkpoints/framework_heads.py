"""Heads by the names of solo-learn and lightly, which are the same whatever backbone lies below them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from torch import nn

from sslviz.checkpoints.base import Loaded, Part
from sslviz.checkpoints.heads import Normalise, chain, dino_head, linear, mlp, width_of
from sslviz.checkpoints.ledger import Ledger

Heads = dict[str, nn.Module]

PROTOTYPES = re.compile(r"prototypes\.heads\.\d+\.weight$")


def solo_learn_heads(ledger: Ledger, names: Iterable[str], width: int) -> Heads:
    """`projector`, `predictor`, `prototypes` or DINO's `head` by method, and the online `classifier` of the features."""
    known = tuple(names)
    heads = _projected(ledger, known, "projector.", "predictor.", width)
    if (projection := heads.get("projection")) is not None:
        inputs = width_of(projection, width)
        if ledger.begins("prototypes."):
            heads["prototypes"] = chain(projection, Normalise(), linear(ledger, "prototypes.", inputs, biased=False))
    if (head := dino_head(ledger, known, "head.", width)) is not None:
        heads["projection"] = head
    if ledger.begins("classifier."):
        heads["logits"] = linear(ledger, "classifier.", width)
    return heads


def _projected(ledger: Ledger, known: Iterable[str], projector: str, predictor: str, width: int) -> Heads:
    """The projector below one prefix and, behind it, the predictor below another, as far as they are there."""
    projection = mlp(ledger, known, projector, width)
    if projection is None:
        return {}
    prediction = mlp(ledger, known, predictor, width_of(projection, width))
    return {
        "projection": projection,
        **({"prediction": chain(projection, prediction)} if prediction is not None else {}),
    }


def lightly_heads(ledger: Ledger, names: Iterable[str], width: int) -> Heads:
    """`projection_head.layers`, `prediction_head.layers` and `prototypes.heads`, or DINO's head."""
    known = tuple(names)
    heads = _projected(ledger, known, "projection_head.layers.", "prediction_head.layers.", width)
    if (projection := heads.get("projection")) is not None:
        inputs = width_of(projection, width)
        for name in filter(PROTOTYPES.match, known):
            title = "prototypes" if "prototypes" not in heads else f"prototypes {len(heads)}"
            heads[title] = chain(
                projection, Normalise(), linear(ledger, name.removesuffix("weight"), inputs, biased=False)
            )
    if (head := dino_head(ledger, known, "head.", width)) is not None:
        heads["projection"] = head
    return heads


FRAMEWORKS: Mapping[str, Callable[[Ledger, Iterable[str], int], Heads]] = {
    "solo-learn": solo_learn_heads,
    "lightly": lightly_heads,
}
"""By `Part.origin`."""


def with_framework_heads(loaded: Loaded, part: Part) -> Loaded:
    """`loaded` with the heads that a framework put on a backbone of another family, made of what that family left unused."""
    build = FRAMEWORKS.get(part.origin)
    left = loaded.description.unused
    if build is None or not left:
        return loaded
    ledger = Ledger({name: part.tensors[name] for name in left if name in part.tensors})
    heads = build(ledger, left, int(loaded.network.num_features))  # type: ignore[arg-type]  # both kinds of network have it
    taken = set(left) - set(ledger.unused)
    described = replace(loaded.description, unused=tuple(name for name in left if name not in taken))
    return replace(loaded, heads={**heads, **loaded.heads}, description=described)
