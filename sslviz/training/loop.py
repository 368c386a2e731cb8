"""TrainingRun: one run as its thread sees it, new or resumed. Whatever happens becomes an event; `Finished` is the last."""

from __future__ import annotations

import contextlib
import dataclasses
import traceback
from collections.abc import Sequence
from pathlib import Path

from sslviz.nn.devices import report_fallbacks
from sslviz.spec.config import RunConfig
from sslviz.spec.errors import Cancelled
from sslviz.spec.events import Diagnosed, Event, Failed, Finished, Flipped, Referenced, RunState, StateChanged
from sslviz.training.archive import record_events, started, total_steps
from sslviz.training.checkpoint import NAME as CHECKPOINT
from sslviz.training.checkpoint import Checkpoint, load_checkpoint, unpack
from sslviz.training.control import RunControl
from sslviz.training.errors import TrainingError
from sslviz.training.health import explain
from sslviz.training.journal import read_journal
from sslviz.training.learner import Learner
from sslviz.training.metrics_file import read_metrics
from sslviz.training.prepare import Prepared, prepare
from sslviz.training.reporter import Emit, Reporter
from sslviz.training.run_file import Environment, read_run_file
from sslviz.training.run_folder import RunFolder
from sslviz.training.session import Session
from sslviz.training.settings import flip


class TrainingRun:
    """Trains `config` into `folder` (absent or empty). `run` blocks until the run has ended, and raises nothing."""

    def __init__(
        self, run_id: str, config: RunConfig, folder: Path, emit: Emit, control: RunControl, *, measure: bool = True
    ) -> None:
        """emit: called from the thread that runs. measure: False leaves the measures out that are not free; the losses are the same."""
        self._run_id, self._folder, self._emit, self._control = run_id, Path(folder), emit, control
        self._config: RunConfig | None = config
        self._more_steps = 0
        self._measure = measure
        self._record: RunFolder | None = None
        self.session: Session | None = None

    @classmethod
    def resume(
        cls, run_id: str, folder: Path, emit: Emit, control: RunControl, steps: int = 0, *, measure: bool = True
    ) -> TrainingRun:
        """A run that goes on with the one in `folder` from its last checkpoint, to `steps` in all (0: as it was to be).

        On the CPU with the same threads it goes on bit for bit as if it had never been interrupted: flips on record happen again
        at their steps, and planned ones at theirs. Another number of steps bends the schedule from here on, and is recorded like a flip.
        """
        run = cls(run_id, RunConfig(), folder, emit, control, measure=measure)
        run._config, run._more_steps = None, steps
        return run

    def run(self) -> None:
        """Train until the last step, a stop, or a failure."""
        state: RunState = "failed"
        try:
            self._emit(StateChanged(self._run_id, 0, "preparing", "opening the run folder"))
            with report_fallbacks(self._mention):
                session = self._begin(self._config) if self._config is not None else self._go_on()
                end = session.train()
            if isinstance(end, Failed):
                self._fail(end)
            else:
                state = end
        except Cancelled:
            state = "stopped"
        except Exception as error:  # noqa: BLE001 # whatever it is, the user is told and the run's state is kept
            self._fail(explain(self._run_id, self._step, error, traceback.format_exc(), self._batch_size))
        finally:
            self._end(state)

    @property
    def _step(self) -> int:
        return self.session.step if self.session else 0

    @property
    def _batch_size(self) -> int:
        return self.session.learner.order.batch_size if self.session else (self._config or RunConfig()).batch_size

    def _fail(self, failed: Failed) -> None:
        if self.session:
            self.session.rescue()
        self._emit(failed)
        self._note(failed)

    def _end(self, state: RunState) -> None:
        self._control.end()
        finished = Finished(self._run_id, self._step, state, str(self._record.path if self._record else self._folder))
        self._note(dataclasses.replace(finished, folder=""))
        if self._record:
            self._record.close(discard=self._config is not None and self.session is None)
        self._emit(finished)

    def _note(self, event: Event) -> None:
        """Record an event that ends the run; a disk that refuses it has been told of already."""
        if self._record and self._record.is_open:
            with contextlib.suppress(TrainingError):
                self._record.record(event)

    def _mention(self, text: str) -> None:
        """Say and record what a user should know of and need not act on."""
        event = Diagnosed(self._run_id, self._step, "note", text)
        self._note(event)
        self._emit(event)

    def _prepare(self, config: RunConfig, recorded: Environment | None) -> Prepared:
        def tell(fraction: float, text: str) -> None:
            self._emit(StateChanged(self._run_id, self._step, "preparing", text, fraction))

        return prepare(config, recorded, tell, lambda: self._control.stopping, measure=self._measure)

    def _begin(self, config: RunConfig) -> Session:
        """A new run. A folder in which nothing was trained is left as it was found."""
        self._record = record = RunFolder(self._folder, new=True)
        record.open_record()
        record.write_config(config, Environment())
        prepared = self._prepare(config, None)
        record.write_config(config, prepared.environment)
        self._emit(started(self._run_id, 0, config, prepared.environment, record.path, live=True))
        reporter = Reporter(self._run_id, record, self._emit, config.batch_size)
        self.session = Session(prepared.learner, prepared.measurer, reporter, self._control)
        return self.session

    def _go_on(self) -> Session:
        """The run in the folder, from its last checkpoint; without one, from its first step."""
        self._record = folder = RunFolder(self._folder, new=False)
        config, environment = read_run_file(self._folder)
        record = read_journal(self._folder)
        checkpoint = load_checkpoint(self._folder) if (self._folder / CHECKPOINT).exists() else None
        if checkpoint and checkpoint.step == 0:
            checkpoint = None  # nothing was trained yet: it begins anew, first row and all
        step = checkpoint.step if checkpoint else 0
        self._require_something_to_do(step, total_steps(config, record))
        prepared = self._prepare(config, environment)
        folder.open_record(keep_until=step if checkpoint else -1)
        folder.write_config(config, prepared.environment)
        self._emit(started(self._run_id, step, config, prepared.environment, self._folder, live=True))
        table, until = read_metrics(self._folder), step if checkpoint else -1
        told = list(record_events(self._run_id, self._folder, table, record, until=until))
        for event in told:
            self._emit(event)
        flips = record.flips()
        if checkpoint:
            restore(prepared.learner, checkpoint, [f for f in flips if f.step <= step])
        self.session = Session(
            prepared.learner,
            prepared.measurer,
            Reporter(self._run_id, folder, self._emit, config.batch_size),
            self._control,
            step=step,
            seconds=checkpoint.seconds if checkpoint else 0.0,
            flips=[f for f in flips if f.step > until],
            plans=record.plans(step),
            references={(e.measure, e.label): e.value for e in told if isinstance(e, Referenced)},
        )
        for note in prepared.notes:
            self._emit(Diagnosed(self._run_id, step, "note", note))
        if self._more_steps:
            self._control.set("steps", self._more_steps)
        return self.session

    def _require_something_to_do(self, step: int, steps: int) -> None:
        if step >= (self._more_steps or steps):
            raise TrainingError(
                f"This run has taken {step:,} steps already, which is all of them.",
                f"Resume it with more steps in all, such as {2 * step:,}.",
            )


def restore(learner: Learner, checkpoint: Checkpoint, flips: Sequence[Flipped]) -> None:
    """Bring a new learner into the state of a checkpoint: what was flipped until then, weights, optimiser."""
    for flipped in flips:
        flip(learner, flipped.name, flipped.after, flipped.step)
    unpack(checkpoint.tensors, learner.method, learner.optimiser)
