"""Run folders and models that ship: the method that run.toml describes, with its weights, without its images."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from sslviz.checkpoints.base import Loaded
from sslviz.data.shapes import dials
from sslviz.data.shapes.scenes import factor_names
from sslviz.inspect.own.model import Origin, model_of
from sslviz.methods import Method
from sslviz.spec.card import NAME as CARD
from sslviz.spec.card import WEIGHTS, from_toml
from sslviz.spec.config import RunConfig
from sslviz.spec.evaluation import LAST
from sslviz.training.kept_weights import (
    fill,
    flip_switches,
    parts_left_out,
    read_weights,
    snapshot_steps_in,
    weights_file,
)
from sslviz.training.prepare import build_method, facts_of
from sslviz.training.run_file import Environment, read_run_file
from sslviz.training.snapshots import snapshot_path
from sslviz.training.tensor_files import read_metadata

GREY = (0.5, 0.5, 0.5)
"""Mean and deviation until the weights bring their own."""
SMALL = 32
"""px of a side, for convolutional networks whose run does not tell its own: they take any."""


def load_run(folder: Path, snapshot: int = LAST, network: str = "") -> Loaded:
    """The model of a run folder: its checkpoint, what ships, without both its last snapshot, or the snapshot of a step.

    Raises InspectError for a network that it does not have, TrainingError for missing and damaged files.
    """
    config, environment = read_run_file(folder)
    step, weights = read_weights(folder, snapshot)
    method = _method(config, environment, folder, weights)
    fill(method, weights, parts_left_out(folder, snapshot))
    flip_switches(method, folder, step)
    return model_of(method, config, step, network=network, origin=_origin(folder, snapshot, weights)).loaded


def _method(config: RunConfig, environment: Environment, folder: Path, weights: Mapping[str, Tensor]) -> Method:
    """The method with weights that are about to be replaced. Its images are not needed: sizes and names are on record."""
    size = _image_size(config, folder, weights)
    facts = facts_of(config, size, environment.class_names, _factors(config))
    return build_method(config, mean=GREY, std=GREY, facts=facts)


def _factors(config: RunConfig) -> Mapping[str, tuple[str, ...]]:
    return factor_names(dials.chosen(config.data.dials)) if config.data.source == "shapes" else {}


def _image_size(config: RunConfig, folder: Path, weights: Mapping[str, Tensor]) -> tuple[int, int]:
    """(height, width) of the run's images, before views are cut from them: as configured, as a snapshot or the table tells."""
    if config.data.image_size:
        return config.data.image_size, config.data.image_size
    for path in (*(snapshot_path(folder, step) for step in snapshot_steps_in(folder)[:1]), folder / WEIGHTS):
        told = _numbers(read_metadata(path).get("image_size", "")) if path.is_file() else []
        if len(told) == 2:
            return told[0], told[1]
    if config.data.source == "shapes":
        side = dials.PRESETS[dials.chosen(config.data.dials).preset].image_size
        return side, side
    return _trained_at(weights)


def _trained_at(weights: Mapping[str, Tensor]) -> tuple[int, int]:
    """The size that a transformer's table is for."""
    table, patch = (weights.get(f"encoder.backbone.{name}") for name in ("pos_embed", "patch_embed.proj.weight"))
    if table is None or patch is None:
        return SMALL, SMALL
    side = math.isqrt(table.shape[1]) * patch.shape[-1]  # one row more than a square, or a square
    return side, side


def _numbers(text: str) -> list[int]:
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return [n for n in found if isinstance(n, int) and n > 0] if isinstance(found, list) else []


def _origin(folder: Path, snapshot: int, weights: Mapping[str, Tensor]) -> Origin:
    """The facts of the weights' file, and what the card of a shipped model warns of."""
    path = weights_file(folder, snapshot)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    card = from_toml((folder / CARD).read_text(encoding="utf-8")) if (folder / CARD).is_file() else None
    kinds = dict.fromkeys(str(t.dtype).removeprefix("torch.") for t in weights.values() if t.is_floating_point())
    return Origin(
        card.name if card else str(folder), "shipped model" if card else "run folder", " and ".join(sorted(kinds)), digest, path.stat().st_size,
        card.weaknesses if card else (),
    )  # fmt: skip
