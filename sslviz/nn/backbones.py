"""Backbones by name: small ones that train live on a laptop's core, and every model of timm as `timm:NAME`.

A backbone maps images (B, 3, H, W) to features (B, F) and says F as `num_features`. Weights are drawn from torch's
global generator: the caller seeds it (`torch.random.fork_rng`), and equal seeds give equal weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from sslviz.nn.errors import NetworkError
from sslviz.nn.resnet import ResNet
from sslviz.nn.timm_models import timm_backbone
from sslviz.nn.vit import small_vit
from sslviz.spec.catalogue import BackboneInfo
from sslviz.spec.errors import SpecError
from sslviz.spec.registry import Registry

TIMM = "timm:"
"""Prefix of names that timm builds."""


@dataclass(frozen=True, slots=True)
class Backbone:
    """How a backbone is described and built; `build` takes the image size in pixels."""

    info: BackboneInfo
    build: Callable[[int], nn.Module]


BACKBONES: Registry[Backbone] = Registry("backbone")


def backbone_infos() -> tuple[BackboneInfo, ...]:
    """The teaching backbones in the order of lists; every `timm:NAME` can be had besides."""
    return tuple(BACKBONES[name].info for name in BACKBONES)


def build_backbone(name: str, image_size: int) -> nn.Module:
    """A new network with random weights for square images of `image_size` pixels; other sizes work too where it can.

    Raises NetworkError for an unknown name (with close matches) and for a size that does not fit its patches.
    """
    if name.startswith(TIMM):
        return timm_backbone(name.removeprefix(TIMM), image_size)
    try:
        return BACKBONES[name].build(image_size)
    except SpecError as error:
        raise NetworkError(
            error.message, f"{error.hint.rstrip('.')}, and every model of timm as timm:NAME.", field="backbone"
        ) from None


def _resnet(name: str, title: str, note: str, width: int, stages: tuple[int, ...], stem_stride: int) -> None:
    info = BackboneInfo(name, title, note, "cnn", width * 2 ** (len(stages) - 1))
    BACKBONES.add(name, Backbone(info, lambda _: ResNet(width, stages, stem_stride)))


def _vit(name: str, title: str, note: str, width: int, depth: int, heads: int) -> None:
    info = BackboneInfo(name, title, note, "vit", width)
    BACKBONES.add(name, Backbone(info, lambda size: small_vit(width, depth, heads, size)))


_resnet("resnet_w16", "ResNet, width 16", "trains live on one core: many steps a second", 16, (1, 1, 1), 2)
_resnet("resnet_w32", "ResNet, width 32", "better features at a third of the speed of width 16", 32, (1, 1, 1), 2)
_resnet("resnet_w32_deep", "ResNet, width 32, four stages", "for 64 px and more", 32, (1, 1, 1, 1), 2)
_resnet(
    "resnet18_cifar",
    "ResNet-18, CIFAR stem",
    "the papers' network for 32 px; wants an accelerator",
    64,
    (2, 2, 2, 2),
    1,
)
_vit("vit_d64", "ViT, width 64, 4 layers", "the smallest whose attention can be looked at", 64, 4, 4)
_vit("vit_d64_h8", "ViT, width 64, 4 layers, 8 heads", "as fast, with twice the heads to look at", 64, 4, 8)
_vit("vit_d128", "ViT, width 128, 4 layers", "slow on one core: watch it in slow motion", 128, 4, 4)
_vit("vit_d192", "ViT-Tiny's width, 6 layers", "wants several cores or an accelerator", 192, 6, 3)
