"""A form made from parameter descriptions: sections that fold, search, reset, locks with their reason."""

from __future__ import annotations

import html
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.widgets import icons
from app.widgets.editors import Editor, NumberEditor, make_editor
from app.widgets.theme import LIGHT, Theme
from sslviz.spec.params import ParamInfo, Scalar

LABEL, BOX = 19, 14  # widths in characters


def explain(info: ParamInfo, lock: str = "") -> str:
    """The tooltip of a parameter: range, the paper's value, what raising and lowering do, why it is locked."""
    more, less = ("On", "Off") if info.kind == "bool" else ("Raise", "Lower")
    numeric = info.kind in ("int", "float")
    lines = [f"<b>{html.escape(caption(info))}</b>"]
    if numeric and math.isfinite(info.lo) and math.isfinite(info.hi):
        unit = f" {info.unit}" if info.unit else ""
        lines.append(f"{info.lo:g} to {info.hi:g}{html.escape(unit)}" + (", log scale" if info.scale == "log" else ""))
    if info.paper:
        lines.append(f"Paper: {html.escape(info.paper)}")
    if info.up:
        lines.append(html.escape(info.up if info.kind in ("choice", "text") else f"{more}: {info.up}"))
    if info.down:
        lines.append(html.escape(info.down if info.down[:1].isdigit() else f"{less}: {info.down}"))
    if lock:
        lines.append(f"<i>{html.escape(lock)}</i>")
    return "<br>".join(lines)


def caption(info: ParamInfo) -> str:
    """Label and symbol, as in "temperature τ"."""
    return f"{info.label} {info.symbol}".strip()


@dataclass(slots=True)
class Row:
    """The widgets of one parameter."""

    key: str
    info: ParamInfo
    label: QLabel
    mark: QLabel
    editor: Editor
    reset: QToolButton
    start: Scalar  # where a reset leads
    line: int  # of the grid; what is wrong stands in the next one
    lock: str = ""
    problem: QLabel | None = None

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        """All that belongs to it."""
        own = (self.label, self.mark, self.editor, self.reset)
        return (*own, self.problem) if self.problem else own

    def show(self, shown: bool) -> None:
        """Show or hide the whole row."""
        for widget in self.widgets:
            widget.setVisible(shown)


class Section(QWidget):
    """A titled group of parameters that folds. `changed` carries (key, value)."""

    changed = Signal(str, object)

    def __init__(self, title: str, parent: QWidget | None = None, *, folded: bool = False) -> None:
        super().__init__(parent)
        self.theme = LIGHT
        self.rows: dict[str, Row] = {}
        self.header = QToolButton(self)
        self.header.setText(title)
        self.header.setCheckable(True)
        self.header.setChecked(not folded)
        self.header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.header.setAutoRaise(True)
        self.header.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.header.toggled.connect(self._fold)
        self.header.setObjectName("section")
        self.body = QWidget(self)
        self.grid = QGridLayout(self.body)
        self.grid.setContentsMargins(8, 2, 2, 6)
        self.grid.setHorizontalSpacing(6)
        self.grid.setVerticalSpacing(4)
        self.grid.setColumnStretch(2, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.body)
        self._fold(not folded)

    def _fold(self, is_open: bool) -> None:
        self.body.setVisible(is_open)
        self.header.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)

    def add_widget(self, widget: QWidget) -> None:
        """A widget of one's own over the whole width."""
        self.grid.addWidget(widget, self.grid.rowCount(), 0, 1, 4)

    def set_params(self, params: Sequence[tuple[str, ParamInfo]]) -> None:
        """Replace the parameter rows; widgets of one's own stay."""
        if [(key, row.info) for key, row in self.rows.items()] == list(params):
            return
        for row in self.rows.values():
            for widget in row.widgets:
                self.grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        self.rows = {key: self._row(key, info) for key, info in params}
        self.set_theme(self.theme)

    def _align(self) -> None:
        """The same columns in every section."""
        character = self.fontMetrics().averageCharWidth()
        for row in self.rows.values():
            row.label.setFixedWidth(LABEL * character)
            row.mark.setFixedWidth(round(15 * self.theme.scale))
            if isinstance(row.editor, NumberEditor):
                row.editor.set_box_width(BOX * character)

    def _row(self, key: str, info: ParamInfo) -> Row:
        row = Row(key, info, QLabel(caption(info), self.body), QLabel(self.body), make_editor(info, self.body),
                  QToolButton(self.body), info.default, self.grid.rowCount())  # fmt: skip
        row.label.setBuddy(row.editor)
        row.label.setWordWrap(True)
        row.editor.setAccessibleName(caption(info))
        row.reset.setAutoRaise(True)
        row.reset.setAccessibleName(f"Reset {info.label}")
        row.reset.setToolTip(f"Back to {row.start}")
        row.reset.clicked.connect(lambda: self._reset(key))
        row.editor.changed.connect(lambda value: self._changed(key, value))
        for column, widget in enumerate(row.widgets):
            self.grid.addWidget(widget, row.line, column)
        self.grid.setRowMinimumHeight(row.line + 1, 0)  # the next row of the form begins after it
        self._explain(row)
        self._mark_default(row)
        return row

    def _changed(self, key: str, value: Scalar) -> None:
        self._mark_default(self.rows[key])
        self.changed.emit(key, value)

    def _reset(self, key: str) -> None:
        row = self.rows[key]
        row.editor.set_value(row.start)
        self._changed(key, row.start)
        row.editor.setFocus()

    def _mark_default(self, row: Row) -> None:
        differs = row.editor.value() != row.start
        row.reset.setEnabled(differs)
        row.reset.setIcon(QIcon(icons.pixmap("undo", self.theme.muted, 32)) if differs else QIcon())

    def _explain(self, row: Row) -> None:
        for widget in (row.label, row.editor, row.mark):
            widget.setToolTip(explain(row.info, row.lock))

    def set_values(self, values: Mapping[str, Scalar]) -> None:
        """Show values without emitting; keys of other sections are ignored."""
        for key, value in values.items():
            row = self.rows.get(key)
            if row and row.editor.value() != value:
                row.editor.set_value(value)
            if row:
                self._mark_default(row)

    def set_starts(self, values: Mapping[str, Scalar]) -> None:
        """Where resetting a parameter leads: the recipe's value instead of its default."""
        for key, row in self.rows.items():
            if (start := values.get(key, row.info.default)) != row.start:
                row.start = start
                row.reset.setToolTip(f"Back to {start}")
                self._mark_default(row)

    def set_problem(self, key: str, sentence: str) -> None:
        """Mark the parameter `key` with what is wrong with it, outlined and in a sentence below; every other one is right."""
        for name, row in self.rows.items():
            wrong = sentence if name == key else ""
            if (row.problem.text() if row.problem else "") == wrong:
                continue
            if row.problem is None:
                row.problem = self._problem_label(row)
            row.problem.setText(wrong)
            row.problem.setVisible(bool(wrong) and not row.editor.isHidden())
            row.editor.setAccessibleDescription(wrong)
            row.editor.outline(self.theme.warning if wrong else "")

    def _problem_label(self, row: Row) -> QLabel:
        label = QLabel(self.body)
        label.setWordWrap(True)
        label.setProperty("problem", "true")
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.grid.addWidget(label, row.line + 1, 0, 1, 4)
        return label

    def set_locks(self, keys: Collection[str], reason: str) -> None:
        """Mark these parameters as fixed for now, with the reason in the tooltip; they stay editable."""
        for key, row in self.rows.items():
            lock = reason if key in keys else ""
            if lock != row.lock:
                row.lock = lock
                self._explain(row)
                self._draw_lock(row)

    def _draw_lock(self, row: Row) -> None:
        side = round(13 * self.theme.scale)
        if row.lock:
            picture = icons.pixmap("lock", self.theme.muted, 2 * side)
            picture.setDevicePixelRatio(2.0)
            row.mark.setPixmap(picture)
        else:
            row.mark.clear()

    def search(self, words: str) -> int:
        """Show only rows that hold every word in name, label, symbol or help; how many are left."""
        wanted = words.casefold().split()
        found = 0
        for row in self.rows.values():
            info = row.info
            text = " ".join((row.key, caption(info), info.up, info.down, info.paper, self.header.text())).casefold()
            hit = all(word in text for word in wanted)
            row.show(hit)
            if row.problem:
                row.problem.setVisible(hit and bool(row.problem.text()))
            found += hit
        if wanted and found:
            self.header.setChecked(True)
        self.setVisible(bool(found) or not wanted)
        return found

    def set_theme(self, theme: Theme) -> None:
        """Colours or type size changed."""
        self.theme = theme
        self._align()
        for row in self.rows.values():
            row.reset.setIconSize(QSize(round(14 * theme.scale), round(14 * theme.scale)))
            self._mark_default(row)
            self._draw_lock(row)
            row.editor.outline(theme.warning if row.problem and row.problem.text() else "")
