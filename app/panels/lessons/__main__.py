"""The Lessons panel alone, with a made-up lesson: `python -m app.panels.lessons [light|dark] [scale]`."""

from __future__ import annotations

from PySide6.QtCore import QTimer

from app.panels.lessons.example import STEPS, example_case, example_experiment
from app.panels.lessons.experiment import Experiment
from app.panels.lessons.panel import LessonsPanel
from app.widgets.alone import show_view
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.config import RunConfig

BEAT_MS, STRIDE = 120, 16


class Player:
    """Plays made-up runs into a panel that asks for them."""

    def __init__(self, panel: LessonsPanel) -> None:
        self._panel, self._at = panel, 0
        self._seed = 0
        self._beat = QTimer(panel, interval=BEAT_MS)
        self._beat.timeout.connect(self._play)
        panel.experiment_asked.connect(self._start)
        panel.pause_asked.connect(self._beat.stop)
        panel.stop_asked.connect(self._beat.stop)

    def _start(self, asked: Experiment) -> None:
        self._at, self._seed = 0, asked.seed
        self._beat.start()

    def _play(self) -> None:
        self._at += STRIDE
        case = self._panel.cases["example"]
        done, at = divmod(self._at, STEPS)
        self._panel.show_experiment(example_experiment(case, done=done, at=max(at, 1), seed=self._seed))
        if done >= len(case.lesson.arms):
            self._beat.stop()


def example() -> LessonsPanel:
    """A panel with the made-up lesson, open at its question."""
    panel, catalogue = LessonsPanel(), shipped_catalogue()
    panel.configure(RunConfig(), catalogue)
    panel.use_cases((example_case(catalogue),))
    panel.open("example")
    return panel


def main() -> None:
    """Open the window until it is closed."""
    show_view(example, then=Player)


if __name__ == "__main__":
    main()
