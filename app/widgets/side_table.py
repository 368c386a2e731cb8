"""SideTable: one column for each of a few sides, rows in groups; the first column stays in sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from app.widgets.ink import colour, mixed, type_face
from app.widgets.theme import LIGHT, Theme


@dataclass(frozen=True, slots=True)
class SideRow:
    """One row. tips: of each cell, in full. quiet: it matters less, or its numbers say nothing about each other."""

    group: str
    label: str
    cells: tuple[str, ...]
    tips: tuple[str, ...] = ()
    tip: str = ""  # of the label
    strong: bool = False
    quiet: bool = False
    values: tuple[float | str, ...] = field(default=())  # in full, for files; the cells where there are none


class SideTable(QTableWidget):
    """Groups have a line of their own; Ctrl+C and the card's menu take the numbers out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.heads: tuple[str, ...] = ()
        self.rows: tuple[SideRow, ...] = ()
        self._lines: list[SideRow | str] = []
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.setAccessibleName("Side by side")
        self.set_theme(LIGHT)

    def set_rows(self, heads: Sequence[str], rows: Sequence[SideRow]) -> None:
        """`heads`: the names of the sides."""
        self.heads, self.rows = tuple(heads), tuple(rows)
        self._lines = []
        for k, row in enumerate(self.rows):
            if not k or self.rows[k - 1].group != row.group:
                self._lines.append(row.group)
            self._lines.append(row)
        self._fill()

    def table(self) -> tuple[list[str], list[list[float | str]]]:
        """Group, label, and a column a side, numbers in full."""
        return ["group", "what", *self.heads], [[row.group, row.label, *(row.values or row.cells)] for row in self.rows]

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.setFont(type_face(theme, "small"))
        self.horizontalHeader().setFont(type_face(theme, "small", bold=True))
        chosen = mixed(theme.accent, theme.panel, 0.16)
        self.setStyleSheet(
            f"QTableWidget {{ background: {theme.panel}; border: none; color: {theme.text}; outline: none; }}"
            f"QTableWidget::item {{ padding: 0 6px; border: none; }}"
            f"QTableWidget::item:selected {{ background: {chosen}; }}"
            f"QHeaderView::section {{ background: {theme.panel}; color: {theme.text}; border: none;"
            f" border-bottom: 1px solid {theme.border}; padding: 3px 6px; }}"
        )
        self._fill()

    def _fill(self) -> None:
        self.clearSpans()
        self.clear()
        self.setColumnCount(1 + len(self.heads))
        self.setRowCount(len(self._lines))
        self.setHorizontalHeaderLabels(["", *self.heads])
        for r, line in enumerate(self._lines):
            if isinstance(line, str):
                self.setItem(r, 0, self._item(line, bold=True, ink=self._theme.accent))
                self.setSpan(r, 0, 1, self.columnCount())
            else:
                self._fill_row(r, line)
        self._fit()

    def _fill_row(self, r: int, row: SideRow) -> None:
        ink = self._theme.muted if row.quiet else self._theme.text
        self.setItem(r, 0, self._item(row.label, row.tip or row.label, bold=row.strong, ink=ink))
        for k, text in enumerate(row.cells):
            tip = row.tips[k] if k < len(row.tips) else text
            self.setItem(r, 1 + k, self._item(text, tip, bold=row.strong, ink=ink))

    def _item(self, text: str, tip: str = "", *, bold: bool = False, ink: str = "") -> QTableWidgetItem:
        item = QTableWidgetItem(text)
        item.setToolTip(tip)
        item.setFont(type_face(self._theme, "small", bold=bold))
        item.setForeground(colour(ink or self._theme.text))
        return item

    def _fit(self) -> None:
        """The label as wide as it is, at most two fifths; the sides share the rest, down to something that can be read."""
        metrics = QFontMetrics(type_face(self._theme, "small", bold=True))
        self.verticalHeader().setDefaultSectionSize(round(metrics.height() * 1.6))
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        room = self.viewport().width()
        labels = max((metrics.horizontalAdvance(row.label) for row in self.rows), default=0) + 24
        first = min(labels, round(0.4 * room))
        self.setColumnWidth(0, first)
        for k in range(len(self.heads)):
            least = max((metrics.horizontalAdvance(row.cells[k]) for row in self.rows), default=0) + 20
            share = (room - first) // max(len(self.heads), 1)
            self.setColumnWidth(1 + k, max(share, min(least, round(220 * self._theme.scale))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


def example() -> SideTable:
    """Two runs that differ in their temperature."""
    table = SideTable()
    table.set_rows(
        ("● first", "■ second"),
        [SideRow("method", "temperature", ("0.1", "0.5")), SideRow("run", "batch size", ("128", "256")),
         SideRow("run", "loss", ("4.41", "5.02"), quiet=True, tip="At different temperatures: not comparable.")],
    )  # fmt: skip
    return table


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
