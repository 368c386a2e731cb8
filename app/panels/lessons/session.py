"""Session: what the user said and did in a lesson: where they stand, their answer, their guesses, the experiment. It outlasts the window."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.panels.lessons.experiment import UNDER_WAY, ArmRun, Experiment
from app.panels.lessons.records import columns_of, read_columns, recorded
from app.panels.lessons.shelf import Case
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.errors import SpecError
from sslviz.spec.lesson_file import plan

STAGES = ("Question", "Set-up", "Predict", "Run", "Reveal", "Why", "Limits")
QUESTION, SET_UP, PREDICT, RUN, REVEAL, WHY, LIMITS = range(len(STAGES))
UNPREDICTED = "First predict: what comes of it stays hidden until then."
NOT_RUN = "Run the experiment first, or show the recorded run."
CLOSED = "The program was closed while it ran."


@dataclass(eq=False)
class Session:
    """One lesson. `revealed`: the outcome was seen, so that the prediction stands."""

    case: Case
    stage: int = QUESTION
    furthest: int = QUESTION
    option: int = -1
    guesses: dict[str, float] = field(default_factory=dict)
    experiment: Experiment | None = None
    is_set_up: bool = False
    revealed: bool = False

    @property
    def has_predicted(self) -> bool:
        """Whether an option is chosen and a value is guessed for every run."""
        return self.option >= 0 and all(arm.name in self.guesses for arm in self.case.lesson.arms)

    @property
    def is_done(self) -> bool:
        """Whether there is an outcome."""
        return self.experiment is not None and self.experiment.is_done

    def locked(self) -> list[str]:
        """Why each stage cannot be entered; "" for those that can."""
        late = UNPREDICTED if not self.has_predicted else "" if self.is_done else NOT_RUN
        return ["", "", "", "" if self.has_predicted else UNPREDICTED, late, late, late]

    def done(self) -> list[bool]:
        """Which stages are behind."""
        finished = {PREDICT: self.has_predicted, RUN: self.is_done, REVEAL: self.revealed}
        return [finished.get(k, self.furthest > k) for k in range(len(STAGES))]

    def enter(self, stage: int) -> bool:
        """Go to a stage; False where it is locked or there is none."""
        if not 0 <= stage < len(STAGES) or self.locked()[stage]:
            return False
        self.stage, self.furthest = stage, max(self.furthest, stage)
        self.revealed = self.revealed or stage >= REVEAL
        return True

    def still_to_predict(self) -> str:
        """What the prediction lacks, in words; "" where it is complete."""
        missing = sum(arm.name not in self.guesses for arm in self.case.lesson.arms)
        markers = f"place {missing} more marker{'s' if missing > 1 else ''}" if missing else ""
        parts = [part for part in ("choose an answer" if self.option < 0 else "", markers) if part]
        return f"{' and '.join(parts).capitalize()} to go on." if parts else ""

    def start_over(self) -> None:
        """As if the lesson had never been opened: for the next class."""
        fresh = Session(self.case)
        vars(self).update(vars(fresh))


# Keeping --------------------------------------------------------------------------------------------------------------


def to_text(sessions: Mapping[str, Session]) -> str:
    """Everything that has to outlast the window, as JSON."""
    return json.dumps({name: _plain(session) for name, session in sessions.items() if _is_worth(session)})


def _is_worth(session: Session) -> bool:
    return bool(session.furthest or session.is_set_up or session.option >= 0 or session.guesses or session.experiment)


def _plain(session: Session) -> dict[str, Any]:
    experiment = session.experiment
    return {
        "mark": session.case.mark, "stage": session.stage, "furthest": session.furthest, "option": session.option,
        "guesses": session.guesses, "set_up": session.is_set_up, "revealed": session.revealed,
        "experiment": None if experiment is None else {
            "seed": experiment.seed, "origin": experiment.origin,
            "arms": {name: _plain_arm(arm) for name, arm in experiment.arms.items()},
        },
    }  # fmt: skip


def _plain_arm(arm: ArmRun) -> dict[str, Any]:
    plain = {name: getattr(arm, name) for name in ("state", "folder", "step", "trained", "text", "changes")}
    values = {name: value for name, value in arm.values.items() if math.isfinite(value)}
    return {**plain, "values": values, "seconds": arm.seconds if math.isfinite(arm.seconds) else None}


def restore(text: str, cases: Mapping[str, Case], catalogue: Catalogue) -> dict[str, Session]:
    """What `to_text` wrote. Of a lesson whose experiment is another by now, and of text that is none, nothing is kept."""
    try:
        plain = json.loads(text) if text else {}
        return {
            name: _session(each, cases[name], catalogue)
            for name, each in plain.items()
            if name in cases and each["mark"] == cases[name].mark
        }
    except (ValueError, TypeError, KeyError, AttributeError, SpecError):
        return {}


def _session(plain: Mapping[str, Any], case: Case, catalogue: Catalogue) -> Session:
    session = Session(case, QUESTION, int(plain["furthest"]), int(plain["option"]), dict(plain["guesses"]),
                      is_set_up=bool(plain["set_up"]), revealed=bool(plain["revealed"]))  # fmt: skip
    if plain["experiment"] is not None:
        session.experiment = _experiment(plain["experiment"], case, catalogue)
    stage = int(plain["stage"])
    session.stage = stage if 0 <= stage < len(STAGES) and not session.locked()[stage] else QUESTION
    return session


def _experiment(plain: Mapping[str, Any], case: Case, catalogue: Catalogue) -> Experiment | None:
    lesson, seed = case.lesson, int(plain["seed"])
    if plain["origin"] == "recorded":
        return recorded(lesson, case.plan, case.results) if case.results is not None and case.has_record else None
    columns = columns_of(lesson)
    arms = {arm.name: _arm(plain["arms"][arm.name], columns) for arm in lesson.arms}
    return Experiment(lesson.name, seed, "live", plan(lesson, catalogue, seed).configs, columns, arms)


def _arm(plain: Mapping[str, Any], columns: tuple[str, ...]) -> ArmRun:
    """What trained when the program was closed was saved, and can go on."""
    cut = plain["state"] in UNDER_WAY
    seconds = math.nan if plain["seconds"] is None else float(plain["seconds"])
    return ArmRun("interrupted" if cut else plain["state"], plain["folder"], int(plain["step"]), seconds,
                  trained=bool(plain["trained"]), text=CLOSED if cut else plain["text"], values=dict(plain["values"]),
                  columns=read_columns(plain["folder"], columns) if plain["folder"] else {},
                  changes=tuple(plain["changes"]))  # fmt: skip
