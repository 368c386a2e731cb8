"""snapshots/step_00001234.safetensors: the weights at steps that lie ever farther apart, for the timeline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from sslviz.spec.config import FORMAT, RunConfig
from sslviz.spec.params import Scalar
from sslviz.training.tensor_files import write_tensors

FOLDER = "snapshots"


@dataclass(frozen=True, slots=True)
class SnapshotFacts:
    """What the file says about its weights beside the step."""

    config: RunConfig
    params: Mapping[str, Scalar]  # the method's, as they are at this step
    image_size: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]


def snapshot_steps(steps: int, count: int) -> tuple[int, ...]:
    """`count` steps from 0 (untrained) to the last, evenly spaced on a log axis, fewer where they fall together; 1: the last only.

    >>> snapshot_steps(1000, 5)
    (0, 1, 10, 100, 1000)
    """
    if count == 1:
        return (steps,)
    if count == 2:
        return (0, steps)
    return tuple(sorted({0, *(round(steps ** (k / (count - 2))) for k in range(count - 1))}))


def snapshot_path(folder: Path, step: int) -> Path:
    """Where the snapshot of a step lies."""
    return folder / FOLDER / f"step_{step:08d}.safetensors"


def save_snapshot(folder: Path, step: int, weights: Mapping[str, Tensor], facts: SnapshotFacts) -> Path:
    """Write the weights of a step. Raises TrainingError where that fails."""
    metadata = {
        "format": str(FORMAT),
        "kind": "sslviz snapshot",
        "method": facts.config.method,
        "backbone": facts.config.backbone,
        "step": str(step),
        "image_size": json.dumps(list(facts.image_size)),
        "mean": json.dumps(list(facts.mean)),
        "std": json.dumps(list(facts.std)),
        "params": json.dumps(dict(facts.params)),
        "data": facts.config.data.source,
    }
    path = snapshot_path(folder, step)
    write_tensors(path, weights, metadata)
    return path
