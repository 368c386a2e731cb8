"""The optimiser of a run, by its configuration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from sslviz.nn.schedules import Convention, warmup_cosine
from sslviz.spec.config import OptimiserConfig
from sslviz.training.errors import TrainingError
from sslviz.training.lars import LARS

_BETA1 = 0.9

FUSED = ("cpu", "cuda")
"""Devices where one kernel updates all weights: for small networks the loop over them would cost more than the arithmetic."""


def build_optimiser(config: OptimiserConfig, model: nn.Module) -> Optimizer:
    """AdamW, Adam, SGD or LARS over the trained weights of `model`; biases and norms (one dimension) do not decay."""
    decayed, others = split_weights(model)
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    fused = all(weight.device.type in FUSED for weight in (*decayed, *others))
    match config.name:
        case "adamw":
            return AdamW(groups, lr=config.lr, betas=(_BETA1, config.beta2), fused=fused)
        case "adam":
            return Adam(groups, lr=config.lr, betas=(_BETA1, config.beta2), fused=fused)
        case "sgd":
            return SGD(groups, lr=config.lr, momentum=config.momentum, fused=fused)
        case "lars":
            return LARS(groups, lr=config.lr, momentum=config.momentum, eta=config.trust, clip=config.trust_clip)
    raise TrainingError(
        f"There is no optimiser called {config.name!r}.", "There are: adamw, adam, sgd, lars.", field="optimiser.name"
    )


def rate_at(config: OptimiserConfig, step: int, steps: int) -> float:
    """The learning rate of step number `step` of `steps`, from 0: warm-up, then the schedule, by the convention of `config`."""
    final = config.final_lr if config.schedule == "cosine" else config.lr
    return warmup_cosine(step, steps, base=config.lr, final=final, warmup=config.warmup, convention=_convention(config))


def weight_decay_at(config: OptimiserConfig, step: int, steps: int) -> float:
    """The weight decay of step number `step`, from 0: constant, or DINO's cosine (without warm-up) to its final value."""
    if config.final_weight_decay < 0:
        return config.weight_decay
    return warmup_cosine(
        step, steps, base=config.weight_decay, final=config.final_weight_decay, convention=_convention(config)
    )


def _convention(config: OptimiserConfig) -> Convention:
    return cast(Convention, config.convention)  # one of them: choices are checked before a run is prepared


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
