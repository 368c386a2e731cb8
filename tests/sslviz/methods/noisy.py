"""A toy world: noisy views of a few images of coloured blocks, and what becomes of z when a method learns from them."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

from sslviz.methods import METHODS, Batch, Method
from sslviz.metrics import collapse_level, rankme
from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder

IMAGES = 32


def build(name: str, **params: object) -> Method:
    """A method on the smallest network, with the same initial weights every time."""
    torch.manual_seed(0)
    encoder = Encoder(build_backbone("resnet_w16", 16), (0.5, 0.5, 0.5), (0.2, 0.2, 0.2))
    return METHODS[name](encoder, METHODS[name].Params(**params))


def a_batch(n: int = IMAGES, progress: float = 0.0) -> Batch:
    return Batch(torch.arange(n), None, 1, progress, torch.Generator())


def noisy_views(seed: int, n: int = IMAGES) -> list[Tensor]:
    """Two noisy views of each of n images, 16 px, the same images for every seed."""
    blocks = torch.rand(n, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    noise = torch.rand(2, n, 3, 16, 16, generator=torch.Generator().manual_seed(seed))
    return [0.8 * F.interpolate(blocks, scale_factor=4) + 0.2 * noise]


class Outcome(NamedTuple):
    """What became of z: its spread (1 is even, 0 is one point), its effective rank, and the last loss."""

    spread: float
    rank: float
    loss: float


def train(method: Method, steps: int, lr: float = 2e-3) -> Outcome:
    """`steps` steps from where `method` is."""
    optimiser = torch.optim.AdamW([w for w in method.parameters() if w.requires_grad], lr=lr)
    loss = torch.zeros(())
    for k in range(steps):
        optimiser.zero_grad(set_to_none=True)
        loss = method.step(noisy_views(k), a_batch()).loss
        loss.backward()
        optimiser.step()
        method.after_step(a_batch())
    with torch.no_grad():
        z = method.eval().project(method.encode(noisy_views(steps)))
    method.train()
    return Outcome(1 - float(collapse_level(z)), float(rankme(z[:IMAGES])), float(loss.detach()))
