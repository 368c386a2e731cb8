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

import contextlib
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
from sslviz.training.lock import FolderLock, held, owner_of
from sslviz.training.metrics_file import MetricsFile, Row
from sslviz.training.peek_file import save_peeks
from sslviz.training.run_file import Environment, write_run_file
from sslviz.training.snapshots import FOLDER as SNAPSHOTS
from sslviz.training.snapshots import SnapshotFacts, save_snapshot


class RunFolder:
    """Opened for writing by exactly one run; `close` gives it free. Every method raises TrainingError where the disk refuses.

    Rows and events that could not be written stay in memory: `write_waiting` tries again.
    """

    def __init__(self, path: Path, *, new: bool) -> None:
        """new: `path` must be absent or empty. Only the lock is taken here: `open_record` comes next."""
        self.path = path
        self._made = not _is_there(path)
        if new:
            _make_empty(path)
        elif not path.is_dir():
            raise TrainingError(f"{path} holds no run: there is no such folder.", "Choose the folder of a run.")
        self._lock = FolderLock(path)
        self._metrics: MetricsFile | None = None
        self._journal: Journal | None = None

    def open_record(self, keep_until: int | None = None) -> None:
        """Open metrics.csv and events.jsonl. What they hold after step `keep_until` is cut off and kept aside."""
        try:
            (self.path / SNAPSHOTS).mkdir(exist_ok=True)
        except OSError as error:
            raise cannot_write(self.path / SNAPSHOTS, error) from error
        self._metrics = MetricsFile(self.path, keep_until)
        self._journal = Journal(self.path, keep_until)

    @property
    def metrics(self) -> MetricsFile:
        """The open metrics.csv."""
        assert self._metrics is not None, "open_record comes first"  # noqa: S101 # a mistake of the program, not of the user
        return self._metrics

    @property
    def journal(self) -> Journal:
        """The open events.jsonl."""
        assert self._journal is not None, "open_record comes first"  # noqa: S101 # a mistake of the program, not of the user
        return self._journal

    def write_config(self, config: RunConfig, environment: Environment) -> None:
        """Write run.toml."""
        write_run_file(self.path, config, environment)

    def append_rows(self, rows: Sequence[Row]) -> None:
        """Add rows to metrics.csv."""
        self.metrics.append(rows)

    def record(self, event: Event) -> None:
        """Add an event to events.jsonl, if its kind is recorded."""
        self.journal.append(event)

    def write_waiting(self) -> None:
        """Write what the disk refused before, and make all of it durable."""
        for file in (self.metrics, self.journal):
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
            metrics, journal = self.metrics.moved_to(path), self.journal.moved_to(path)
        except (OSError, TrainingError) as error:
            lock.release()
            shutil.rmtree(path, ignore_errors=True)  # it was empty before
            raise error if isinstance(error, TrainingError) else cannot_write(path / "run.toml", error) from error
        self.close()
        self.path, self._lock, self._metrics, self._journal = path, lock, metrics, journal

    @property
    def is_open(self) -> bool:
        """Whether there is a record to write to."""
        return self._journal is not None

    def close(self, *, discard: bool = False) -> None:
        """Give the folder free; discard: leave it as empty as a new one was found."""
        for file in (self._metrics, self._journal):
            if file is not None:
                file.close()
        if discard:
            with contextlib.suppress(OSError):  # what a disk does not give up stays, and says nothing about the run
                for path in self.path.iterdir():
                    shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
                if self._made:
                    self.path.rmdir()
        self._lock.release()


def _is_there(path: Path) -> bool:
    """Whether anything lies at `path`; raises TrainingError where that may not be known."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise TrainingError(f"{path} may not be looked at ({error.strerror}).",
                            "Make the folders above it readable, or choose another folder.") from error  # fmt: skip
    return True


def _make_empty(path: Path) -> None:
    """Create `path`, or make sure that nothing lies there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        occupied = next(path.iterdir(), None)
    except (FileExistsError, NotADirectoryError) as error:
        raise TrainingError(f"{path} is not a folder.", "Choose a new folder for the run.") from error
    except OSError as error:
        raise cannot_write(path / "run.toml", error) from error
    if owner := owner_of(path):
        raise held(path, owner)
    if occupied is not None:
        raise TrainingError(
            f"{path} is not empty: it holds {occupied.name}.", "Choose a new folder, or resume the run that lies there."
        )
