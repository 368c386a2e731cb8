"""What a sorting of images by prototypes looks like: its entropies, and the arrays of its figures (SwAV, DINO).

p is a distribution over the K prototypes for each image. The figures' arrays are those of `sslviz.spec.catalogue.FigureInfo`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

Arrays = Mapping[str, Tensor | Sequence[Any]]

IMAGES, PLACES_AN_IMAGE = 4, 6
ROWS, COLUMNS = 24, 32
GALLERY_ROWS, GALLERY_COLUMNS = 6, 8
MOST_PLACES = 256
"""How much of a batch the figures show: as much as is read at a glance."""


def entropy(p: Tensor) -> Tensor:
    """-Σ p ln p in nats: (..., K) -> (...); 0 ln 0 is 0."""
    terms: Tensor = torch.special.entr(p)
    return terms.sum(-1)


def sorting_measures(targets: Tensor, loss: Tensor) -> dict[str, Tensor]:
    """How images are sorted, by the names of `sslviz.spec.measures`: targets (T, B, K), loss () their mean cross-entropy.

    A cross-entropy is the targets' own entropy plus KL(target ‖ prediction): what the loss has over the entropy is the KL.
    """
    own = entropy(targets).mean()
    best = targets.new_zeros(targets.shape[-1]).index_fill_(0, targets.argmax(-1).flatten(), 1)
    return {
        "teacher_entropy": own,
        "mean_entropy": entropy(targets.mean((0, 1))),
        "kl": (loss.detach() - own).clamp_min(0),  # rounding makes a hair less of a zero
        "prototypes": best.sum(),
    }


def uniform_lines(prototypes: int) -> tuple[tuple[str, str, float], ...]:
    """Lines to draw, (measure, label, value): what uniform distributions over so many prototypes give, whatever the batch."""
    even = math.log(prototypes)
    return (
        ("loss", "chance ln K", even),
        ("teacher_entropy", "uniform ln K", even),
        ("mean_entropy", "uniform ln K", even),
    )


def by_use(p: Tensor, most: int) -> Tensor:
    """The prototypes that p (n, K) uses most, most used first: at most `most` of them."""
    return p.mean(0).topk(min(most, p.shape[1])).indices


def side_by_side(p: Tensor, q: Tensor) -> Arrays:
    """Bars: the distributions p and q (B, K) of a few images at the prototypes that both together hold likeliest."""
    p, q = p[:IMAGES], q[:IMAGES]
    best = (p + q).topk(min(PLACES_AN_IMAGE, p.shape[1]), dim=1).indices  # (n, m)
    names = [f"{image}·{k}" for image, row in enumerate(best.tolist(), 1) for k in row]
    values = torch.stack([p.gather(1, best).flatten(), q.gather(1, best).flatten()])
    return {"values": values, "names": names, "line": _even(p)}


def usage(*distributions: Tensor) -> Arrays:
    """Bars: the mean of each of `distributions` (n, K), at the prototypes that the first uses most."""
    order = by_use(distributions[0], MOST_PLACES)
    means = torch.stack([p.mean(0)[order] for p in distributions])
    return {"values": means, "names": _numbers(order), "line": _even(distributions[0])}


def at_used(values: Tensor, p: Tensor) -> Arrays:
    """Bars: numbers (K,) of the prototypes, in the order in which p (n, K) uses them."""
    order = by_use(p, MOST_PLACES)
    return {"values": values[order][None], "names": _numbers(order)}


def belonging(p: Tensor, images: Tensor) -> Arrays:
    """Matrix: how much images (B, 3, h, w) with p (B, K) belong to the most used prototypes, images of one prototype together."""
    order = by_use(p, COLUMNS)
    values = p[:ROWS, order]
    rows = values.argmax(1).argsort(stable=True)
    return {"values": values[rows], "columns": _numbers(order), "row_images": images[rows]}


def gallery(p: Tensor, images: Tensor) -> Arrays:
    """Tiles: the most used prototypes, and of images (B, 3, h, w) with p (B, K) those that belong to each of them most."""
    prototypes = by_use(p, GALLERY_ROWS)
    values, nearest = p[:, prototypes].T.topk(min(GALLERY_COLUMNS, len(p)), dim=1)  # (R, C)
    of_all = p.mean(0)[prototypes].tolist()
    rows = [f"{k}: {share:.0%}" for k, share in zip(_numbers(prototypes), of_all, strict=True)]
    return {"images": images[nearest], "rows": rows, "texts": [[f"{v:.0%}" for v in row] for row in values.tolist()]}


def _even(p: Tensor) -> Tensor:
    return torch.tensor([1 / p.shape[-1]])


def _numbers(prototypes: Tensor) -> list[str]:
    return [str(k) for k in prototypes.tolist()]
