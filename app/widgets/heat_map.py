"""HeatMap: a matrix of any meaning with named rows and columns, or pictures in place of names, and a colour bar.

Ranges that reach below 0 are drawn from blue over the plot's ground (0) to orange, others from the ground to blue: both are safe
for colour blindness.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.widgets.ink import colour, pixels, rgb, type_face
from app.widgets.matrix_view import diverging
from app.widgets.raster import image_of
from app.widgets.theme import LIGHT, Theme

Floats = NDArray[np.float64]
Pictures = NDArray[Any] | None
WRITTEN = 30.0
"""Pixels at scale 1 from which on an entry has its number written in it."""


class HeatMap(QWidget):
    """`hovered` carries row and column under the pointer, -1, -1 outside. Arrow keys move a cursor; a click or Return is `chosen`."""

    double_clicked = Signal()
    hovered = Signal(int, int)
    chosen = Signal(int, int)

    def __init__(
        self, x: str = "", y: str = "", lo: float = 0.0, hi: float = 0.0, parent: QWidget | None = None
    ) -> None:
        """`x`, `y`: what columns and rows are; lo == hi: the range is that of the values."""
        super().__init__(parent)
        self._theme, self._x, self._y, self._range = LIGHT, x, y, (lo, hi)
        self.values: Floats = np.empty((0, 0))
        self.rows: tuple[str, ...] = ()
        self.columns: tuple[str, ...] = ()
        self._pictures: tuple[list[QImage], list[QImage]] = ([], [])
        self._image = QImage()
        self.cursor_at: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(90, 90)

    # What is drawn -------------------------------------------------------------------------------------------------

    def set_matrix(self, values: NDArray[Any], rows: Sequence[str] = (), columns: Sequence[str] = (),
                   row_images: Pictures = None, column_images: Pictures = None) -> None:  # fmt: skip
        """Values (R, C); names or pictures (h, w, 3) uint8 of rows and columns."""
        self.values = np.asarray(values, float)
        self.rows, self.columns = tuple(map(str, rows)), tuple(map(str, columns))
        self._pictures = ([image_of(p) for p in row_images if p.size] if row_images is not None else [],
                          [image_of(p) for p in column_images if p.size] if column_images is not None else [])  # fmt: skip
        if self.cursor_at and not (self.cursor_at[0] < values.shape[0] and self.cursor_at[1] < values.shape[1]):
            self.cursor_at = None
        self._make_image()

    def set_range(self, lo: float, hi: float) -> None:
        """The values at the ends of the colours from now on; lo == hi: those of the values."""
        self._range = (lo, hi)

    def clear(self) -> None:
        """Nothing to show."""
        self.cursor_at = None
        self.set_matrix(np.empty((0, 0)))

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self._make_image()

    def table(self) -> tuple[list[str], list[list[float]]]:
        """The matrix as rows of numbers."""
        columns = self.values.shape[1]
        names = list(self.columns) if len(self.columns) == columns else [f"column {k}" for k in range(columns)]
        return names, self.values.tolist()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The matrix, and the names of its rows and columns."""
        return {"values": self.values, "rows": np.array(self.rows, np.str_), "columns": np.array(self.columns, np.str_)}

    def limits(self) -> tuple[float, float]:
        """The values at the ends of the colour bar."""
        lo, hi = self._range
        if lo != hi:
            return lo, hi
        finite = self.values[np.isfinite(self.values)]
        if not finite.size:
            return 0.0, 1.0
        low, high = float(finite.min()), float(finite.max())
        if low < 0:
            return -max(-low, high), max(-low, high)
        return low, high if high > low else low + 1.0

    def reading(self) -> str:
        """One line: the entry under the pointer, else the range of the values."""
        if not self.values.size:
            return "not seen yet"
        if self.cursor_at is not None:
            row, column = self.cursor_at
            return f"{_said(self.values[row, column])}: {self._name(self.rows, row, self._y)} × {self._name(self.columns, column, self._x)}"
        return f"{self.values.shape[0]} × {self.values.shape[1]}, {_said(np.nanmin(self.values))} to {_said(np.nanmax(self.values))}"

    @staticmethod
    def _name(names: Sequence[str], k: int, noun: str) -> str:
        return names[k] if k < len(names) else f"{noun} {k}".strip()

    def _table(self) -> NDArray[np.uint8]:
        return diverging(self._theme) if self.limits()[0] < 0 else rising(self._theme)

    def _make_image(self) -> None:
        if self.values.size:
            lo, hi = self.limits()
            share = np.clip((np.nan_to_num(self.values, nan=lo) - lo) / (hi - lo), 0, 1)
            cells = np.ascontiguousarray(self._table()[(share * 255).round().astype(np.uint8)])  # (R, C, 4) BGRA
            rows, columns = self.values.shape
            self._image = QImage(cells.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()
        self.update()

    # Places --------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(round(260 * self._theme.scale), round(240 * self._theme.scale))

    def _line(self) -> float:
        return pixels(self._theme, "small") * 1.5

    def margins(self) -> tuple[float, float]:
        """Room for names or pictures left of the matrix and above it."""
        line = self._line()
        left = self._widest(self.rows) + 6.0 if self.rows else 0.0
        top = 0.0
        if self.columns:
            top = line if self._upright() else min(self._widest(self.columns) + 4.0, 0.34 * self.height())
        rows, columns = max(self.values.shape[0], 1), max(self.values.shape[1], 1)
        side = min(self.height() / (rows + 2), self.width() / (columns + 3), 44.0 * self._theme.scale)
        left = max(min(left, 0.4 * self.width()), side + 2 if self._pictures[0] else 0.0)
        top = max(top, side + 2 if self._pictures[1] else 0.0)
        return left + (line if self._y else 2.0), top

    def _widest(self, names: Sequence[str]) -> float:
        metrics = QFontMetricsF(type_face(self._theme, "small"))
        return max((metrics.horizontalAdvance(name) for name in names), default=0.0)

    def _upright(self) -> bool:
        """Whether the columns' names fit beside each other; else they are turned."""
        room = min(0.75 * self.width(), self.height()) if len(self.columns) == len(self.rows) else 0.75 * self.width()
        return self._widest(self.columns) + 4.0 <= room / max(len(self.columns), 1)

    def field(self) -> QRectF:
        """Where the matrix itself lies: cells are squares where there are pictures or as many rows as columns."""
        line, (left, top) = self._line(), self.margins()
        room = QRectF(left, line + top, max(self.width() - left - self._bar_room(), 8.0),
                      max(self.height() - line - top - (line if self._x else 3.0), 8.0))  # fmt: skip
        rows, columns = max(self.values.shape[0], 1), max(self.values.shape[1], 1)
        if rows != columns and not (self._pictures[0] or self._pictures[1]):
            return room
        cell = min(room.width() / columns, room.height() / rows)
        return QRectF(room.x() + (room.width() - cell * columns) / 2, room.y() + (room.height() - cell * rows) / 2,
                      cell * columns, cell * rows)  # fmt: skip

    def _bar_room(self) -> float:
        metrics = QFontMetricsF(type_face(self._theme, "small"))
        return self._line() + max(metrics.horizontalAdvance(_said(end)) for end in self.limits()) + 6.0

    def cell(self, row: int, column: int) -> QRectF:
        """The pixels of an entry."""
        field = self.field()
        wide, high = field.width() / self.values.shape[1], field.height() / self.values.shape[0]
        return QRectF(field.x() + column * wide, field.y() + row * high, wide, high)

    def _under(self, where: QPointF) -> tuple[int, int] | None:
        field, (rows, columns) = self.field(), self.values.shape
        if not self.values.size or not field.contains(where):
            return None
        return (min(int((where.y() - field.y()) / field.height() * rows), rows - 1),
                min(int((where.x() - field.x()) / field.width() * columns), columns - 1))  # fmt: skip

    # Painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setFont(type_face(self._theme, "small"))
        painter.setPen(colour(self._theme.text))
        words = painter.fontMetrics().elidedText(self.reading(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QRectF(0, 0, self.width(), self._line()), Qt.AlignmentFlag.AlignVCenter, words)
        if self.values.size:
            field = self.field()
            fine = self._image.width() > field.width() or self._image.height() > field.height()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, fine)
            painter.drawImage(field, self._image)
            painter.setPen(QPen(colour(self._theme.border), 1))
            painter.drawRect(field)
            self._numbers(painter)
            self._headings(painter, field)
            self._axes(painter, field)
            self._bar(painter, field)
            self._cursor(painter)
        painter.end()

    def _numbers(self, painter: QPainter) -> None:
        one = self.cell(0, 0)
        if min(one.width() / 1.3, one.height() * 1.6) < WRITTEN * self._theme.scale or self.values.size > 400:
            return
        lo, hi = self.limits()
        dark = _luminance(self._theme.plot) < 0.5
        for (row, column), value in np.ndenumerate(self.values):
            share = (value - lo) / (hi - lo)
            strong = abs(2 * share - 1) > 0.62 if lo < 0 else share > 0.45
            painter.setPen(colour(("#101418" if dark else "#ffffff") if strong else self._theme.text))
            painter.drawText(self.cell(row, column), Qt.AlignmentFlag.AlignCenter, _written(value))

    def _headings(self, painter: QPainter, field: QRectF) -> None:
        """Names or pictures at the rows and columns, as many as there is room for."""
        left, top = self.margins()
        line = self._line()
        painter.setPen(colour(self._theme.muted))
        metrics = painter.fontMetrics()
        every = max(1, round(line / max(field.height() / self.values.shape[0], 1e-9) + 0.49))
        room = left - (line if self._y else 2.0)
        for k, picture in enumerate(self._pictures[0][: self.values.shape[0]]):
            side = min(self.cell(k, 0).height() - 1, room)
            painter.drawImage(
                QRectF(field.x() - side - 2, self.cell(k, 0).center().y() - side / 2, side, side), picture
            )
        if not self._pictures[0]:
            for k in range(0, min(len(self.rows), self.values.shape[0]), every):
                middle = self.cell(k, 0).center().y()
                words = metrics.elidedText(self.rows[k], Qt.TextElideMode.ElideRight, round(room))
                painter.drawText(QRectF(field.x() - room - 4, middle - line / 2, room, line),
                                 Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)  # fmt: skip
        for k, picture in enumerate(self._pictures[1][: self.values.shape[1]]):
            side = min(self.cell(0, k).width() - 1, top)
            painter.drawImage(
                QRectF(self.cell(0, k).center().x() - side / 2, field.y() - side - 2, side, side), picture
            )
        if not self._pictures[1]:
            self._column_names(painter, field, line)

    def _column_names(self, painter: QPainter, field: QRectF, line: float) -> None:
        count = min(len(self.columns), self.values.shape[1])
        each, upright = field.width() / self.values.shape[1], self._upright()
        long = each if upright else self.margins()[1]
        every = 1 if upright else max(1, round(line / max(each, 1e-9) + 0.49))
        for k in range(0, count, every):
            words = painter.fontMetrics().elidedText(self.columns[k], Qt.TextElideMode.ElideRight, round(long) + 2)
            painter.save()
            painter.translate(self.cell(0, k).center().x(), field.y() - 3)
            if upright:
                painter.drawText(QRectF(-each / 2, -line, each, line), Qt.AlignmentFlag.AlignCenter, words)
            else:
                painter.rotate(-90)
                painter.drawText(QRectF(0, -line / 2, long, line), Qt.AlignmentFlag.AlignVCenter, words)
            painter.restore()

    def _axes(self, painter: QPainter, field: QRectF) -> None:
        painter.setPen(colour(self._theme.muted))
        line, middle = self._line(), Qt.AlignmentFlag.AlignCenter
        if self._x:
            painter.drawText(QRectF(0, field.bottom() + 1, field.left() + field.right(), line), middle, self._x)
        if self._y:
            painter.save()
            painter.translate(max(field.x() - self.margins()[0], 0.0), self.height())
            painter.rotate(-90)
            shift = self.height() - field.center().y()  # of the field's middle, from the foot
            reach = min(shift, self.height() - shift)
            painter.drawText(QRectF(shift - reach, 0, 2 * reach, line), middle, self._y)
            painter.restore()

    def _bar(self, painter: QPainter, field: QRectF) -> None:
        line, (lo, hi) = self._line(), self.limits()
        bar = QRectF(field.right() + line * 0.4, field.y(), line * 0.5, field.height())
        levels = np.ascontiguousarray(self._table()[::-1].reshape(256, 1, 4))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(bar, QImage(levels.data, 1, 256, 4, QImage.Format.Format_RGB32).copy())
        painter.setPen(colour(self._theme.muted))
        painter.drawRect(bar)
        for share, end in ((0.0, hi), (1.0, lo)):
            y = bar.y() + share * (bar.height() - line)
            words = QRectF(bar.right() + 3, y, self.width(), line)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, _said(end))

    def _cursor(self, painter: QPainter) -> None:
        if self.cursor_at is not None:
            box = self.cell(*self.cursor_at)
            for ink, width in ((self._theme.panel, 4.0), (self._theme.text, 2.0)):
                painter.setPen(QPen(colour(ink), width))
                painter.drawRect(box)

    # Mouse and keyboard --------------------------------------------------------------------------------------------

    def point_at(self, at: tuple[int, int] | None) -> None:
        """Put the cursor on an entry, None: away."""
        if at != self.cursor_at:
            self.cursor_at = at
            self.hovered.emit(*(at or (-1, -1)))
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point_at(self._under(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        del event
        self.point_at(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        under = self._under(event.position())
        if under is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
        else:
            self.point_at(under)
            self.chosen.emit(*under)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        del event
        self.double_clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.cursor_at is not None:
            self.chosen.emit(*self.cursor_at)
            return
        steps = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}
        move = steps.get(Qt.Key(event.key()))
        if move is None or not self.values.size:
            super().keyPressEvent(event)
            return
        row, column = self.cursor_at or (0, 0)
        rows, columns = self.values.shape
        self.point_at((min(max(row + move[0], 0), rows - 1), min(max(column + move[1], 0), columns - 1)))


def rising(theme: Theme) -> NDArray[np.uint8]:
    """256 colours (256, 4) BGRA from the plot's ground to a strong blue."""
    ends = ("#eef2f6", "#0072b2", "#00334f") if theme.name == "light" else ("#20262e", "#2f86bd", "#d6efff")
    stops = np.array([rgb(end) for end in ends], float)
    table = [np.interp(np.linspace(0, 2, 256), [0, 1, 2], stops[:, channel]) for channel in (2, 1, 0)]
    return np.column_stack([*table, np.full(256, 255.0)]).round().astype(np.uint8)


def _luminance(name: str) -> float:
    red, green, blue = rgb(name)
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def _written(value: float) -> str:
    """An entry, in as many digits as fit into it."""
    return f"{value:.{2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0}f}".replace("-", "−")


def _said(value: float) -> str:
    return f"{float(value):.3g}".replace("-", "−")


def example() -> HeatMap:
    """How much six classes are taken for each other."""
    names = ("disc", "square", "triangle", "ring", "star", "cross")
    heat = HeatMap("taken for", "class", 0.0, 1.0)
    heat.set_matrix(np.eye(6) * 0.7 + np.random.default_rng(0).random((6, 6)) * 0.2, names, names)
    return heat


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 420, 340)
