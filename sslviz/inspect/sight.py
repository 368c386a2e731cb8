"""Sight: what a network has made of one picture so far, kept so that the next question about it starts from there.

A new query on a layer that was looked at costs that layer's q and k and one softmax row, and not a forward pass.
"""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from sslviz.inspect.stopping import Stop, never
from sslviz.nn.vision_transformer import VisionTransformer
from sslviz.nn.vit_block import Block, Queries

KEPT_BYTES = 64 << 20
"""Where what goes into every block takes less, all of it is kept; otherwise only what goes into the layers that are looked at."""


class Sight:
    """Of one network and one picture, which whoever keeps it has to see to. Thread-safe: at worst something is computed twice."""

    def __init__(self) -> None:
        self._inputs: dict[
            int, Tensor
        ] = {}  # by block: (1, N, D) as it gets it; by the number of blocks: the last one's output
        self.feature_maps: dict[int, Tensor] = {}  # of a convolutional network by stage, (D, h, w)

    @property
    def bytes(self) -> int:
        """Of all that is kept."""
        tensors = (*self._inputs.values(), *self.feature_maps.values())
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    def before(self, block: int) -> Tensor:
        """What block `block` gets, (1, N, D); with the number of blocks, what the last one gives. `look` has been asked for it."""
        return self._inputs[block]

    def look(
        self, network: VisionTransformer, x: Tensor, wanted: Collection[int], attention: Collection[int], queries: Queries,
        stop: Stop = never,
    ) -> dict[int, Tensor]:  # fmt: skip
        """Rows (heads, queries, N) of the layers `attention`; afterwards `before` knows `wanted`.

        x (1, C, H, W), normalised. Only the blocks between what is known and what is asked are run. Raises what `stop` raises.
        """
        blocks = [block for block in network.blocks if isinstance(block, Block)]
        rotation = network.rotation(network.grid_of(x))
        missing = {*wanted, *attention} - set(self._inputs)
        rows: dict[int, Tensor] = {}
        if missing:
            rows = self._run(network, blocks, x, missing, {*wanted, *attention}, attention, queries, stop)
        for layer in set(attention) - set(rows):
            rows[layer] = blocks[layer].rows(self._inputs[layer], rotation, queries)
        return {layer: row[0] for layer, row in rows.items()}

    def _run(
        self, network: VisionTransformer, blocks: list[Block], x: Tensor, missing: Collection[int], asked: Collection[int],
        attention: Collection[int], queries: Queries, stop: Stop,
    ) -> dict[int, Tensor]:  # fmt: skip
        rotation, rows = network.rotation(network.grid_of(x)), {}
        if not self._inputs:
            self._inputs[0] = network.embed(x)
        first = max(block for block in list(self._inputs) if block <= min(missing))
        tokens, last = self._inputs[first], max(missing)
        keep_all = tokens.numel() * tokens.element_size() * (len(blocks) + 1) <= KEPT_BYTES
        for index in range(first, last):
            stop()
            if index in attention:
                tokens, rows[index] = blocks[index].look(tokens, rotation, queries)
            else:
                tokens = blocks[index](tokens, rotation)
            if keep_all or index + 1 in asked:
                self._inputs[index + 1] = tokens
        return rows


def normed(network: VisionTransformer, sight: Sight) -> Tensor:
    """Tokens after the last block and the final norm, (1, N, D)."""
    with torch.inference_mode():
        return network.normed(sight.before(len(network.blocks)))
