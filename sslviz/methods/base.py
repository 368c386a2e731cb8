"""Method: what every way of learning without labels has in common, and nothing else."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from sslviz.methods.errors import MethodError
from sslviz.nn.encoder import Encoder
from sslviz.spec.catalogue import MethodInfo
from sslviz.spec.errors import SpecError
from sslviz.spec.params import Scalar, check, describe
from sslviz.spec.registry import Registry


@dataclass(frozen=True, slots=True)
class Facts:
    """What a method may know of its run before the first image: sizes and names, never pixels."""

    view_sizes: tuple[tuple[int, int], ...] = ((32, 32), (32, 32))  # (height, width) in px of each view, in their order
    batch_size: int = 128
    steps: int = 1_000
    classes: tuple[str, ...] = ()  # empty where the images have no labels
    factors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # names of each factor's values


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What a step knows beside its views. `generator` is this step's own: methods draw from nothing else."""

    indices: Tensor  # (B,) int64, among the training images
    labels: Tensor | None  # (B,) int64, -1 where unknown; only oracles may look at them
    step: int  # from 1
    progress: float  # share of the run that is done, in [0, 1]
    generator: torch.Generator
    factors: Mapping[str, Tensor] = field(default_factory=dict)  # name -> (B,) int64; only captions may look at them


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One training step's outcome. `loss` has a gradient; `parts`, `peek` and `measures` are detached.

    parts: terms of the loss by name. peek: what views may show, "h" (V*B, F) and "z" (V*B, D) view-major, "similarity" (2B, 2B),
    and what `Method.figure` draws from; nothing is computed for it alone. measures: numbers by their names in `spec.measures`
    ("momentum", "teacher_entropy") that the step has anyway.
    """

    loss: Tensor
    parts: Mapping[str, Tensor]
    peek: Mapping[str, Tensor] = field(default_factory=dict)
    measures: Mapping[str, Tensor] = field(default_factory=dict)


Drawing = Mapping[str, Tensor | Sequence[Any]]
"""The arrays of a figure by name; names of rows, columns and tiles are (nested) sequences of text."""


class Method(nn.Module, ABC):
    """An encoder, what a method adds to it, and its loss.

    The caller seeds torch before it builds one. Subclasses set `Params` (a frozen dataclass of `spec.params` fields), `info`, and
    `equations`: the functions whose source is shown beside the equation.
    """

    Params: ClassVar[type[Any]]
    info: ClassVar[MethodInfo]
    equations: ClassVar[tuple[Callable[..., Any], ...]] = ()

    @classmethod
    def require(cls, params: Any, facts: Facts, encoder: Encoder) -> None:  # most methods take anything
        """Raises MethodError, with the field to change, for parameters, data or an encoder that cannot work together.

        Called before anything is built; a method that needs labels, factors, patches or a large batch refuses here.
        """

    def __init__(self, encoder: Encoder, params: Any, facts: Facts = Facts()) -> None:  # frozen
        super().__init__()
        if not isinstance(params, self.Params):
            raise TypeError(f"{type(self).__name__} takes its own Params, not {type(params).__name__}")
        self.encoder = encoder
        self.params = params
        self.facts = facts

    @abstractmethod
    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        """The loss of a batch. views: one (count, B, 3, h, w) per view recipe, floats in [0, 1]. Raises MethodError."""

    @abstractmethod
    def project(self, h: Tensor) -> Tensor:
        """What the loss compares: features h (n, F) -> z (n, D), as the switches are now."""

    def before_update(self, batch: Batch) -> None:  # most methods use every gradient
        """Called after the backward pass, before gradients are clipped and used: a frozen last layer drops its own."""

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        """The arrays of `info.figures`' figure `name` for the step that gave `peek`; {} while there is nothing to draw.

        Called rarely, under inference mode, and only while somebody looks: work that only a picture needs belongs here.
        """
        return {}

    def after_step(self, batch: Batch) -> None:  # most methods keep no teacher and no queue
        """Called after the optimiser's step: teachers follow, queues turn."""

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:  # a loss may have no chance level
        """Lines to draw for a batch of `batch_size` images: (measure, label, value), as the switches are now."""
        return ()

    def set_param(self, name: str, value: Scalar) -> tuple[Scalar, Scalar]:
        """Change a live parameter for the next step; (before, after). Raises SpecError, and then nothing has changed."""
        infos = {info.name: info for info in describe(self.Params)}
        if name not in infos:
            raise SpecError(f"{self.info.title} has no parameter {name!r}.", f"There are: {', '.join(infos)}.")
        if not infos[name].live:
            raise SpecError(f"{infos[name].label} cannot change while a run trains.", "Start a new run with it.")
        before, after = getattr(self.params, name), check(infos[name], value)
        self.params = dataclasses.replace(self.params, **{name: after})
        return before, after

    def encode(self, views: Sequence[Tensor], encoder: Callable[[Tensor], Tensor] | None = None) -> Tensor:
        """Features of all views, view-major: (count, B, 3, h, w) each -> (V*B, F), one pass of the encoder for each image size.

        Views of one size share a pass, so that batch norm sees them together as the papers' code has it. encoder: another one
        than the method's own, such as a teacher's.
        """
        flat = [view.flatten(0, 1) for view in views]
        sizes = list(dict.fromkeys(x.shape[-2:] for x in flat))  # in the order in which they come
        done = {size: list(_features(encoder or self.encoder, flat, size)) for size in sizes}
        return torch.cat([done[x.shape[-2:]].pop(0) for x in flat])


def _features(encoder: Callable[[Tensor], Tensor], flat: Sequence[Tensor], size: torch.Size) -> tuple[Tensor, ...]:
    same = [x for x in flat if x.shape[-2:] == size]
    h: Tensor = encoder(same[0] if len(same) == 1 else torch.cat(same))
    return torch.split(h, [len(x) for x in same])


METHODS: Registry[type[Method]] = Registry("method")

ORDER = (
    *("simclr", "moco", "moco_v3", "byol", "simsiam", "swav", "barlow_twins", "vicreg", "align_uniform", "dino", "mae"),
    *("rotation", "jigsaw", "colorization", "inpainting", "context", "clip", "supervised"),
)
"""Of lists; methods that are not named come last."""


def method_infos() -> tuple[MethodInfo, ...]:
    """Every method with the source of its loss, in the order of lists."""
    names = sorted(METHODS, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    return tuple(dataclasses.replace(METHODS[name].info, source=_source(METHODS[name])) for name in names)


def _source(method: type[Method]) -> str:
    try:
        return "\n\n".join(inspect.getsource(function).rstrip() for function in method.equations)
    except OSError:  # a method that was typed in has no file
        return ""


def two_views(views: Sequence[Tensor], who: str) -> int:
    """The number of images of a batch that has exactly two views of each; raises MethodError for another number."""
    count = sum(len(view) for view in views)
    if count != 2:
        raise MethodError(*_not_two(who, count))
    return views[0].shape[1]


def require_pairs(facts: Facts, who: str) -> None:
    """Raises MethodError unless there are two views of each image, and several images, over which batch norm and loss take means."""
    if len(facts.view_sizes) != 2:
        raise MethodError(*_not_two(who, len(facts.view_sizes)), field="augment.count")
    if facts.batch_size < 2:
        raise MethodError(
            f"{who} needs statistics over the images of a batch, and a batch of one has none.",
            "Choose a batch of at least 2, better 64 or more.",
            field="batch_size",
        )


def _not_two(who: str, count: int) -> tuple[str, str]:
    return (
        f"{who} compares two views of each image, and the augmentation makes {count}.",
        "Choose an augmentation with two views, such as simclr_cifar10.",
    )


def one_size(views: Sequence[Tensor], who: str) -> Tensor:
    """Every view as an image of its own, view-major: (count, B, 3, h, w) each -> (V*B, 3, h, w). Raises MethodError for several sizes."""
    if len({view.shape[-2:] for view in views}) != 1:
        raise MethodError(*_several_sizes(who), field="augment.share")
    return torch.cat([view.flatten(0, 1) for view in views]) if len(views) > 1 else views[0].flatten(0, 1)


def require_one_size(facts: Facts, who: str) -> None:
    """Raises MethodError for an augmentation that makes views of several sizes."""
    if len(set(facts.view_sizes)) != 1:
        raise MethodError(*_several_sizes(who), field="augment.share")


def _several_sizes(who: str) -> tuple[str, str]:
    return (
        f"{who} takes every view as an image of its own, and these views have several sizes.",
        "Choose an augmentation whose views have one size, such as pretext.",
    )


def first_crops(views: Sequence[Tensor], count: int) -> list[Tensor]:
    """The first `count` crops of a batch, still grouped by recipe: multi-crop's global ones. (n, B, 3, h, w) each."""
    before = itertools.accumulate((len(view) for view in views), initial=0)
    return [view[: count - k] for view, k in zip(views, before, strict=False) if k < count]


def require_crops(facts: Facts, who: str) -> None:
    """Raises MethodError for an augmentation that makes fewer than two views of each image."""
    if len(facts.view_sizes) < 2:
        raise MethodError(
            f"{who} predicts what it makes of one crop from the others, and the augmentation makes one.",
            "Choose an augmentation with two views or more, such as simclr_cifar10 or dino.",
            field="augment.count",
        )
