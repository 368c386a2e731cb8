"""The Train panel alone, with a made-up run: `python -m app.panels.train [light|dark] [scale]`."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QTimer

from app.bridge.example_run import RUN, example_catalogue, example_events
from app.bridge.picture import RunPicture
from app.panels.train import TrainPanel
from app.widgets.alone import show_view
from sslviz.spec.config import RunConfig
from sslviz.spec.events import Event, Progressed


class Player:
    """Plays events into a panel, one measurement a beat."""

    def __init__(self, panel: TrainPanel, events: Iterator[Event]) -> None:
        self._panel, self._events, self._picture = panel, events, RunPicture(RUN)
        self._beat = QTimer(panel)
        self._beat.timeout.connect(self._play)
        self._beat.start(120)

    def _play(self) -> None:
        for event in self._events:
            self._picture.fold(event)
            if isinstance(event, Progressed):
                break
        else:
            self._beat.stop()
        self._panel.refresh(self._picture)


def example() -> TrainPanel:
    """A panel that knows of no run yet."""
    panel = TrainPanel()
    panel.configure(RunConfig(), example_catalogue())
    return panel


def main() -> None:
    """Open the window and play until it is closed."""
    show_view(example, 1280, 720, then=lambda panel: Player(panel, example_events()))


if __name__ == "__main__":
    main()
