"""Precision: bfloat16 where it is measured to be faster, and float32 for every loss whatever the networks run in."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median

import torch
from torch import Tensor, nn

from sslviz.nn.verdicts import Precision, key, recall, remember

WORTH_IT = 1.15
"""How many times faster bf16 must be: below that the noise of the measurement and the lost digits are not worth it."""

PASSES = 7
TRIAL_BATCH = 64
BUDGET_S = 4.0
"""A trial ends after so many passes of each kind, on at most so many images, or at the first pass past so many seconds."""

Pair = tuple[float, float]
"""Seconds of a pass in float32 and of the pass in bfloat16 that came right after it."""


def choose_precision(
    precision: str, encoder: nn.Module, batch_shape: tuple[int, ...], device: torch.device
) -> Precision:
    """ "fp32" and "bf16" as they are; "auto" times a few forward and backward passes of both on `device` and takes the faster.

    encoder: copied for the trial, so neither its weights nor its statistics change, and no random number is drawn.
    batch_shape: (B, 3, H, W) of one training batch. A network is tried once on a machine, see `verdicts`: equal runs get the
    same answer whatever else the machine is doing. Raises ValueError for another word.
    """
    if precision == "fp32":
        return "fp32"
    if precision == "bf16":
        return "bf16"
    if precision != "auto":
        raise ValueError(f"a precision is auto, fp32 or bf16, not {precision!r}")
    shape = (min(batch_shape[0], TRIAL_BATCH), *batch_shape[1:])
    trial = key(encoder, shape, device)
    if known := recall(trial):
        return known
    found = faster(measure(copy.deepcopy(encoder).to(device).train(), torch.full(shape, 0.5, device=device)))
    remember(trial, found)
    return found


def faster(pairs: Sequence[Pair]) -> Precision:
    """ "bf16" where it is worth it both by the best pass of each kind and by the median pair, so that no single pass decides."""
    best = min(fp32 for fp32, _ in pairs) / min(bf16 for _, bf16 in pairs)
    usual = median(fp32 / bf16 for fp32, bf16 in pairs)
    return "bf16" if min(best, usual) >= WORTH_IT else "fp32"


def measure(network: nn.Module, images: Tensor) -> list[Pair]:
    """Forward and backward passes in float32 and in bfloat16, taken in turn; the first of each warms up and is left out."""
    pairs: list[Pair] = []
    start = time.perf_counter()
    for k in range(PASSES + 1):
        pairs.append((_one_pass(network, images, torch.float32), _one_pass(network, images, torch.bfloat16)))
        if k > 0 and time.perf_counter() - start > BUDGET_S:
            break
    return pairs[1:]


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
