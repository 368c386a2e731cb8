"""Session: a prepared run from its first step to its last, steered by its RunControl."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from sslviz.spec.errors import SSLVizError
from sslviz.spec.events import Failed, Flipped, Peeked, Referenced, RunState, StateChanged
from sslviz.spec.params import Scalar
from sslviz.training.control import RunControl, Setting
from sslviz.training.diagnoser import Diagnoser
from sslviz.training.errors import TrainingError
from sslviz.training.journal import Planned
from sslviz.training.keeper import Keeper
from sslviz.training.learner import Learner, Moment, Outcome
from sslviz.training.measure import Measurer, Measures
from sslviz.training.peeks import Peeks
from sslviz.training.reporter import Reporter
from sslviz.training.settings import flip

End = RunState | Failed


class Session:
    """The training loop. Between two steps, and only there, it attends to whoever steers and to whoever looks."""

    def __init__(
        self,
        learner: Learner,
        measurer: Measurer | None,
        reporter: Reporter,
        control: RunControl,
        *,
        step: int = 0,
        seconds: float = 0.0,
        flips: Iterable[Flipped] = (),
        plans: Iterable[Planned] = (),
        references: Mapping[tuple[str, str], float] = MappingProxyType({}),
    ) -> None:
        """step, seconds: already done. flips: recorded changes that are still to come, which happen again at their step.

        plans: changes on record that are still to come, unless somebody has asked for another one at the same step by now.
        references: lines that were told already, by (measure, label).
        """
        self.learner, self._measurer, self._reporter, self._control = learner, measurer, reporter, control
        self.step, self.seconds = step, seconds
        self.trained_s = 0.0  # in this session, without measuring, saving and showing
        self.state: RunState = "preparing"
        self._run_id = reporter.run_id
        self._flips = sorted(flips, key=lambda f: f.step)
        self._plan(plans)
        self._peeks = Peeks(self._run_id, lambda: measurer.spectrum if measurer else None, learner.method)
        self._shown: dict[str, int] = {}  # the step at which each peek was last told
        self._diagnoser = Diagnoser(self._run_id, can_collapse=learner.method.info.can_collapse)
        self._keeper = Keeper(learner, reporter, saved_step=step if step else -1)
        self._references: dict[tuple[str, str], float] = dict(references)
        self._moment: Moment | None = None
        self._begun = -math.inf  # when the last step began
        self._held = False  # by a disk that refuses

    def train(self) -> End:
        """Until the last step, a stop, or a failure."""
        self._begin()
        while True:
            version = self._control.version
            self._attend()
            if self._control.stopping:
                return self._stop()
            if trouble := self._reporter.take_trouble():
                self._hold(trouble)
            elif self._held:
                self._try_again(version)
            elif self.step >= self.learner.steps:
                if self._keep_all():
                    return "finished"
            elif not self._control.pace(self._begun, version):
                continue
            elif not self._control.claim_step():
                self._rest(version)
            elif failed := self._advance():
                return failed

    @property
    def measuring_s(self) -> float:
        """Seconds that measuring took so far."""
        return self._measurer.spent_s if self._measurer else 0.0

    # --- beginning, resting, ending

    def _begin(self) -> None:
        self._tell_method_references()
        if self.step == 0:
            self._first_row()
            self._keeper.save_what_is_due(0, self.seconds)
            self._keeper.save_checkpoint(0, self.seconds)
        self._reporter.flush()

    def _first_row(self) -> None:
        """The untrained model is measured like the trained one: what learning adds is the difference."""
        values: Measures = {"epoch": 0.0, "seconds": self.seconds}
        if self._measurer:
            found = self._measurer.measure(0.0, None, all_groups=True)
            lines = {**({"random weights": found["knn"]} if "knn" in found else {}), **self._measurer.baselines()}
            self._tell_references([("knn", label, value) for label, value in lines.items()])
            values |= found
        self._reporter.row(0, values)
        self._diagnose(values)  # what is told later is told against this beginning

    def _enter(self, state: RunState, text: str = "") -> None:
        self.state = state
        self._reporter.tell(StateChanged(self._run_id, self.step, state, text))

    def _rest(self, version: int) -> None:
        """Save once, then sleep until something is asked for."""
        if self.state != "paused" and self._keep_all():
            self._enter("paused")
        if not self._reporter.trouble:
            self._control.wait(version)

    def _hold(self, trouble: TrainingError) -> None:
        """The disk refused something: nothing is lost while the run waits."""
        self._control.pause()
        self._held = True
        self._enter("paused", str(trouble))
        self._reporter.take_trouble()  # recording the pause meets the same disk

    def _try_again(self, version: int) -> None:
        """Wait until somebody says go on, then write what the disk refused."""
        if self._control.paused and not self._control.step_wanted:
            self._control.wait(version)
        else:
            self._held = not self._keeper.write_owed()

    def _stop(self) -> End:
        if not self._keep_all():
            return self._lost()
        return "stopped" if self.step < self.learner.steps else "finished"

    def _lost(self) -> Failed:
        trouble = self._reporter.take_trouble()
        reason = trouble.message if trouble else "The run could not be saved."
        return Failed(
            self._run_id, self.step, "NotSaved", f"{reason} The run ended after step {self.step:,}; what is on disk goes up to step {self._keeper.saved_step:,}.",
            "Free some space and resume: the steps in between are computed again, with the same result.",
        )  # fmt: skip

    def _keep_all(self) -> bool:
        """Save everything that a run leaves behind; whether the disk took it."""
        if (last := self._diagnoser.take_unrecorded()) is not None:
            self._reporter.attempt(partial(self._reporter.folder.record, last))
        self._keeper.save_all(self.step, self.seconds, self._peeks.all(self.step, self._moment))
        self._report_progress()
        return self._reporter.trouble is None

    def rescue(self) -> None:
        """After a failure: keep the state before it, where it is whole and finite."""
        self._moment = None
        self._reporter.flush()
        if self.learner.consistent:
            self._keeper.save_checkpoint(self.step, self.seconds)

    # --- one step

    def _advance(self) -> Failed | None:
        single = self._control.paused  # somebody walks step by step: this one is measured and shown
        if self.state != "running" and not single:
            self._enter("running")
        begun = self._begun = time.perf_counter()
        self._moment = None  # its memory is used again
        outcome = self.learner.advance(self.step)
        if outcome.problem:
            return self._not_finite(outcome)
        self.step += 1
        taken = time.perf_counter() - begun
        self.trained_s += taken
        self._moment = outcome.moment
        self._report(outcome, self.seconds + taken, measured=single or self.step >= self.learner.steps)
        self._keeper.save_what_is_due(self.step, self.seconds)
        self.seconds += time.perf_counter() - begun
        if self._reporter.flush_if_due(at_once=self._control.paused):
            self._report_progress()
        return None

    def _report(self, outcome: Outcome, seconds: float, *, measured: bool) -> None:
        values: Measures = {
            "epoch": self.step / self.learner.order.steps_a_pass,
            "seconds": seconds,
            "loss": outcome.loss,
            **{f"part.{name}": value for name, value in outcome.parts.items()},
            **outcome.measures,
            "lr": outcome.lr,
            "grad_norm": outcome.grad_norm,
            "images_per_s": self._reporter.images_per_s(seconds, self.step),
        }
        if self._measurer:
            values |= self._measurer.measure(self.trained_s, self._moment, all_groups=measured)
        self._reporter.row(self.step, values)
        if "alignment" in values or "knn" in values:
            self._diagnose(values)
        self._show(at_once=self._control.paused)

    def _diagnose(self, values: Measures) -> None:
        z = self._moment.peek.get("z") if self._moment else None
        d = z.shape[1] if z is not None else self.learner.method.encoder.num_features
        if self._measurer and self._measurer.spectrum is not None:
            d = min(d, len(self._measurer.spectrum))  # few held-out images span few directions
        diagnosed, new = self._diagnoser.say(self.step, values, d, self._references)
        if diagnosed:
            self._reporter.tell(diagnosed, record=new)

    def _show(self, *, at_once: bool) -> None:
        watched = self._control.watched
        for peek in self._peeks.after_step(self.step, self._moment, watched, self.trained_s, at_once=at_once):
            self._tell_peek(peek)

    def _tell_peek(self, peek: Peeked) -> None:
        self._shown[peek.name] = peek.step
        self._reporter.emit(peek)

    def _report_progress(self) -> None:
        rate = self._reporter.images_per_s(self.seconds, self.step)
        epoch = self.step / self.learner.order.steps_a_pass
        self._reporter.progress(self.step, self.learner.steps, epoch, self.seconds, rate)

    def _not_finite(self, outcome: Outcome) -> Failed:
        return Failed(
            self._run_id, self.step, "NonFinite",
            f"Step {self.step + 1:,} was stopped: {outcome.problem} is the first quantity that is not a finite number.",
            f"{outcome.hint} The state after step {self.step:,} is kept.",
        )  # fmt: skip

    # --- attending to others

    def _attend(self) -> None:
        """Live changes: those on record for this step, then those asked for, the last of each name."""
        while self._flips and self._flips[0].step <= self.step:
            recorded = self._flips.pop(0)
            self._flip(recorded.name, recorded.after, record=False)
        asked = {setting.name: setting.value for setting in self._control.take_settings(self.step)}
        for name, value in asked.items():
            if name == "folder":
                self._move(Path(str(value)))
            else:
                self._flip(name, value)
        self._record_plans()
        if self.state == "paused":
            self._show_missing()
        for look in self._control.take_looks():
            look.perform(self.learner, self.step)

    def _plan(self, plans: Iterable[Planned]) -> None:
        """Take up what was planned before the run was interrupted."""
        asked = {(setting.name, setting.at) for setting in self._control.upcoming(-1)}
        recorded = [Setting(plan.name, plan.value, plan.at) for plan in plans if (plan.name, plan.at) not in asked]
        self._planned = set(recorded)
        for setting in recorded:
            self._control.set(setting.name, setting.value, setting.at)

    def _record_plans(self) -> None:
        """Changes that are asked for ahead of their step survive an interruption."""
        for setting in self._control.upcoming(self.step):
            if setting not in self._planned:
                self._planned.add(setting)
                plan = Planned("", self.step, setting.name, setting.value, setting.at)
                self._reporter.attempt(partial(self._reporter.folder.record, plan))

    def _show_missing(self) -> None:
        """Peeks that somebody began to watch while the run rests."""
        missing = [name for name in self._control.watched if self._shown.get(name) != self.step]
        for peek in self._peeks.after_step(self.step, self._moment, missing, self.trained_s, at_once=True):
            self._tell_peek(peek)

    def _flip(self, name: str, value: Scalar, *, record: bool = True) -> None:
        try:
            before, after = flip(self.learner, name, value, self.step)
        except SSLVizError as error:
            self._reporter.tell(StateChanged(self._run_id, self.step, self.state, str(error)), record=False)
            return
        if before != after:
            self._reporter.tell(Flipped(self._run_id, self.step, name, before, after), record=record)
            self._tell_method_references()
            if self._measurer:
                self._measurer.hurry()

    def _tell_method_references(self) -> None:
        """The lines of the method as its switches are now; those of kNN are baselines, which no switch moves."""
        of = {measure for measure, _ in self._references} - {"knn"}
        self._tell_references(self.learner.method.references(self.learner.piece_size), of)

    def _tell_references(self, lines: Iterable[tuple[str, str, float]], of: Collection[str] = ()) -> None:
        """Reference lines that are new or have moved; those of the measures in `of` that no longer hold become NaN."""
        now = {(measure, label): value for measure, label, value in lines}
        gone = {key: math.nan for key in self._references if key[0] in of and key not in now}
        for (measure, label), value in {**gone, **now}.items():
            if self._references.get((measure, label)) != value:
                self._reporter.tell(Referenced(self._run_id, self.step, measure, label, value))
        self._references = {key: v for key, v in {**self._references, **now}.items() if key not in gone}

    def _move(self, folder: Path) -> None:
        """Go on in another folder, or say why that cannot be."""
        if folder == self._reporter.folder.path:
            return
        try:
            self._reporter.folder.move_to(folder)
            text = f"The run goes on in {folder}."
        except TrainingError as error:
            text = str(error)
        self._reporter.tell(StateChanged(self._run_id, self.step, self.state, text))
