"""The one vision transformer that every family's weights run in (Dosovitskiy et al. 2021, arXiv:2010.11929).

Exact to each family's own code: what differs between families is in `VitPlan`. Only what is asked for is computed and kept.
Shapes: B images, C channels, N tokens (class token, registers, patches row by row), D width.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sslviz.nn.errors import NetworkError
from sslviz.nn.position_tables import RULES
from sslviz.nn.rope import Rotation, of_places, rotation_of
from sslviz.nn.vit_block import Block, Queries
from sslviz.nn.vit_plan import VitPlan
from sslviz.nn.vit_stem import PatchEmbed


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """What one forward pass kept. Layers are called as they were asked for: -1 stays -1."""

    tokens: Mapping[int, Tensor]  # (B, N, D) after that block, before the final norm
    attention: Mapping[int, Tensor]  # (B, heads, queries, N), each row a softmax
    final: Tensor  # (B, N, D) after the final norm; (B, 0, D) where it was not wanted
    grid: tuple[int, int]  # (rows, columns) of the images' patches


class VisionTransformer(nn.Module):
    """A vision transformer of any `VitPlan`. Its parameters are uninitialised: `network_of` fills them."""

    cls_token: nn.Parameter | None  # (1, 1, D)
    register_tokens: nn.Parameter | None  # (1, registers, D)
    pos_embed: nn.Parameter | None  # (1, table_prefix + rows · columns of the table, D)

    def __init__(self, plan: VitPlan) -> None:
        super().__init__()
        self.plan = plan
        self.patch_embed = PatchEmbed(plan)
        for name, rows in (("cls_token", int(plan.class_token)), ("register_tokens", plan.registers)):
            self.register_parameter(name, nn.Parameter(torch.empty(1, rows, plan.width)) if rows else None)
        rows = plan.table_prefix + plan.grid[0] * plan.grid[1] if plan.positions == "table" else 0
        self.register_parameter("pos_embed", nn.Parameter(torch.empty(1, rows, plan.width)) if rows else None)
        if plan.positions == "rope":
            self.rope = _Periods(plan.head_width // 4)
        self.norm_pre = _norm(plan, plan.pre_norm)
        self.blocks = nn.ModuleList(Block(plan) for _ in range(plan.depth))
        self.norm = _norm(plan, plan.final_norm)
        self.cls_norm = _norm(plan, plan.separate_patch_norm)
        self.fc_norm = _norm(plan, plan.pool_norm)
        self.proj = nn.Parameter(torch.empty(plan.width, plan.projection)) if plan.projection else None

    @property
    def num_features(self) -> int:
        """Numbers of the pooled feature."""
        return self.plan.projection or self.plan.width

    def grid_of(self, images: Tensor) -> tuple[int, int]:
        """(rows, columns) of the images' patches. Raises NetworkError for images too small or of other channels."""
        return self.patch_embed.grid_of(images)

    def embed(self, images: Tensor, keep: Tensor | None = None) -> Tensor:
        """Normalised images (B, C, H, W) -> tokens (B, N, D) with their positions, as the first block gets them.

        keep (B, K): indices of the patches that go on, in that order; the others are dropped after positions were added.
        """
        patches = self.patch_embed(images)  # (B, h·w, D)
        prefix, places = self._positions(self.grid_of(images), patches)
        patches = patches + places
        if keep is not None:
            patches = patches.gather(1, keep[:, :, None].expand(-1, -1, patches.shape[2]))
        x = torch.cat([prefix.expand(len(patches), -1, -1), patches], dim=1)
        tokens: Tensor = self.norm_pre(x)
        return tokens

    def rotation(self, grid: tuple[int, int], keep: Tensor | None = None) -> Rotation | None:
        """Sine and cosine (rows · columns, d) that q and k of the patches are rotated by; None where positions are a table."""
        if self.plan.positions != "rope":
            return None
        whole = rotation_of(self.rope.periods, grid)
        return whole if keep is None else of_places(whole, keep)

    def run(
        self, images: Tensor, *, layers: Collection[int] = (), attention: Collection[int] = (), queries: Queries = None,
        keep: Tensor | None = None, final: bool = True,
    ) -> Pass:  # fmt: skip
        """One forward pass. images (B, C, H, W), normalised.

        layers: after which blocks the tokens are kept; attention: of which blocks rows are kept, those of `queries` (token
        indices, all by default). keep (B, K): the patches that go through, all by default. Without `final` the pass ends
        as soon as it has what was asked for. Negative layers count from the end. Raises NetworkError for others.
        """
        wanted, looked = {self._index(i) for i in layers}, {self._index(i) for i in attention}
        grid = self.grid_of(images)
        x, rotation = self.embed(images, keep), self.rotation(grid, keep)
        tokens: dict[int, Tensor] = {}
        rows: dict[int, Tensor] = {}
        last = len(self.blocks) - 1 if final else max(wanted | looked, default=-1)
        for i, block in enumerate(self._blocks()[: last + 1]):
            if i == last and not final and i not in wanted:
                rows[i] = block.rows(x, rotation, queries)
            elif i in looked:
                x, rows[i] = block.look(x, rotation, queries)
            else:
                x = block(x, rotation)
            if i in wanted:
                tokens[i] = x
        return Pass(
            {i: tokens[self._index(i)] for i in layers},
            {i: rows[self._index(i)] for i in attention},
            self.normed(x) if final else x[:, :0],
            grid,
        )

    def normed(self, tokens: Tensor) -> Tensor:
        """The final norm, as the network's own features get it: tokens (B, N, D) after any block -> (B, N, D)."""
        out: Tensor = self.norm(tokens)
        if not self.plan.separate_patch_norm:
            return out
        prefix = self.plan.prefix
        return torch.cat([self.cls_norm(tokens[:, :prefix]), out[:, prefix:]], dim=1)

    def pooled(self, final: Tensor) -> Tensor:
        """One vector an image, from tokens after the final norm: (B, N, D) -> (B, F)."""
        match self.plan.pool:
            case "mean":
                x = final[:, self.plan.prefix :].mean(1)
            case "class_and_register":
                x = (final[:, 0] + final[:, 1]) / 2
            case _:
                x = final[:, 0]
        x = self.fc_norm(x)
        projected: Tensor = x if self.proj is None else x @ self.proj
        return projected

    def forward(self, images: Tensor) -> Tensor:
        """Normalised images (B, C, H, W) -> (B, F)."""
        return self.pooled(self.run(images).final)

    def _positions(self, grid: tuple[int, int], patches: Tensor) -> tuple[Tensor, Tensor]:
        """Class token and registers (1, prefix, D), and what is added to each patch (1, h·w or 1, D), both with positions."""
        learned = [token for token in (self.cls_token, self.register_tokens) if token is not None]
        prefix = torch.cat([patches[:1, :0], *learned], dim=1)  # (1, 0, D) where none is learned
        if self.pos_embed is None:
            return prefix, torch.zeros_like(patches[:1, :1])
        table, rows = self.pos_embed, self.plan.table_prefix
        prefix = torch.cat([prefix[:, :rows] + table[:, :rows], prefix[:, rows:]], dim=1)
        return prefix, RULES[self.plan.rule](table[0, rows:], self.plan.grid, grid)[None]

    def _blocks(self) -> list[Block]:
        return [block for block in self.blocks if isinstance(block, Block)]

    def _index(self, layer: int) -> int:
        depth = len(self.blocks)
        if not -depth <= layer < depth:
            raise NetworkError(
                f"There is no layer {layer}: this network has {depth} blocks.",
                f"Choose 0 to {depth - 1}, or -1 for the last one.",
                field="layer",
            )
        return layer % depth


def network_of(plan: VitPlan, state: Mapping[str, Tensor]) -> VisionTransformer:
    """The network with the weights of `state`, in evaluation mode, float32 and without gradient.

    Nothing is initialised and float32 tensors are not copied. Raises RuntimeError where a tensor is missing or does not fit.
    """
    with torch.device("meta"):
        network = VisionTransformer(plan)
    network.load_state_dict(dict(state), assign=True)
    return network.float().eval().requires_grad_(False)


class _Periods(nn.Module):
    """Holds the periods of the rotation, in units of half the picture."""

    periods: Tensor  # (d/4,)

    def __init__(self, count: int) -> None:
        super().__init__()
        self.register_buffer("periods", torch.empty(count))


def _norm(plan: VitPlan, present: bool) -> nn.Module:
    return nn.LayerNorm(plan.width, eps=plan.eps) if present else nn.Identity()
