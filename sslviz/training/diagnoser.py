"""Diagnoser: remembers the measurements of a run and says when the plain sentence about them changes."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping

from sslviz.metrics import diagnose
from sslviz.spec.events import Diagnosed

_MEMORY = 24  # measurements
WATCHED = (
    *("loss", "grad_norm", "alignment", "uniformity", "std", "rankme", "top1", "knn", "accuracy"),
    *("teacher_entropy", "mean_entropy"),
)


class Diagnoser:
    """Feeds `sslviz.metrics.diagnose` with the latest values, what came before, and the reference lines."""

    def __init__(self, run_id: str, *, can_collapse: bool = True) -> None:
        """can_collapse: whether the method's loss can be low where all images are one point."""
        self._run_id = run_id
        self._can_collapse = can_collapse
        self._now: dict[str, float] = {}
        self._before: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_MEMORY))
        self._said = ""
        self._recorded = ""
        self._unrecorded: Diagnosed | None = None

    def say(
        self, step: int, values: Mapping[str, float], d: int, references: Mapping[tuple[str, str], float]
    ) -> tuple[Diagnosed | None, bool]:
        """The sentence after a measurement, None where it is the last one again; and whether it says another thing, not only other numbers.

        values: this step's. d: dimensions of z.
        """
        for name in WATCHED:
            if name in values:
                if name in self._now:
                    self._before[name].append(self._now[name])
                self._now[name] = values[name]
        lines = [(measure, label, value) for (measure, label), value in references.items()]
        level, text = diagnose(self._now, self._before, d, references=lines, can_collapse=self._can_collapse)
        if text == self._said:
            return None, False
        theme = f"{level} {text.partition(':')[0]}"
        new = theme != self._recorded
        self._said, self._recorded = text, theme
        diagnosed = Diagnosed(self._run_id, step, level, text)
        self._unrecorded = None if new else diagnosed
        return diagnosed, new

    def take_unrecorded(self) -> Diagnosed | None:
        """The last sentence where it said no other thing than the recorded one, only other numbers: a run that rests records it."""
        last, self._unrecorded = self._unrecorded, None
        return last
