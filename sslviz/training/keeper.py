"""Keeper: saves the state of a run when it is due; what the disk refuses is owed and written later, not lost."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping

from sslviz.spec.events import Peeked, SnapshotSaved
from sslviz.training.cadence import Cadence
from sslviz.training.checkpoint import Checkpoint, all_finite, pack
from sslviz.training.learner import Learner
from sslviz.training.reporter import Reporter
from sslviz.training.snapshots import SnapshotFacts, snapshot_steps

CHECKPOINT_S = 30.0
CHECKPOINT_SHARE = 0.02
"""A checkpoint is written so often, or more rarely where it would take more than this share of the time."""


class Keeper:
    """Checkpoints, snapshots and last pictures of one run.

    What could not be written is tried again by `write_owed`, before the next step: the weights are still those that it was about.
    """

    def __init__(self, learner: Learner, reporter: Reporter, *, saved_step: int) -> None:
        """saved_step: of the checkpoint on disk, -1 where there is none."""
        self._learner, self._reporter = learner, reporter
        self._saved = saved_step
        self._cadence = Cadence(CHECKPOINT_SHARE, CHECKPOINT_S)
        self._cadence.done(0.0, 0.0)
        self._began = time.perf_counter()
        self._owed: list[Callable[[], object]] = []

    @property
    def saved_step(self) -> int:
        """Up to which step the state is on disk."""
        return max(self._saved, 0)

    def save_what_is_due(self, step: int, seconds: float) -> None:
        """A snapshot where `step` is one of theirs, a checkpoint where it is time."""
        if step in snapshot_steps(self._learner.steps, self._learner.config.snapshots):
            self._keep(lambda: self._write_snapshot(step))
        now = time.perf_counter() - self._began
        if self._cadence.due(now):
            self.save_checkpoint(step, seconds)
            self._cadence.done(now, time.perf_counter() - self._began - now)

    def save_checkpoint(self, step: int, seconds: float) -> None:
        """The whole state, unless it is on disk already. A state that is not finite never replaces a good one."""
        self._reporter.flush()
        if step != self._saved:
            self._keep(lambda: self._write_checkpoint(step, seconds))

    def save_all(self, step: int, seconds: float, peeks: Mapping[str, Peeked]) -> None:
        """Everything that a run leaves behind when it rests or ends."""
        if peeks:
            self._keep(lambda: self._reporter.folder.save_peeks(step, peeks))
        self.save_checkpoint(step, seconds)
        self._keep(self._reporter.folder.write_waiting)

    def write_owed(self) -> bool:
        """Write what the disk refused; whether it took all of it now."""
        owed, self._owed = self._owed, []
        if not self._reporter.attempt(self._reporter.folder.write_waiting):
            self._owed = owed
            return False
        for write in owed:
            self._keep(write)
        return self._reporter.trouble is None

    def _keep(self, write: Callable[[], object]) -> None:
        if not self._reporter.attempt(write):
            self._owed.append(write)

    def _write_checkpoint(self, step: int, seconds: float) -> None:
        tensors = pack(self._learner.method, self._learner.optimiser)
        if all_finite(tensors):
            self._reporter.folder.save_checkpoint(Checkpoint(step, seconds, tensors))
            self._saved = step

    def _write_snapshot(self, step: int) -> None:
        learner = self._learner
        facts = SnapshotFacts(
            config=learner.config,
            params=dataclasses.asdict(learner.method.params),
            image_size=learner.train.image_size,
            mean=learner.train.mean,
            std=learner.train.std,
        )
        path = self._reporter.folder.save_snapshot(step, learner.method.state_dict(), facts)
        self._reporter.tell(SnapshotSaved(self._reporter.run_id, step, str(path)))
