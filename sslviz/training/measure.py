"""Live metrics on held-out images, each group as often as its cost allows. Measuring changes nothing in a run."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.methods import Method
from sslviz.metrics import alignment, feature_std, knn_accuracy, rank_accuracy, rankme, singular_values, uniformity
from sslviz.training.cadence import Cadence
from sslviz.training.held_out import HeldOut
from sslviz.training.learner import Learner, Moment

SHARES = {"geometry": 0.008, "knn": 0.013, "ranking": 0.001}
"""How much of the training time each group may take. The first and the last measurement of a run always happen."""
FIRST_SHARES = {"geometry": 1 / 8, "knn": 1 / 32, "ranking": 1 / 8}
"""The same when a run begins and when a switch was flipped: what happens then happens within seconds, and a room waits for it."""
_CHUNK = 256
_RAW_SIDE = 32

Measures = dict[str, float]


class Measurer:
    """Takes the measures of `sslviz.spec.measures` that are not free."""

    def __init__(self, learner: Learner, held_out: HeldOut) -> None:
        self._learner = learner
        self._held_out = held_out
        self._cadences = {name: Cadence(share, first_share=FIRST_SHARES[name]) for name, share in SHARES.items()}
        self.spectrum: Tensor | None = None  # singular values of held-out z when last measured, largest first

    def measure(self, training_s: float, moment: Moment | None, *, all_groups: bool = False) -> Measures:
        """Measures that are due after `training_s` seconds of training, of the batch in `moment` and of held-out images."""
        found: Measures = {}
        for name, cadence in self._cadences.items():
            if all_groups or cadence.due(training_s):
                start = time.perf_counter()
                found |= self._group(name, moment)
                cadence.done(training_s, time.perf_counter() - start)
        return found

    def hurry(self) -> None:
        """Look closely for a while: something was changed."""
        for cadence in self._cadences.values():
            cadence.hurry()

    @property
    def spent_s(self) -> float:
        """Seconds that measuring took so far."""
        return sum(cadence.spent_s for cadence in self._cadences.values())

    def _group(self, name: str, moment: Moment | None) -> Measures:
        groups: Mapping[str, Callable[[], Measures]] = {
            "geometry": self._geometry,
            "knn": self._knn,
            "ranking": lambda: ranking(moment) if moment else {},
        }
        return groups[name]()

    def _geometry(self) -> Measures:
        n = self._held_out.pairs.shape[1]
        with self._looking() as method:
            h = self._features(method, self._held_out.pairs.flatten(0, 1))  # (2n, F)
            z = method.project(h).float()  # (2n, D)
        self.spectrum = singular_values(z[:n])
        return {**geometry(z[:n], z[n:], ""), **geometry(h[:n], h[n:], "_h")}

    def _knn(self) -> Measures:
        if self._held_out.bank is None or self._held_out.queries is None:
            return {}
        (bank, bank_labels), (queries, query_labels) = self._held_out.bank, self._held_out.queries
        with self._looking() as method:
            near, far = self._features(method, bank), self._features(method, queries)
        return {"knn": knn_accuracy(near, bank_labels, far, query_labels)[0]}

    @contextmanager
    def _looking(self) -> Iterator[Method]:
        """The method as it is used, not trained: no gradients, running statistics as they are."""
        with torch.inference_mode(), self._learner.fabric.autocast(), evaluating(self._learner.method):
            yield self._learner.method

    def _features(self, method: Method, images: Tensor) -> Tensor:
        """Features h of uint8 images, (m, 3, h, w) -> (m, F) float32."""
        return torch.cat([method.encoder(chunk).float() for chunk in _chunks(images)])

    def baselines(self) -> Mapping[str, float]:
        """kNN accuracies that no training is needed for: of raw pixels, and of always naming the commonest class."""
        if self._held_out.bank is None or self._held_out.queries is None:
            return {}
        (bank, bank_labels), (queries, query_labels) = self._held_out.bank, self._held_out.queries
        encoder = self._learner.method.encoder
        near, far = (
            torch.cat([raw_pixels(encoder.normalise(x)) for x in _chunks(images)]) for images in (bank, queries)
        )
        return {
            "raw pixels": knn_accuracy(near, bank_labels, far, query_labels)[0],
            "commonest class": float((query_labels == bank_labels.mode().values).double().mean()),
        }


def geometry(x: Tensor, y: Tensor, suffix: str) -> Measures:
    """Alignment, uniformity, std x sqrt(d) and RankMe of two views (n, d) of n images; of single views, the mean or the first."""
    values = {
        "alignment": alignment(x, y),
        "uniformity": (uniformity(x) + uniformity(y)) / 2,
        "std": feature_std(x) * math.sqrt(x.shape[1]),
        "rankme": rankme(x),
    }
    return {f"{name}{suffix}": float(value) for name, value in values.items()}


def ranking(moment: Moment) -> Measures:
    """Contrastive accuracies of the first two views of the batch; nothing where the method shows no z."""
    z = moment.peek.get("z")
    n = len(moment.batch.indices)
    if z is None or len(z) < 2 * n or n < 2:
        return {}
    top1, top5, _ = rank_accuracy(z[:n], z[n : 2 * n])
    return {"top1": top1, "top5": top5}


def _chunks(images: Tensor) -> Iterator[Tensor]:
    return (images[k : k + _CHUNK] for k in range(0, len(images), _CHUNK))


def raw_pixels(images: Tensor) -> Tensor:
    """Normalised pixels as features, averaged to at most 32 x 32: (m, 3, h, w) -> (m, 3 h w)."""
    if max(images.shape[2:]) > _RAW_SIDE:
        images = F.adaptive_avg_pool2d(images, _RAW_SIDE)
    return images.flatten(1)


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """`module` in evaluation mode; afterwards each part is in the mode that it was in."""
    were = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in were:
            part.training = training
