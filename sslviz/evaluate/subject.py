"""Subject: the model that is evaluated, as a copy of its own: from a live run, a checkpoint, or a snapshot."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from sslviz.data import Splits
from sslviz.evaluate.errors import EvaluationError
from sslviz.methods import Method
from sslviz.spec.card import WEIGHTS
from sslviz.spec.config import RunConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.evaluation import LAST
from sslviz.training.checkpoint import NAME as CHECKPOINT
from sslviz.training.checkpoint import load_checkpoint
from sslviz.training.journal import read_journal
from sslviz.training.prepare import build_method, facts_of
from sslviz.training.run_file import Environment, read_run_file
from sslviz.training.snapshots import FOLDER as SNAPSHOTS
from sslviz.training.snapshots import snapshot_path
from sslviz.training.tensor_files import read_tensors


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

    Raises EvaluationError where there is none or where `splits` are not the run's images, TrainingError for damaged files.
    """
    config, environment = read_config(folder)
    if environment.fingerprint and environment.fingerprint != splits.fingerprint:
        raise EvaluationError(f"The images are not those that this run was trained on ({splits.note}).",
                              "Put the old images back.", field="data.source")  # fmt: skip
    step, weights = _weights(folder, snapshot)
    train = splits.train
    classes = tuple(train.class_names) if train.labels is not None else ()
    facts = facts_of(config, train.image_size, classes, train.factor_names)
    method = build_method(config, mean=train.mean, std=train.std, facts=facts)
    try:
        method.load_state_dict(weights)
    except RuntimeError as error:
        raise EvaluationError("The weights belong to another model than run.toml describes.",
                              "Restore the run folder's files from one copy.") from error  # fmt: skip
    _flip_switches(method, folder, step)
    return Subject(method.to(device or "cpu").eval(), config, splits, step, str(folder))


def snapshot_steps_in(folder: Path) -> tuple[int, ...]:
    """The steps whose snapshots lie in a run folder."""
    found = (path.stem.removeprefix("step_") for path in (folder / SNAPSHOTS).glob("step_*.safetensors"))
    return tuple(sorted(int(step) for step in found if step.isdigit()))


def _weights(folder: Path, snapshot: int) -> tuple[int, dict[str, Tensor]]:
    there = snapshot_steps_in(folder)
    if snapshot == LAST and (folder / CHECKPOINT).exists():
        kept = load_checkpoint(folder)
        return kept.step, {n.removeprefix("model."): v for n, v in kept.tensors.items() if n.startswith("model.")}
    if snapshot == LAST and (folder / WEIGHTS).exists():  # a model of the library
        weights, metadata = read_tensors(folder / WEIGHTS)
        return int(metadata.get("step", "0")), weights
    step = there[-1] if snapshot == LAST and there else snapshot
    if step not in there:
        steps = f"It has those of steps {', '.join(map(str, there))}." if there else "Train it first."
        what = "no weights" if snapshot == LAST else f"no snapshot of step {snapshot}"
        raise EvaluationError(f"{folder} holds {what}.", steps, field="snapshot")
    return step, read_tensors(snapshot_path(folder, step))[0]


def _flip_switches(method: Method, folder: Path, step: int) -> None:
    """z depends on the switches: those that had been flipped by then are."""
    for flip in read_journal(folder).flips():
        if flip.step <= step and hasattr(method.params, flip.name):
            with contextlib.suppress(SpecError):  # a parameter that this version no longer takes
                method.set_param(flip.name, flip.after)
