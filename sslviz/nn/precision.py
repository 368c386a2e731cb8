"""Precision: bfloat16 where it is measured to be faster, and float32 for every loss whatever the networks run in."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor, nn

Precision = Literal["fp32", "bf16"]

WORTH_IT = 1.15
"""How many times faster bf16 must be: below that the noise of the measurement and the lost digits are not worth it."""

PASSES = 3
TRIAL_BATCH = 64
BUDGET_S = 4.0
"""A trial ends after so many passes of each kind, on at most so many images, or at the first pass past so many seconds."""


def choose_precision(
    precision: str, encoder: nn.Module, batch_shape: tuple[int, ...], device: torch.device
) -> Precision:
    """ "fp32" and "bf16" as they are; "auto" times a few forward and backward passes of both on `device` and takes the faster.

    encoder: copied for the trial, so neither its weights nor its statistics change, and no random number is drawn.
    batch_shape: (B, 3, H, W) of one training batch. The answer of "auto" may differ between two starts on a busy machine:
    a run records it, and a resumed run takes what was recorded. Raises ValueError for another word.
    """
    if precision == "fp32":
        return "fp32"
    if precision == "bf16":
        return "bf16"
    if precision != "auto":
        raise ValueError(f"a precision is auto, fp32 or bf16, not {precision!r}")
    trial = copy.deepcopy(encoder).to(device).train()
    images = torch.full((min(batch_shape[0], TRIAL_BATCH), *batch_shape[1:]), 0.5, device=device)
    return faster(*measure(trial, images))


def faster(fp32_s: float, bf16_s: float) -> Precision:
    """ "bf16" where its seconds are so much fewer that it is worth it."""
    return "bf16" if fp32_s >= WORTH_IT * bf16_s else "fp32"


def measure(network: nn.Module, images: Tensor) -> tuple[float, float]:
    """Seconds of one forward and backward pass in float32 and in bfloat16: the best of a few taken in turn, the first left out."""
    seconds: dict[torch.dtype, list[float]] = {torch.float32: [], torch.bfloat16: []}
    start = time.perf_counter()
    for k in range(PASSES + 1):
        for dtype, taken in seconds.items():
            taken.append(_one_pass(network, images, dtype))
        if k > 0 and time.perf_counter() - start > BUDGET_S:
            break
    return min(seconds[torch.float32][1:]), min(seconds[torch.bfloat16][1:])


def _one_pass(network: nn.Module, images: Tensor, dtype: torch.dtype) -> float:
    start = time.perf_counter()
    with torch.autocast(images.device.type, dtype=dtype, enabled=dtype is not torch.float32):
        features = network(images)
    features.float().square().mean().backward()
    features.sum().item()  # waits until an accelerator is done
    network.zero_grad(set_to_none=True)
    return time.perf_counter() - start


@contextmanager
def full_precision(device: torch.device) -> Iterator[None]:
    """Autocast off on `device`: matrix products of a loss stay in the type of their operands."""
    with torch.autocast(device.type, enabled=False):
        yield


def widen(z: Tensor) -> Tensor:
    """`z` in float32, or in float64 where it is that already: half types have too few digits for a loss."""
    return z if z.dtype in (torch.float32, torch.float64) else z.float()
