"""A value for each point: what it is, in which group it falls, whether its neighbours agree, how hard its image is for the model."""

from __future__ import annotations

import numpy as np

from sslviz.data.base import Array, ImageData, silent
from sslviz.inspect.errors import InspectError
from sslviz.inspect.mapping.agreement import agreement
from sslviz.inspect.mapping.clusters import cluster
from sslviz.inspect.mapping.gathered import Gathered
from sslviz.inspect.mapping.hardness import hardness_of
from sslviz.inspect.mapping.progress import Progress
from sslviz.inspect.mapping.values import Values, named
from sslviz.inspect.model import Model
from sslviz.inspect.stopping import Stop, never
from sslviz.spec import mapping
from sslviz.spec.mapping import CLUSTER, KNN, LABEL, LOSS, Coloured, ColourPoints


def colour(
    gathered: Gathered, request: ColourPoints, model: Model | None = None, images: ImageData | None = None,
    *, progress: Progress = silent, stop: Stop = never,
) -> Coloured:  # fmt: skip
    """What `Coloured` promises. model, images: those that the features are of; only LOSS needs them.

    Raises InspectError for a factor that the data does not have, neighbours without labels, and a loss that is not known; Cancelled.
    """
    stop()
    found = _values(gathered, request, model, images, progress, stop)
    values = np.ascontiguousarray(found.values, np.float32)
    values.setflags(write=False)
    return Coloured(request.by, values, found.names, found.title, found.about, gathered.mark)


def is_quick(by: str) -> bool:
    """Whether colouring `by` needs no work: labels and factors."""
    return by not in (CLUSTER, LOSS, KNN)


def _values(
    gathered: Gathered, request: ColourPoints, model: Model | None, images: ImageData | None, progress: Progress, stop: Stop
) -> Values:  # fmt: skip
    match request.by:
        case mapping.LABEL:
            return _labels(gathered)
        case mapping.CLUSTER:
            return cluster(gathered, request.clusters, request.features.seed, progress, stop)
        case mapping.KNN:
            return agreement(gathered, request.k, progress, stop)
        case mapping.LOSS:
            if model is None or images is None:
                raise TypeError("a loss is of a model and its images")
            return _loss(gathered, model, images, request.features.seed, progress, stop)
        case factor:
            return _factor(gathered, factor)


def _labels(gathered: Gathered) -> Values:
    known = gathered.label >= 0
    if not known.any():
        return Values(
            np.full(len(gathered), np.nan), (), "label", "These images have no labels: every point has one colour."
        )
    about = (
        "The class of each image. The model that made these features did not use it unless it was trained with labels."
    )
    return named(gathered.label, gathered.names, "label", about)


def _factor(gathered: Gathered, name: str) -> Values:
    if name not in gathered.factors:
        known = ", ".join((LABEL, CLUSTER, KNN, LOSS, *gathered.factors))
        raise InspectError(f"Points cannot be coloured by {name!r}.", f"There are: {known}.", field="by")
    about = f"What the data knows of each point: its {name}. No place on the map was chosen by it."
    return named(gathered.factors[name], gathered.factor_names.get(name, ()), name, about)


def _loss(gathered: Gathered, model: Model, images: ImageData, seed: int, progress: Progress, stop: Stop) -> Values:
    """Each image's loss, at all of its points; patch by patch where the model's task is one of patches."""
    index, which = np.unique(gathered.index, return_inverse=True)
    found = hardness_of(model, images, index, seed, progress, stop)
    values: Array = found.values[which]
    if found.places is not None and (gathered.patch >= 0).all():
        values = found.places[which, gathered.patch]
    return Values(values, (), found.title, found.about)
