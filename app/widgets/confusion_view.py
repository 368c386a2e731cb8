"""ConfusionView: how often each class was taken for each; rows are the truth. A cell can be chosen by mouse or arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.widgets.ink import colour, mixed, type_face
from app.widgets.theme import LIGHT, Theme

Counts = NDArray[np.int64]
Cell = tuple[int, int]
_STEPS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
_DARK = 0.5  # lightness below which white text reads better
_LEAST_TEXT = 17.0  # px of a cell in which a number can be read


class ConfusionView(QWidget):
    """Darker cells hold a larger share of their row. `chosen` carries (true, predicted)."""

    chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.counts: Counts = np.empty((0, 0), np.int64)
        self.names: tuple[str, ...] = ()
        self.cell: Cell | None = None
        self.marked: Cell | None = None
        self._message = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Confusion matrix")
        self.setMinimumSize(120, 120)

    def set_counts(self, counts: Counts, names: Sequence[str]) -> None:
        """Counts (C, C), rows the truth. No cell is chosen."""
        self.counts, self.names = np.asarray(counts, np.int64), tuple(names)
        self.cell = self.marked = None
        self.update()

    def set_message(self, text: str) -> None:
        """What to say while there is nothing to draw."""
        self._message = text
        self.update()

    def mark(self, cell: Cell | None) -> None:
        """Dash the outline of the cell that holds the chosen image; None: of none."""
        if cell != self.marked:
            self.marked = cell
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.update()

    def table(self) -> tuple[list[str], list[list[float | str]]]:
        """The counts, a line for each true class."""
        return ["true", *self.names], [
            [name, *map(float, row)] for name, row in zip(self.names, self.counts, strict=False)
        ]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The counts, rows the truth, and the names of the classes."""
        return {"counts": self.counts, "names": np.array(self.names, np.str_)}

    def sizeHint(self) -> QSize:
        return QSize(round(300 * self._theme.scale), round(280 * self._theme.scale))

    def say(self, cell: Cell) -> str:
        """A cell in words."""
        true, predicted = cell
        count, whole = int(self.counts[cell]), max(int(self.counts[true].sum()), 1)
        verdict = "recognised" if true == predicted else f"taken for {self._name(predicted)}"
        return f"{self._name(true)} {verdict}: {count:,} of {whole:,} ({100 * count / whole:.0f} %)"

    def _name(self, k: int) -> str:
        return self.names[k] if k < len(self.names) else str(k)

    # --- places

    def field(self) -> QRectF:
        """Where the cells lie."""
        face = QFontMetricsF(type_face(self._theme, "tiny"))
        room = min(
            max((face.horizontalAdvance(name) for name in self.names), default=0.0) + 8,
            0.3 * min(self.width(), self.height()),
        )
        line = face.height() + 2
        side = max(min(self.width() - room - line - 4, self.height() - room - line - 4), 10.0)
        left = line + room + max(0.0, (self.width() - room - line - side) / 2 - 2)
        return QRectF(left, line + room, side, side)

    def centre_of(self, true: int, predicted: int) -> QPointF:
        """The pixel in the middle of a cell."""
        field, side = self.field(), self.field().width() / max(len(self.counts), 1)
        return QPointF(field.x() + (predicted + 0.5) * side, field.y() + (true + 0.5) * side)

    def _under(self, where: QPointF) -> Cell | None:
        field, n = self.field(), len(self.counts)
        if not n or not field.contains(where):
            return None
        side = field.width() / n
        row, column = int((where.y() - field.y()) / side), int((where.x() - field.x()) / side)
        return (row, column) if row < n and column < n else None

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        if not len(self.counts):
            painter.setFont(type_face(self._theme, "small"))
            painter.setPen(colour(self._theme.muted))
            room = QRectF(self.rect()).adjusted(12, 6, -12, -6)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_names(painter)
            self._paint_cells(painter)
        painter.end()

    def _paint_cells(self, painter: QPainter) -> None:
        theme, field, n = self._theme, self.field(), len(self.counts)
        side = field.width() / n
        shares = self.counts / np.maximum(self.counts.sum(1, keepdims=True), 1)
        painter.setFont(type_face(theme, "tiny"))
        for (r, c), share in np.ndenumerate(shares):
            box = QRectF(field.x() + c * side, field.y() + r * side, side, side)
            ink = theme.series[0] if r == c else theme.series[1]
            ground = mixed(ink, theme.plot, 0.04 + 0.86 * float(share))
            painter.fillRect(box.adjusted(0.5, 0.5, -0.5, -0.5), colour(ground))
            if side >= _LEAST_TEXT * theme.scale and self.counts[r, c]:
                painter.setPen(colour("#ffffff" if colour(ground).lightnessF() < _DARK else "#15181d"))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{self.counts[r, c]}")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for cell, line in ((self.cell, Qt.PenStyle.SolidLine), (self.marked, Qt.PenStyle.DotLine)):
            if cell is not None and max(cell) < n:
                painter.setPen(QPen(colour(theme.text), 2.5 * theme.scale, line))
                painter.drawRect(QRectF(field.x() + cell[1] * side, field.y() + cell[0] * side, side, side))

    def _paint_names(self, painter: QPainter) -> None:
        field, theme = self.field(), self._theme
        painter.setFont(type_face(theme, "tiny"))
        face = painter.fontMetrics()
        painter.setPen(colour(theme.muted))
        painter.drawText(QRectF(field.x(), 0, field.width(), face.height()), Qt.AlignmentFlag.AlignCenter, "taken for")
        painter.save()
        painter.translate(max(field.x() - self._room() - face.height() - 2, 0.0), field.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, field.height(), face.height()), Qt.AlignmentFlag.AlignCenter, "truth")
        painter.restore()
        side = field.width() / len(self.counts)
        if side < 0.7 * face.height():  # too many classes to name each
            return
        for k, name in enumerate(self.names[: len(self.counts)]):
            short = face.elidedText(name, Qt.TextElideMode.ElideRight, int(self._room() - 6))
            painter.drawText(QRectF(field.x() - self._room(), field.y() + k * side, self._room() - 5, side),
                             Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short)  # fmt: skip
            painter.save()
            painter.translate(field.x() + k * side, field.y() - 4)
            painter.rotate(-90)
            painter.drawText(QRectF(0, 0, self._room() - 5, side), Qt.AlignmentFlag.AlignVCenter, short)
            painter.restore()

    def _room(self) -> float:
        """For the names, px."""
        face = QFontMetricsF(type_face(self._theme, "tiny"))
        return self.field().y() - face.height() - 2

    # --- choosing

    def choose(self, true: int, predicted: int) -> None:
        """Choose a cell, as a click does."""
        self.cell = (true, predicted)
        self.setAccessibleDescription(self.say(self.cell))
        self.update()
        self.chosen.emit(true, predicted)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._under(event.position())
        if cell is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
        else:
            self.choose(*cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self._under(event.position())
        if cell:
            QToolTip.showText(event.globalPosition().toPoint(), self.say(cell), self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the chosen cell."""
        move, top = _STEPS.get(Qt.Key(event.key())), len(self.counts) - 1
        if move is None or top < 0:
            super().keyPressEvent(event)
            return
        row, column = self.cell or (0, 0)
        self.choose(min(max(row + move[0], 0), top), min(max(column + move[1], 0), top))


def example() -> ConfusionView:
    """Four classes, two of which look alike."""
    view = ConfusionView()
    view.set_counts(
        np.array([[48, 2, 0, 1], [3, 30, 18, 0], [0, 21, 29, 1], [1, 0, 2, 44]]), ("disc", "square", "triangle", "star")
    )
    view.choose(1, 2)
    return view


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 420, 420)
