"""The command palette: type a few letters, press Return. Everything that the window can do is in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHeaderView, QLabel, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from app.widgets.fuzzy import score

SHOWN = 60
PASSED_ON = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


@dataclass(frozen=True, slots=True)
class Command:
    """One line: what it is called, a word beside it (group, shortcut), and what it does."""

    title: str
    detail: str
    run: Callable[[], object]
    enabled: bool = True


class Palette(QFrame):
    """A box over the window; closes on Escape, on a choice, and when it loses the focus."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._commands: Sequence[Command] = ()
        self._back: QWidget | None = None
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Type a command, a method, a data set, a run or a parameter")
        self.field.setAccessibleName("Command")
        self.field.textChanged.connect(self._match)
        self.field.returnPressed.connect(self._run)
        self.field.installEventFilter(self)
        self.list = QTreeWidget(self)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.itemClicked.connect(self._run)
        self.empty = QLabel("Nothing here is called that.", self)
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        column.addWidget(self.list)
        column.addWidget(self.empty)
        self.hide()

    def open(self, commands: Sequence[Command]) -> None:
        """Show these commands at the top of the window and take the keyboard."""
        self._back = self.window().focusWidget()
        self._commands = commands
        self.field.clear()
        self._match("")
        window = self.window()
        width = min(window.width() - 40, self.fontMetrics().averageCharWidth() * 90)
        self.resize(width, min(window.height() - 80, self.fontMetrics().height() * 22))
        self.move(QPoint((window.width() - width) // 2, 40))
        self.show()
        self.raise_()
        self.field.setFocus()

    def close_and_return(self) -> None:
        """Hide and give the keyboard back to where it was."""
        self.hide()
        if self._back is not None and self._back.isVisible():
            self._back.setFocus()
        self._back = None

    def _match(self, query: str) -> None:
        scored = [(_rank(query, command), -k) for k, command in enumerate(self._commands)]
        best = sorted((pair for pair in scored if pair[0] > 0), reverse=True)[:SHOWN]
        self.list.clear()
        for _, k in best:
            command = self._commands[-k]
            item = QTreeWidgetItem(self.list, [command.title, command.detail])
            item.setData(0, Qt.ItemDataRole.UserRole, -k)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
            item.setDisabled(not command.enabled)
        self.empty.setVisible(not best)
        self.list.setVisible(bool(best))
        self.list.setCurrentIndex(self.list.model().index(0, 0))

    def _run(self) -> None:
        for item in self.list.selectedItems():
            self.close_and_return()
            self._commands[item.data(0, Qt.ItemDataRole.UserRole)].run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows move in the list while the field has the focus; Escape closes."""
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.close_and_return()
                return True
            if event.key() in PASSED_ON:
                self.list.keyPressEvent(event)
                return True
        return super().eventFilter(watched, event)


def _rank(query: str, command: Command) -> float:
    """A title that answers comes before one whose group only does."""
    by_title = score(query, command.title)
    return 10 * by_title if by_title else score(query, f"{command.title} {command.detail}")
