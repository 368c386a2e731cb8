"""Losses image by image of our own runs that are told classes or captions, or that solve a puzzle."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

from sslviz.data.base import Array, ImageData
from sslviz.inspect.errors import InspectError
from sslviz.inspect.mapping.feed import feed
from sslviz.inspect.mapping.progress import Progress
from sslviz.inspect.model import Model
from sslviz.inspect.stopping import Stop
from sslviz.methods.base import Batch, Method
from sslviz.methods.clip import CLIP
from sslviz.methods.supervised import Supervised
from sslviz.spec.captions import slots
from sslviz.training.seeds import generator_at


@dataclass(frozen=True, slots=True, eq=False)
class Hardness:
    """Of m images: values (m,) float32, of their L patches where the task is one of patches (m, L); NaN where unknown."""

    values: Array
    title: str
    about: str
    places: Array | None = None


Score = Callable[[Tensor, Array], Tensor]
"""Images (B, 3, H, W) uint8 and their numbers (B,) -> (B,)."""


def classification(
    model: Model, method: Supervised, images: ImageData, index: Array, progress: Progress, stop: Stop
) -> Hardness:
    """Cross-entropy with the image's own class. Raises InspectError where the classes are not those of the run."""
    if images.labels is None or tuple(images.class_names) != tuple(method.facts.classes):
        raise InspectError(
            "This run was told the classes of other images, and these have none of them.",
            "Choose the run's own data, or colour by kNN or k-means groups.",
            field="by",
        )
    labels = torch.from_numpy(np.asarray(images.labels, np.int64))
    head, smoothing = model.heads["logits"], method.params.smoothing

    def score(batch: Tensor, numbers: Array) -> Tensor:
        logits = head(model.features(batch).pooled).float()
        return _cross_entropy(logits, labels[torch.from_numpy(numbers)].to(logits.device), smoothing)

    values = scored(model, images, index, score, progress, stop)
    about = (
        "Cross-entropy of the run's own answer with the image's class: high where it says another class, or hesitates."
    )
    return Hardness(values, "cross-entropy over the classes", about)


def captioning(model: Model, method: CLIP, images: ImageData, index: Array, progress: Progress, stop: Stop) -> Hardness:
    """Distance of an image from its own caption. Raises InspectError where the data cannot be described in the run's words."""
    needed = slots(method.params.named)
    if any(images.factor_names.get(name) != method.facts.factors[name] for name in needed):
        raise InspectError(
            f"This run was told {', '.join(needed)} of its images, and these images do not tell them.",
            "Choose the run's own data, or colour by kNN or k-means groups.",
            field="by",
        )

    def score(batch: Tensor, numbers: Array) -> Tensor:
        said = {name: torch.from_numpy(np.asarray(images.factors[name])[numbers].astype(np.int64)) for name in needed}
        u, v = method.project(model.features(batch).pooled), method.read(method.tokens(said))
        return 1 - F.cosine_similarity(u.float(), v.float())

    values = scored(model, images, index, score, progress, stop)
    about = (
        "1 - cosine between what the model makes of an image and of its own caption: high where the two do not meet."
    )
    return Hardness(values, "distance from the own caption", about)


def puzzle(
    model: Model, method: Method, images: ImageData, index: Array, seed: int, progress: Progress, stop: Stop
) -> Hardness:
    """The pretext task's loss of each image by itself; what it draws at random depends on the image's number and the seed."""
    device = model.device

    def alone(image: Tensor, number: int) -> Tensor:
        view = (image.to(device).float() / 255)[None, None]  # (1, 1, 3, H, W)
        batch = Batch(torch.tensor([number]), None, 1, 1.0, generator_at(seed, "method", number, torch.device("cpu")))
        return method.step([view], batch).loss

    def score(batch: Tensor, numbers: Array) -> Tensor:
        return torch.stack([alone(image, int(number)) for image, number in zip(batch, numbers, strict=True)])

    values = scored(model, images, index, score, progress, stop)
    about = f"The loss of the run's own task for each image alone, its puzzle drawn once with seed {seed}: {method.info.loss_label}."
    return Hardness(values, f"loss of {method.info.title}", about)


@torch.inference_mode()
def scored(model: Model, images: ImageData, index: Array, score: Score, progress: Progress, stop: Stop) -> Array:
    """`score` of all images, a batch at a time: (m,) float32."""
    parts: list[Array] = []
    done = 0
    with closing(feed(model, images, index).batches()) as batches:
        for batch in batches:
            stop()
            parts.append(score(batch, index[done : done + len(batch)]).float().cpu().numpy())
            done += len(batch)
            progress(done / len(index), f"losses of {done:,} of {len(index):,} images")
    return np.concatenate(parts)


def _cross_entropy(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """(B,); NaN where the label is not known."""
    losses = F.cross_entropy(logits, labels.clamp_min(0), reduction="none", label_smoothing=smoothing)
    return losses.masked_fill(labels < 0, torch.nan)
