"""Linear probe: multinomial logistic regression on frozen features (Zhang et al. 2016, arXiv:1603.08511, Sec. 3.2), by L-BFGS.

The features are standardised with the training images' mean and standard deviation. The penalty is chosen on a held-out, stratified
part of the *training* images; then all of them are fitted. So nothing is tuned on the images that the probe is tested on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

from sslviz.metrics.unit import widen

PENALTIES = (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
"""λ of mean cross-entropy + λ/2 ‖W‖², from strong to weak: each fit starts from the last one."""
DEFAULT_PENALTY = 1e-2
"""Where too few images are labelled to hold any out."""
HELD_OUT = 0.2
ITERATIONS, ITERATIONS_CHOOSING = 150, 50
WIDEST = 1_024
"""Features above which the problem is solved as it is: turning it costs more than it spares."""
CURVATURE = 4.0
"""About how much less curved cross-entropy is than the covariance of the features."""
_LEAST_STD = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class LinearProbe:
    """A fitted probe: features (n, D) -> logits (n, C)."""

    weight: Tensor  # (C, D)
    bias: Tensor  # (C,)
    mean: Tensor  # (D,)
    std: Tensor  # (D,)
    penalty: float

    def __call__(self, features: Tensor) -> Tensor:
        """Logits of each class. (n, D) -> (n, C)."""
        return F.linear((widen(features) - self.mean) / self.std, self.weight, self.bias)


def never() -> bool:
    """Nobody cancels."""
    return False


def fit_probe(
    features: Tensor, labels: Tensor, classes: int, seed: int = 0, *, stop: Callable[[], bool] = never
) -> LinearProbe:
    """The probe with the penalty that does best on held-out training images. features (n, D), labels (n,) in 0 .. classes - 1.

    seed: of the split. stop: asked now and then; once it is true, what is fitted so far is returned, which the caller drops.
    """
    fitted, held = split_held_out(labels, seed)
    if len(held) == 0:
        return fit_with(features, labels, classes, (DEFAULT_PENALTY,), ITERATIONS, stop)[-1]
    trials = fit_with(features[fitted], labels[fitted], classes, PENALTIES, ITERATIONS_CHOOSING, stop)
    right = [int((probe(features[held]).argmax(1) == labels[held]).sum()) for probe in trials]
    best = trials[right.index(max(right))]  # the first of the best: the strongest penalty
    return fit_with(features, labels, classes, (best.penalty,), ITERATIONS, stop)[-1]


def fit_with(
    features: Tensor, labels: Tensor, classes: int, penalties: Sequence[float], iterations: int,
    stop: Callable[[], bool] = never,
) -> list[LinearProbe]:  # fmt: skip
    """One probe for each penalty, every one started from the one before."""
    x = widen(features)
    mean, std = x.mean(0), x.std(0, correction=0).clamp_min(_LEAST_STD)
    x = (x - mean) / std
    axes = _axes(x)
    probes: list[LinearProbe] = []
    for penalty in penalties:
        start = (
            probes[-1]
            if probes
            else LinearProbe(x.new_zeros(classes, x.shape[1]), x.new_zeros(classes), mean, std, 0.0)
        )
        p = axes.preconditioner(penalty) if axes else None
        weight, bias = _minimise(x, labels, start, penalty, p, iterations, stop)
        probes.append(LinearProbe(weight, bias, mean, std, penalty))
    return probes


def _minimise(
    x: Tensor,
    labels: Tensor,
    start: LinearProbe,
    penalty: float,
    p: Tensor | None,
    iterations: int,
    stop: Callable[[], bool],
) -> tuple[Tensor, Tensor]:
    """L-BFGS in coordinates v = W P^-1 (p (D, D), None: as they are), in which the problem is round, so that few iterations do: logits = v (x P)^T + b."""
    y = x if p is None else x @ p
    v0 = start.weight if p is None else torch.linalg.solve(p, start.weight.T).T
    with torch.inference_mode(mode=False), torch.enable_grad():
        y, labels, p = _usable(y), _usable(labels), p if p is None else _usable(p)
        v, b = v0.detach().clone().requires_grad_(), start.bias.detach().clone().requires_grad_()
        search = torch.optim.LBFGS((v, b), lr=1.0, max_iter=iterations, history_size=10, tolerance_grad=1e-4,
                                   tolerance_change=1e-7, line_search_fn="strong_wolfe")  # fmt: skip

        def loss() -> Tensor:
            search.zero_grad()
            w = v if p is None else v @ p.T
            value = F.cross_entropy(F.linear(y, v, b), labels) + penalty / 2 * w.square().sum()
            if not stop():  # without a gradient the search ends at once
                value.backward()  # type: ignore[no-untyped-call]  # torch's own
            return value

        search.step(loss)  # type: ignore[no-untyped-call]  # torch's own
        weight = v if p is None else v @ p.T
        return weight.detach(), b.detach()


def _usable(tensor: Tensor) -> Tensor:
    """`tensor`, or a copy of one that was made under inference mode, which no gradient may pass."""
    return tensor.clone() if tensor.is_inference() else tensor


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """The covariance Q Λ Q^T of standardised features: the curvature of cross-entropy is about Λ / C along its axes."""

    values: Tensor  # (D,)
    q: Tensor  # (D, D)

    def preconditioner(self, penalty: float) -> Tensor:
        """P = Q (Λ + λ C)^-1/2."""
        scale: Tensor = (self.values.clamp_min(0) + max(penalty, 1e-6) * CURVATURE).rsqrt()
        return self.q * scale


def _axes(x: Tensor) -> Axes | None:
    """None where turning the features costs more than it spares: too wide, or fewer rows than features."""
    if x.shape[1] > WIDEST or len(x) < x.shape[1]:
        return None
    return Axes(*torch.linalg.eigh(x.T @ x / len(x)))


def split_held_out(labels: Tensor, seed: int, share: float = HELD_OUT) -> tuple[Tensor, Tensor]:
    """Rows to fit on and rows to choose by, (n - m,) and (m,) int64, each class in its proportion.

    A class of two images or more gives at least one and keeps at least one; none is held out where no class has two.
    """
    generator = torch.Generator().manual_seed(seed)
    fitted, held = [], []
    where = labels.cpu()
    for c in sorted(set(where.tolist())):
        rows = torch.nonzero(where == c).flatten()
        rows = rows[torch.randperm(len(rows), generator=generator)]
        cut = max(1, round(share * len(rows))) if len(rows) > 1 else 0
        held.append(rows[:cut])
        fitted.append(rows[cut:])
    return tuple(torch.cat(part).sort().values.to(labels.device) for part in (fitted, held))  # type: ignore[return-value]  # two
