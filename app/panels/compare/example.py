"""Made-up answers for the panel alone and for its tests: nothing in them was trained or measured."""

from __future__ import annotations

import math

import numpy as np

from sslviz.spec.comparison import (
    CompareModels,
    Comparison,
    Difference,
    Mark,
    Number,
    Reference,
    ScoreRow,
    Side,
    Trace,
)
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.description import Description
from sslviz.spec.evaluation import RUN, EvaluateRun, Evaluation, FetchImages, Row, Score
from sslviz.spec.events import Answered, Array, Event, Refused, frozen
from sslviz.spec.inspection import Attend, Attended, ListModels, ModelLine, ModelRef, Rebuild, Rebuilt
from sslviz.spec.mapping import MapFeatures, Mapped, MapScores
from sslviz.spec.requests import ListRuns, RunSummary

RUNS = (ModelRef("runs/first"), ModelRef("runs/second"), ModelRef("runs/other"), ModelRef("checkpoint.pth"))
"""Two runs of one method, one of another, and a model without a record."""
CLASSES = ("disc", "square", "triangle")
IMAGES = 90
CONFIGS = {
    "runs/first": RunConfig("simclr", {"tau": 0.1}, batch_size=128, steps=400),
    "runs/second": RunConfig("simclr", {"tau": 0.5}, batch_size=256, steps=400),
    "runs/other": RunConfig("mae", {"mask_ratio": 0.75}, batch_size=64, steps=400),
}


def answer(request: object) -> Event | None:
    """What the worker would say; None to what is no question."""
    match request:
        case CompareModels():
            return Answered("", 0, request.request_id, example_comparison(request.models))
        case Attend():
            return Answered("", 0, request.request_id, example_look(request))
        case Rebuild() if CONFIGS.get(request.model.source, RunConfig()).method != "mae":
            return Refused(
                "",
                0,
                request.request_id,
                "InspectError",
                "It was not trained to paint.",
                "Choose a masked autoencoder.",
            )
        case Rebuild():
            return Answered("", 0, request.request_id, example_painting(request))
        case MapFeatures():
            return Answered("", 0, request.request_id, example_map(request))
        case EvaluateRun():
            return Answered("", 0, request.request_id, example_report(request))
        case FetchImages():
            pictures = np.zeros((len(request.indices), 8, 8, 3), np.uint8)
            return Answered("", 0, request.request_id, {"images": pictures})
        case ListRuns():
            runs = tuple(
                RunSummary(f, f, c.method, "shapes", "finished", 400, 400, 0.0, {}) for f, c in CONFIGS.items()
            )
            return Answered("", 0, request.request_id, runs)
        case ListModels():
            return Answered("", 0, request.request_id, (ModelLine("dino-shapes", "DINO on shapes", "", shipped=True),))
    return None


def example_comparison(models: tuple[ModelRef, ...]) -> Comparison:
    """Records of these, as if they lay on disk."""
    sides = tuple(example_side(model, k) for k, model in enumerate(models))
    knn = tuple(Number(0.5 + 0.1 * k) if side.config else None for k, side in enumerate(sides))
    loss = tuple(Number(4.0 - k) if side.config else None for k, side in enumerate(sides))
    said = tuple(f"{side.config.params.get('tau', '–')}" if side.config else "–" for side in sides)
    return Comparison(
        sides, (Difference("method", "tau", "temperature", said),), 41,
        (ScoreRow("while training", "kNN accuracy", RUN, knn), ScoreRow("while training", "loss", RUN, loss, "Not comparable.")),
        tuple(f"{side.name}: {side.problem}" for side in sides if side.problem),
    )  # fmt: skip


def example_side(model: ModelRef, k: int) -> Side:
    """A run whose measures fall and rise; another a little more than the one before."""
    config = CONFIGS.get(model.source)
    name = model.source.rpartition("/")[2]
    if config is None:
        return Side(model, name, problem="It has no record of training.")
    steps = np.arange(1, config.steps + 1)
    some = steps[::50]
    traces = {
        "loss": _trace(steps, 4 - k + np.exp(-steps / 80), config), "knn": _trace(some, 0.4 + 0.1 * k + 0.2 * (1 - np.exp(-some / 90)), config),
        "lr": _trace(steps, 0.002 * np.cos(steps / config.steps), config), "accuracy": _trace(steps, np.full(len(steps), np.nan), config),
    }  # fmt: skip
    kept = {measure: trace for measure, trace in traces.items() if len(trace.values)}
    return Side(model, name, model.source, config, "finished", config.steps, kept, (Reference("knn", "raw pixels", 0.4),),
                (Mark(200, "negatives on → off"),) if k == 0 else ())  # fmt: skip


def _trace(steps: Array, values: Array, config: RunConfig) -> Trace:
    known = np.isfinite(values)
    steps, values = steps[known], values[known]
    return Trace(frozen(steps), frozen(steps * config.batch_size / 5_000), frozen(steps * 0.1), frozen(values))


def example_description(model: ModelRef) -> Description:
    """A small vision transformer."""
    return Description(model.source, "DINO", "", (), "vit", "ViT", 1, 4, 64, 2, (4, 4), (32, 32), 3, True, 0, "", (0.5,) * 3, (0.5,) * 3,
                       "float32", ("attention",), 100.0, sha256="ab" * 8)  # fmt: skip


def example_look(request: Attend) -> Attended:
    """Two heads that look into a corner each."""
    maps = np.zeros((1, 2, 8, 8), np.float32)
    maps[0, 0, :3, :3], maps[0, 1, 5:, 5:] = 1 / 9, 1 / 9
    arrays = {"picture": frozen(np.full((32, 32, 3), 120, np.uint8)), "maps": frozen(maps)}
    return Attended(
        example_description(request.model), (8, 8), (4, 4), arrays, f"{request.model.source} · layer 4 of 4"
    )


def example_painting(request: Rebuild) -> Rebuilt:
    """Grey in grey."""
    pictures = {
        name: frozen(np.full((32, 32, 3), 90 + 40 * k, np.uint8))
        for k, name in enumerate(("original", "masked", "prediction"))
    }
    hidden = np.random.default_rng(request.seed).random((8, 8)) < request.ratio
    return Rebuilt(example_description(request.model), pictures, dict.fromkeys(pictures, "made up"), frozen(hidden),
                   frozen(np.where(hidden, 0.3, np.nan)), 0.3, f"{request.ratio:.0%} hidden, seed {request.seed}")  # fmt: skip


def example_map(request: MapFeatures) -> Mapped:
    """Three heaps, turned by the length of the model's name."""
    rng, turn = np.random.default_rng(request.features.seed), len(request.features.model.source)
    label = np.arange(IMAGES) % len(CLASSES)
    angle = label * 2 * math.pi / len(CLASSES) + turn
    points = 3 * np.stack([np.cos(angle), np.sin(angle)], 1) + rng.normal(size=(IMAGES, 2))
    index, patch = frozen(np.arange(IMAGES) * 2), frozen(np.full(IMAGES, -1, np.int32))
    return Mapped(example_description(request.features.model), frozen(points.astype(np.float32)), index, patch, frozen(label), CLASSES, (),
                  (8, 8), MapScores(0.95, 0.5, 15, IMAGES), (0.5, 0.2), 2 * IMAGES, 0, str(turn), "made up")  # fmt: skip


def example_report(request: EvaluateRun) -> Evaluation:
    """kNN of a run."""
    row = Row(RUN, "knn", "h", score=Score(0.8, 0.75, 0.85, "wilson", (0.8,)))
    return Evaluation(
        request.folder, "simclr", "resnet_w16", DataConfig(), 400, request.plan, 100, 50, (row,), (), ("h",), "", 1.0
    )
