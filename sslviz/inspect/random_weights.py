"""The same network before any training, as the control of every map: drawn anew by the rules that its family begins with.

Linear layers, tokens and learned positions: a normal of deviation 0.02 cut at two of them; biases 0; norms the identity (timm, DINO,
MAE). The convolution that cuts patches: torch's own rule; others: He's normal. Tables of sines and cosines are no weights and
stay, as rotary periods do. Layer scale is 1: at the 0.00001 that some begin with, a network hands its input on.
"""

from __future__ import annotations

import copy
import dataclasses

import torch
from torch import Tensor, nn

from sslviz.checkpoints.base import Loaded
from sslviz.inspect.convolutional import Convolutional
from sslviz.inspect.pretext import has_task
from sslviz.methods.base import Method

DEVIATION = 0.02
TOLERANCE = 5e-3
"""Of sin² + cos² = 1 in a table that was stored in half precision."""

NORMS = (nn.LayerNorm, nn.BatchNorm2d, nn.BatchNorm1d)


def untrained(loaded: Loaded, seed: int) -> Loaded:
    """A copy whose network, decoder, heads and task have random weights; equal for equal seeds, the global generator untouched."""
    generator = torch.Generator().manual_seed(seed)
    about = dataclasses.replace(
        loaded.description, network="random weights", sha256="", notes=(f"Untrained: weights drawn with seed {seed}.",)
    )
    return dataclasses.replace(
        loaded,
        network=_drawn(loaded.network, generator),
        decoder=None if loaded.decoder is None else _drawn(loaded.decoder, generator),
        heads={name: _drawn(head, generator) for name, head in loaded.heads.items()},
        text=None,
        method=_drawn(loaded.method, generator) if loaded.method is not None and has_task(loaded.method) else None,
        description=about,
    )


@torch.no_grad()
def _drawn(module: nn.Module, generator: torch.Generator) -> nn.Module:
    module = copy.deepcopy(module)
    he = isinstance(module, Convolutional | Method)
    for part in module.modules():
        for name, weight in part.named_parameters(recurse=False):
            weight.copy_(_start(part, name, weight, he, generator))
        if isinstance(part, nn.BatchNorm2d | nn.BatchNorm1d):
            part.reset_running_stats()
    return module


def _start(part: nn.Module, name: str, weight: Tensor, he: bool, generator: torch.Generator) -> Tensor:
    """What `weight`, called `name` in `part`, begins with."""
    if name == "bias":
        return torch.zeros_like(weight)
    if name == "gamma" or isinstance(part, NORMS):
        return torch.ones_like(weight)
    if name == "pos_embed" and is_sincos(weight[0]):
        return weight
    drawn = torch.empty(weight.shape)  # on the CPU, where the generator is
    if isinstance(part, nn.Conv2d) and he:
        outputs = weight.shape[0] * weight[0, 0].numel() // part.groups
        return drawn.normal_(0, (2 / outputs) ** 0.5, generator=generator)
    if isinstance(part, nn.Conv2d):
        bound = weight[0].numel() ** -0.5
        return drawn.uniform_(-bound, bound, generator=generator)
    return nn.init.trunc_normal_(drawn, std=DEVIATION, a=-2 * DEVIATION, b=2 * DEVIATION, generator=generator)


def is_sincos(table: Tensor) -> bool:
    """Whether rows (n, D) are sines and cosines of places, in quarters: the first two and the last two lie on unit circles.

    Rows of tokens without a place, all zero, may stand before the patches.
    """
    if table.shape[1] % 4:
        return False
    quarters = (
        table[table.any(1)].float().reshape(-1, 2, 2, table.shape[1] // 4)
    )  # (n, column or row, sine or cosine, D/4)
    return len(quarters) > 0 and bool((quarters.square().sum(2) - 1).abs().max() < TOLERANCE)
