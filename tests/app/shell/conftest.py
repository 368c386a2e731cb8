"""A real window on a worker without torch, with settings and runs of its own."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests are no packages: this finds fake_worker
import fake_worker
from driving import wait_for_step

from app.bridge.worker import Command
from app.panels.base import Panel
from app.shell import application, panel_maker
from app.shell.main_window import MainWindow


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's settings or runs is read or written."""
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    monkeypatch.delenv("SSLVIZ_CONFIG", raising=False)
    monkeypatch.setenv("SSLVIZ_RUNS", str(tmp_path / "runs"))


@pytest.fixture(autouse=True)
def own_look(qapp) -> Iterator[None]:
    """A window dresses the whole application; the tests that follow get it as it was."""
    sheet, palette, font = qapp.styleSheet(), qapp.palette(), qapp.font()
    yield
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setFont(font)


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> object:
    """The fake worker's catalogue, also for the first paint."""
    monkeypatch.setattr(application, "shipped_catalogue", lambda: fake_worker.CATALOGUE)
    return fake_worker.CATALOGUE


@pytest.fixture
def open_window(qapp) -> Iterator[Callable[..., MainWindow]]:
    """Opens windows; all are closed and deleted at the end."""
    made: list[MainWindow] = []

    def open_one(command: Command = fake_worker.command) -> MainWindow:
        made.append(application.make_window(qapp, command))
        return made[-1]

    yield open_one
    for window in made:
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)  # and with them what plots hold in cycles
    for window in made:
        vars(window).clear()  # pytest holds the window itself a little longer than the check for leaks waits
    made.clear()
    gc.collect()


@pytest.fixture
def window(qtbot, catalogue, open_window) -> MainWindow:
    """A window whose worker is up."""
    made: MainWindow = open_window()
    with qtbot.waitSignal(made.complete):
        made.show()
    qtbot.waitUntil(lambda: made.bridge.is_ready)
    return made


@pytest.fixture
def window_with(qtbot, catalogue, open_window, monkeypatch) -> Callable[..., MainWindow]:
    """Opens a window with the views that are given, (name, class) each, in this order."""

    def open_one(*panels: tuple[str, type[Panel]]) -> MainWindow:
        monkeypatch.setattr(panel_maker, "find_panels", lambda: iter(panels))
        made: MainWindow = open_window()
        with qtbot.waitSignal(made.complete):
            made.show()
        return made

    return open_one


@pytest.fixture
def training(qtbot, window) -> MainWindow:
    """A window whose run has taken its first steps."""
    window.actions_table["train"].trigger()
    wait_for_step(qtbot, window, 3)
    return window
