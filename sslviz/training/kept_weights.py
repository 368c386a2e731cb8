"""The weights that a run folder holds, and the switches as they were then: for whoever looks at a model after its training."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from sslviz.methods import Method
from sslviz.spec.card import WEIGHTS
from sslviz.spec.errors import SpecError
from sslviz.spec.evaluation import LAST
from sslviz.training.checkpoint import NAME as CHECKPOINT
from sslviz.training.checkpoint import load_checkpoint
from sslviz.training.errors import TrainingError
from sslviz.training.journal import read_journal
from sslviz.training.left_out import leave_out, told
from sslviz.training.snapshots import FOLDER as SNAPSHOTS
from sslviz.training.snapshots import snapshot_path
from sslviz.training.tensor_files import read_metadata, read_tensors


def snapshot_steps_in(folder: Path) -> tuple[int, ...]:
    """The steps whose snapshots lie in a run folder."""
    found = (path.stem.removeprefix("step_") for path in (folder / SNAPSHOTS).glob("step_*.safetensors"))
    return tuple(sorted(int(step) for step in found if step.isdigit()))


def weights_file(folder: Path, snapshot: int = LAST) -> Path:
    """The file of a run's checkpoint, of a shipped model, without both of the last snapshot, or of the snapshot of a step.

    Raises TrainingError where there is none, naming the steps that there are.
    """
    there = snapshot_steps_in(folder)
    for name in (CHECKPOINT, WEIGHTS) if snapshot == LAST else ():
        if (folder / name).exists():
            return folder / name
    step = there[-1] if snapshot == LAST and there else snapshot
    if step in there:
        return snapshot_path(folder, step)
    steps = f"It has those of steps {', '.join(map(str, there))}." if there else "Train it first."
    what = "no weights" if snapshot == LAST else f"no snapshot of step {snapshot}"
    raise TrainingError(f"{folder} holds {what}.", steps, field="snapshot")


def read_weights(folder: Path, snapshot: int = LAST) -> tuple[int, dict[str, Tensor]]:
    """After how many steps, and the method's tensors, of `weights_file`. Raises TrainingError."""
    path = weights_file(folder, snapshot)
    if path.name == CHECKPOINT:
        kept = load_checkpoint(folder)
        return kept.step, {n.removeprefix("model."): v for n, v in kept.tensors.items() if n.startswith("model.")}
    weights, metadata = read_tensors(path)
    step = path.stem.removeprefix("step_") if path.parent.name == SNAPSHOTS else metadata.get("step", "0")
    return int(step), weights


def parts_left_out(folder: Path, snapshot: int = LAST) -> tuple[str, ...]:
    """The parts of the method that the file of `read_weights` does not hold. Raises TrainingError."""
    path = weights_file(folder, snapshot)
    return () if path.name == CHECKPOINT else told(read_metadata(path))


def fill(method: Method, weights: dict[str, Tensor], without: Sequence[str] = ()) -> None:
    """Put weights into a method, which loses the parts `without`. Raises TrainingError where they belong to another."""
    leave_out(method, without)
    try:
        method.load_state_dict(weights)
    except RuntimeError as error:
        raise TrainingError(
            "The weights belong to another model than run.toml describes.",
            "Restore the run folder's files from one copy.",
        ) from error


def flip_switches(method: Method, folder: Path, step: int) -> None:
    """What a method computes depends on its switches: those that had been flipped by then are."""
    for flip in read_journal(folder).flips():
        if flip.step <= step and hasattr(method.params, flip.name):
            with contextlib.suppress(SpecError, TrainingError):  # no longer taken, or of a part that was left out
                method.set_param(flip.name, flip.after)
