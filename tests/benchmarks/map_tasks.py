"""Map work without a window, each in a process of its own: `python map_tasks.py features OUT COUNT [DATA] | umap FILE ROUNDS`.

Prints one line of JSON. `serve` is the child of map_probe.py that lays out features which are there already.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from sslviz.inspect.layouts import lay_out, score
from sslviz.spec.mapping import FeaturePlan, LayoutPlan, MapScores

MODEL = "dino-shapes"
FEATURES, CLASSES = 128, 10
WARM = 5_000  # points: beyond 4,096 umap-learn compiles more


def features(out: Path, count: int, data: Path | None) -> dict[str, Any]:
    """128 numbers of each of `count` images: what the shipped model projects real images to; without `data` drawn in ten heaps."""
    if data is None:
        rng = np.random.default_rng(0)
        label = rng.integers(0, CLASSES, count)
        values = (rng.normal(size=(CLASSES, FEATURES))[label] + rng.normal(size=(count, FEATURES))).astype(np.float32)
    else:
        values, label = _of_images(str(data), count)
    np.savez(out, values=values, label=label)
    return {"points": len(values), "features": values.shape[1]}


def _of_images(source: str, count: int) -> tuple[Any, Any]:
    from sslviz.data import load_data
    from sslviz.inspect.mapping import gather
    from sslviz.inspect.open import open_model
    from sslviz.spec.config import DataConfig
    from sslviz.spec.inspection import ModelRef

    data, model = DataConfig(source=source), open_model(MODEL)
    splits = load_data(data)
    parts = [
        gather(model, FeaturePlan(ModelRef(MODEL), data, name, "projected", images=0), getattr(splits, name))
        for name in ("train", "val")
    ]
    values = np.concatenate([part.values for part in parts])
    label = np.concatenate([part.label for part in parts])
    drawn = np.sort(np.random.default_rng(0).permutation(len(values))[:count])
    return values[drawn], label[drawn]


def umap(file: Path, rounds: int) -> dict[str, Any]:
    """Seconds of our UMAP and of umap-learn called with the same parameters, by turns, after everything that either needs was
    compiled; and how much of the neighbourhoods each keeps."""
    values, plan = np.load(file)["values"], LayoutPlan("umap")
    for layout in (_ours, _theirs):
        layout(values[:WARM], plan)
    seconds: dict[str, list[float]] = {"theirs": [], "ours": []}
    kept = {}
    for _ in range(rounds):
        for name, layout in (("theirs", _theirs), ("ours", _ours)):
            began = time.perf_counter()
            points = layout(values, plan)
            seconds[name].append(time.perf_counter() - began)
            kept[name] = score(values, points).trustworthiness
    return {**seconds, "kept": kept, "points": len(values)}


def _ours(values: Any, plan: LayoutPlan) -> Any:
    return lay_out(values, plan).points


def _theirs(values: Any, plan: LayoutPlan) -> Any:
    """umap-learn by itself, given the same start."""
    import umap as library

    from sslviz.inspect.layouts.umap_layout import settings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return library.UMAP(**settings(values, plan, None)).fit_transform(values)


def serve(pipe: Connection, file: str) -> None:
    """Lay features out by PCA, and score the map, whenever the other end says so; until it says nothing more."""
    held = np.load(file)
    values, label = held["values"], held["label"]
    score(
        lay_out(values[:500], LayoutPlan()).points, lay_out(values[:500], LayoutPlan()).points
    )  # libraries are loaded
    pipe.send("ready")
    while pipe.recv():
        points = lay_out(values, LayoutPlan()).points
        scores: MapScores = score(values, points)
        pipe.send((points, label, scores))


def main() -> None:
    match sys.argv[1:]:
        case ["features", out, count, *data]:
            found = features(Path(out), int(count), Path(data[0]) if data else None)
        case ["umap", file, rounds]:
            found = umap(Path(file), int(rounds))
        case words:
            raise SystemExit(f"There is no task {words}.")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
