"""From which token is looked: the class token, a register, or a patch that is clicked in the picture."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.widgets.ink import type_face
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.inspection import CLASS_QUERY


class Queries(QWidget):
    """`chosen` carries a query as `Attend` counts them: -1 the class token, -2 the first register."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._offered = (True, 0)
        self.buttons: dict[int, QToolButton] = {}
        self.words = WrappedLabel()
        self._row = QHBoxLayout()
        self._row.setSpacing(3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.words)
        column.addLayout(self._row)
        self._fill()

    def offer(self, *, class_token: bool, registers: int) -> None:
        """The tokens before the patches."""
        if self._offered != (class_token, registers):
            self._offered = (class_token, registers)
            self._fill()

    def _fill(self) -> None:
        for button in self.buttons.values():
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        class_token, registers = self._offered
        tokens = ([CLASS_QUERY] if class_token else []) + [CLASS_QUERY - 1 - k for k in range(registers)]
        self.buttons = {query: self._button(query) for query in tokens}

    def _button(self, query: int) -> QToolButton:
        button = QToolButton()
        words = "CLS" if query == CLASS_QUERY else f"R{CLASS_QUERY - query}"
        button.setText(words)
        tip = name_of(query, (0, 0)) + (" (C)" if query == CLASS_QUERY else "")
        button.setToolTip(f"Look from {tip}")
        button.setAccessibleName(f"Look from {tip}")
        button.setCheckable(True)
        button.setFont(type_face(self._theme, "small"))
        policy = button.sizePolicy()
        policy.setHorizontalPolicy(policy.Policy.MinimumExpanding)
        button.setSizePolicy(policy)
        button.clicked.connect(lambda: self._press(query))
        self._row.addWidget(button)
        return button

    def _press(self, query: int) -> None:
        self.buttons[query].setChecked(True)
        self.chosen.emit(query)

    def show_query(self, query: int | None, grid: tuple[int, int]) -> None:
        """Say from where is looked now; None: from nowhere yet."""
        where = "" if query is None else f"Looking from {name_of(query, grid)}. "
        self.words.say(f"{where}Click a patch to look from there.")
        for each, button in self.buttons.items():
            button.setChecked(each == query)

    def set_theme(self, theme: Theme) -> None:
        """Type."""
        self._theme = theme
        self.words.setFont(type_face(theme, "small"))
        for button in self.buttons.values():
            button.setFont(type_face(theme, "small"))


def name_of(query: int, grid: tuple[int, int]) -> str:
    """A query in words."""
    if query == CLASS_QUERY:
        return "the class token"
    if query < CLASS_QUERY:
        return f"register {CLASS_QUERY - query}"
    row, column = divmod(query, max(grid[1], 1))
    return f"the patch in row {row + 1}, column {column + 1}"
