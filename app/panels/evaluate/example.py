"""A made-up report for the panel alone and for its tests: nothing in it was trained or measured."""

from __future__ import annotations

import numpy as np

from sslviz.spec.config import DataConfig
from sslviz.spec.evaluation import (
    PIXELS,
    RANDOM,
    RUN,
    SUPERVISED,
    AskPrompts,
    Confusion,
    EvaluateRun,
    Evaluation,
    EvaluationPlan,
    FetchImages,
    Prompted,
    Row,
    Score,
)
from sslviz.spec.events import Answered, frozen

CLASSES = ("disc", "square", "triangle", "ring", "star", "cross")
FACTORS = {"shape": 0.6, "background": 0.55, "hue": 0.58, "position": 0.32, "size": 0.59, "rotation": 0.14}
RIGHT = {RUN: 0.62, RANDOM: 0.24, PIXELS: 0.22}
TEST = 600


def answer(request: EvaluateRun | FetchImages | AskPrompts) -> Answered:
    """What the worker would say."""
    match request:
        case EvaluateRun():
            return Answered("", 0, request.request_id, example_report(request))
        case FetchImages():
            return Answered("", 0, request.request_id, example_images(request))
        case AskPrompts():
            return Answered("", 0, request.request_id, example_prompted(request))


def example_prompted(request: AskPrompts) -> Prompted:
    """Every prompt gets its share; those of a factor are right for most."""
    prompts = request.prompts or tuple(f"a {name}" for name in CLASSES)
    count, best = len(prompts), 8
    colours = np.random.default_rng(0).integers(0, 256, (count, best, 1, 1, 3), np.uint8)
    falling = np.linspace(0.9, 0.5, best, dtype=np.float32)
    return Prompted(prompts, frozen(np.full(count, 1 / count)), frozen(np.arange(count * best).reshape(count, best)),
                    frozen(np.tile(falling, (count, 1))), frozen(np.broadcast_to(colours, (count, best, 32, 32, 3))), TEST, ("hue", "shape"),
                    _score(0.8) if request.factor else None, 0.18 if request.factor else float("nan"))  # fmt: skip


def example_report(request: EvaluateRun) -> Evaluation:
    """Every protocol that is asked for, at the layers that are asked for."""
    plan, rows, confusions = request.plan, [], []
    for protocol in plan.protocols:
        for model, right in RIGHT.items():
            for layer in ("pixels",) if model == PIXELS else plan.layers:
                if protocol == "factors":
                    rows += _factor_rows(model, layer, plan)
                    continue
                confusions.append(_confusion(f"{protocol} on {layer}, {model}", right))
                rows.append(Row(model, protocol, layer, score=_score(right), top5=_score(0.9), chance=0.18, seeds=(0,),
                                setting="k 20, T 0.07", seconds=1.5, confusion=len(confusions) - 1))  # fmt: skip
        rows.append(Row(SUPERVISED, protocol, "h", note="not trained: ask for it; takes as long as the run did"))  # fmt: skip
    return Evaluation(request.folder or "runs/example", "simclr", "resnet_w16", DataConfig(), 500, plan, 10_000, TEST, tuple(rows),
                      tuple(confusions), ("stem", "stages.0", "h", "z"), "10,000 of 18,000 training images, tested on 600.", 12.0)  # fmt: skip


def _factor_rows(model: str, layer: str, plan: EvaluationPlan) -> list[Row]:
    factors = {name: value * (1.0 if model == RUN else 0.7) for name, value in FACTORS.items()}
    return [
        Row(model, "factors", layer, name, _score(value), None, 0.14, seeds=(plan.seed,), setting="λ 0.01")
        for name, value in factors.items()
    ]


def _score(value: float) -> Score:
    return Score(value, value - 0.02, value + 0.02, "wilson", (value,))


def _confusion(title: str, right: float) -> Confusion:
    rng = np.random.default_rng(0)
    true = rng.integers(len(CLASSES), size=TEST)
    taken = np.where(rng.random(TEST) < right, true, rng.integers(len(CLASSES), size=TEST))
    return Confusion(title, CLASSES, frozen(np.arange(TEST)), frozen(true), frozen(taken))


def example_images(request: FetchImages) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    """Noise, one colour an image."""
    rng = np.random.default_rng(request.indices[0])
    colours = rng.integers(60, 220, (len(request.indices), 1, 1, 3))
    noise = rng.integers(-40, 40, (len(request.indices), 32, 32, 3))
    return {"images": (colours + noise).clip(0, 255).astype(np.uint8)}
