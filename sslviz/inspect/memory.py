"""How much memory looking at a picture will take at its peak, told before anything is allocated.

What a transformer holds at a time was counted tensor by tensor, see `_pass_bytes`; of a convolutional network a small picture is
measured once, because everything it holds grows with the picture's area.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from weakref import WeakKeyDictionary

import psutil
import torch
from torch import nn

from sslviz.inspect.covering import PIXELS
from sslviz.inspect.live_bytes import LiveBytes
from sslviz.inspect.model import Model
from sslviz.inspect.sight import KEPT_BYTES
from sslviz.inspect.sweep import CHUNK
from sslviz.nn.vit_plan import VitPlan
from sslviz.spec.inspection import MemoryNeed, Want
from sslviz.spec.quantities import size_text

MAPS: tuple[Want, ...] = ("maps",)

FLOAT = 4
"""Bytes."""

TRIAL = 64
"""Side in px of the picture that a convolutional network is measured with."""

SPARE = 1.1
"""What the allocator takes beyond what tensors hold."""

PICTURE = 40
"""Bytes a pixel: the picture as bytes, as numbers, normalised, and its copies in the answer."""


def memory_need(model: Model, size: tuple[int, int], wants: Collection[Want] = MAPS) -> MemoryNeed:
    """What `attend` adds to a process for one picture of `size` (height, width), weights not counted, and what is free."""
    pixels = size[0] * size[1]
    if model.describe().kind == "cnn":
        tokens = 0
        held = _bytes_a_pixel(model) * _batch_pixels(pixels, wants)
    else:
        plan = model.transformer.plan
        tokens = plan.prefix + (size[0] // plan.patch[0]) * (size[1] // plan.patch[1])
        held = _transformer_bytes(plan, tokens, pixels, frozenset(wants))
    need = int(SPARE * (held + PICTURE * pixels))
    free = int(psutil.virtual_memory().available)
    what = f"{tokens:,} tokens" if tokens else f"{pixels / 1e6:.2g} million pixels"
    return MemoryNeed(need, free, tokens, f"{what}: about {size_text(need)} more than now; {size_text(free)} are free.")


def _transformer_bytes(plan: VitPlan, tokens: int, pixels: int, wants: AbstractSet[Want]) -> float:
    """What is kept of the pass, and the largest of what is done one after the other."""
    state = FLOAT * tokens * plan.width
    every = state * (plan.depth + 1)
    kept = every if wants & {"overview", "rollout", "norms"} or every <= KEPT_BYTES else 2 * state
    steps = [_pass_bytes(plan, tokens)]
    if wants & {"overview", "rollout"} or not plan.class_token:
        steps.append(FLOAT * (4 * min(CHUNK, plan.heads * tokens**2) + 3 * tokens * plan.width))
    if "pca" in wants:
        steps.append(8 * (2 * tokens * plan.width + 3 * min(tokens, plan.width) ** 2))
    if wants & {"masks", "occlusion"}:
        together = max(1, PIXELS // pixels)
        steps.append(together * (_pass_bytes(plan, tokens) + 2 * FLOAT * pixels * plan.channels))
    return kept + max(steps)


def _pass_bytes(plan: VitPlan, tokens: int) -> float:
    """One picture in one block: its input and the sum so far, and beside them q, k, v and what is mixed, or the MLP twice."""
    gated = 2 if plan.mlp == "swiglu" else 1
    attention, mlp = 5 * plan.width, plan.width + (1 + gated) * plan.hidden
    return FLOAT * tokens * (2 * plan.width + max(attention, mlp))


def _batch_pixels(pixels: int, wants: Collection[Want]) -> int:
    """Pixels that go through a network together."""
    return max(pixels, PIXELS // pixels * pixels) if "occlusion" in wants else pixels


def _bytes_a_pixel(model: Model) -> float:
    """Peak of one small picture over its pixels."""
    network = model.network
    if network not in _MEASURED:
        trial = torch.zeros(1, model.describe().channels, TRIAL, TRIAL, device=model.device)
        with torch.inference_mode(), LiveBytes() as live:
            model.convolutional.feature_map(trial)
        _MEASURED[network] = live.peak / TRIAL**2
    return _MEASURED[network]


_MEASURED: WeakKeyDictionary[nn.Module, float] = WeakKeyDictionary()
