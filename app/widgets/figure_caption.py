"""What a figure of a run must say of itself when it leaves the window: method, network, data, settings, seed, step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.events import Flipped
from sslviz.spec.params import Scalar


def of_run(config: RunConfig, folder: str, step: int, flips: Sequence[Flipped] = ()) -> str:
    """A run after so many steps; settings that were changed on the way are named with their step."""
    parts = [
        Path(folder).name, config.method, config.backbone, of_data(config.data), f"step {step:,} of {config.steps:,}",
        f"batch {config.batch_size}", f"{config.optimiser.name}, learning rate {config.optimiser.lr:g}",
        f"views: {config.augmentation.name or 'own recipe'}", *_settings(config), f"seed {config.seed}",
        *(f"{flip.name} {_said(flip.after)} from step {flip.step:,}" for flip in flips),
    ]  # fmt: skip
    return " · ".join(filter(None, parts))


def of_data(data: DataConfig) -> str:
    """A data set with the dials that it was made by."""
    dials = ", ".join(f"{name} {_said(value)}" for name, value in sorted(data.dials.items()))
    name = Path(data.source).name or data.source
    size = f" at {data.image_size} px" if data.image_size else ""
    return f"{name}{size}{f' ({dials})' if dials else ''}, data seed {data.seed}"


def _settings(config: RunConfig) -> list[str]:
    return [f"{name} {_said(value)}" for name, value in sorted(config.params.items())]


def _said(value: Scalar) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)
