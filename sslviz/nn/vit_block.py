"""A block of a vision transformer: attention, MLP, norms before each, as every family has it.

Attention comes out of a fused kernel, which never shows its rows. Rows that are asked for are computed beside it from the same q
and k, for the asked queries only. Shapes: B images, N tokens, D width, d numbers of a head.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.nn.rope import Rotation, rotate
from sslviz.nn.vit_plan import Mlp, VitPlan

Queries = slice | Sequence[int] | None
"""Which tokens ask; None: all."""

CHUNK = 4_000_000
"""Scores that are held beside the rows that are returned."""


class Block(nn.Module):
    """x + attention(norm(x)), then x + mlp(norm(x)); each with a learned scale where the plan says so."""

    def __init__(self, plan: VitPlan) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(plan.width, eps=plan.eps)
        self.attn = Attention(plan)
        self.ls1 = LayerScale(plan.width) if plan.layer_scale else nn.Identity()
        self.norm2 = nn.LayerNorm(plan.width, eps=plan.eps)
        self.mlp = GatedMlp(plan) if plan.mlp == "swiglu" else PlainMlp(plan)
        self.ls2 = LayerScale(plan.width) if plan.layer_scale else nn.Identity()

    def forward(self, x: Tensor, rotation: Rotation | None = None) -> Tensor:
        """(B, N, D) -> (B, N, D)."""
        return self._after(x, self.attn(self.norm1(x), rotation))

    def look(self, x: Tensor, rotation: Rotation | None, queries: Queries) -> tuple[Tensor, Tensor]:
        """What `forward` gives, and the attention's rows (B, heads, queries, N)."""
        q, k, v = self.attn.split(self.norm1(x), rotation)
        return self._after(x, self.attn.mix(q, k, v)), attention_rows(q, k, queries)

    def rows(self, x: Tensor, rotation: Rotation | None, queries: Queries) -> Tensor:
        """The attention's rows alone (B, heads, queries, N): a fraction of the block's work."""
        return attention_rows(*self.attn.split_qk(self.norm1(x), rotation), queries)

    def _after(self, x: Tensor, mixed: Tensor) -> Tensor:
        x = x + self.ls1(mixed)
        out: Tensor = x + self.ls2(self.mlp(self.norm2(x)))
        return out


class Attention(nn.Module):
    """Multi-head self-attention. Rows of `qkv`: q, then k, then v; each head by head."""

    def __init__(self, plan: VitPlan) -> None:
        super().__init__()
        self._heads, self._width = plan.heads, plan.width
        self.qkv = nn.Linear(plan.width, 3 * plan.width, bias=plan.qkv_bias)
        self.q_norm = nn.LayerNorm(plan.head_width, eps=plan.eps) if plan.qk_norm else nn.Identity()
        self.k_norm = nn.LayerNorm(plan.head_width, eps=plan.eps) if plan.qk_norm else nn.Identity()
        self.proj = nn.Linear(plan.width, plan.width, bias=plan.projection_bias)

    def forward(self, x: Tensor, rotation: Rotation | None = None) -> Tensor:
        """(B, N, D) -> (B, N, D)."""
        return self.mix(*self.split(x, rotation))

    def split(self, x: Tensor, rotation: Rotation | None) -> tuple[Tensor, Tensor, Tensor]:
        """q, k, v as the softmax gets them, (B, heads, N, d) each; q and k are normed and rotated where the plan says so."""
        q, k, v = self._by_head(self.qkv(x))
        return *self._placed(q, k, rotation), v

    def split_qk(self, x: Tensor, rotation: Rotation | None) -> tuple[Tensor, Tensor]:
        """q and k alone."""
        bias: Tensor | None = self.qkv.bias
        rows = slice(2 * self._width)
        q, k = self._by_head(F.linear(x, self.qkv.weight[rows], None if bias is None else bias[rows]))
        return self._placed(q, k, rotation)

    def mix(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """(B, heads, N, d) each -> (B, N, D)."""
        mixed: Tensor = self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
        return mixed

    def _by_head(self, x: Tensor) -> tuple[Tensor, ...]:
        """(B, N, m·D) -> m times (B, heads, N, d)."""
        apart = x.reshape(*x.shape[:2], -1, self._heads, self._width // self._heads)  # (B, N, m, heads, d)
        return apart.permute(2, 0, 3, 1, 4).unbind(0)

    def _placed(self, q: Tensor, k: Tensor, rotation: Rotation | None) -> tuple[Tensor, Tensor]:
        q, k = self.q_norm(q), self.k_norm(k)
        return (q, k) if rotation is None else (rotate(q, rotation), rotate(k, rotation))


def attention_rows(q: Tensor, k: Tensor, queries: Queries = None) -> Tensor:
    """softmax(q kᵀ / √d) of the asked rows. q, k (B, heads, N, d) -> (B, heads, queries, N).

    A chunk of rows at a time: beside the result, `CHUNK` numbers are held and not another N x N.
    """
    q = (q if queries is None else q[:, :, queries]) * q.shape[-1] ** -0.5
    keys = k.transpose(-2, -1)  # (B, heads, d, N)
    rows = q.new_empty(*q.shape[:3], k.shape[2])
    step = max(1, CHUNK // max(1, rows[:, :, :1].numel()))
    for start in range(0, q.shape[2], step):
        rows[:, :, start : start + step] = (q[:, :, start : start + step] @ keys).softmax(-1)
    return rows


class LayerScale(nn.Module):
    """A learned factor for each number (Touvron et al. 2021, arXiv:2103.17239)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.empty(width))

    def forward(self, x: Tensor) -> Tensor:
        """(..., D) -> the same."""
        return x * self.gamma


class PlainMlp(nn.Module):
    """Two layers with GELU between: the exact one, or CLIP's x · sigmoid(1.702 x)."""

    def __init__(self, plan: VitPlan) -> None:
        super().__init__()
        self._activation: Mlp = plan.mlp
        self.fc1 = nn.Linear(plan.width, plan.hidden, bias=plan.mlp_bias)
        self.fc2 = nn.Linear(plan.hidden, plan.width, bias=plan.mlp_bias)

    def forward(self, x: Tensor) -> Tensor:
        """(..., D) -> (..., D)."""
        x = self.fc1(x)
        x = F.gelu(x) if self._activation == "gelu" else x * torch.sigmoid(1.702 * x)
        out: Tensor = self.fc2(x)
        return out


class GatedMlp(nn.Module):
    """SwiGLU (Shazeer 2020, arXiv:2002.05202): the first half of `w12` opens or closes the second."""

    def __init__(self, plan: VitPlan) -> None:
        super().__init__()
        self.w12 = nn.Linear(plan.width, 2 * plan.hidden, bias=plan.mlp_bias)
        self.w3 = nn.Linear(plan.hidden, plan.width, bias=plan.mlp_bias)

    def forward(self, x: Tensor) -> Tensor:
        """(..., D) -> (..., D)."""
        gate, value = self.w12(x).chunk(2, dim=-1)
        out: Tensor = self.w3(F.silu(gate) * value)
        return out
