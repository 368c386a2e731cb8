"""Everything that the window can do, as one table: menus, toolbar, shortcuts and the palette are made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from app.widgets import icons
from app.widgets.theme import Theme


@dataclass(frozen=True, slots=True)
class Spec:
    """One action. `menu` is the menu it stands in; `group`: one of the group is on at a time."""

    name: str
    menu: str
    text: str
    tip: str
    shortcut: str = ""
    icon: str = ""
    checkable: bool = False
    group: str = ""


SPEEDS = (0.0, 20.0, 5.0, 2.0, 1.0, 0.5)


def speed_text(steps_per_s: float) -> str:
    """A speed in words."""
    if steps_per_s <= 0:
        return "Full speed"
    return f"{steps_per_s:g} steps a second" if steps_per_s > 1 else f"One step in {1 / steps_per_s:g} s"


DOCK = "&Dock view"
"""A menu within the View menu."""
DOCKS = "The view in front leaves its tabs, or joins those of its neighbour,"

SPECS = (
    Spec("open_run", "&File", "&Open run …", "Show a run folder, from here or from the command line", "Ctrl+O"),
    Spec("open_folder", "&File", "Open &folder of images …", "Train on images of your own", "Ctrl+Shift+O"),
    Spec("open_zip", "&File", "Open &zip of images …", "Train on a zip of images"),
    Spec("open_model", "&File", "Open &model …", "Look into any checkpoint; it may also be dropped on the window", "Ctrl+M"),
    Spec("open_model_folder", "&File", "Open model fol&der …", "Look into a folder as the Hugging Face Hub has them"),
    Spec("open_by_name", "&File", "Open model by &name …", "A model that ships, of timm, or of the Hub", "Ctrl+Shift+M"),
    Spec("open_picture", "&File", "Open p&icture …", "Look at a picture of your own with the current model", "Ctrl+Shift+P"),
    Spec("paste", "&File", "Pa&ste picture", "Look at the picture, or the file, in the clipboard", "Ctrl+V"),
    Spec("export", "&File", "&Export figure …", "The view in front as PNG, SVG, PDF, or its numbers as CSV, NPZ", "Ctrl+E"),
    Spec("copy_figure", "&File", "Copy fi&gure", "The view in front as a picture, to the clipboard", "Ctrl+Shift+C"),
    Spec("animation", "&File", "Export &animation …", "Save what is seen at each snapshot as a GIF, WebP or APNG"),
    Spec("cache", "&File", "&Cache …", "Where decoded images are kept, how much, and how to clear it"),
    Spec("quit", "&File", "&Quit", "Save what trains, and close", "Ctrl+Q"),
    Spec("train", "&Run", "&Train", "Start a new run with the settings at the right", "Ctrl+R", "start"),
    Spec("pause", "&Run", "&Pause", "Pause or go on", "Ctrl+P", "pause"),
    Spec("step", "&Run", "One &step", "Take one step, then wait", "Ctrl+Right", "step"),
    Spec("stop", "&Run", "St&op", "Stop and save; the run can be resumed later", "Ctrl+.", "stop"),
    Spec("resume", "&Run", "&Resume", "Go on with the run that is shown from where it was saved", "Ctrl+Shift+R", "resume"),
    Spec("reset", "&Run", "Res&et, same seed", "Start again from the same initial weights", "Ctrl+Shift+Backspace", "reset"),
    Spec("new_seed", "&Run", "&New seed", "Start again from other initial weights", "Ctrl+Shift+E", "seed"),
    Spec("snapshot_back", "&Run", "Snapshot &before", "Look at the run as it was at the snapshot before", "Alt+Left"),
    Spec("snapshot_on", "&Run", "Snapshot &after", "Look at the run as it was at the next snapshot", "Alt+Right"),
    Spec("snapshot_play", "&Run", "P&lay the snapshots", "Watch the run grow from snapshot to snapshot, and stop", "F8"),
    Spec("snapshot_now", "&Run", "The run as it &is", "Back from its snapshots to the run as it is now", "Alt+End"),
    Spec("model_details", "&Model", "&Details …", "What the current model is, what was read and what was assumed", "Ctrl+D"),
    Spec("model_run", "&Model", "The &run that is shown", "Look into the run as it trains, or as it ended", "Ctrl+Shift+D"),
    Spec("stop_opening", "&Model", "Give &up opening", "Stop opening or downloading a model"),
    Spec("side_by_side", "&View", "Move view to the other &side", "Two views side by side, and back", "Ctrl+\\"),
    Spec("dock_left", DOCK, "Dock view to the &left", f"{DOCKS} to the left", "Alt+Shift+Left"),
    Spec("dock_right", DOCK, "Dock view to the &right", f"{DOCKS} to the right", "Alt+Shift+Right"),
    Spec("dock_above", DOCK, "Dock view &above", f"{DOCKS} above", "Alt+Shift+Up"),
    Spec("dock_below", DOCK, "Dock view &below", f"{DOCKS} below", "Alt+Shift+Down"),
    Spec("next_view", "&View", "Keyboard to the &next view", "To the next of the views in sight", "F6"),
    Spec("in_tabs", "&View", "All views in ta&bs", "One view at a time"),
    Spec("light", "&View", "&Light", "Dark text on a light ground: best for a projector", checkable=True, group="theme"),
    Spec("dark", "&View", "Dar&k", "Light text on a dark ground", checkable=True, group="theme"),
    Spec("system", "&View", "&Follow the system", "Light or dark as the desktop is", checkable=True, group="theme"),
    Spec("presenter", "&View", "&Presenter mode", "Full screen, large type; Esc leaves", "F5", checkable=True),
    Spec("show_rail", "&View", "Methods, r&uns and models", "Show or hide the left side", "Ctrl+B", checkable=True),
    Spec("show_inspector", "&View", "&Inspector", "Show or hide the right side", "Ctrl+I", checkable=True),
    Spec("timeline", "&View", "&Timeline", "Show or hide the strip of the run's snapshots", "Ctrl+T", checkable=True),
    Spec("reset_layout", "&View", "&Reset layout", "Every part of the window back in its place"),
    Spec("welcome", "&Help", "&Welcome", "Point at three places to begin: train, open a model, take a lesson"),
    Spec("palette", "&Help", "Command &palette …", "Find anything by name", "Ctrl+K"),
    Spec("search", "&Help", "&Search settings", "The keyboard goes to the search field of the inspector", "Ctrl+F"),
    Spec("shortcuts", "&Help", "&Keyboard shortcuts", "Every key of the window", "F1"),
    Spec("doctor", "&Help", "&Doctor", "Versions, devices, what is missing and what to do"),
    Spec("about", "&Help", "&About SSLViz", "Version and licence"),
)  # fmt: skip

MENUS: tuple[str, ...] = ("&File", "&Run", "&Model", "&View", "&Help")
TOOLBAR = ("train", "pause", "step", "stop", "resume", "reset", "new_seed")


class Actions(QObject):
    """The actions by name, as attributes of `by_name`."""

    def __init__(self, handlers: Mapping[str, Callable[[], object]], parent: QObject) -> None:
        super().__init__(parent)
        self._groups: dict[str, QActionGroup] = {}
        self._icons = {spec.name: spec.icon for spec in SPECS if spec.icon}
        self.by_name = {spec.name: self._make(spec, handlers[spec.name]) for spec in SPECS}
        self.speeds: dict[float, QAction] = {}

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]

    def _make(self, spec: Spec, handler: Callable[[], object]) -> QAction:
        action = QAction(spec.text, self)
        action.setObjectName(spec.name)
        action.setCheckable(spec.checkable)
        if spec.shortcut:
            action.setShortcut(QKeySequence(spec.shortcut))
        self.describe(action, spec.tip)
        if spec.group:
            self._group(spec.group).addAction(action)
        action.triggered.connect(lambda _checked: handler())
        return action

    def _group(self, name: str) -> QActionGroup:
        return self._groups.setdefault(name, QActionGroup(self))

    def add_speeds(self, chosen: Callable[[float], object]) -> None:
        """One action for each speed of slow motion."""
        for speed in SPEEDS:
            action = QAction(speed_text(speed), self)
            action.setCheckable(True)
            action.setChecked(speed == 0)
            self._group("speed").addAction(action)
            action.triggered.connect(lambda _checked, speed=speed: chosen(speed))
            self.speeds[speed] = action

    @staticmethod
    def describe(action: QAction, tip: str) -> None:
        """Tooltip with the shortcut behind it."""
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{tip} ({keys})" if keys else tip)
        action.setStatusTip("")

    def enable(self, **states: bool) -> None:
        """Enable or disable actions by name."""
        for name, enabled in states.items():
            self.by_name[name].setEnabled(enabled)

    def set_theme(self, theme: Theme) -> None:
        """Icons in the colours of the theme."""
        for name, drawing in self._icons.items():
            self.by_name[name].setIcon(icons.icon(drawing, theme.text, theme.border))


def plain(text: str) -> str:
    """The text of an action or menu without its mnemonic."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")
