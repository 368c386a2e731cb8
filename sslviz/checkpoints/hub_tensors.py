"""Vision transformers as Hugging Face's transformers library names them, given their canonical names.

Its architectures differ in a few words only ("layernorm_before" or "norm1", "attention.attention.query" or "q_proj"); newer
versions of the library rename some of them. Every word is accepted wherever it stands; shapes tell whether it fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.ledger import Ledger

NORM1 = ("layernorm_before", "norm1", "layer_norm1")
NORM2 = ("layernorm_after", "norm2", "layer_norm2")
QUERY, KEY, VALUE = (
    (f"attention.attention.{word}", f"attention.{word[0]}_proj", f"self_attn.{word[0]}_proj")
    for word in ("query", "key", "value")
)
OUT = ("attention.output.dense", "attention.o_proj", "self_attn.out_proj")
SCALE1, SCALE2 = ("layer_scale1.lambda1",), ("layer_scale2.lambda1",)
FC1, FC2 = ("intermediate.dense", "mlp.fc1", "mlp.up_proj"), ("output.dense", "mlp.fc2", "mlp.down_proj")
GATE, UP, BOTH = ("mlp.gate_proj",), ("mlp.up_proj",), ("mlp.weights_in",)
GATED_OUT = ("mlp.weights_out", "mlp.down_proj")
STACKS = ("encoder.layer.", "encoder.layers.", "layer.", "layers.", "model.layer.", "model.layers.")
PATCHES = ("embeddings.patch_embeddings.projection", "embeddings.patch_embeddings", "embeddings.patch_embedding")


def find_prefix(names: Iterable[str], suffixes: Sequence[str]) -> str | None:
    """What stands before the first of `suffixes` that a name ends with, "vit." of "vit.embeddings.cls_token"; None without."""
    known = tuple(names)
    for suffix in suffixes:
        for name in known:
            before = name.removesuffix(suffix)
            if before != name and (not before or before.endswith(".")):
                return before
    return None


def stack_of(ledger: Ledger, names: Iterable[str], prefix: str) -> tuple[str, int]:
    """Where a prefix's blocks are, "vit.encoder.layer.", and how many. Raises CheckpointError where there are none, or gaps."""
    known = tuple(names)
    for stack in STACKS:
        if any(re.match(rf"{re.escape(prefix + stack)}\d+\.", name) for name in known):
            return prefix + stack, ledger.blocks(prefix + stack)
    raise CheckpointError(
        f"There are no blocks beside {prefix}embeddings.", "The file is incomplete: copy, download or save it again."
    )


class Stack:
    """The blocks of one transformer. What one of them has, all must have.

    keyless: whether keys may go without the bias that queries and values have (DINOv3), which then is zero.
    """

    def __init__(self, ledger: Ledger, stack: str, depth: int, width: int, *, keyless: bool = False) -> None:
        self._ledger, self._stack, self.depth, self._width = ledger, stack, depth, width
        self.gates_apart = self._has(GATE)
        self.gated = self.gates_apart or self._has(BOTH)
        self.scaled = self._has(SCALE1, "") or self._has(SCALE2, "")
        self.qkv_bias = any(self._has(words, ".bias") for words in (QUERY, KEY, VALUE))
        self.key_bias = not keyless or self._has(KEY, ".bias")
        self.projection_bias = self._has(OUT, ".bias")
        self._first = (GATE if self.gates_apart else BOTH) if self.gated else FC1
        self.mlp_bias = self._has(self._first, ".bias")
        rows = self._take(0, self._first, ".weight", -1, width).shape[0]
        self.hidden = rows // 2 if self._first is BOTH else rows  # of each half where it is gated

    def tensors(self) -> dict[str, Tensor]:
        """The blocks' tensors by their canonical names."""
        return {f"blocks.{k}.{name}": tensor for k in range(self.depth) for name, tensor in self._block(k)}

    def _block(self, k: int) -> Iterable[tuple[str, Tensor]]:
        width = self._width
        for name, words in (("norm1", NORM1), ("norm2", NORM2)):
            yield f"{name}.weight", self._take(k, words, ".weight", width)
            yield f"{name}.bias", self._take(k, words, ".bias", width)
        yield from self._qkv(k)
        yield from self._linear(k, "attn.proj", OUT, (width, width), bias=self.projection_bias)
        if self.scaled:
            yield "ls1.gamma", self._take(k, SCALE1, "", width)
            yield "ls2.gamma", self._take(k, SCALE2, "", width)
        yield from self._gates(k) if self.gated else self._mlp(k)

    def _qkv(self, k: int) -> Iterable[tuple[str, Tensor]]:
        """Queries, keys and values, one above the other."""
        width = self._width
        yield (
            "attn.qkv.weight",
            torch.cat([self._take(k, words, ".weight", width, width) for words in (QUERY, KEY, VALUE)]),
        )
        if self.qkv_bias:
            q, v = (self._take(k, words, ".bias", width) for words in (QUERY, VALUE))
            yield "attn.qkv.bias", torch.cat([q, self._take(k, KEY, ".bias", width) if self.key_bias else 0 * v, v])

    def _mlp(self, k: int) -> Iterable[tuple[str, Tensor]]:
        yield from self._linear(k, "mlp.fc1", FC1, (self.hidden, self._width), bias=self.mlp_bias)
        yield from self._linear(k, "mlp.fc2", FC2, (self._width, self.hidden), bias=self.mlp_bias)

    def _gates(self, k: int) -> Iterable[tuple[str, Tensor]]:
        shape = (self.hidden, self._width)
        if self._first is BOTH:
            yield from self._linear(k, "mlp.w12", BOTH, (2 * shape[0], shape[1]), bias=self.mlp_bias)
        else:
            halves = [dict(self._linear(k, "half", words, shape, bias=self.mlp_bias)) for words in (GATE, UP)]
            yield from ((f"mlp.w12.{name[5:]}", torch.cat([half[name] for half in halves])) for name in halves[0])
        yield from self._linear(k, "mlp.w3", GATED_OUT, (shape[1], shape[0]), bias=self.mlp_bias)

    def _linear(
        self, k: int, name: str, words: Sequence[str], shape: tuple[int, int], *, bias: bool
    ) -> Iterable[tuple[str, Tensor]]:
        yield f"{name}.weight", self._take(k, words, ".weight", *shape)
        if bias:
            yield f"{name}.bias", self._take(k, words, ".bias", shape[0])

    def _has(self, words: Sequence[str], last: str = ".weight") -> bool:
        """Whether any block has one of the words."""
        return any(self._ledger.has(f"{self._stack}{k}.{word}{last}") for k in range(self.depth) for word in words)

    def _take(self, k: int, words: Sequence[str], last: str, *shape: int) -> Tensor:
        """The tensor by whichever of its words is there; by the likeliest, so that the refusal names it, where none is."""
        names = [f"{self._stack}{k}.{word}{last}" for word in words]
        beside = [f"{self._stack}{i}.{word}{last}" for i in range(self.depth) for word in words]
        found = next((name for name in names if self._ledger.has(name)), None)
        if found is None:  # named as in the other blocks
            likely = next((j for j, name in enumerate(beside) if self._ledger.has(name)), 0) % len(words)
            found = names[likely]
        return self._ledger.take(found, *shape)
