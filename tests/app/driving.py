"""Waiting for a run in a window."""

from __future__ import annotations

from app.shell.main_window import MainWindow


def wait_for_step(qtbot, window: MainWindow, step: int) -> None:
    """Until the shown run has taken so many steps."""
    qtbot.waitUntil(lambda: current_step(window) >= step)


def current_step(window: MainWindow) -> int:
    """Steps of the shown run, 0 while unknown."""
    picture = window.current.picture
    return picture.progress.step if picture and picture.progress else 0
