"""The tower of CLIP that reads texts (Radford et al. 2021, arXiv:2103.00020, Sec. 2.4), as published models need it.

A transformer whose tokens see those before them only; its feature is the token at the end of the text. Families differ in the
activation and in how they find that end. Built on the meta device and filled with `load_state_dict(assign=True)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.nn.errors import NetworkError
from sslviz.nn.vit_block import Attention, Block
from sslviz.nn.vit_plan import VitPlan

LARGEST = -1
"""`TextPlan.end` where a text ends at its largest token, as in OpenAI's code: the end has the last number of the vocabulary."""


@dataclass(frozen=True, slots=True)
class TextPlan:
    """The shape of a `TextTower`."""

    words: int  # of the vocabulary
    length: int  # of the longest text
    width: int
    depth: int
    heads: int
    hidden: int  # of the MLP
    projection: int = 0  # width of the features, 0: those of the tokens
    activation: Literal["gelu", "quick_gelu"] = "quick_gelu"
    eps: float = 1e-5  # of every layer norm
    end: int = LARGEST  # the token that ends a text
    layer_scale: bool = False
    projection_bias: bool = False
    logit_bias: bool = False

    @property
    def block(self) -> VitPlan:
        """What a block of the tower has to know."""
        return VitPlan(
            self.width, self.depth, self.heads, (1, 1), self.hidden,
            mlp=self.activation, eps=self.eps, layer_scale=self.layer_scale,
        )  # fmt: skip


class TextTower(nn.Module):
    """Token ids (n, length) -> features (n, projection), not normalised; `logits` compares them with images'.

    Names of its tensors: token_embed.weight, pos_embed, blocks.{i}.{norm1, attn.qkv, attn.proj, norm2, mlp.fc1, mlp.fc2},
    norm, proj, logit_scale.
    """

    def __init__(self, plan: TextPlan) -> None:
        super().__init__()
        self.plan = plan
        self.token_embed = nn.Embedding(plan.words, plan.width)
        self.pos_embed = nn.Parameter(torch.empty(plan.length, plan.width))
        self.blocks = nn.ModuleList(TextBlock(plan.block) for _ in range(plan.depth))
        self.norm = nn.LayerNorm(plan.width, eps=plan.eps)
        if plan.projection:
            self.proj = nn.Linear(plan.width, plan.projection, bias=plan.projection_bias)
        self.logit_scale = nn.Parameter(torch.empty(()))
        if plan.logit_bias:
            self.logit_bias = nn.Parameter(torch.empty(()))

    @property
    def num_features(self) -> int:
        """Width of the features."""
        return self.plan.projection or self.plan.width

    def forward(self, ids: Tensor) -> Tensor:
        """ids (n, length) int64, at most `plan.length` of them -> (n, num_features). Raises NetworkError for others."""
        self._check(ids)
        x = self.token_embed(ids) + self.pos_embed[: ids.shape[1]]  # (n, length, width)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        read: Tensor = x[torch.arange(len(x), device=x.device), self.ends(ids)]  # (n, width)
        return self.proj(read) if self.plan.projection else read

    def ends(self, ids: Tensor) -> Tensor:
        """Where each text ends: ids (n, length) -> (n,). A text without its end is read at its first token, as the authors' code does."""
        found = ids if self.plan.end == LARGEST else ids == self.plan.end
        return found.int().argmax(dim=1)

    def logits(self, image_features: Tensor, text_features: Tensor) -> Tensor:
        """exp(logit_scale) times cosines: (m, F), (n, F) -> (m, n)."""
        cosines = F.normalize(image_features, dim=1) @ F.normalize(text_features, dim=1).T
        scaled = self.logit_scale.exp() * cosines
        return scaled + self.logit_bias if self.plan.logit_bias else scaled

    def _check(self, ids: Tensor) -> None:
        if ids.ndim != 2 or not 0 < ids.shape[1] <= self.plan.length:
            raise NetworkError(
                f"This model reads texts of 1 to {self.plan.length} tokens, and this is a tensor of shape {tuple(ids.shape)}.",
                "Give token ids of shape (texts, tokens), cut to that length.",
            )
        if ids.is_floating_point() or (ids.numel() and (int(ids.min()) < 0 or int(ids.max()) >= self.plan.words)):
            raise NetworkError(
                f"Token ids of this model are whole numbers from 0 to {self.plan.words - 1}.",
                "Use the tokeniser that the model was trained with.",
            )


class TextBlock(Block):
    """A block of a vision transformer whose tokens see themselves and those before them."""

    def __init__(self, plan: VitPlan) -> None:
        super().__init__(plan)
        self.attn = CausalAttention(plan)


class CausalAttention(Attention):
    """Attention to the past."""

    def mix(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """(n, heads, length, d) each -> (n, length, width)."""
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        mixed: Tensor = self.proj(seen.transpose(1, 2).flatten(2))
        return mixed


def text_tower_of(plan: TextPlan, state: Mapping[str, Tensor]) -> TextTower:
    """The tower with the weights of `state`, in evaluation mode, float32 and without gradient; float32 tensors are not copied.

    Raises RuntimeError where a tensor is missing or does not fit.
    """
    with torch.device("meta"):
        tower = TextTower(plan)
    tower.load_state_dict(dict(state), assign=True)
    return tower.float().eval().requires_grad_(False)
