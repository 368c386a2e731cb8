"""MatrixView: the cosine of every view of a batch with every other, partners outlined; one entry can be chosen.

Rows and columns i and i + n are the two views of image i; or they are images by themselves, sorted by class, each class outlined.
Levels are fixed from -1 to 1, whatever the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.widgets.ink import colour, pixels, rgb, type_face
from app.widgets.matrix_rows import WORDS, Rows
from app.widgets.theme import LIGHT, Theme

Cosines = NDArray[np.float32]
UNSEEN = "not seen yet"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: row and column of the matrix, and its cosine."""

    row: int
    column: int
    cosine: float
    kind: str  # one of `matrix_rows.WORDS`


class MatrixView(QWidget):
    """A square image of cosines with its own axes and colour bar. Arrow keys move the chosen entry."""

    chosen = Signal(object)  # Entry
    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.cosine: Cosines = np.empty((0, 0), np.float32)
        self.rows, self.message = Rows(), UNSEEN
        self.entry: Entry | None = None
        self._hover: Entry | None = None
        self._image = QImage()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(90, 90)

    # What is drawn -------------------------------------------------------------------------------------------------

    def set_matrix(self, cosine: Cosines, rows: Rows | None = None) -> None:
        """Cosines (r, r) in [-1, 1]. A chosen entry stays chosen and shows its new value.

        rows: what they are; None: views in pairs, r = 2n.
        """
        self.cosine = np.asarray(cosine, np.float32)
        self.rows = rows or Rows(len(cosine))
        self._hover = None
        entry = self.entry
        self.entry = (
            self.entry_at(entry.row, entry.column) if entry and max(entry.row, entry.column) < len(cosine) else None
        )
        self._make_image()

    def clear(self, message: str = UNSEEN) -> None:
        """Nothing to show, and why."""
        self.entry, self.message = None, message
        self.set_matrix(np.empty((0, 0), np.float32))

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self._make_image()

    def table(self) -> tuple[list[str], list[list[float]]]:
        """The matrix as rows of numbers."""
        return [self.name_of(k) for k in range(len(self.cosine))], self.cosine.tolist()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The matrix."""
        return {"cosine": self.cosine}

    def means(self) -> tuple[float, float]:
        """Mean cosine of partners and of strangers, or of one class and of others; NaN where there are none."""
        return self.rows.means(self.cosine)

    def entry_at(self, row: int, column: int) -> Entry:
        """The entry of a row and a column."""
        return Entry(row, column, float(self.cosine[row, column]), self.rows.kind(row, column))

    def name_of(self, k: int) -> str:
        """ "view 1 of image 3" for a row or column."""
        return self.rows.name_of(k)

    def reading(self) -> str:
        """One line: the entry under the pointer, else the chosen one, else the means."""
        entry = self._hover or self.entry
        if entry is not None:
            return f"{WORDS[entry.kind]} {entry.cosine:.3f}: {self.name_of(entry.row)} × {self.name_of(entry.column)}"
        return self.rows.said(self.cosine) if len(self.cosine) else self.message

    def _make_image(self) -> None:
        if len(self.cosine):
            levels = np.nan_to_num((np.clip(self.cosine, -1, 1) + 1) * 127.5).round().astype(np.uint8)
            side = len(levels)
            cells = np.ascontiguousarray(diverging(self._theme)[levels])  # (2n, 2n, 4) uint8, BGRA
            self._image = QImage(cells.data, side, side, 4 * side, QImage.Format.Format_RGB32).copy()
        self.update()

    # Places --------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(round(260 * self._theme.scale), round(240 * self._theme.scale))

    def field(self) -> QRectF:
        """Where the matrix itself lies, in pixels."""
        line = pixels(self._theme, "small") * 1.5
        bar = line * 2.4
        side = min(self.width() - line - bar - 2, self.height() - 2 * line - 2)
        return QRectF(
            line + max(0.0, (self.width() - line - bar - side) / 2),
            2 * line + max(0.0, (self.height() - 2 * line - 2 - side) / 2),
            max(side, 1.0),
            max(side, 1.0),
        )

    def centre_of(self, row: int, column: int) -> QPointF:
        """The pixel in the middle of an entry."""
        field, cell = self.field(), self.field().width() / max(len(self.cosine), 1)
        return QPointF(field.x() + (column + 0.5) * cell, field.y() + (row + 0.5) * cell)

    def _entry_under(self, where: QPoint | QPointF) -> Entry | None:
        field, side = self.field(), len(self.cosine)
        column = int((where.x() - field.x()) / field.width() * side // 1) if side else -1
        row = int((where.y() - field.y()) / field.height() * side // 1) if side else -1
        return self.entry_at(row, column) if 0 <= row < side and 0 <= column < side else None

    # Painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        theme, field = self._theme, self.field()
        line = pixels(theme, "small") * 1.5
        painter.setFont(type_face(theme, "small"))
        if len(self.cosine):
            painter.setPen(colour(theme.text))
            words = painter.fontMetrics().elidedText(self.reading(), Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(QRectF(0, 0, self.width(), line), Qt.AlignmentFlag.AlignVCenter, words)
            half = self._image.width() > field.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, half)
            painter.drawImage(field, self._image)
            self._axes(painter, field, line)
            self._partners(painter, field)
            self._cursor(painter)
            self._bar(painter, field, line)
        else:
            wrap = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.setPen(colour(theme.muted))
            painter.drawText(QRectF(self.rect()).adjusted(8, 0, -8, 0), wrap, self.message)
        painter.end()

    def _axes(self, painter: QPainter, field: QRectF, line: float) -> None:
        painter.setPen(colour(self._theme.muted))
        middle = Qt.AlignmentFlag.AlignCenter
        words = self._axis_words(field)
        share = field.width() / len(words)
        for k, text in enumerate(words):
            painter.drawText(QRectF(field.x() + k * share, field.y() - line, share, line), middle, text)
            painter.save()
            painter.translate(field.x() - line, field.y() + (k + 1) * share)
            painter.rotate(-90)
            painter.drawText(QRectF(0, 0, share, line), middle, text)
            painter.restore()
        painter.setPen(QPen(colour(self._theme.border), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(field)
        if self.rows.paired:
            centre = field.center()
            painter.drawLine(QPointF(centre.x(), field.top()), QPointF(centre.x(), field.bottom()))
            painter.drawLine(QPointF(field.left(), centre.y()), QPointF(field.right(), centre.y()))

    def _axis_words(self, field: QRectF) -> tuple[str, ...]:
        if not self.rows.paired:
            return ("images, class by class",) if self.rows.groups else ("images",)
        long = field.width() / 2 > pixels(self._theme, "small") * 11
        return ("view 1 of image …", "view 2 of image …") if long else ("view 1", "view 2")

    def _partners(self, painter: QPainter, field: QRectF) -> None:
        """Outline what belongs together: partners each where entries are large, their two diagonals as bands where they are small;
        of images by themselves every class."""
        side = len(self.cosine)
        cell, half = field.width() / side, field.width() / 2
        painter.setPen(QPen(colour(self._theme.text), max(1.0, 1.2 * self._theme.scale)))
        if not self.rows.paired:
            painter.drawRects(
                [QRectF(field.x() + a * cell, field.y() + a * cell, (b - a) * cell, (b - a) * cell) for a, b in self.rows.blocks()]
            )  # fmt: skip
            return
        if cell >= 4:
            n = side // 2
            painter.drawRects(
                [QRectF(field.x() + (k + n) % side * cell, field.y() + k * cell, cell, cell) for k in range(side)]
            )
            return
        gap = max(cell, 2.5)
        for x, y in ((half, 0.0), (0.0, half)):
            corner = QPointF(field.x() + x, field.y() + y)
            for dx, dy in ((gap, 0.0), (0.0, gap)):
                painter.drawLine(corner + QPointF(dx, dy), corner + QPointF(half - dy, half - dx))

    def _cursor(self, painter: QPainter) -> None:
        cell = self.field().width() / len(self.cosine)
        for entry, width in ((self._hover, 1.5), (self.entry, 3.0)):
            if entry is not None:
                centre, side = self.centre_of(entry.row, entry.column), max(cell, 7.0)
                box = QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side)
                for ink, extra in ((self._theme.panel, 2.0), (self._theme.text, 0.0)):
                    painter.setPen(QPen(colour(ink), width + extra))
                    painter.drawRect(box)

    def _bar(self, painter: QPainter, field: QRectF, line: float) -> None:
        table = diverging(self._theme)
        bar = QRectF(field.right() + line * 0.4, field.y(), line * 0.55, field.height())
        levels = np.ascontiguousarray(table[::-1].reshape(256, 1, 4))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(bar, QImage(levels.data, 1, 256, 4, QImage.Format.Format_RGB32).copy())
        painter.setPen(colour(self._theme.muted))
        painter.drawRect(bar)
        for share, text in ((0.0, "1"), (0.5, "0"), (1.0, "−1")):
            y = bar.y() + share * bar.height() - line * share
            painter.drawText(QRectF(bar.right() + 3, y, line * 2, line), Qt.AlignmentFlag.AlignVCenter, text)

    # Choosing ------------------------------------------------------------------------------------------------------

    def mark(self, row: int, column: int) -> None:
        """Choose an entry without telling anyone."""
        self.entry = self.entry_at(row, column)
        self.update()

    def choose(self, row: int, column: int) -> None:
        """Choose an entry, as a click does."""
        self.mark(row, column)
        self.chosen.emit(self.entry)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hover = self._entry_under(event.position())
        if hover != self._hover:
            self._hover = hover
            self.update()

    def leaveEvent(self, event: object) -> None:
        del event
        self._hover = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        entry = self._entry_under(event.position())
        if entry is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
        else:
            self.choose(entry.row, entry.column)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        del event
        self.double_clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the chosen entry."""
        steps = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}
        move = steps.get(Qt.Key(event.key()))
        if move is None or not len(self.cosine):
            super().keyPressEvent(event)
            return
        row, column = (self.entry.row, self.entry.column) if self.entry else (0, len(self.cosine) // 2 - 1)
        top = len(self.cosine) - 1
        self.choose(min(max(row + move[0], 0), top), min(max(column + move[1], 0), top))


def diverging(theme: Theme) -> NDArray[np.uint8]:
    """256 colours (256, 4) BGRA from blue (-1) over the plot's own ground (0) to orange (1): safe for colour blindness."""
    ends = ("#0072b2", theme.plot, "#d55e00") if theme.name == "light" else ("#56b4e9", theme.plot, "#ff9a4d")
    stops = np.array([rgb(end) for end in ends], float)
    at = np.linspace(0, 2, 256)
    table = np.column_stack([np.interp(at, [0, 1, 2], stops[:, c]) for c in (2, 1, 0)] + [np.full(256, 255.0)])
    return table.round().astype(np.uint8)


def example() -> MatrixView:
    """A batch of 24 images in four groups, their views noisy copies."""
    rng = np.random.default_rng(0)
    base = rng.normal(size=(4, 16))[rng.integers(4, size=24)] + rng.normal(size=(24, 16)) * 0.7
    z = np.concatenate([base + rng.normal(size=base.shape) * 0.4 for _ in range(2)])
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    view = MatrixView()
    view.set_matrix((z @ z.T).astype(np.float32))
    view.choose(3, 27)
    return view


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
