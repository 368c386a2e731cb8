"""From `hf:OWNER/NAME` or `timm:NAME` to a model: from the local cache, fetched where the user says so, or with random weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from sslviz.checkpoints.base import Loaded, Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.normalisation import HALVES, IMAGENET
from sslviz.checkpoints.opening import load, read_part
from sslviz.checkpoints.vit_report import from_shapes, table_in_words
from sslviz.inspect.hub.cache import Repository, repository
from sslviz.inspect.hub.fetch import Progress, fetch
from sslviz.inspect.hub.timm_names import require_known, weights_of
from sslviz.inspect.own.convolutional import as_maps
from sslviz.inspect.own.transformer import as_transformer
from sslviz.nn.encoder import Encoder
from sslviz.nn.timm_models import timm_backbone
from sslviz.nn.vision_transformer import VisionTransformer
from sslviz.spec.description import Description

TIMM, HUB = "timm:", "hf:"
SIZE = 224
"""px of a side that an untrained network is built for where nobody says otherwise."""


def load_named(
    name: str, network: str, wishes: Wishes, *, download: bool, progress: Progress, cancelled: Callable[[], bool]
) -> Loaded:
    """The model of a name. Without `download` nothing is asked of the network.

    Raises CheckpointError for names that are none, for what is not in the cache and may not or cannot be fetched, Cancelled.
    """
    path = _path(name, download=download, progress=progress, cancelled=cancelled)
    loaded = load(read_part(path, network), wishes, progress=progress, cancelled=cancelled)
    return replace(loaded, description=replace(loaded.description, source=name))


def _path(name: str, *, download: bool, progress: Progress, cancelled: Callable[[], bool]) -> Path:
    if name.startswith(TIMM):
        wanted, kept = weights_of(name.removeprefix(TIMM))
        if kept is not None:
            return kept
    else:
        wanted = repository(name.removeprefix(HUB).strip())
    if wanted is None:
        raise TypeError("either is there")
    found = wanted.cached()
    if found is not None:
        return found
    if not download:
        raise _not_cached(name, wanted)
    return fetch(wanted, progress=progress, cancelled=cancelled)


def _not_cached(name: str, wanted: Repository) -> CheckpointError:
    return CheckpointError(
        f"{name} is not in the local cache of the Hugging Face Hub ({wanted.folder.parent}).",
        "Say that it may be downloaded, or open a file.",
    )


def untrained_named(name: str, wishes: Wishes, seed: int = 0) -> Loaded:
    """A network of timm with timm's own random weights: none are needed. Raises CheckpointError for other names, NetworkError."""
    if not name.startswith(TIMM):
        raise CheckpointError(
            f"{name} cannot be built without its files.", "Open the model, then ask for random weights."
        )
    base = name.removeprefix(TIMM)
    require_known(base)
    size = wishes.image_size or SIZE
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        backbone = timm_backbone(base, size).eval().requires_grad_(False)
    network = as_transformer(backbone)
    body = as_maps(Encoder(backbone, *_pixels(network))).eval() if network is None else network
    plan = network.plan if network is not None else None
    mean, std = _pixels(network)
    described = Description(
        source=name, family="timm", network="random weights", networks=(), kind="vit" if plan else "cnn", backbone=base,
        parameters=sum(p.numel() for p in body.parameters()), depth=plan.depth if plan else _stages(body),
        width=plan.width if plan else int(body.num_features), heads=plan.heads if plan else 0,
        patch=plan.patch if plan else (0, 0), image_size=(size, size), channels=3,
        class_token=bool(plan and plan.class_token), registers=plan.registers if plan else 0,
        positions=table_in_words(plan, waves=False) if plan else "", mean=mean, std=std, precision="float32",
        abilities=("attention",) if plan else (), matched=100.0, inferred=from_shapes(plan) if plan else (),
        notes=(f"Untrained: weights drawn with seed {seed}.",), format="timm",
    )  # fmt: skip
    return Loaded(body, described)


def _pixels(network: VisionTransformer | None) -> tuple[tuple[float, ...], tuple[float, ...]]:
    usual = IMAGENET if network is None else HALVES
    return usual.mean, usual.std


def _stages(body: torch.nn.Module) -> int:
    return int(getattr(body, "stages", 1))
