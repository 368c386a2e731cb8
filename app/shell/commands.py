"""The lines of the command palette: every action, method, data set, recent run, model and setting."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence

from app.shell.actions import plain
from app.shell.settings import recent_runs
from app.widgets.form import caption
from app.widgets.palette import Command
from sslviz.spec.inspection import ModelRef

if TYPE_CHECKING:
    from app.shell.main_window import MainWindow


def all_commands(window: MainWindow) -> list[Command]:
    """In the order in which they stand when nothing is typed."""
    return [*_actions(window), *_methods(window), *_data(window), *_runs(window), *_models(window), *_settings(window)]


def _actions(window: MainWindow) -> Iterator[Command]:
    named = window.actions_table.by_name.items()
    for action in (*(action for name, action in named if name != "palette"), *window.panel_actions):
        yield _command(action, "")
    for action in window.actions_table.speeds.values():
        yield _command(action, "slow motion")


def _command(action: QAction, group: str) -> Command:
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return Command(plain(action.text()), keys or group, action.trigger, action.isEnabled())


def _methods(window: MainWindow) -> Iterator[Command]:
    for info in window.draft.catalogue.methods:
        yield Command(info.title, "method", partial(window.draft.choose_method, info.name))


def _data(window: MainWindow) -> Iterator[Command]:
    for info in window.draft.catalogue.data:
        if info.name != "folder":
            yield Command(info.title, "data set", partial(window.inspector.data.choose, info.name))


def _runs(window: MainWindow) -> Iterator[Command]:
    for folder in recent_runs(window.settings):
        yield Command(f"Open {Path(folder).name}", "recent run", partial(window.current.open, folder))


def _models(window: MainWindow) -> Iterator[Command]:
    for line in window.model.lines:
        group = "model that ships" if line.shipped else "recent model"
        yield Command(f"Look into {line.title}", group, partial(window.model.open, ModelRef(line.source)))


def _settings(window: MainWindow) -> Iterator[Command]:
    for key, info in window.inspector.settings():
        yield Command(caption(info), "setting", partial(window.reveal_setting, key))
