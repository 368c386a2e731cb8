"""Subject: the model that is evaluated, as a copy of its own: from a live run, a checkpoint, or a snapshot."""

from __future__ import annotations

import copy
import dataclasses
from dataclasses import dataclass
from pathlib import Path

import torch

from sslviz.data import Splits
from sslviz.evaluate.errors import EvaluationError
from sslviz.methods import Method
from sslviz.spec.config import RunConfig
from sslviz.spec.evaluation import LAST
from sslviz.training.kept_weights import fill, flip_switches, parts_left_out, read_weights
from sslviz.training.prepare import build_method, facts_of
from sslviz.training.run_file import Environment, read_run_file


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A model in evaluation mode that belongs to nobody else, and the images of its run."""

    method: Method
    config: RunConfig
    splits: Splits
    step: int
    folder: str = ""

    @property
    def device(self) -> torch.device:
        """Where the model lies."""
        return next(self.method.parameters()).device

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in px at which it sees images: that of the run's first view."""
        return self.method.facts.view_sizes[0]

    def anew(self, seed: int) -> Method:
        """The same method with other, random weights; seed 0 gives those that the run began with."""
        train, config = self.splits.train, dataclasses.replace(self.config, seed=self.config.seed + seed)
        method = build_method(config, mean=train.mean, std=train.std, facts=self.method.facts)
        return method.to(self.device).eval()


def subject_of(method: Method, config: RunConfig, splits: Splits, step: int, folder: str = "") -> Subject:
    """A subject from a model that goes on elsewhere: it is copied, and left exactly as it is."""
    return Subject(copy.deepcopy(method).eval(), config, splits, step, folder)


def read_config(folder: Path) -> tuple[RunConfig, Environment]:
    """The configuration and surroundings of a recorded run, so that its images can be loaded. Raises TrainingError, SpecError."""
    return read_run_file(folder)


def subject_from_folder(
    folder: Path, splits: Splits, snapshot: int = LAST, device: torch.device | None = None
) -> Subject:
    """The model that a run folder holds: its checkpoint, without one its last snapshot, or the snapshot of a step.

    Raises EvaluationError where `splits` are not the run's images, TrainingError where there is none and for damaged files.
    """
    config, environment = read_config(folder)
    if environment.fingerprint and environment.fingerprint != splits.fingerprint:
        raise EvaluationError(f"The images are not those that this run was trained on ({splits.note}).",
                              "Put the old images back.", field="data.source")  # fmt: skip
    step, weights = read_weights(folder, snapshot)
    train = splits.train
    classes = tuple(train.class_names) if train.labels is not None else ()
    facts = facts_of(config, train.image_size, classes, train.factor_names)
    method = build_method(config, mean=train.mean, std=train.std, facts=facts)
    fill(method, weights, parts_left_out(folder, snapshot))
    flip_switches(method, folder, step)
    return Subject(method.to(device or "cpu").eval(), config, splits, step, str(folder))
