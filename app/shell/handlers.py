"""What each action of the menus does, by its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.shell import dialogs
from app.shell.actions import plain
from app.shell.model_dialogs import ModelDialog, NameDialog
from app.widgets import save_dialog
from app.widgets.dock_tree import SIDES

if TYPE_CHECKING:
    from app.shell.main_window import MainWindow

Handlers = dict[str, Callable[[], object]]


def handlers(window: MainWindow) -> Handlers:
    """For every action of the table."""
    return {**_files(window), **_runs(window), **_models(window), **_looks(window), **_help(window)}


def _files(window: MainWindow) -> Handlers:
    data, opening = window.inspector.data, window.opening
    return {
        "open_run": lambda: _ask_run(window), "open_folder": data.ask_folder, "open_zip": data.ask_zip,
        "open_model": opening.ask_model, "open_model_folder": opening.ask_model_folder,
        "open_by_name": lambda: ask_name(window), "open_picture": opening.ask_picture, "paste": opening.paste,
        "export": lambda: _export(window), "copy_figure": lambda: _copy_figure(window),
        "animation": lambda: window.timeline.exported.emit(),  # noqa: PLW0108  the timeline is made after its actions
        "cache": lambda: dialogs.CacheDialog(window, window.bridge).open(),
        "quit": window.close,
    }  # fmt: skip


def _runs(window: MainWindow) -> Handlers:
    current = window.current
    return {
        "train": current.start, "pause": current.pause_or_go_on, "step": lambda: current.control("step"),
        "stop": lambda: current.control("stop"), "resume": window.files.resume, "reset": current.reset,
        "new_seed": current.new_seed,
        "snapshot_back": lambda: window.timeline.step_by(-1), "snapshot_on": lambda: window.timeline.step_by(1),
        "snapshot_play": lambda: window.timeline.play_or_stop(),  # noqa: PLW0108  the timeline is made after its actions
        "snapshot_now": lambda: window.timeline.to_now(),  # noqa: PLW0108  the same
    }  # fmt: skip


def _models(window: MainWindow) -> Handlers:
    return {
        "model_details": lambda: ModelDialog(window, window.model, window.appearance.theme).show(),
        "model_run": window.model.show_run, "stop_opening": window.model.stop_opening,
    }  # fmt: skip


def _looks(window: MainWindow) -> Handlers:
    return {
        "side_by_side": window.views.move_to_other_side, "in_tabs": window.views.gather,
        **{f"dock_{side}": partial(window.views.dock_front, side) for side in SIDES},
        "next_view": window.views.show_next,
        "light": lambda: _choose_theme(window, "light"), "dark": lambda: _choose_theme(window, "dark"),
        "system": lambda: _choose_theme(window, "system"),
        "presenter": lambda: window.set_presenting(not window.presenter.is_on),
        "show_rail": lambda: window.frame.toggle(window.frame.left),
        "show_inspector": lambda: window.frame.toggle(window.frame.right),
        "timeline": lambda: window.timeline.set_wanted(not window.timeline.wanted),
        "reset_layout": window.reset_layout,
    }  # fmt: skip


def _help(window: MainWindow) -> Handlers:
    return {
        "welcome": lambda: window.welcome.show_marks(),  # noqa: PLW0108  it is made after its action
        "palette": window.open_palette, "search": window.focus_search,
        "shortcuts": lambda: _show_shortcuts(window), "doctor": lambda: dialogs.show_doctor(window),
        "about": lambda: dialogs.AboutDialog(window).open(),
    }  # fmt: skip


def ask_name(window: MainWindow) -> NameDialog:
    """The dialog that opens a model by name."""
    dialog = NameDialog(window, [line.source for line in window.model.lines])
    dialog.chosen.connect(window.model.open)
    dialog.open()
    return dialog


def _ask_run(window: MainWindow) -> None:
    if path := window.files.ask_folder(window):
        window.open_path(path)


def _export(window: MainWindow) -> None:
    if shown := window.views.in_front():
        save_dialog.export(*shown.figure(), window)


def _copy_figure(window: MainWindow) -> None:
    if shown := window.views.in_front():
        save_dialog.copy(shown.figure()[0])
        window.status.show_message("The figure is on the clipboard")


def _choose_theme(window: MainWindow, choice: str) -> None:
    window.settings.setValue("window/theme", choice)
    window.appearance.choose(choice)


def _show_shortcuts(window: MainWindow) -> None:
    actions = (*window.actions_table.by_name.values(), *window.panel_actions)
    keyed = [(keys, plain(action.text())) for action in actions if (keys := action.shortcut().toString())]
    keyed += [("Space", "Train, pause or go on"), ("Esc", "Leave presenter mode")]
    dialogs.show_text(window, "Keyboard shortcuts", "\n".join(f"{keys:<24}{text}" for keys, text in keyed))
