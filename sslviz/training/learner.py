"""Learner: everything that a training step changes, and the step itself."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _NormBase
from torch.optim import Optimizer

from sslviz.data import ImageData
from sslviz.data.augment import Augmenter
from sslviz.methods import Batch, Method, Step
from sslviz.spec.augmentation import Augmentation
from sslviz.spec.config import OptimiserConfig, RunConfig
from sslviz.training.batches import BatchOrder, ImageStore, label_tensor
from sslviz.training.health import unhealthy_forward, unhealthy_gradient
from sslviz.training.optimisers import build_optimiser, gradients, rate_at, set_rate, set_weight_decay, weight_decay_at
from sslviz.training.pieces import cut, mean_of
from sslviz.training.seeds import generator_at

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """What a step worked on, kept until the next one begins, so that views may look at it: of an accumulated batch the last piece."""

    views: tuple[Tensor, ...]
    batch: Batch
    peek: Mapping[str, Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The numbers of a step. Where `problem` names a quantity that is not finite, the step was not taken: nothing has changed."""

    loss: float
    grad_norm: float
    lr: float
    parts: Mapping[str, float]
    measures: Mapping[str, float]
    moment: Moment
    problem: str = ""
    hint: str = ""


class Learner:
    """Method, optimiser, images and augmentation of a run. `advance` is a pure function of its state and the step's number."""

    def __init__(self, config: RunConfig, train: ImageData, method: Method, fabric: Fabric) -> None:
        """config: as the run began; the live parts (augmentation, optimiser, steps) change by `flip` in settings.py."""
        self.config = config
        self.steps = config.steps
        self.optimiser_config: OptimiserConfig = config.optimiser
        self.fabric = fabric
        self.device: torch.device = fabric.device
        self.method = method.to(self.device).train()
        self.optimiser: Optimizer = build_optimiser(config.optimiser, self.method)
        self.order = BatchOrder(len(train), config.batch_size, config.seed)
        self.train = train
        self._store = ImageStore(train.images, self.device)
        self.augment_with(config.augmentation)
        self._statistics = [
            buffer for module in method.modules() if isinstance(module, _NormBase) for buffer in module.buffers()
        ]
        self.consistent = True  # False while a step is changing the weights

    def augment_with(self, augmentation: Augmentation) -> None:
        """Use `augmentation` from the next step on."""
        self.augmentation = augmentation
        self._augmenter = Augmenter(augmentation, self.train.image_size, self.device)

    def lr_at(self, step: int) -> float:
        """The learning rate of step number `step`, from 0: a pure function of it and of what is set now."""
        return rate_at(self.optimiser_config, step, self.steps)

    @property
    def piece_size(self) -> int:
        """Images that the loss sees together: the batch, or with gradient accumulation a piece of it."""
        return self.order.batch_size // self.optimiser_config.accumulate

    def advance(self, step: int) -> Outcome:
        """Train on batch number `step`, from 0."""
        views, batch = self._batch(step)
        lr = self.lr_at(step)
        set_rate(self.optimiser, lr)
        set_weight_decay(self.optimiser, weight_decay_at(self.optimiser_config, step, self.steps))
        before = [buffer.clone() for buffer in self._statistics]
        try:
            outcome = self._forward_backward(views, batch, lr)
        except BaseException:
            self._restore(before)
            raise
        if outcome.problem:
            self._restore(before)
            return outcome
        self._update(outcome.grad_norm, batch)
        return outcome

    def _batch(self, step: int) -> tuple[tuple[Tensor, ...], Batch]:
        indices, seed = self.order.at(step), self.config.seed
        images = self._store.gather(indices)
        views = self._augmenter(images, generator_at(seed, "augmentation", step, self.device))
        batch = Batch(
            indices=torch.from_numpy(indices),
            labels=label_tensor(self.train.labels, indices, self.device),
            step=step + 1,
            progress=step / self.steps,
            generator=generator_at(seed, "method", step, self.device),
            factors={name: torch.from_numpy(v[indices]).to(self.device) for name, v in self.train.factors.items()},
        )
        return views, batch

    def _forward_backward(self, views: tuple[Tensor, ...], batch: Batch, lr: float) -> Outcome:
        told, moment = self._learn_from(cut(views, batch, self.optimiser_config.accumulate))
        self.method.before_update(batch)
        norm = torch.nn.utils.get_total_norm(list(gradients(self.method)))
        parts, measures = (mean_of([getattr(step, kind) for step in told]) for kind in ("parts", "measures"))
        loss = mean_of([{"loss": step.loss} for step in told])["loss"]
        numbers = torch.stack([x.detach().float() for x in (loss, norm, *parts.values(), *measures.values())]).tolist()
        named = numbers[2 : 2 + len(parts)]
        problem, hint = self._problem(numbers, moment, parts)
        return Outcome(
            loss=numbers[0],
            grad_norm=numbers[1],
            lr=lr,
            parts=dict(zip(parts, named, strict=True)),
            measures=dict(zip(measures, numbers[2 + len(named) :], strict=True)),
            moment=moment,
            problem=problem,
            hint=hint,
        )

    def _learn_from(self, pieces: Sequence[tuple[tuple[Tensor, ...], Batch]]) -> tuple[list[Step], Moment]:
        """The gradient of the mean of the pieces' losses; what each told, and the last one, or the first whose loss is not finite."""
        told: list[Step] = []
        for views, batch in pieces:
            with self.fabric.autocast():
                result = self.method.step(views, batch)
            self.fabric.backward(result.loss if len(pieces) == 1 else result.loss / len(pieces))
            told.append(dataclasses.replace(result, loss=result.loss.detach(), peek={}))
            if len(pieces) > 1 and not math.isfinite(float(told[-1].loss)):
                break
        return told, Moment(views, batch, result.peek)

    def _problem(self, numbers: Sequence[float], moment: Moment, parts: Mapping[str, Tensor]) -> tuple[str, str]:
        if not math.isfinite(numbers[0]):
            return unhealthy_forward(self.method, moment.views, {**moment.peek, **parts})
        if not math.isfinite(numbers[1]):
            return unhealthy_gradient(self.method)
        return "", ""

    def _update(self, grad_norm: float, batch: Batch) -> None:
        self.consistent = False
        if self.optimiser_config.clip > 0 and grad_norm > self.optimiser_config.clip:
            scale = self.optimiser_config.clip / (grad_norm + 1e-6)
            for gradient in gradients(self.method):
                gradient.mul_(scale)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.method.after_step(batch)
        self.consistent = True

    def _restore(self, before: Sequence[Tensor]) -> None:
        """Undo what the forward pass did to the running statistics, and drop the gradients."""
        for buffer, kept in zip(self._statistics, before, strict=True):
            buffer.copy_(kept)
        self.optimiser.zero_grad(set_to_none=True)
