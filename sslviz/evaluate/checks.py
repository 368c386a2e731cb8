"""What is refused before anything begins, each with the field to change."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sslviz.data import ImageData, Splits
from sslviz.evaluate.errors import EvaluationError
from sslviz.evaluate.images import known
from sslviz.nn.encoder import Encoder
from sslviz.nn.errors import NetworkError
from sslviz.nn.layers import require_layers
from sslviz.spec.evaluation import PROTOCOLS, EvaluationPlan
from sslviz.spec.params import check, describe
from sslviz.spec.settings import suggestion

Z = "z"
"""What the loss compares: the projection of h, as the run's switches are."""

BY_CLASS = frozenset(PROTOCOLS) - {"factors", "masks"}


def require(plan: EvaluationPlan, splits: Splits, encoder: Encoder) -> None:
    """Raises EvaluationError, SpecError or NetworkError where a plan cannot be carried out."""
    require_plan(plan)
    _require_layers(plan, encoder)
    _require_enough(splits, plan)
    if BY_CLASS & set(plan.protocols):
        _require_classes(splits, plan)
    if "factors" in plan.protocols and not splits.train.factors:
        raise EvaluationError("The factors of these images are not known, so there is nothing to probe for.",
                              "Leave the factor probes out, or evaluate a run on shapes.", field="protocols")  # fmt: skip
    for name in plan.factors:
        if name not in splits.train.factors:
            raise EvaluationError(f"These images have no factor called {name!r}.", suggestion(name, splits.train.factors),
                                  field="factors")  # fmt: skip
    if "masks" in plan.protocols and splits.train.masks is None:
        raise EvaluationError("These images have no masks, so a mask probe has nothing to learn from.",
                              "Leave the mask probe out, or evaluate a run on shapes.", field="protocols")  # fmt: skip


def require_plan(plan: EvaluationPlan) -> None:
    """What can be refused without knowing the run."""
    for info in describe(EvaluationPlan):
        check(info, getattr(plan, info.name))
    for name in plan.protocols:
        if name not in PROTOCOLS:
            raise EvaluationError(f"There is no protocol called {name!r}.", suggestion(name, PROTOCOLS),
                                  field="protocols")  # fmt: skip
    for field_name in ("protocols", "layers"):
        if not getattr(plan, field_name):
            raise EvaluationError(f"No {field_name} were chosen.", "Choose at least one.", field=field_name)


def _require_layers(plan: EvaluationPlan, encoder: Encoder) -> None:
    try:
        require_layers(encoder, [name for name in plan.layers if name != Z])
    except NetworkError as error:
        raise EvaluationError(error.message, f"{error.hint.rstrip('.')}, and z, what the loss compares.",
                              field="layers") from error  # fmt: skip


def _require_enough(splits: Splits, plan: EvaluationPlan) -> None:
    if "knn" not in plan.protocols or splits.train.labels is None:
        return
    for what, data in (("test", splits.val), ("training", splits.train)):
        count = len(known(data))
        if count < plan.k:
            raise EvaluationError(
                f"kNN with k = {plan.k} needs at least as many {what} images, and there are {count:,} with a label.",
                f"Choose k of at most {max(count, 1)}, or add images.", field="k",
            )  # fmt: skip


def _require_classes(splits: Splits, plan: EvaluationPlan) -> None:
    if not (_labels(splits.train).size and _labels(splits.val).size):
        raise EvaluationError("These images have no labels, so there is nothing to evaluate against.",
                              "Put the images into class folders, or choose a data set with labels.",
                              field="data.source")  # fmt: skip
    classes, counts = np.unique(_labels(splits.train), return_counts=True)
    if len(classes) < 2:
        raise EvaluationError(
            f"All training images are of one class ({_name(splits.train, classes[0])}): a probe has nothing to tell apart.",
            "Add images of another class.", field="data.source",
        )  # fmt: skip
    few = counts.argmin()
    if plan.labels > counts[few]:
        raise EvaluationError(
            f"{plan.labels} labels per class were asked for, and {_name(splits.train, classes[few])} has {counts[few]} training images.",
            f"Ask for at most {counts[few]}, or for all (0).", field="labels",
        )  # fmt: skip


def _labels(data: ImageData) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.empty(0, np.int64) if data.labels is None else np.asarray(data.labels)[known(data)]


def _name(data: ImageData, label: int) -> str:
    return data.class_names[label] if label < len(data.class_names) else f"class {label}"


def tellable(names: Iterable[str], data: ImageData) -> tuple[str, ...]:
    """The factors that take more than one value among the training images, so that there is something to probe for."""
    return tuple(name for name in names if len(np.unique(np.asarray(data.factors[name]))) > 1)
