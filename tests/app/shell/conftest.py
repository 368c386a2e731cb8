"""A real window on a worker without torch, with settings and runs of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests are no packages: this finds fake_worker
import fake_worker

from app.shell import application
from app.shell.main_window import MainWindow


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's settings or runs is read or written."""
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    monkeypatch.setenv("SSLVIZ_RUNS", str(tmp_path / "runs"))


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> object:
    """The fake worker's catalogue, also for the first paint."""
    monkeypatch.setattr(application, "shipped_catalogue", lambda: fake_worker.CATALOGUE)
    return fake_worker.CATALOGUE


@pytest.fixture
def window(qtbot, qapp, catalogue) -> Iterator[MainWindow]:
    """A window whose worker is up."""
    made = application.make_window(qapp, fake_worker.command)
    made.show()
    qtbot.waitUntil(lambda: made.bridge.is_ready, timeout=20_000)
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def training(qtbot, window) -> MainWindow:
    """A window whose run has taken its first steps."""
    window.actions_table["train"].trigger()
    wait_for_step(qtbot, window, 3)
    return window


def wait_for_step(qtbot, window: MainWindow, step: int) -> None:
    """Until the shown run has taken so many steps."""
    qtbot.waitUntil(lambda: current_step(window) >= step, timeout=20_000)


def current_step(window: MainWindow) -> int:
    """Steps of the shown run, 0 while unknown."""
    picture = window.current.picture
    return picture.progress.step if picture and picture.progress else 0
