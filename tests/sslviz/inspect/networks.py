"""Small networks of random weights, opened as models: no file, no training."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import torch

from sslviz.checkpoints.base import Loaded
from sslviz.inspect.model import Model
from sslviz.inspect.pictures import Picture
from sslviz.nn.masked_decoder import DecoderPlan, MaskedDecoder
from sslviz.nn.residual_network import Block, ResidualNetwork, ResNetPlan
from sslviz.nn.vision_transformer import VisionTransformer
from sslviz.nn.vit_plan import VitPlan
from sslviz.spec.description import Description

PLAN = VitPlan(
    width=24, depth=3, heads=2, patch=(8, 8), hidden=48, grid=(4, 4), rule="size", class_token=True, table_prefix=1
)


def drawn(network: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    """Random weights large enough that attention is far from even."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            scale = 0.1 if name.endswith("bias") else 0.4
            weight.copy_(
                torch.randn(weight.shape, generator=generator) * scale + float("norm" in name and "weight" in name)
            )
        for name, periods in network.named_buffers():
            if name.endswith("periods"):
                periods.copy_(100 ** (torch.arange(len(periods)) / len(periods)))
    return network.eval().requires_grad_(False)


def about(plan: VitPlan, **changes: Any) -> Description:
    known = Description(
        source="here", family="DINO", network="", networks=(), kind="vit", backbone="ViT-test/8", parameters=1, depth=plan.depth,
        width=plan.width, heads=plan.heads, patch=plan.patch, image_size=(plan.grid[0] * plan.patch[0], plan.grid[1] * plan.patch[1]),
        channels=plan.channels, class_token=plan.class_token, registers=plan.registers, positions="table", mean=(0.5, 0.4, 0.3),
        std=(0.2, 0.25, 0.3), precision="float32", abilities=("attention",), matched=100.0, sha256="ab" * 32,
    )  # fmt: skip
    return dataclasses.replace(known, **changes)


def transformer(seed: int = 0, **changes: Any) -> Model:
    plan = dataclasses.replace(PLAN, **changes)
    return Model(Loaded(drawn(VisionTransformer(plan), seed), about(plan)))


def masked_autoencoder(normalised: bool | None = None) -> Model:
    encoder = VisionTransformer(PLAN)
    decoder = MaskedDecoder(DecoderPlan(24, 16, 2, 2, 32, (4, 4), 8 * 8 * 3))
    family = about(PLAN, family="MAE", abilities=("attention", "reconstruct"))
    return Model(Loaded(drawn(encoder, 1), family, decoder=drawn(decoder, 2), normalised_target=normalised))


def convolutional() -> Model:
    widths = (8, 12)
    blocks = tuple(
        (Block(8 if k == 0 else widths[0], width, width, 1 if k == 0 else 2, 1, bottleneck=False, shortcut=k > 0),)
        for k, width in enumerate(widths)
    )
    plan = ResNetPlan(channels=3, stem=8, kernel=3, stride=1, padding=1, max_pool=False, stages=blocks)
    described = about(
        PLAN, kind="cnn", backbone="ResNet-test", depth=2, heads=0, patch=(1, 1), image_size=(32, 32), class_token=False,
        abilities=(),
    )  # fmt: skip
    return Model(Loaded(drawn(ResidualNetwork(plan), 3), described))


def picture(size: tuple[int, int] = (32, 32), truth: bool = False, seed: int = 0) -> Picture:
    """Noise with a bright square, which is the truth's object."""
    pixels = np.random.default_rng(seed).integers(0, 120, (*size, 3), np.uint8)
    pixels[8:20, 5:18] += 100
    mask = np.zeros(size, np.uint8)
    mask[8:20, 5:18] = 1
    return Picture("noise", pixels, mask if truth else None, pixels, (0.0, 0.0, 1.0, 1.0), "", ())


def images(count: int = 2, size: tuple[int, int] = (32, 32), seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 256, (count, 3, *size), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))
