"""The optimiser of a run, by its configuration."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from sslviz.spec.config import OptimiserConfig
from sslviz.training.errors import TrainingError
from sslviz.training.lars import LARS

FUSED = ("cpu", "cuda")
"""Devices where one kernel updates all weights: for small networks the loop over them would cost more than the arithmetic."""


def build_optimiser(config: OptimiserConfig, model: nn.Module) -> Optimizer:
    """AdamW, SGD or LARS over the trained weights of `model`; biases and norms (one dimension) do not decay."""
    decayed, others = split_weights(model)
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    fused = all(weight.device.type in FUSED for weight in (*decayed, *others))
    match config.name:
        case "adamw":
            return AdamW(groups, lr=config.lr, fused=fused)
        case "sgd":
            return SGD(groups, lr=config.lr, momentum=config.momentum, fused=fused)
        case "lars":
            return LARS(groups, lr=config.lr, momentum=config.momentum)
    raise TrainingError(f"There is no optimiser called {config.name!r}.", "There are: adamw, sgd, lars.")


def split_weights(model: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Trained weights that decay (two dimensions and more) and those that do not."""
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    return [w for w in weights if w.ndim > 1], [w for w in weights if w.ndim <= 1]


def set_rate(optimiser: Optimizer, lr: float) -> None:
    """Use the learning rate `lr` from the next step on."""
    for group in optimiser.param_groups:
        group["lr"] = lr


def set_weight_decay(optimiser: Optimizer, weight_decay: float) -> None:
    """Use `weight_decay` from the next step on, where weights decay at all."""
    for group in optimiser.param_groups:
        if group["params"][0].ndim > 1:
            group["weight_decay"] = weight_decay


def gradients(model: nn.Module) -> Iterator[torch.Tensor]:
    """The gradients that there are."""
    return (weight.grad for weight in model.parameters() if weight.grad is not None)
