"""A made-up run, as events, for views that start alone and for their tests: it learns, then its negatives are switched off.

Nothing in it was trained. Embeddings are drawn at random around class centres that spread and then fall together; every
measure is computed from these embeddings by its definition, so that all pictures of one step agree with each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sslviz.spec.augmentation import Augmentation
from sslviz.spec.catalogue import BackboneInfo, Catalogue, MethodInfo
from sslviz.spec.config import DataConfig, OptimiserConfig, RunConfig
from sslviz.spec.events import (
    Diagnosed,
    Event,
    Finished,
    Flipped,
    Peeked,
    Progressed,
    Referenced,
    Scalars,
    Started,
    StateChanged,
    frozen,
)
from sslviz.spec.params import ParamInfo

Floats = NDArray[np.float64]
RUN, BATCH, SHOWN, DIM, FEATURES, EVERY = "example", 128, 16, 64, 128, 10
CLASSES = ("disc", "square", "triangle", "ring", "star", "cross")


def example_catalogue() -> Catalogue:
    """One contrastive method with its live switches, one backbone."""
    switch = ("negatives", "projector")
    params = (
        ParamInfo("tau", "float", 0.2, "temperature", 0.01, 2.0, "log", symbol="τ", up="all negatives push alike",
                  down="only the closest negatives push"),
        *(ParamInfo(name, "bool", True, name, up="as in the paper", down="watch the spread fall") for name in switch),
        ParamInfo("dim", "int", DIM, "projection size", 2, 2048, live=False),
    )  # fmt: skip
    method = MethodInfo(
        "simclr", "SimCLR", "Chen et al. 2020, arXiv:2002.05709", "Two views of one image attract, all others repel.",
        "All images fall onto one point.", "contrastive", params, "simclr", "resnet_w16", OptimiserConfig(),
        "NT-Xent, mean over 2N anchors")  # fmt: skip
    return Catalogue((method,), backbones=(BackboneInfo("resnet_w16", "ResNet", "", "cnn", FEATURES),))


def example_events(steps: int = 500, flip: int = 320, *, end: bool = True) -> Iterator[Event]:
    """The events of the run in order. `flip`: the step after which negatives are off; beyond `steps` never."""
    rng = np.random.default_rng(0)
    world = _World(rng)
    config = RunConfig(params={"dim": DIM}, data=DataConfig("shapes"), augmentation=Augmentation("simclr_cifar10"),
                       batch_size=BATCH, steps=steps)  # fmt: skip
    yield Started(RUN, 0, config, "example", True, "cpu, 1 thread, fp32", "made up: no training behind it", 5000, 73_000,
                  400_000_000, CLASSES)  # fmt: skip
    yield StateChanged(RUN, 0, "running")
    for measure, label, value in (("loss", "chance ln(2N−1)", math.log(2 * BATCH - 1)), ("knn", "chance", 1 / 6),
                                  ("knn", "random weights", 0.31), ("knn", "raw pixels", 0.38)):  # fmt: skip
        yield Referenced(RUN, 0, measure, label, value)
    for start in range(0, steps, EVERY):
        if start < flip <= start + EVERY:
            yield Flipped(RUN, flip, "negatives", True, False)
            yield Referenced(RUN, flip, "loss", "lowest possible: collapse reaches it", 0.0)
        yield from world.chunk(np.arange(start + 1, min(start + EVERY, steps) + 1), flip, steps)
    if end:
        yield Finished(RUN, steps, "finished", "example")


class _World:
    """Pictures, labels, and the directions that embeddings are drawn around."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.labels = rng.integers(len(CLASSES), size=BATCH)
        self.centres = rng.normal(size=(len(CLASSES), DIM))
        self.own = rng.normal(size=(BATCH, DIM))
        self.views = [rng.normal(size=(BATCH, DIM)) for _ in range(2)]
        self.point = rng.normal(size=DIM) * 3
        self.pictures = np.stack([[_picture(rng, int(label)) for label in self.labels[:SHOWN]] for _ in range(2)])

    def embed(self, step: int, flip: int) -> Floats:
        """Unit rows z (2·BATCH, DIM) at a step: a random net holds all alike, training spreads, then collapse."""
        learnt = 1 - math.exp(-step / 90)
        fallen = 1 - math.exp(-max(step - flip, 0) / 45)
        spread = (0.25 + 0.75 * learnt) * (1 - fallen) + 0.02 * fallen
        noise = (1.9 - 1.3 * learnt) * spread
        core = learnt * 0.42 * self.centres[self.labels] + self.own
        z = np.concatenate([spread * core + noise * view for view in self.views])
        z += self.point * ((1 - learnt) + 2 * fallen)
        unit: Floats = z / np.linalg.norm(z, axis=1, keepdims=True)
        return unit

    def chunk(self, steps: NDArray[np.int64], flip: int, last: int) -> Iterator[Event]:
        """The rows of a few steps and what was measured after the last of them."""
        step = int(steps[-1])
        z = self.embed(step, flip)
        measured = _measures(z, self.labels)
        loss = np.array([_loss(self.embed(int(s), flip), int(s) <= flip) for s in steps[[0, -1]]])
        noise = self.rng.normal(0, 0.05, len(steps))
        rows = {
            "epoch": steps * BATCH / 5000, "seconds": steps * 0.11, "loss": np.interp(steps, steps[[0, -1]], loss) + noise,
            "lr": 2e-3 * np.minimum(steps / 100, 0.5 + 0.5 * np.cos(np.pi * np.maximum(steps - 100, 0) / max(last - 100, 1))),
            "grad_norm": 0.4 + 2 * np.exp(-steps / 80) + np.abs(noise), "images_per_s": 2300 + 300 * noise,
        }  # fmt: skip
        every = np.full((len(steps), len(measured)), np.nan)
        every[-1] = list(measured.values())
        names = (*rows, *measured)
        yield Scalars(RUN, step, names, frozen(steps), frozen(np.column_stack([*rows.values(), every])))
        yield from self.peeks(step, z)
        yield Progressed(RUN, step, last, float(rows["epoch"][-1]), float(rows["seconds"][-1]), 2300.0, (last - step) * 0.11,
                         900_000_000)  # fmt: skip
        yield _diagnosis(step, measured, flip)

    def peeks(self, step: int, z: Floats) -> Iterator[Event]:
        """What the views would show after this step."""
        index, few = frozen(np.arange(SHOWN)), np.concatenate([z[:SHOWN], z[BATCH : BATCH + SHOWN]])
        labels = frozen(self.labels[:SHOWN])
        yield Peeked(RUN, step, "views", {"images": frozen(self.pictures), "indices": index, "labels": labels})
        pictures = frozen(self.pictures.reshape(-1, *self.pictures.shape[2:]))
        yield Peeked(RUN, step, "similarity", {"cosine": frozen((few @ few.T).astype(np.float32)), "indices": index,
                                               "images": pictures, "labels": labels})  # fmt: skip
        yield Peeked(RUN, step, "sphere", _sphere(z, self.labels))
        values = np.linalg.svd(z, compute_uv=False).astype(np.float32)
        yield Peeked(RUN, step, "spectrum", {"values": frozen(values)})


def _picture(rng: np.random.Generator, label: int) -> NDArray[np.uint8]:
    """A 32 x 32 view: a form of the class, at a place and in a colour of its own."""
    y, x = np.mgrid[-1:1:32j, -1:1:32j] + rng.uniform(-0.25, 0.25, (2, 1, 1))
    size, radius = rng.uniform(0.4, 0.7), np.hypot(x, y)
    forms = (radius < size, np.maximum(abs(x), abs(y)) < size * 0.85, (y < size * 0.7) & (y > 2 * abs(x) - size),
             abs(radius - size * 0.8) < 0.15, radius < size * (0.6 + 0.4 * np.cos(5 * np.arctan2(y, x))),
             (np.minimum(abs(x), abs(y)) < 0.16) & (np.maximum(abs(x), abs(y)) < size))  # fmt: skip
    ink, ground = rng.uniform(120, 255, 3), rng.uniform(0, 110, 3)
    return np.where(forms[label][..., None], ink, ground).astype(np.uint8)


def _measures(z: Floats, labels: NDArray[np.int64]) -> dict[str, float]:
    """Each by its definition in `sslviz.spec.measures`; h is taken as z with half the noise."""
    one, two = z[:BATCH], z[BATCH:]
    centre = (one + two) / np.linalg.norm(one + two, axis=1, keepdims=True)
    near = one @ two.T
    rank = (near >= np.diag(near)[:, None]).sum(1) - 1
    votes = np.argsort(-(one @ one.T - 2 * np.eye(BATCH)), axis=1)[:, :20]
    knn = np.mean([np.bincount(labels[row], minlength=len(CLASSES)).argmax() == label
                   for row, label in zip(votes, labels, strict=True)])  # fmt: skip
    return {
        "alignment": float(((one - two) ** 2).sum(1).mean()), "uniformity": _uniformity(one),
        "alignment_h": float(((one - centre) ** 2).sum(1).mean()), "uniformity_h": _uniformity(centre),
        "std": float(one.std(0, ddof=1).mean() * math.sqrt(DIM)), "std_h": float(centre.std(0, ddof=1).mean() * math.sqrt(DIM)),
        "rankme": _rankme(one), "rankme_h": _rankme(centre), "top1": float((rank < 1).mean()),
        "top5": float((rank < 5).mean()), "knn": float(knn),
    }  # fmt: skip


def _uniformity(z: Floats) -> float:
    i, j = np.triu_indices(len(z), 1)
    return float(np.log(np.exp(-2 * (2 - 2 * (z @ z.T)[i, j])).mean()))


def _rankme(z: Floats) -> float:
    values = np.linalg.svd(z, compute_uv=False)
    p = values / values.sum() + 1e-7
    return float(np.exp(-(p * np.log(p)).sum()))


def _loss(z: Floats, negatives: bool, tau: float = 0.2) -> float:
    """NT-Xent; without negatives the pull of the positives alone."""
    s = z @ z.T / tau
    positive = s[np.arange(2 * BATCH), (np.arange(2 * BATCH) + BATCH) % (2 * BATCH)]
    if not negatives:
        return float((1 / tau - positive).mean())
    np.fill_diagonal(s, -np.inf)
    return float((np.log(np.exp(s).sum(1)) - positive).mean())


def _sphere(z: Floats, labels: NDArray[np.int64]) -> dict[str, Any]:
    few = np.concatenate([z[:120], z[BATCH : BATCH + 120]])
    _, values, axes = np.linalg.svd(few, full_matrices=False)
    unit = [few @ axes[:k].T / np.linalg.norm(few @ axes[:k].T, axis=1, keepdims=True) for k in (2, 3)]
    kept = [(values[:k] ** 2).sum() / (values**2).sum() for k in (2, 3)]
    return {
        "circle": frozen(unit[0].astype(np.float32)), "sphere": frozen(unit[1].astype(np.float32)), "kept": frozen(np.array(kept)),
        "labels": frozen(np.tile(labels[:120], 2)), "pairs": frozen(np.roll(np.arange(240), 120)),
    }  # fmt: skip


def _diagnosis(step: int, measured: dict[str, float], flip: int) -> Event:
    if step <= flip:
        return Diagnosed(RUN, step, "good", f"Learning: {measured['knn']:.0%} of held-out images take their class from "
                         "their neighbours (random weights: 31%), and it rises.")  # fmt: skip
    return Diagnosed(RUN, step, "warning", f"Collapsing: the images' spread fell to {measured['std']:.2f} "
                     "(1 is even, 0 is one point).")  # fmt: skip
