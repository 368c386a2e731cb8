"""The Train panel alone, with a made-up run: `python -m app.panels.train [light|dark] [scale]`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.bridge.example_run import RUN, example_catalogue, example_events
from app.bridge.picture import RunPicture
from app.panels.train import TrainPanel
from app.widgets.alone import theme_from
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


def main() -> None:
    """Open the window and play until it is closed."""
    app = QApplication(sys.argv)
    panel = TrainPanel()
    theme = theme_from(sys.argv[1:])
    panel.set_theme(theme)
    panel.setAutoFillBackground(True)
    panel.configure(RunConfig(), example_catalogue())
    panel.resize(1280, 720)
    panel.show()
    player = Player(panel, example_events())  # noqa: F841  # lives as long as the window
    app.exec()


if __name__ == "__main__":
    main()
