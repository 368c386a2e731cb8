"""The left side: the methods, and below them the runs that are there."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QMenu, QVBoxLayout, QWidget

from app.shell.draft import data_title
from app.widgets.wrapped_items import wrap
from sslviz.spec.catalogue import Catalogue, MethodInfo
from sslviz.spec.requests import RunSummary

ROLE = Qt.ItemDataRole.UserRole
ROWS = 12  # methods in sight; with more the list scrolls


def heading(text: str, parent: QWidget) -> QLabel:
    """A bold line over a list."""
    label = QLabel(text, parent)
    label.setProperty("title", "true")
    return label


class MethodRail(QWidget):
    """The methods of the catalogue; `chosen` carries the name."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Methods")
        self.list.currentItemChanged.connect(self._current)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(heading("Methods", self))
        column.addWidget(self.list)

    def show_methods(self, methods: Sequence[MethodInfo], current: str) -> None:
        """Fill the list; without methods it says when they come."""
        self.list.blockSignals(True)
        self.list.clear()
        for info in methods:
            item = QListWidgetItem(info.title, self.list)
            item.setData(ROLE, info.name)
            item.setToolTip("<br>".join(map(html.escape, (info.paper, info.idea, f"Collapse: {info.collapse}"))))
            if info.name == current:
                self.list.setCurrentItem(item)
        if not methods:
            QListWidgetItem("Waiting for the worker …", self.list).setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.blockSignals(False)
        self.fit_height()

    def fit_height(self) -> None:
        """No higher than the methods need: the rest of the side is for the runs."""
        rows = min(max(self.list.count(), 1), ROWS)
        self.list.setFixedHeight(rows * self.list.sizeHintForRow(0) + 2 * self.list.frameWidth() + 2)
        self.setMaximumHeight(self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """Larger type needs more room."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.fit_height()

    def show_current(self, name: str) -> None:
        """Mark a method without emitting."""
        self.list.blockSignals(True)
        for row in range(self.list.count()):
            if self.list.item(row).data(ROLE) == name:
                self.list.setCurrentRow(row)
        self.list.blockSignals(False)

    def _current(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(ROLE):
            self.chosen.emit(item.data(ROLE))


class RunsList(QWidget):
    """Run folders, newest first. Return or a double click opens; the menu does the rest."""

    opened = Signal(str)
    resumed = Signal(str)
    revealed = Signal(str)
    renamed = Signal(str)
    deleted = Signal(str)
    refreshed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs: tuple[RunSummary, ...] = ()
        self.list = QListWidget(self)
        self.list.setAccessibleName("Runs")
        wrap(self.list)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._menu)
        self.list.itemActivated.connect(self._activated)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(heading("Runs", self))
        column.addWidget(self.list)

    def show_runs(self, runs: Sequence[RunSummary], catalogue: Catalogue, current: str, *, live: bool) -> None:
        """Fill the list; `current` is the folder of the run that is shown, `live` whether it trains."""
        self.runs = tuple(runs)
        self.list.clear()
        for run in runs:
            item = QListWidgetItem(describe_run(run, catalogue, live=live and run.folder == current), self.list)
            item.setData(ROLE, run.folder)
            item.setToolTip(run.problem or run.folder)
            if run.folder == current:
                self.list.setCurrentItem(item)
        if not runs:
            empty = QListWidgetItem("No runs yet. Press Train: each is kept here.", self.list)
            empty.setFlags(Qt.ItemFlag.NoItemFlags)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete asks whether the marked run shall go."""
        marked = self.list.selectedItems()
        if event.key() == Qt.Key.Key_Delete and marked and marked[0].data(ROLE):
            self.deleted.emit(marked[0].data(ROLE))
        else:
            super().keyPressEvent(event)

    def _activated(self, item: QListWidgetItem) -> None:
        if folder := item.data(ROLE):
            self.opened.emit(folder)

    def _menu(self, point: QPoint) -> None:
        item = self.list.itemAt(point)
        folder = item.data(ROLE) if item else ""
        menu = QMenu(self)
        if folder:
            menu.addAction("Open").triggered.connect(lambda: self.opened.emit(folder))
            menu.addAction("Resume").triggered.connect(lambda: self.resumed.emit(folder))
            menu.addAction("Rename …").triggered.connect(lambda: self.renamed.emit(folder))
            menu.addAction("Show in the file manager").triggered.connect(lambda: self.revealed.emit(folder))
            menu.addAction("Move to the trash …").triggered.connect(lambda: self.deleted.emit(folder))
            menu.addSeparator()
        refresh: QAction = menu.addAction("Look again")
        refresh.triggered.connect(self.refreshed)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.list.viewport().mapToGlobal(point))


def describe_run(run: RunSummary, catalogue: Catalogue, *, live: bool = False) -> str:
    """Three lines: what it is, how far it got, when it was written and its kNN accuracy; one more where something is damaged."""
    if not run.method:
        return f"{run.name}\ncannot be opened: {run.problem}"
    titles = {info.name: info.title for info in catalogue.methods}
    what = f"{titles.get(run.method, run.method)} · {data_title(catalogue, run.data)}"
    knn = run.last.get("knn", math.nan)
    if live:
        return f"{what}\ntrains now, {run.steps:,} steps\n{when(run.modified)}"
    reached = f" · kNN {100 * knn:.0f} %" if math.isfinite(knn) else ""
    damage = f"\n{run.problem}" if run.problem else ""
    return f"{what}\n{run.state} {run.step:,} of {run.steps:,}\n{when(run.modified)}{reached}{damage}"


def when(modified: float) -> str:
    """A moment in local time, shortly: the time today, the date before."""
    moment, now = datetime.fromtimestamp(modified).astimezone(), datetime.now().astimezone()
    return moment.strftime("today %H:%M" if moment.date() == now.date() else "%d %b %Y %H:%M")
