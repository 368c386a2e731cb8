"""RunFolder: the one writer of a run's record.

run.toml                the configuration, and the surroundings it ran in
metrics.csv             one row a step
events.jsonl            flips, reference lines, milestones, diagnoses, failures
snapshots/              the weights at log-spaced steps
checkpoint.safetensors  the whole state, to go on from
peeks.safetensors       the last pictures of the batch
run.lock                who is writing, while somebody is
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from sslviz.spec.config import RunConfig
from sslviz.spec.events import Event, Peeked
from sslviz.training.atomic import cannot_write
from sslviz.training.checkpoint import Checkpoint, save_checkpoint
from sslviz.training.errors import TrainingError
from sslviz.training.journal import Journal
from sslviz.training.lock import NAME as LOCK
from sslviz.training.lock import FolderLock
from sslviz.training.metrics_file import MetricsFile, Row
from sslviz.training.peek_file import save_peeks
from sslviz.training.run_file import Environment, write_run_file
from sslviz.training.snapshots import FOLDER as SNAPSHOTS
from sslviz.training.snapshots import SnapshotFacts, save_snapshot


class RunFolder:
    """Opened for writing by exactly one run; `close` gives it free. Every method raises TrainingError where the disk refuses.

    Rows and events that could not be written stay in memory: `write_waiting` tries again.
    """

    def __init__(self, path: Path, *, new: bool, keep_until: int | None = None) -> None:
        """new: `path` must be absent or empty. keep_until: what the record holds after that step is cut off and kept aside."""
        self.path = path
        if new:
            _make_empty(path)
        self._lock = FolderLock(path)
        try:
            (path / SNAPSHOTS).mkdir(exist_ok=True)
            self._metrics = MetricsFile(path, keep_until)
            self._journal = Journal(path, keep_until)
        except OSError as error:
            self._lock.release()
            raise cannot_write(path / SNAPSHOTS, error) from error
        except TrainingError:
            self._lock.release()
            raise

    def write_config(self, config: RunConfig, environment: Environment) -> None:
        """Write run.toml."""
        write_run_file(self.path, config, environment)

    def append_rows(self, rows: Sequence[Row]) -> None:
        """Add rows to metrics.csv."""
        self._metrics.append(rows)

    def record(self, event: Event) -> None:
        """Add an event to events.jsonl, if its kind is recorded."""
        self._journal.append(event)

    def write_waiting(self) -> None:
        """Write what the disk refused before, and make all of it durable."""
        for file in (self._metrics, self._journal):
            file.write_waiting()
            file.sync()

    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Replace the checkpoint, after the record up to it is safe."""
        self.write_waiting()
        save_checkpoint(self.path, checkpoint)

    def save_snapshot(self, step: int, weights: Mapping[str, Tensor], facts: SnapshotFacts) -> Path:
        """Write the weights of a step; where to, relative to the folder."""
        return save_snapshot(self.path, step, weights, facts).relative_to(self.path)

    def save_peeks(self, step: int, peeks: Mapping[str, Peeked]) -> None:
        """Replace the last pictures."""
        save_peeks(self.path, step, peeks)

    def move_to(self, path: Path) -> None:
        """Go on in another folder, which must be absent or empty, with a copy of the record; the old folder stays as it is."""
        _make_empty(path)
        lock = FolderLock(path)
        try:
            shutil.copytree(self.path, path, dirs_exist_ok=True, ignore=shutil.ignore_patterns(LOCK, ".*"))
            metrics, journal = self._metrics.moved_to(path), self._journal.moved_to(path)
        except (OSError, TrainingError) as error:
            lock.release()
            shutil.rmtree(path, ignore_errors=True)  # it was empty before
            raise error if isinstance(error, TrainingError) else cannot_write(path / "run.toml", error) from error
        self.close()
        self.path, self._lock, self._metrics, self._journal = path, lock, metrics, journal

    def close(self) -> None:
        """Give the folder free."""
        self._metrics.close()
        self._journal.close()
        self._lock.release()


def _make_empty(path: Path) -> None:
    """Create `path`, or make sure that nothing lies there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        occupied = next(path.iterdir(), None)
    except (FileExistsError, NotADirectoryError) as error:
        raise TrainingError(f"{path} is not a folder.", "Choose a new folder for the run.") from error
    except OSError as error:
        raise cannot_write(path / "run.toml", error) from error
    if occupied is not None:
        raise TrainingError(
            f"{path} is not empty: it holds {occupied.name}.", "Choose a new folder, or resume the run that lies there."
        )
