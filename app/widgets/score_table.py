"""ScoreTable: measured shares as numbers and as bars with their intervals, one line each, on one axis from 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.widgets.ink import colour, mixed, type_face
from app.widgets.theme import LIGHT, Theme

INTERVAL = "95 % interval"
HEAD = ("protocol", "model", "layer", "score", f"0 %  ·  {INTERVAL}  ·  100 %", "top-5", "chance", "seeds", "how")
LAYER, BAR, HOW = 2, 4, 8
LEAVE_OUT = (HOW, 7, 5, 6, LAYER)
"""Columns that a narrow table does without, the least first."""
_NUMBERS = (3, 5, 6, 7)
_PLACE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One line. Shares in [0, 1], NaN where there is none; `note` takes the place of the numbers. `mark` tells the lines of one kind."""

    model: str
    protocol: str
    layer: str
    value: float = math.nan
    lo: float = math.nan
    hi: float = math.nan
    top5: float = math.nan
    chance: float = math.nan
    seeds: int = 0
    how: str = ""
    note: str = ""
    tip: str = ""
    mark: int = 0  # which colour of the theme
    strong: bool = False

    def cells(self) -> tuple[str, ...]:
        """The texts of its columns."""
        seeds = str(self.seeds) if self.seeds else ""
        return (self.protocol, self.model, self.layer, percent(self.value), "", percent(self.top5), percent(self.chance), seeds,
                self.how or self.note)  # fmt: skip


def percent(share: float) -> str:
    """A share with one digit after the point, "" where there is none."""
    return "" if math.isnan(share) else f"{100 * share:.1f}"


class ScoreTable(QTableWidget):
    """`chosen` carries the line that was clicked or reached with the arrow keys."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(HEAD), parent)
        self.theme = LIGHT
        self.lines: tuple[ScoreLine, ...] = ()
        self._widths = [0] * len(HEAD)
        self.setHorizontalHeaderLabels(HEAD)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.setAccessibleName("Results")
        self.setItemDelegate(_Delegate(self))
        self.currentCellChanged.connect(self._moved)

    def set_lines(self, lines: Sequence[ScoreLine]) -> None:
        """Show these lines; no line is chosen."""
        self.blockSignals(True)
        self.lines = tuple(lines)
        self.setRowCount(len(lines))
        for r, line in enumerate(lines):
            before = lines[r - 1] if r else None
            for c, text in enumerate(line.cells()):
                again = c == 0 and before is not None and before.protocol == line.protocol
                self.setItem(r, c, self._item(line, r, c, "" if again else text))
        self.setCurrentCell(-1, -1)
        self.blockSignals(False)
        self._fit()

    def _item(self, line: ScoreLine, row: int, column: int, text: str) -> QTableWidgetItem:
        item = QTableWidgetItem(text)
        side = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
        item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        item.setToolTip(line.tip or line.note)
        item.setData(_PLACE, row)
        if column == BAR and not line.note:
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{percent(line.lo)} to {percent(line.hi)} %")
        font = QFont(self.font())
        font.setBold(line.strong)
        item.setFont(font)
        return item

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.theme = theme
        self.setFont(type_face(theme, "small"))
        self.horizontalHeader().setFont(type_face(theme, "tiny"))
        chosen = mixed(theme.accent, theme.panel, 0.16)
        self.setStyleSheet(
            f"QTableWidget {{ background: {theme.panel}; border: none; color: {theme.text}; outline: none; }}"
            f"QTableWidget::item {{ padding: 0 5px; border: none; }}"
            f"QTableWidget::item:selected {{ background: {chosen}; color: {theme.text}; }}"
            f"QHeaderView::section {{ background: {theme.panel}; color: {theme.muted}; border: none;"
            f" border-bottom: 1px solid {theme.border}; padding: 3px 6px; }}"
        )
        line = self.currentRow()
        self.set_lines(self.lines)
        if line >= 0:
            self.blockSignals(True)
            self.setCurrentCell(line, 0)
            self.blockSignals(False)

    def table(self) -> tuple[list[str], list[list[float | str]]]:
        """What it shows, numbers in full."""
        names = ["model", "protocol", "layer", "score", "lo", "hi", "top5", "chance", "seeds", "how"]
        return names, [
            [x.model, x.protocol, x.layer, x.value, x.lo, x.hi, x.top5, x.chance, float(x.seeds), x.how or x.note]
            for x in self.lines
        ]

    def _moved(self, row: int, _column: int, before: int, _before_column: int) -> None:
        if row >= 0 and row != before:
            self.chosen.emit(row)

    def _fit(self) -> None:
        """Columns as wide as their texts, the bars what is left, down to something that can be read."""
        face = QFontMetrics(type_face(self.theme, "small", bold=True))
        self.verticalHeader().setDefaultSectionSize(round(face.height() * 1.6))
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(10)
        small = QFontMetrics(type_face(self.theme, "tiny"))
        for c in range(len(HEAD)):
            item = [self.item(r, c) for r in range(self.rowCount())]
            widest = max((face.horizontalAdvance(i.text()) for i in item if i and not self._spans(i)), default=0)
            title = 0 if c == BAR else small.horizontalAdvance(HEAD[c])
            self._widths[c] = max(widest, title) + round(20 * self.theme.scale)
            self.setColumnWidth(c, self._widths[c])
        self._share_room()

    def _share_room(self) -> None:
        """In a narrow place what matters least is left out: the tooltip has it."""
        room, least = self.viewport().width(), round(100 * self.theme.scale)
        shown = set(range(len(HEAD)))
        for c in LEAVE_OUT:
            if c == LAYER and self._needs_layers():
                continue
            if sum(self._widths[k] for k in shown - {BAR}) + least > room:
                shown.discard(c)
        for c in range(len(HEAD)):
            self.setColumnHidden(c, c not in shown)
        self.setColumnWidth(BAR, max(room - sum(self._widths[k] for k in shown - {BAR}), least))
        self._name_bars()

    def _name_bars(self) -> None:
        """With the ends of the axis where they fit."""
        face = QFontMetrics(type_face(self.theme, "tiny"))
        room = self.columnWidth(BAR) - round(12 * self.theme.scale)
        title = HEAD[BAR] if face.horizontalAdvance(HEAD[BAR]) <= room else INTERVAL
        item = self.horizontalHeaderItem(BAR)
        if item is not None and item.text() != title:
            item.setText(title)

    def _needs_layers(self) -> bool:
        """Whether two lines differ in nothing else."""
        return len({(line.protocol, line.model) for line in self.lines}) < len(self.lines)

    def _spans(self, item: QTableWidgetItem) -> bool:
        """A note runs on over what is empty beside it."""
        return item.column() == HOW and bool(self.lines[item.row()].note)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class _Delegate(QStyledItemDelegate):
    """Paints the bars: the value, its interval, and the chance level."""

    def __init__(self, table: ScoreTable) -> None:
        super().__init__(table)
        self._table = table

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        line = self._table.lines[index.row()]
        if index.column() == BAR and not line.note:
            super().paint(painter, option, index)
            painter.save()
            paint_bar(painter, QRectF(option.rect).adjusted(8, 0, -8, 0), line, self._table.theme)
            painter.restore()
        elif line.note and index.column() == 3:
            super().paint(painter, option, index)
            room = QRectF(option.rect)
            room.setRight(self._table.viewport().width() - 6)
            painter.save()
            painter.setClipping(False)
            painter.setPen(colour(self._table.theme.muted))
            painter.setFont(type_face(self._table.theme, "small"))
            text = painter.fontMetrics().elidedText(line.note, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
            painter.restore()
        elif not (line.note and index.column() > 3):
            super().paint(painter, option, index)
        elif option.state & QStyle.StateFlag.State_Selected:
            return


def paint_bar(painter: QPainter, room: QRectF, line: ScoreLine, theme: Theme) -> None:
    """A bar from 0 to the value, whiskers for the interval, a dashed line at chance."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ink = theme.series[line.mark % len(theme.series)]
    middle, high = room.center().y(), room.height() * 0.42
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(mixed(theme.text, theme.panel, 0.07)))
    painter.drawRect(QRectF(room.x(), middle - high / 2, room.width(), high))
    if math.isfinite(line.value):
        painter.setBrush(colour(ink, 0.75 if line.strong else 0.45))
        painter.drawRect(QRectF(room.x(), middle - high / 2, room.width() * min(max(line.value, 0.0), 1.0), high))
    pen = max(1.4, 1.4 * theme.scale)
    if math.isfinite(line.chance):
        painter.setPen(QPen(colour(theme.muted), pen, Qt.PenStyle.DotLine))
        x = room.x() + room.width() * line.chance
        painter.drawLine(QPointF(x, room.y() + 1), QPointF(x, room.bottom() - 1))
    if math.isfinite(line.lo) and math.isfinite(line.hi):
        painter.setPen(QPen(colour(theme.text), pen))
        left, right = (room.x() + room.width() * min(max(v, 0.0), 1.0) for v in (line.lo, line.hi))
        painter.drawLine(QPointF(left, middle), QPointF(right, middle))
        for x in (left, right):
            painter.drawLine(QPointF(x, middle - high * 0.45), QPointF(x, middle + high * 0.45))


def example() -> ScoreTable:
    """A run beside its baselines."""
    table = ScoreTable()
    table.set_lines(
        [
            ScoreLine("this run", "kNN", "h", 0.62, 0.60, 0.64, 0.97, 0.18, 1, "k 20, T 0.07", strong=True),
            ScoreLine("supervised", "kNN", "h", note="Not trained: ask for it.", mark=2),
            ScoreLine("random weights", "kNN", "h", 0.22, 0.2, 0.24, 0.88, 0.18, 3, "k 20, T 0.07", mark=1),
            ScoreLine("raw pixels", "kNN", "pixels", 0.23, 0.21, 0.25, 0.87, 0.18, 1, "k 20, T 0.07", mark=6),
        ]
    )
    return table


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 900, 200)
