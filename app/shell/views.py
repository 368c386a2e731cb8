"""The middle of the window: panels as tabs, in groups that are docked beside and above each other."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from itertools import chain

from PySide6.QtCore import QRect, QSettings, Qt
from PySide6.QtWidgets import QLabel, QWidget

import app.panels
from app.panels.base import PANELS, Panel
from app.shell.plot_library import load_plots
from app.widgets.dock_area import DockArea
from app.widgets.dock_drop import Drop
from app.widgets.dock_tree import Side, from_text, to_text

ORDER = ("train", "augment", "attention", "reconstruct", "embeddings", "evaluate", "compare", "lessons", "gallery")
LAYOUT = "window/views"
"""The key of the settings."""


def find_panels() -> Iterator[tuple[str, type[Panel] | Exception]]:
    """Every panel of `app.panels` by name, in tab order, loaded one by one; one that does not load comes as its error."""
    load_plots()
    found = {module.name for module in pkgutil.iter_modules(app.panels.__path__)} - {"base"}
    for name in sorted((name for name in found if not name.startswith("_")), key=_place):
        try:
            importlib.import_module(f"app.panels.{name}")
            yield name, PANELS[name]
        except Exception as error:  # noqa: BLE001  a broken panel is reported; the window opens with the others
            yield name, error


def _place(name: str) -> tuple[int, str]:
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)


class Views(DockArea):
    """All panels, docked. `switched`: other panels are visible now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panels: dict[str, Panel] = {}
        self._last = ""  # the panel that had the keyboard last
        self.waiting = QLabel("Opening the views …", self)
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.waiting.setProperty("muted", "true")
        self.set_placeholder(self.waiting)

    def add_panel(self, panel: Panel) -> None:
        """One more panel, where the layout of the last time has it, else the last tab."""
        self.panels[panel.name] = panel
        self.add(panel.name, panel, panel.title, panel.shortcut)

    def visible(self) -> tuple[Panel, ...]:
        """The panels on top of their group."""
        return tuple(self.panels[name] for name in self.on_top())

    def show_panel(self, name: str) -> None:
        """Bring a panel to the front, and the keyboard to it."""
        self.bring(name)
        self._last = name
        self.panels[name].setFocus()

    def tab_rect(self, name: str, within: QWidget) -> QRect | None:
        """Where the tab of a panel is, in coordinates of a widget around it; None while there is none to be seen."""
        if name not in self.panels:
            return None
        group = self.group_of(name)
        rect = group.bar.tabRect(group.names.index(name)).intersected(group.bar.rect())
        return (
            QRect(group.bar.mapTo(within, rect.topLeft()), rect.size())
            if group.bar.isVisible() and not rect.isEmpty()
            else None
        )

    def in_front(self) -> Panel | None:
        """The visible panel that has the keyboard, else that which had it last, else the first; None while there is none."""
        tops = self.visible()
        focus: QWidget | None = self.window().focusWidget()
        having = (panel for panel in tops if focus is not None and panel.isAncestorOf(focus))
        last = (panel for panel in tops if panel.name == self._last)
        found = next(chain(having, last, tops), None)
        self._last = found.name if found else ""
        return found

    # Docking -------------------------------------------------------------------------------------------------------

    def dock_front(self, side: Side) -> None:
        """The panel in front goes to that side."""
        if panel := self.in_front():
            self.dock(panel.name, side)

    def move_to_other_side(self) -> None:
        """The panel in front goes to the next group; where there is one group only, to the right of it."""
        panel = self.in_front()
        if panel is None:
            return
        groups = [group for group in self.groups if group.count()]
        here = next(k for k, group in enumerate(groups) if panel.name in group.names)
        there = groups[(here + 1) % len(groups)]
        self.drop(panel.name, Drop(QRect(), there.names[0], "right" if len(groups) == 1 else None))

    def show_next(self) -> None:
        """The keyboard goes to the next panel in sight."""
        tops, front = self.visible(), self.in_front()
        if front is not None:
            self.show_panel(tops[(tops.index(front) + 1) % len(tops)].name)

    def save(self, settings: QSettings) -> None:
        """Remember what is docked where."""
        if self.panels:
            settings.setValue(LAYOUT, to_text(self.tree))

    def restore(self, settings: QSettings) -> None:
        """As it was remembered; panels come to their places as they are made. What cannot be read is left."""
        tree = from_text(str(settings.value(LAYOUT, "")))
        if tree is not None:
            self.set_tree(tree)

    def wishes(self) -> Iterable[str]:
        """The names of peeks that visible panels draw."""
        return {name for panel in self.visible() for name in panel.wants}
