"""The snapshots of a run that are to be mapped together: which there are, and which are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sslviz.engine.errors import EngineError
from sslviz.engine.runs import Runs
from sslviz.spec.card import NAME as CARD
from sslviz.spec.card import WEIGHTS
from sslviz.spec.evaluation import LAST
from sslviz.spec.events import SnapshotSaved
from sslviz.spec.inspection import ModelRef

SHOWN = 5
"""So many missing steps are named."""


def folder_of(ref: ModelRef, runs: Runs) -> Path:
    """The run folder that a reference leads to. Raises EngineError for models that are no runs."""
    from sslviz.inspect.open import run_of, shipped_model

    source = ref.source or runs.folder(ref.run_id)
    run = run_of(Path(source).expanduser()) if source else None
    folder = run[0] if run else shipped_model(source)
    if folder is None:
        raise EngineError(
            f"{source or 'This model'} is no run, so it has no snapshots to go through.",
            "Choose a run folder, or a model that was trained here.",
        )
    return folder


@dataclass(frozen=True, slots=True)
class Stops:
    """Snapshots of a run in order: after how many steps, and what a `ModelRef` calls them; what is missing, in sentences."""

    steps: tuple[int, ...]
    snapshots: tuple[int, ...]
    notes: tuple[str, ...]


def stops_of(folder: Path, asked: Sequence[int]) -> Stops:
    """Those of `asked` (or of all) that are there. The weights that the run, or the model that ships, ended with count as one.

    Raises EngineError where none is left.
    """
    from sslviz.training.journal import read_journal
    from sslviz.training.kept_weights import snapshot_steps_in

    there = {step: step for step in snapshot_steps_in(folder)}
    there = {**_ending(folder), **there}
    saved = {event.step for event in read_journal(folder).events if isinstance(event, SnapshotSaved)}
    ships = (folder / CARD).is_file()  # with few of its run's snapshots, which is no damage
    wanted = sorted(set(asked)) if asked else sorted(there if ships else {*there, *saved})
    found, missing = (tuple(s for s in wanted if (s in there) == kept) for kept in (True, False))
    if not found:
        raise EngineError(
            f"{folder} holds none of the snapshots{' that were asked for' if asked else ''}.",
            "Train it with snapshots, or choose another run.",
        )
    return Stops(found, tuple(there[step] for step in found), (_missing(missing),) if missing else ())


def _ending(folder: Path) -> dict[int, int]:
    """The step of the weights that ship; nothing where the folder is a run's, whose last snapshot they are."""
    from sslviz.training.tensor_files import read_metadata

    step = read_metadata(folder / WEIGHTS).get("step", "") if (folder / WEIGHTS).is_file() else ""
    return {int(step): LAST} if step.isdigit() else {}


def _missing(steps: Sequence[int]) -> str:
    named = ", ".join(f"{step:,}" for step in steps[:SHOWN]) + (" ..." if len(steps) > SHOWN else "")
    if len(steps) == 1:
        return f"The snapshot of step {named} is missing and is left out."
    return f"{len(steps)} snapshots are missing (steps {named}) and are left out."
