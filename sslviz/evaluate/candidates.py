"""The models of a table: the run's own, and the baselines that it has to beat. Features are taken once for each seed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import Tensor

from sslviz.evaluate.features import (
    PIXEL_LAYER,
    SMALL_PIXELS,
    Features,
    network_features,
    network_maps,
    pixel_features,
    pixel_maps,
)
from sslviz.evaluate.images import Pool, Watch
from sslviz.evaluate.subject import Subject
from sslviz.evaluate.tuning import Classifier, Course, train_classifier
from sslviz.methods import Method
from sslviz.nn.encoder import Encoder
from sslviz.spec.evaluation import PIXELS, RANDOM, RUN, SUPERVISED, EvaluationPlan


@dataclass(frozen=True, slots=True, eq=False)
class Pools:
    """The images of both splits."""

    train: Pool
    test: Pool


@dataclass(slots=True, eq=False)
class Candidate:
    """A model to be probed. `network(s)` is its encoder for the s-th seed, with the projector where it has one."""

    name: str
    layers: tuple[str, ...]
    network: Callable[[int], tuple[Encoder, Method | None]]
    varies: bool  # from seed to seed
    _features: dict[int, tuple[Features, Features]] = field(default_factory=dict)
    _maps: dict[int, tuple[Features, Features]] = field(default_factory=dict)

    def features(self, s: int, pools: Pools, watch: Watch) -> tuple[Features, Features]:
        """Training and test features of each layer for the s-th seed."""
        key = s if self.varies else 0
        if key not in self._features:
            encoder, method = self.network(key)
            near = self._take(encoder, method, pools.train, watch.part(0.0, 0.7))
            self._features[key] = near, self._take(encoder, method, pools.test, watch.part(0.7, 1.0))
        return self._features[key]

    def _take(self, encoder: Encoder, method: Method | None, pool: Pool, watch: Watch) -> Features:
        if self.name == PIXELS:
            return pixel_features(encoder, pool, watch)
        return network_features(encoder, method.project if method else None, pool, self.layers, watch)

    def maps(self, s: int, pools: Pools, grid: tuple[int, int], watch: Watch) -> tuple[Features, Features]:
        """Training and test feature maps; pixels are cut into a `grid`."""
        key = s if self.varies else 0
        if key not in self._maps:
            encoder, _ = self.network(key)
            near = self._take_maps(encoder, pools.train, grid, watch.part(0.0, 0.7))
            self._maps[key] = near, self._take_maps(encoder, pools.test, grid, watch.part(0.7, 1.0))
        return self._maps[key]

    def _take_maps(self, encoder: Encoder, pool: Pool, grid: tuple[int, int], watch: Watch) -> Features:
        if self.name == PIXELS:
            return pixel_maps(encoder, pool, grid, watch)
        return network_maps(encoder, pool, self.layers, watch)


def candidates(subject: Subject, plan: EvaluationPlan) -> Mapping[str, Candidate]:
    """The run, random weights and raw pixels by name; the supervised model joins once it is trained."""
    method = subject.method
    anew = _remembering(subject.anew)
    return {
        RUN: Candidate(RUN, plan.layers, lambda _: (method.encoder, method), varies=False),
        RANDOM: Candidate(RANDOM, plan.layers, lambda s: _with_encoder(anew(s)), varies=True),
        PIXELS: Candidate(PIXELS, (PIXEL_LAYER, SMALL_PIXELS), lambda _: (method.encoder, None), varies=False),
    }


def _with_encoder(method: Method) -> tuple[Encoder, Method]:
    return method.encoder, method


def _remembering(make: Callable[[int], Method]) -> Callable[[int], Method]:
    made: dict[int, Method] = {}

    def get(s: int) -> Method:
        if s not in made:
            made[s] = make(s)
        return made[s]

    return get


def supervised(
    subject: Subject, plan: EvaluationPlan, pools: Pools, rows: Tensor, targets: Tensor, classes: int, watch: Watch
) -> tuple[Candidate, Classifier]:
    """The supervised baseline: the run's network from the run's own initial weights, on labels, for as many steps and images as the run saw.

    It sees one view of each image of a batch by the run's first recipe. rows, targets: the labelled images of the first seed.
    """
    config = subject.config
    view = dataclasses.replace(config.augmentation.views[0], count=1, size=0, share=1.0)
    course = Course(
        max(subject.step, 1), config.optimiser.lr, plan.seed, from_scratch=True,
        batch_size=config.batch_size, recipe=view,
    )  # fmt: skip
    model = train_classifier(subject.anew(0).encoder, pools.train, rows, targets, classes, course, watch)
    layers = tuple(name for name in plan.layers if name != "z") or ("h",)
    return Candidate(SUPERVISED, layers, lambda _: (model.encoder, None), varies=False), model
