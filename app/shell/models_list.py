"""The models that can be looked into, below the runs: the run that is shown, models that ship, models that were opened before."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QMenu, QVBoxLayout, QWidget

from app.shell.current_model import NONE, CurrentModel, name_of
from app.shell.rail import ROLE, heading
from app.shell.run_display import is_recorded
from app.widgets.wrapped_items import wrap
from sslviz.spec.evaluation import LAST
from sslviz.spec.inspection import ModelLine, ModelRef

Row = tuple[ModelRef, str, str]
"""Model, words, tooltip."""

EMPTY = "Models come with the worker. Drop a checkpoint on the window to open it."


class ModelsList(QWidget):
    """A click or Return makes a model the current one. `chosen` carries its ModelRef, `following` is the run's."""

    chosen = Signal(object)
    following = Signal()
    detailed = Signal()
    revealed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Models")
        wrap(self.list)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._menu)
        self.list.itemClicked.connect(self._activated)
        self.list.itemActivated.connect(self._activated)
        self._shown: list[Row] = []
        self._snapshots: list[tuple[int, ModelRef]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(heading("Models", self))
        column.addWidget(self.list)

    def show_models(self, model: CurrentModel, steps: Sequence[int], runs: Container[str] = ()) -> None:
        """Fill the list. `steps`: those at which the run that is shown was saved; `runs`: folders of runs, which are listed above."""
        self._snapshots = [(step, model.run_ref(step)) for step in steps]
        rows = [*_of_run(model), *_of_lines(line for line in model.lines if line.source not in runs)]
        if rows != self._shown:
            self._fill(rows)
        marked = NONE if model.is_of_run else model.ref
        places = (row for row, (ref, _, _) in enumerate(rows) if _key(ref) == _key(marked))
        self.list.setCurrentRow(next(places, -1))

    def _fill(self, rows: list[Row]) -> None:
        self._shown = rows
        self.list.clear()
        for ref, text, tip in rows:
            item = QListWidgetItem(text, self.list)
            item.setData(ROLE, ref)
            item.setToolTip(tip)
        if not rows:
            QListWidgetItem(EMPTY, self.list).setFlags(Qt.ItemFlag.NoItemFlags)

    def _activated(self, item: QListWidgetItem) -> None:
        ref = item.data(ROLE)
        if isinstance(ref, ModelRef):
            self._choose(ref)

    def _choose(self, ref: ModelRef) -> None:
        if ref == NONE:
            self.following.emit()
        else:
            self.chosen.emit(ref)

    def fill_snapshots(self, menu: QMenu) -> None:
        """One action for each step at which the run that is shown was saved, the last first."""
        menu.clear()
        for step, ref in reversed(self._snapshots):
            menu.addAction(f"Step {step:,}").triggered.connect(lambda _checked, ref=ref: self.chosen.emit(ref))
        if menu.isEmpty():
            menu.addAction("None yet").setEnabled(False)

    def fill_menu(self, menu: QMenu) -> None:
        """The same list as actions."""
        menu.clear()
        for ref, text, tip in self._shown:
            action = menu.addAction(text.replace("\n", ": "))
            action.setToolTip(tip)
            action.triggered.connect(lambda _checked, ref=ref: self._choose(ref))
        if menu.isEmpty():
            menu.addAction("None yet").setEnabled(False)

    def _menu(self, point: QPoint) -> None:
        item = self.list.itemAt(point)
        ref = item.data(ROLE) if item else None
        if not isinstance(ref, ModelRef):
            return
        menu = QMenu(self)
        menu.addAction("Look at it").triggered.connect(lambda: self._choose(ref))
        if ref == NONE:
            self.fill_snapshots(menu.addMenu("At a snapshot"))
        menu.addAction("Details of the current model …").triggered.connect(self.detailed)
        if "/" in ref.source or "\\" in ref.source:
            menu.addAction("Show in the file manager").triggered.connect(lambda: self.revealed.emit(ref.source))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.list.viewport().mapToGlobal(point))


def _of_run(model: CurrentModel) -> Iterator[Row]:
    """The run as it is now comes as ModelRef(""): it is another while it trains. A snapshot that is looked at comes below it."""
    run = model.run_ref()
    if run == NONE:
        return
    name = Path(run.source).name
    now = "as it trains" if run.run_id else "as it was recorded" if is_recorded(run.source) else "as it ended"
    yield (
        NONE,
        f"The run that is shown, {now}\n{name}",
        f"{run.source}\nIts snapshots are in the menu of the right mouse button.",
    )
    if model.ref.source == run.source and model.ref.snapshot != LAST:
        yield model.ref, f"The same run at step {model.ref.snapshot:,}\n{name}", run.source


def _of_lines(lines: Iterable[ModelLine]) -> Iterator[Row]:
    for line in lines:
        where = "It ships with the program." if line.shipped else line.source
        text = line.title if line.shipped else f"{line.title}\n{name_of(ModelRef(line.source))}"
        yield ModelRef(line.source), text, f"{line.about}\n{where}".strip()


def _key(ref: ModelRef) -> tuple[str, int]:
    """What makes a line of the list; how a model is read does not."""
    return ref.source, ref.snapshot
