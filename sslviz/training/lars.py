"""LARS (You et al. 2017, arXiv:1708.03888), as the code of Barlow Twins, DINO, MAE, MoCo v3 and VICReg has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer


class LARS(Optimizer):
    """SGD with momentum whose step is scaled in each weight by the trust ratio η |p| / |g + λ p|, for large batches.

    lr: > 0. weight_decay: λ, added to the gradient before its norm is taken. eta: η. Biases and norms (at most one dimension)
    get neither weight decay nor trust ratio; where either norm is 0 the ratio is 1. The learning rate stays outside the
    momentum buffer. lightly and solo-learn differ: they add |g| and λ|p| and leave λ = 0 unscaled. clip: the ratio is
    divided by the rate and is at most 1, so that no step is longer than plain SGD's (solo-learn's `clip_lr`).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        weight_decay: float = 0.0,
        momentum: float = 0.9,
        eta: float = 1e-3,
        clip: bool = False,
    ) -> None:
        if not (lr >= 0 and weight_decay >= 0 and 0 <= momentum < 1 and eta > 0):
            raise ValueError(f"LARS cannot work with {lr=}, {weight_decay=}, {momentum=}, {eta=}")
        super().__init__(
            params, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "eta": eta, "clip": clip}
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override] # torch overloads it
        """One update of every weight that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(p, p.grad, group)
        return loss

    def _update(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> None:
        if p.ndim > 1:
            g = g.add(p, alpha=group["weight_decay"])
            ratio = trust_ratio(p, g, group["eta"])
            g = g * ((ratio / group["lr"]).clamp(max=1) if group["clip"] else ratio)
        state = self.state[p]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(p)
        state["momentum"].mul_(group["momentum"]).add_(g)
        p.add_(state["momentum"], alpha=-group["lr"])


def trust_ratio(p: Tensor, update: Tensor, eta: float) -> Tensor:
    """η |p| / |update|, or 1 where either is 0; stays on the device. -> ()."""
    weight, change = p.norm(), update.norm()
    both = (weight > 0) & (change > 0)
    return torch.where(both, eta * weight / torch.where(both, change, 1), 1)
