"""What needs every row of the attention, without ever holding N x N of all heads: entropy, mean distance, rollout, mean rows.

Queries go by in chunks. Layers go from the last to the first, because a rolled-out row is then a vector times a matrix.
Shapes of one picture: N tokens, the last L of them patches, `prefix` before them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sslviz.inspect.stopping import Stop, never
from sslviz.nn.rope import Rotation
from sslviz.nn.vit_block import Block

CHUNK = 4_000_000
"""Scores that are held at a time, of all heads together: 16 MB."""


LEAST_MASS = 1e-12
"""A row that gives the patches nothing has a distance of 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Overview:
    """Of one layer, each (heads,) float32."""

    entropy: Tensor  # nats, mean over all queries; ln N where attention is even
    distance: Tensor  # px, mean over the patches' queries


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """The attention rows of some queries of one layer."""

    queries: slice
    scores: Tensor  # (heads, q, N), before the softmax
    rows: Tensor  # (heads, q, N), after it


def chunks(
    block: Block, x: Tensor, rotation: Rotation | None, stop: Stop = never, *, start: int = 0
) -> Iterator[Chunk]:
    """x (1, N, D), as the block gets it -> its rows, from query `start` on."""
    q, k = block.attn.split_qk(block.norm1(x), rotation)  # (1, heads, N, d)
    q, k = q[0] * q.shape[-1] ** -0.5, k[0].transpose(-2, -1)
    step = max(1, CHUNK // (len(q) * q.shape[1]))
    for first in range(start, q.shape[1], step):
        stop()
        scores = q[:, first : first + step] @ k
        yield Chunk(slice(first, first + scores.shape[1]), scores, scores.softmax(-1))


def mean_rows(block: Block, x: Tensor, rotation: Rotation | None, prefix: int, stop: Stop = never) -> Tensor:
    """The mean over the patches' queries, (heads, N): what stands for the class token where there is none."""
    total = sum(chunk.rows.sum(1) for chunk in chunks(block, x, rotation, stop, start=prefix))
    if not isinstance(total, Tensor):
        raise TypeError("a picture has patches")
    return total / (x.shape[1] - prefix)


def sweep(
    blocks: Sequence[Block], inputs: Sequence[Tensor], rotation: Rotation | None, places: Tensor,
    start: Tensor | None, overview: bool, stop: Stop = never,
) -> tuple[list[Overview], Tensor | None]:  # fmt: skip
    """One pass over all rows of all layers. inputs: (1, N, D) of each block; places (L, 2): the patches' centres in px.

    start (N,): the query, as weights of tokens that sum to 1; None without rollout. -> an Overview of each layer ([] unless
    asked), and the rolled-out row (N,): layers averaged over heads, each with an identity of the same weight for the residual path.
    """
    found: list[Overview] = []
    for block, x in zip(reversed(blocks), reversed(inputs), strict=True):
        entropy, distance, reached = [], [], None
        for chunk in chunks(block, x, rotation, stop):
            if overview:
                entropy.append(entropies(chunk))
                distance.append(_distances(chunk, places))
            if start is not None and bool((weights := start[chunk.queries]).any()):
                step = torch.einsum("q,hqn->n", weights, chunk.rows) / len(chunk.rows)
                reached = step if reached is None else reached + step
        if overview:
            found.append(Overview(torch.cat(entropy, 1).mean(1), torch.cat(distance, 1).mean(1)))
        if start is not None and reached is not None:
            start = (start + reached) / 2
    return found[::-1], start


def entropies(chunk: Chunk) -> Tensor:
    """-Σ p ln p of each row, (heads, q): ln Z - Σ p s, where ln Z comes from the largest score and its probability."""
    log_z = chunk.scores.amax(-1) - chunk.rows.amax(-1).log()
    return log_z - torch.einsum("hqn,hqn->hq", chunk.rows, chunk.scores)


def _distances(chunk: Chunk, places: Tensor) -> Tensor:
    """Distance from each query patch to what it attends to, weighted (Dosovitskiy et al. 2021, Fig. 7), (heads, q): of the attention
    among patches only, as tokens before them have no place."""
    prefix = chunk.rows.shape[2] - len(places)
    own = max(prefix - chunk.queries.start, 0)  # queries of this chunk without a place
    rows = chunk.rows[:, own:, prefix:]
    first = chunk.queries.start + own - prefix
    asked = places[first : first + rows.shape[1]]
    apart = torch.cdist(
        asked, places, compute_mode="donot_use_mm_for_euclid_dist"
    )  # (q, L); the other way loses digits
    return torch.einsum("hql,ql->hq", rows, apart) / rows.sum(-1).clamp_min(LEAST_MASS)


def centres(grid: tuple[int, int], patch: tuple[int, int]) -> Tensor:
    """Where patches lie, in px from the corner: (h·w, 2), row by row."""
    down, across = (torch.arange(n, dtype=torch.float32) for n in grid)
    places = torch.stack(torch.meshgrid((down + 0.5) * patch[0], (across + 0.5) * patch[1], indexing="ij"), dim=-1)
    return places.flatten(0, 1)
