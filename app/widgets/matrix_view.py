"""MatrixView: the cosine of every view of a batch with every other, partners outlined; one entry can be chosen.

Rows and columns i and i + n are the two views of image i. Levels are fixed from -1 to 1, whatever the batch.
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
from app.widgets.theme import LIGHT, Theme

Cosines = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: row and column of the matrix, and its cosine."""

    row: int
    column: int
    cosine: float
    kind: str  # "itself", "partners" or "strangers"


class MatrixView(QWidget):
    """A square image of cosines with its own axes and colour bar. Arrow keys move the chosen entry."""

    chosen = Signal(object)  # Entry
    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.cosine: Cosines = np.empty((0, 0), np.float32)
        self.entry: Entry | None = None
        self._hover: Entry | None = None
        self._image = QImage()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(90, 90)

    # What is drawn -------------------------------------------------------------------------------------------------

    def set_matrix(self, cosine: Cosines) -> None:
        """Cosines (2n, 2n) in [-1, 1]. A chosen entry stays chosen and shows its new value."""
        self.cosine = np.asarray(cosine, np.float32)
        self._hover = None
        entry = self.entry
        self.entry = (
            self.entry_at(entry.row, entry.column) if entry and max(entry.row, entry.column) < len(cosine) else None
        )
        self._make_image()

    def clear(self) -> None:
        """Nothing to show."""
        self.entry = None
        self.set_matrix(np.empty((0, 0), np.float32))

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self._make_image()

    def table(self) -> tuple[list[str], list[list[float]]]:
        """The matrix as rows of numbers."""
        n = len(self.cosine) // 2
        return [f"view {k // n + 1} of image {k % n}" for k in range(2 * n)], self.cosine.tolist()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The matrix."""
        return {"cosine": self.cosine}

    def means(self) -> tuple[float, float]:
        """Mean cosine of partners and of strangers; NaN where there are none."""
        n = len(self.cosine) // 2
        if n == 0:
            return float("nan"), float("nan")
        i = np.arange(2 * n)
        partners = self.cosine[i, (i + n) % (2 * n)]
        others = self.cosine.sum(dtype=float) - partners.sum(dtype=float) - np.trace(self.cosine)
        return float(partners.mean()), float(others / (2 * n * (2 * n - 2))) if n > 1 else float("nan")

    def entry_at(self, row: int, column: int) -> Entry:
        """The entry of a row and a column."""
        n = len(self.cosine) // 2
        kind = "itself" if row == column else "partners" if abs(row - column) == n else "strangers"
        return Entry(row, column, float(self.cosine[row, column]), kind)

    def name_of(self, k: int) -> str:
        """ "view 1 of image 3" for a row or column."""
        n = max(len(self.cosine) // 2, 1)
        return f"view {k // n + 1} of image {k % n}"

    def reading(self) -> str:
        """One line: the entry under the pointer, else the chosen one, else the means."""
        entry = self._hover or self.entry
        if entry is not None:
            what = {"itself": "the same view", "partners": "partners", "strangers": "strangers"}[entry.kind]
            return f"{what} {entry.cosine:.3f}: {self.name_of(entry.row)} × {self.name_of(entry.column)}"
        partners, strangers = self.means()
        if not len(self.cosine):
            return "not seen yet"
        return f"partners {partners:.2f}, strangers {strangers:.2f}".replace("-0.00", "0.00").replace("-", "−")

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
        painter.setPen(colour(theme.text))
        words = painter.fontMetrics().elidedText(self.reading(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QRectF(0, 0, self.width(), line), Qt.AlignmentFlag.AlignVCenter, words)
        if len(self.cosine):
            half = self._image.width() > field.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, half)
            painter.drawImage(field, self._image)
            self._axes(painter, field, line)
            self._partners(painter, field)
            self._cursor(painter)
            self._bar(painter, field, line)
        painter.end()

    def _axes(self, painter: QPainter, field: QRectF, line: float) -> None:
        painter.setPen(colour(self._theme.muted))
        middle = Qt.AlignmentFlag.AlignCenter
        half = field.width() / 2
        long = half > pixels(self._theme, "small") * 11
        words = ("view 1 of image …", "view 2 of image …") if long else ("view 1", "view 2")
        for k, text in enumerate(words):
            painter.drawText(QRectF(field.x() + k * half, field.y() - line, half, line), middle, text)
            painter.save()
            painter.translate(field.x() - line, field.y() + (k + 1) * half)
            painter.rotate(-90)
            painter.drawText(QRectF(0, 0, half, line), middle, text)
            painter.restore()
        painter.setPen(QPen(colour(self._theme.border), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(field)
        centre = field.center()
        painter.drawLine(QPointF(centre.x(), field.top()), QPointF(centre.x(), field.bottom()))
        painter.drawLine(QPointF(field.left(), centre.y()), QPointF(field.right(), centre.y()))

    def _partners(self, painter: QPainter, field: QRectF) -> None:
        """Outline the positives: each entry where entries are large, the two diagonals as bands where they are small."""
        side = len(self.cosine)
        cell, half = field.width() / side, field.width() / 2
        painter.setPen(QPen(colour(self._theme.text), max(1.0, 1.2 * self._theme.scale)))
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
