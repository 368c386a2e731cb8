"""Pushes: which negatives a contrastive loss really repels, as a picture that contrastive methods share (Wang & Liu 2021, arXiv:2012.09740).

The gradient of InfoNCE pushes an anchor away from negative k in proportion to exp(s_k/τ): the share of negative k among all
negatives is the softmax over them. A high temperature gives all the same share, a low one everything to the nearest few.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sslviz.methods.base import Drawing, Facts
from sslviz.methods.errors import MethodError

BARS = 48
"""Ranks in the picture: from there on a bar is too low to be seen, or all are equal."""

ANCHORS = 5
HARDEST = 7
"""Rows and columns of negatives in the tiles."""


def push_by_rank(logits: Tensor, labels: Tensor | None) -> Drawing:
    """Bars: mean share of the push by rank, nearest negative first, told apart by whether it has the anchor's class.

    logits (R, C): s/τ of anchors and negatives, -inf where a pair is none (itself, its positive, what an oracle drops). labels
    (B,) of the images, where R and C are multiples of B, view-major; -1 is nobody's label.
    """
    share = shares(logits)  # (R, C)
    shown, order = share.topk(min(BARS, share.shape[1]), dim=1)  # (R, n)
    own = same_class(logits.shape, labels).to(share.device).gather(1, order)
    values = torch.stack([(shown * ~own).mean(0), (shown * own).mean(0)])
    rivals = float(logits.isfinite().sum(1).float().mean())
    names = [str(rank) for rank in range(1, values.shape[1] + 1)]
    return {"values": values, "names": names, "line": torch.tensor([1 / max(rivals, 1.0)])}


def shares(logits: Tensor) -> Tensor:
    """Each negative's share of the push on its anchor, (R, C); rows without any negative are 0."""
    return logits.softmax(dim=1).nan_to_num(0.0)


def same_class(shape: Sequence[int], labels: Tensor | None) -> Tensor:
    """(R, C) bool: anchor and other have the same label, as labels (B,) repeat along both."""
    rows, columns = shape
    if labels is None:
        return torch.zeros(rows, columns, dtype=torch.bool)
    known = labels.cpu()
    a, b = known.repeat(rows // len(known)), known.repeat(columns // len(known))
    return (a[:, None] == b) & (a[:, None] >= 0)


def hardest(logits: Tensor, images: Tensor, labels: Tensor | None, classes: Sequence[str]) -> Drawing:
    """Tiles: some anchors, each with the negatives that push it hardest and their shares of the push.

    logits (2B, 2B) as for `push_by_rank`; images (2B, 3, h, w) of the same views.
    """
    rows = min(ANCHORS, len(logits) // 2)
    share, order = shares(logits[:rows]).topk(min(HARDEST, logits.shape[1]), dim=1)  # (R, n)
    own = same_class(logits.shape, labels)[:rows].to(order.device).gather(1, order)
    tiles = torch.cat([images[:rows, None], images[order]], dim=1)  # (R, 1 + n, 3, h, w)
    named = [_class_of(k, labels, classes) for k in range(rows)]
    texts = [
        [name, *(f"{s:.0%}{' own class' if o else ''}" for s, o in zip(*row, strict=True))]
        for name, row in zip(named, zip(share.tolist(), own.tolist(), strict=True), strict=True)
    ]
    return {"images": tiles, "texts": texts, "columns": ["anchor", *(f"{k}." for k in range(1, share.shape[1] + 1))]}


def _class_of(k: int, labels: Tensor | None, classes: Sequence[str]) -> str:
    known = -1 if labels is None else int(labels[k])
    return classes[known] if 0 <= known < len(classes) else ""


def require_negatives(facts: Facts, who: str) -> None:
    """Raises MethodError for a batch of one image, which has no other to be told from."""
    if facts.batch_size < 2:
        raise MethodError(
            f"{who} tells an image from the others of its batch, and a batch of one has none.",
            "Choose a batch of at least 2, better 64 or more.", field="batch_size",
        )  # fmt: skip
