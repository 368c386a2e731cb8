"""The middle of the window: panels as tabs, in one group or two side by side."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QSplitter, QTabWidget, QWidget

import app.panels
from app.panels.base import PANELS, Panel

ORDER = ("train", "augment", "attention", "reconstruct", "embeddings", "evaluate", "compare", "lessons")


def find_panels() -> Iterator[tuple[str, type[Panel] | Exception]]:
    """Every panel of `app.panels` by name, in tab order, loaded one by one; one that does not load comes as its error."""
    found = {module.name for module in pkgutil.iter_modules(app.panels.__path__)} - {"base"}
    for name in sorted((name for name in found if not name.startswith("_")), key=_place):
        try:
            importlib.import_module(f"app.panels.{name}")
            yield name, PANELS[name]
        except Exception as error:  # noqa: BLE001  a broken panel is reported; the window opens with the others
            yield name, error


def _place(name: str) -> tuple[int, str]:
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)


class Views(QSplitter):
    """Tabs that can be moved to the other side. `switched`: other panels are visible now."""

    switched = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setChildrenCollapsible(False)
        self.panels: dict[str, Panel] = {}
        self.groups = (self._group(), self._group())
        for tabs in self.groups:
            tabs.hide()
        self.waiting = QLabel("Opening the views …", self)
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.waiting.setProperty("muted", "true")
        self.addWidget(self.waiting)

    def _group(self) -> QTabWidget:
        tabs = QTabWidget(self)
        tabs.setMovable(True)
        tabs.setDocumentMode(True)
        tabs.tabBar().setDrawBase(False)
        tabs.currentChanged.connect(self._current_changed)
        self.addWidget(tabs)
        return tabs

    def _current_changed(self, _index: int) -> None:
        self.switched.emit()

    def add(self, panel: Panel) -> None:
        """One more tab."""
        self.waiting.hide()
        self.groups[0].show()
        self.panels[panel.name] = panel
        index = self.groups[0].addTab(panel, panel.title)
        if panel.shortcut:
            self.groups[0].setTabToolTip(index, panel.shortcut)

    def visible(self) -> tuple[Panel, ...]:
        """The panels on top of their group."""
        tops = (tabs.currentWidget() for tabs in self.groups if not tabs.isHidden())
        return tuple(panel for panel in tops if isinstance(panel, Panel))

    def show_panel(self, name: str) -> None:
        """Bring a panel to the front, and the keyboard to it."""
        panel = self.panels[name]
        group = self._group_of(panel)
        group.setCurrentWidget(panel)
        panel.setFocus()

    def _group_of(self, panel: Panel) -> QTabWidget:
        return next(tabs for tabs in self.groups if tabs.indexOf(panel) >= 0)

    def in_front(self) -> Panel | None:
        """The visible panel that has the keyboard, else the first; None while there is none."""
        tops = self.visible()
        focus: QWidget | None = self.window().focusWidget()
        return next((p for p in tops if focus is not None and p.isAncestorOf(focus)), tops[0] if tops else None)

    def move_to_other_side(self) -> None:
        """The panel that has the keyboard (or the first on top) goes to the other group; an empty group closes."""
        panel = self.in_front()
        if panel is None:
            return
        here = self._group_of(panel)
        there = self.groups[1] if here is self.groups[0] else self.groups[0]
        there.addTab(panel, panel.title)
        there.show()
        there.setCurrentWidget(panel)
        if not self.groups[0].count():
            self.in_tabs()
        self.groups[1].setVisible(self.groups[1].count() > 0)
        self.setSizes([self.width() // 2, self.width() // 2])
        self.switched.emit()

    def in_tabs(self) -> None:
        """All panels in one group, in their order."""
        for panel in self.panels.values():
            self.groups[0].addTab(panel, panel.title)
        self.groups[0].setCurrentIndex(0)
        self.groups[1].hide()
        self.switched.emit()

    def wishes(self) -> Iterable[str]:
        """The names of peeks that visible panels draw."""
        return {name for panel in self.visible() for name in panel.wants}
