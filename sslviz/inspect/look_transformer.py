"""A vision transformer looks at a picture: every want of `Attend` from one forward pass, and only what is wanted.

Maps of a few layers cost their rows alone; entropy, distances and rollout need every row of every layer, chunk by chunk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from sslviz.inspect.captions import head_said, layers_said, query_said
from sslviz.inspect.components import components
from sslviz.inspect.covering import masking_test, occlusion
from sslviz.inspect.errors import InspectError
from sslviz.inspect.found import Found, array
from sslviz.inspect.layers import checked_layers, token_of
from sslviz.inspect.model import Model
from sslviz.inspect.pictures import Picture
from sslviz.inspect.sight import Sight
from sslviz.inspect.similarity import norms, similarity
from sslviz.inspect.stopping import Stop
from sslviz.inspect.sweep import centres, mean_rows, sweep
from sslviz.inspect.truth import auroc, jaccard, object_pixels
from sslviz.metrics.attention import mass_mask
from sslviz.nn.vision_transformer import VisionTransformer
from sslviz.nn.vit_block import Block
from sslviz.spec.events import Array
from sslviz.spec.inspection import Attend

NO_CLASS = "This network has no class token: its maps are the mean over all patches' queries."


@dataclass(frozen=True, slots=True, eq=False)
class Eye:
    """One network on one picture, and the forward pass that everything asked for shares."""

    network: VisionTransformer
    request: Attend
    picture: Picture
    stop: Stop
    x: Tensor  # (1, C, H, W), normalised
    grid: tuple[int, int]
    layers: tuple[int, ...]  # that maps are of, counted from 0
    token: int | None  # the query's; None: the mean over all patches'
    sight: Sight
    known: dict[int, Tensor]  # rows (heads, 1, N) of the query by layer

    @property
    def blocks(self) -> list[Block]:
        """The network's, in order."""
        return [block for block in self.network.blocks if isinstance(block, Block)]

    def rows(self, layer: int) -> Tensor:
        """The query's row of each head of one of `layers`: (heads, N)."""
        if self.token is not None:
            return self.known[layer][:, 0]
        rotation, prefix = self.network.rotation(self.grid), self.network.plan.prefix
        return mean_rows(self.blocks[layer], self.sight.before(layer), rotation, prefix, self.stop)

    def final(self) -> Tensor:
        """Tokens after the last block and the final norm: (N, D)."""
        return self.network.normed(self.sight.before(len(self.network.blocks)))[0]


@torch.inference_mode()
def look(model: Model, request: Attend, picture: Picture, sight: Sight, stop: Stop) -> Found:
    """What `request.wants` names. sight: what is known of this picture. Raises InspectError, and whatever `stop` raises."""
    eye = _open_eye(model, request, picture, sight, stop)
    arrays: dict[str, Array] = {}
    for wants, answer in ANSWERS:
        if wants & set(request.wants):
            stop()
            arrays |= answer(eye)
    mean = eye.token is None
    details = (
        layers_said(eye.layers, model.depth),
        "query: mean of all patches" if mean else query_said(request.query, eye.grid),
        f"masking by {head_said(request.head)}" if "masks" in request.wants else "",
    )
    return Found(arrays, eye.grid, eye.network.plan.patch, details, (NO_CLASS,) if mean else ())


def _open_eye(model: Model, request: Attend, picture: Picture, sight: Sight, stop: Stop) -> Eye:
    """The one forward pass: what goes into every block only where every row is wanted, the last block only for features."""
    network, depth, wants = model.transformer, model.depth, set(request.wants)
    _require_head(request.head, network.plan.heads)
    x = model.prepare(picture.images)
    grid = network.grid_of(x)
    layers = checked_layers(request.layers, depth)
    token = token_of(request.query, model.describe(), grid)
    mapped = layers if wants & {"maps", "masks"} else ()
    needed = set() if token is not None else set(mapped)
    needed |= set(range(depth)) if wants & {"overview", "rollout"} else set()
    needed |= set(range(1, depth + 1)) if "norms" in wants else set()
    needed |= {depth} if wants & {"pca", "similarity"} else set()
    attention, queries = ((), None) if token is None else (mapped, [token])
    return Eye(
        network, request, picture, stop, x, grid, layers, token, sight,
        sight.look(network, x, needed, attention, queries, stop),
    )  # fmt: skip


def _require_head(head: int, heads: int) -> None:
    if head >= heads:
        raise InspectError(
            f"There is no head {head}: this network has {heads}.",
            f"Choose 0 to {heads - 1}, or -1 for their mean.",
            field="head",
        )


def _maps(eye: Eye) -> dict[str, Array]:
    """The query's map in each head of each layer, the patches that hold its mass, and how well both find the object."""
    rows = torch.stack([eye.rows(layer) for layer in eye.layers]).cpu()  # (L, heads, N)
    prefix = eye.network.plan.prefix
    maps = rows[..., prefix:]
    kept = mass_mask(maps, eye.request.share)
    if eye.picture.truth is None:
        overlap = ranks = torch.full(maps.shape[:2], torch.nan)
    else:
        patch = eye.network.plan.patch
        found = object_pixels(torch.tensor(eye.picture.truth), patch)
        overlap, ranks = (score(map_, found, patch[0] * patch[1]) for score, map_ in ((jaccard, kept), (auroc, maps)))
    return {
        "maps": array(maps.reshape(*maps.shape[:2], *eye.grid)),
        "prefix": array(rows[..., :prefix]),
        "kept": array(kept.reshape(*maps.shape[:2], *eye.grid)),
        "jaccard": array(overlap),
        "auroc": array(ranks),
    }


def _every_row(eye: Eye) -> dict[str, Array]:
    """Entropy and distance of all layers and heads, and the rolled-out row of the query, from one sweep over all rows."""
    depth, wants = len(eye.blocks), eye.request.wants
    prefix, rotation = eye.network.plan.prefix, eye.network.rotation(eye.grid)
    start = eye.x.new_zeros(prefix + eye.grid[0] * eye.grid[1])
    start[prefix:] = 1 / (len(start) - prefix)
    if eye.token is not None:
        start = torch.zeros_like(start).index_fill_(0, torch.tensor([eye.token], device=start.device), 1.0)
    layers, rolled = sweep(
        eye.blocks,
        [eye.sight.before(layer) for layer in range(depth)],
        rotation,
        centres(eye.grid, eye.network.plan.patch).to(eye.x.device),
        start if "rollout" in wants else None,
        "overview" in wants,
        eye.stop,
    )
    arrays = {} if rolled is None else {"rollout": array(rolled[prefix:].view(eye.grid))}
    if layers:
        arrays["entropy"] = array(torch.stack([layer.entropy for layer in layers]))
        arrays["distance"] = array(torch.stack([layer.distance for layer in layers]))
    return arrays


def _norms(eye: Eye) -> dict[str, Array]:
    """Of the tokens that each block gives."""
    return {"norms": array(torch.stack([norms(eye.sight.before(block + 1)[0]) for block in range(len(eye.blocks))]))}


def _components(eye: Eye) -> dict[str, Array]:
    found = components(eye.final()[eye.network.plan.prefix :], eye.grid)
    return {"pca": array(found.colours), "pca_first": array(found.first), "pca_kept": array(found.kept)}


def _similarity(eye: Eye) -> dict[str, Array]:
    tokens, prefix = eye.final(), eye.network.plan.prefix
    query = tokens[prefix:].mean(0) if eye.token is None else tokens[eye.token]
    return {"similarity": array(similarity(tokens[prefix:], query).view(eye.grid))}


def _masking(eye: Eye) -> dict[str, Array]:
    """By the map of the chosen head, or of the heads' mean, in the last of the layers."""
    rows = eye.rows(eye.layers[-1])[:, eye.network.plan.prefix :]
    row = rows.mean(0) if eye.request.head < 0 else rows[eye.request.head]
    moved = masking_test(eye.network, eye.x, row.view(eye.grid), eye.network.plan.patch, stop=eye.stop)
    return {"moved": array(moved.attended), "moved_random": array(moved.random)}


def _occlusion(eye: Eye) -> dict[str, Array]:
    return {"occlusion": array(occlusion(eye.network, eye.x, eye.network.plan.patch, eye.stop))}


ANSWERS: tuple[tuple[set[str], Callable[[Eye], dict[str, Array]]], ...] = (
    ({"maps"}, _maps),
    ({"overview", "rollout"}, _every_row),
    ({"norms"}, _norms),
    ({"pca"}, _components),
    ({"similarity"}, _similarity),
    ({"masks"}, _masking),
    ({"occlusion"}, _occlusion),
)
"""Which wants each function answers."""
