"""Learning on with labels: fine-tuning a copy in part or as a whole, and the supervised baseline from random weights."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.data.augment import Augmenter
from sslviz.evaluate.images import Pool, Watch
from sslviz.metrics.linear_probe import split_held_out
from sslviz.nn.encoder import Encoder
from sslviz.nn.layers import layer_names
from sslviz.nn.schedules import warmup_cosine
from sslviz.spec.augmentation import Augmentation, ViewRecipe

BATCH = 64
BODY_SHARE = 0.3
"""Of the classifier's learning rate, for weights that were learnt before."""
LOOKS = 5
"""How often held-out images are looked at, to keep the best state."""
MILD = ViewRecipe(count=1, crop_min=0.6, jitter=False, grayscale=False, blur=False, solarise=False)
"""Augmentation while fine-tuning: mild crops and flips."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """How a classifier is trained. last_block: only the last block of the backbone learns, and the classifier."""

    steps: int
    lr: float
    seed: int
    last_block: bool = False
    from_scratch: bool = False
    batch_size: int = BATCH
    recipe: ViewRecipe = MILD


class Classifier(nn.Module):
    """An encoder and a linear classifier on h."""

    def __init__(self, encoder: Encoder, classes: int) -> None:
        super().__init__()
        self.encoder = encoder
        with torch.device("meta"):  # draws no random number: runs share the generator
            self.head = nn.Linear(encoder.num_features, classes)
        self.head.to_empty(device="cpu")
        nn.init.zeros_(self.head.weight)  # an even guess, so that the first steps do not shake the encoder
        nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:  # (B, 3, h, w) -> (B, C)
        logits: Tensor = self.head(self.encoder(images))
        return logits


def train_classifier(
    encoder: Encoder, pool: Pool, rows: Tensor, targets: Tensor, classes: int, course: Course, watch: Watch
) -> Classifier:
    """A classifier on a *copy* of `encoder`, which stays as it is. rows (n,): of the pool's images; targets (n,) in 0 .. classes - 1.

    A fifth of the rows is held out and decides which of a few states is kept (without enough labels: the last); the test images are
    never looked at. It comes back in evaluation mode.
    """
    model = Classifier(copy.deepcopy(encoder), classes).to(pool.device)
    learns = _unfreeze(model, course)
    fitted, held = split_held_out(targets, course.seed)
    optimiser = torch.optim.AdamW(_groups(model, course), weight_decay=1e-4)
    views = _Views(pool, course)
    best, kept = -1.0, copy.deepcopy(model.state_dict())
    for step, batch in enumerate(_batches(len(fitted), course)):
        watch(step / course.steps)
        _train_mode(model, learns)
        _set_rates(optimiser, course, step)
        chosen = fitted[batch.to(fitted.device)]
        loss = F.cross_entropy(model(views.at(rows[chosen], step)), targets[chosen])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own
        optimiser.step()
        if _is_time_to_look(step, course.steps):
            right = _right(model, pool, rows[held], targets[held])
            if right >= best:  # of equals the later one
                best, kept = right, copy.deepcopy(model.state_dict())
    model.load_state_dict(kept)
    return model.eval().requires_grad_(requires_grad=False)


def predict(model: Classifier, pool: Pool, rows: Sequence[int] | None = None) -> Tensor:
    """Logits of a pool's images, or of some of them, on the CPU."""
    chosen = np.arange(len(pool)) if rows is None else np.asarray(rows, np.int64)
    model.eval()
    parts = [torch.empty(0, model.head.out_features)]
    with torch.inference_mode():
        for start in range(0, len(chosen), 256):
            parts += [model(pool.images(chosen[start : start + 256])).float().cpu()]
    return torch.cat(parts).clone()


def _right(model: Classifier, pool: Pool, rows: Tensor, targets: Tensor) -> float:
    if len(rows) == 0:
        return 0.0
    return float((predict(model, pool, rows.tolist()).argmax(1) == targets.cpu()).double().mean())


def _unfreeze(model: Classifier, course: Course) -> tuple[nn.Module, ...]:
    """Let the right weights learn; the modules that do."""
    model.requires_grad_(requires_grad=not course.last_block)
    if not course.last_block:
        return (model,)
    parts = dict(model.encoder.backbone.named_modules())
    names = [
        name for name in layer_names(model.encoder) if any(True for _ in parts[name].children())
    ]  # blocks, not a last norm
    modules = (parts[names[-1]], *_after(model.encoder, names[-1]), model.head)
    for module in modules:
        module.requires_grad_(requires_grad=True)
    return modules


def _after(encoder: Encoder, block: str) -> list[nn.Module]:
    """What comes after the last block: its norm."""
    names, parts = layer_names(encoder), dict(encoder.backbone.named_modules())
    return [parts[name] for name in names[names.index(block) + 1 :]]


def _train_mode(model: Classifier, learns: Sequence[nn.Module]) -> None:
    """Frozen parts keep their running statistics."""
    model.eval()
    for module in learns:
        module.train()


def _groups(model: Classifier, course: Course) -> list[dict[str, object]]:
    body = [weight for weight in model.encoder.parameters() if weight.requires_grad]
    share = 1.0 if course.from_scratch else BODY_SHARE
    return [{"params": list(model.head.parameters()), "share": 1.0}, {"params": body, "share": share}]


def _set_rates(optimiser: torch.optim.Optimizer, course: Course, step: int) -> None:
    rate = warmup_cosine(step, course.steps, base=course.lr, final=0.0, warmup=course.steps // 10)
    for group in optimiser.param_groups:
        group["lr"] = rate * group["share"]


def _is_time_to_look(step: int, steps: int) -> bool:
    return step + 1 == steps or (step + 1) % max(1, steps // LOOKS) == 0


def _batches(count: int, course: Course) -> Iterator[Tensor]:
    """Shuffled passes, (batch_size,) rows a step; fewer images than a batch come several times in it."""
    generator = torch.Generator().manual_seed(course.seed)
    waiting = torch.empty(0, dtype=torch.int64)
    for _ in range(course.steps):
        while len(waiting) < course.batch_size:
            waiting = torch.cat([waiting, torch.randperm(count, generator=generator)])
        yield waiting[: course.batch_size]
        waiting = waiting[course.batch_size :]


class _Views:
    """Augmented views of a pool's images, which depend on the seed and the step alone."""

    def __init__(self, pool: Pool, course: Course) -> None:
        self._pool, self._seed = pool, course.seed
        self._augmenter = Augmenter(Augmentation("labelled", (course.recipe,)), pool.size, pool.device)

    def at(self, rows: Tensor, step: int) -> Tensor:
        """(B, 3, h, w) in [0, 1] for the images at `rows` of the pool."""
        generator = torch.Generator(self._pool.device).manual_seed(self._seed * 1_000_003 + step)
        (views,) = self._augmenter(self._pool.images(rows.cpu().numpy()), generator)
        return views[0]
