"""Memory: how much a training run will need at its peak, told before it starts.

What a run holds is counted: weights, gradients, optimiser state, and every tensor that autograd keeps for the backward pass.
The last are counted on three tiny batches; they grow with the batch as a parabola (a contrastive loss holds matrices of
batch x batch), which three points determine. What the allocator and the backward pass add was measured, see GAPS and PASSING.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

TRIALS = (2, 4, 8)
"""Sizes of the tiny batches."""

STATES = {"adamw": 2, "adam": 2, "sgd": 1, "lars": 1}
"""Numbers that an optimiser keeps for each weight."""


GAPS = 1.15
"""What kept tensors take in memory over their size: freed blocks between them that fit nothing else."""

PASSING = 2.5
"""Largest tensors that the backward pass holds at a time: a gradient coming in, one going out, half a copy in another layout.

With both, the prediction lay between 0.85 and 1.35 of the measured growth on a CPU for seven networks and batches (width-16 ResNet
at 64, 256 images of 32 px and 512 of 64 px, width 32, ResNet-18, two ViTs); without, between 0.6 and 0.95.
"""


def predict_memory(
    model: nn.Module,
    loss_of: Callable[[int], Tensor],
    *,
    batch_size: int,
    optimiser: str = "adamw",
    resident_bytes: int = 0,
) -> int:
    """Bytes that training `model` adds to a process at its peak; on an accelerator, what it takes there.

    loss_of(n): the training loss of a batch of n images (any content), computed by `model`, which should be a copy that is
    thrown away: its batch statistics change. resident_bytes: what lies beside the network all the time, such as the data and
    one batch of views. Where the libraries load their code is not counted: add the size that the process has already.
    """
    weights = sum(p.nbytes for p in model.parameters() if p.requires_grad)
    still = sum(t.nbytes for t in (*model.parameters(), *model.buffers())) - weights
    counts = [kept_bytes(model, loss_of, n) for n in TRIALS]
    kept = parabola(TRIALS, [total for total, _ in counts], batch_size)
    largest = counts[-1][1] / TRIALS[-1] * batch_size
    return int(weights * (2 + STATES[optimiser]) + still + GAPS * kept + PASSING * largest + resident_bytes)


def kept_bytes(model: nn.Module, loss_of: Callable[[int], Tensor], n: int) -> tuple[int, int]:
    """What autograd keeps between the forward and the backward pass of n images: (bytes in all, of the largest tensor).

    Each storage counts once; weights and buffers are there anyway and do not count.
    """
    weights = {t.untyped_storage().data_ptr() for t in (*model.parameters(), *model.buffers())}
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor  # held alive, so that no address is used twice
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss_of(n)
    sizes = [tensor.untyped_storage().nbytes() for at, tensor in kept.items() if at not in weights]
    return sum(sizes), max(sizes, default=0)


def parabola(xs: tuple[int, int, int], ys: list[int], x: float) -> float:
    """The value at `x` of the parabola through three points (Lagrange)."""
    (a, b, c), (ya, yb, yc) = xs, ys
    return (
        ya * (x - b) * (x - c) / ((a - b) * (a - c))
        + yb * (x - a) * (x - c) / ((b - a) * (b - c))
        + yc * (x - a) * (x - b) / ((c - a) * (c - b))
    )
