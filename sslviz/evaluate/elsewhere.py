"""A run's model on images that it was not trained on, such as a user's own: nothing of its own images is needed."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import cast

import torch

from sslviz.data import Splits
from sslviz.evaluate.subject import Subject, read_config
from sslviz.inspect.own import load_run
from sslviz.methods import Method
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.evaluation import LAST, Evaluation
from sslviz.training.kept_weights import read_weights


def subject_elsewhere(
    folder: Path, data: DataConfig, splits: Splits, snapshot: int = LAST, device: torch.device | None = None
) -> Subject:
    """The model that a run folder holds, on `splits` of `data`; images are brought to the size that it was trained at.

    Raises what opening the run raises: TrainingError, InspectError, SpecError.
    """
    config, _ = read_config(folder)
    step, _ = read_weights(folder, snapshot)
    method = cast(Method, load_run(folder, snapshot).method)
    return moved(Subject(method.to(device or "cpu").eval(), config, splits, step, str(folder)), data, splits)


def moved(subject: Subject, data: DataConfig, splits: Splits) -> Subject:
    """The same model on other images."""
    return dataclasses.replace(subject, config=dataclasses.replace(subject.config, data=data), splits=splits)


def said(report: Evaluation, trained: RunConfig) -> Evaluation:
    """The report with the sentence that these are not the images that the model was trained on."""
    word = f"Not the images that the model was trained on, which were {title(trained.data)}: {title(report.data)}."
    return dataclasses.replace(report, note=f"{word} {report.note}")


def title(data: DataConfig) -> str:
    """A data set by its name or the end of its path, with its preset."""
    preset = str(data.dials.get("preset", ""))
    name = Path(data.source).name or data.source
    return f"{name} ({preset})" if preset else name
