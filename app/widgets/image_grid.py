"""ImageGrid: rows and columns of small pictures with headings, drawn in one go, sharp at any density of pixels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from app.widgets import grid_headings
from app.widgets.grid_layout import Cell, GridLayout, GridNeeds, fit
from app.widgets.ink import colour, type_face
from app.widgets.messaged import Messaged
from app.widgets.raster import image_of
from app.widgets.theme import LIGHT, Theme

Pictures = NDArray[Any] | Sequence[Sequence[NDArray[Any]]]
_STEPS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}


class ImageGrid(Messaged):
    """Pictures of different sizes keep their proportion to each other. Enlarged pixels stay squares, reduced ones are smoothed.

    `clicked` carries row and column, by mouse, or by Return after the arrow keys; `hovered` the cell under the pointer, -1, -1
    outside.
    """

    clicked = Signal(int, int)
    hovered = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._images: list[list[QImage]] = []
        self._arrays: list[list[NDArray[Any]]] = []
        self._rows: tuple[str, ...] = ()
        self._columns: tuple[str, ...] = ()
        self._short: tuple[str, ...] = ()
        self._gaps: frozenset[int] = frozenset()
        self._chosen: frozenset[int] = frozenset()
        self.marked: frozenset[Cell] = frozenset()
        self._tips: dict[Cell, str] = {}
        self._side = self._least = 0
        self._under: Cell | None = None
        self._current: Cell = (0, 0)
        self._by_keyboard = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Pictures")

    def set_images(self, images: Pictures, row_labels: Sequence[str] = (), column_labels: Sequence[str] = (), *,
                   gaps: Collection[int] = (), short_labels: Sequence[str] = ()) -> None:  # fmt: skip
        """Show (R, C, h, w, 3) uint8, or rows of (h, w, 3) uint8 of any sizes and numbers.

        `gaps` names columns with a wider gap before them, `short_labels` what columns are called where they are narrow. An
        earlier message goes.
        """
        self._arrays = [list(row) for row in images]
        self._images = [[image_of(np.asarray(cell)) for cell in row] for row in self._arrays]
        self._rows, self._columns = tuple(row_labels), tuple(column_labels)
        self._gaps, self._short, self._message, self._tips = frozenset(gaps), tuple(short_labels), "", {}
        self.marked = frozenset()
        if self._under is not None and not self._has(self._under):
            self._under = None
        self._current = self._current if self._has(self._current) else (0, 0)
        self.updateGeometry()
        self.update()

    def set_tips(self, tips: dict[Cell, str]) -> None:
        """Tooltips by (row, column), (row, -1) for a row's heading and (-1, column) for a column's."""
        self._tips = dict(tips)

    def set_chosen(self, rows: Collection[int]) -> None:
        """Mark rows by a bar at their heading."""
        if frozenset(rows) != self._chosen:
            self._chosen = frozenset(rows)
            self.update()

    def mark(self, cells: Collection[Cell]) -> None:
        """Outline pictures by (row, column), until others are set."""
        if frozenset(cells) != self.marked:
            self.marked = frozenset(cells)
            self.update()

    def set_cell(self, side: int) -> None:
        """The longer side of the largest picture in px; 0 fits everything into the widget."""
        if side != self._side:
            self._side = side
            self.updateGeometry()
            self.update()

    def set_least_rows(self, rows: int) -> None:
        """While everything is fitted, leave rows out, down to so many, in favour of larger pictures; 0 shows all."""
        self._least = rows
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def picture(self, row: int, column: int) -> NDArray[Any]:
        """The pixels of a cell, (h, w, 3) uint8; IndexError where there is none."""
        return self._arrays[row][column]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every picture, (h, w, 3) uint8, by the headings of its row and column."""
        rows, columns = self.shape
        row_names = self._rows if len(self._rows) == rows else [f"row {r}" for r in range(rows)]
        names = self._columns if len(self._columns) == columns else [f"picture {c}" for c in range(columns)]
        named = {
            f"{row_names[r]}, {names[c]}": each for r, row in enumerate(self._arrays) for c, each in enumerate(row)
        }
        whole = sum(map(len, self._arrays))
        return (
            named
            if len(named) == whole
            else {f"row {r}, picture {c}": each for r, row in enumerate(self._arrays) for c, each in enumerate(row)}
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows, and columns of the longest row."""
        return len(self._images), max(map(len, self._images), default=0)

    def layout_now(self) -> GridLayout:
        """Where everything lies in the widget's present size."""
        face = type_face(self._theme, "small")
        heading = max((grid_headings.width_of(face, label) for label in self._rows), default=0.0)
        lines = max((label.count("\n") + 1 for label in self._columns), default=0)
        columns = range(self.shape[1])
        needs = GridNeeds(
            len(self._images),
            tuple(max(row[c].width() for row in self._images if c < len(row)) for c in columns),
            max((image.height() for row in self._images for image in row), default=1),
            self._gaps, min(heading, 0.3 * self.width()), lines * QFontMetricsF(face).lineSpacing(),
            5 * self._theme.scale, self._least,
        )  # fmt: skip
        return fit(needs, (self.width(), self.height()), self._side, self.devicePixelRatioF())

    def sizeHint(self) -> QSize:
        return QSize(round(480 * self._theme.scale), round(360 * self._theme.scale))

    def minimumSizeHint(self) -> QSize:
        if not self._side or not self._images or self._message:
            return QSize(round(120 * self._theme.scale), round(80 * self._theme.scale))
        layout = self.layout_now()
        return QSize(round(layout.right), round(layout.bottom))

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(type_face(self._theme, "small"))
        if self._message or not self._images:
            self._paint_message(painter, self._theme)
        else:
            self._paint_cells(painter, QRectF(event.rect()))
        painter.end()

    def _paint_cells(self, painter: QPainter, dirty: QRectF) -> None:
        layout = self.layout_now()
        for r, row in enumerate(self._images[: len(layout.ys)]):
            for c, image in enumerate(row):
                box = layout.picture((r, c), image.width(), image.height())
                if box.adjusted(-4, -4, 4, 4).intersects(dirty):
                    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, image.width() > box.width())
                    painter.drawImage(box, image)
        self._paint_headings(painter, layout)
        for cell in self.marked:
            if self._has(cell) and cell[0] < len(layout.ys):
                self._outline(painter, layout, cell, self._theme.accent)
        if self._under is not None:
            self._outline(painter, layout, self._under, self._theme.accent)
        if self._by_keyboard and self._has(self._current) and self._current[0] < len(layout.ys):
            self._outline(painter, layout, self._current, self._theme.text)

    def _paint_headings(self, painter: QPainter, layout: GridLayout) -> None:
        wrap = Qt.TextFlag.TextWordWrap
        rooms = [layout.column_heading(c) for c in range(self.shape[1])]
        painter.setPen(colour(self._theme.text))
        grid_headings.paint(painter, rooms, *grid_headings.choose(self._theme, rooms, self._columns, self._short))
        painter.setFont(type_face(self._theme, "small"))
        painter.setPen(colour(self._theme.muted))
        for r, label in enumerate(self._rows[: len(layout.ys)]):
            room = layout.row_heading(r)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | wrap, label)
        for r in self._chosen:
            if r < len(layout.ys):
                box = layout.cell((r, 0))
                bar = QRectF(box.left() - 4 * self._theme.scale, box.top(), 2.5 * self._theme.scale, box.height())
                painter.fillRect(bar, colour(self._theme.accent))

    def _outline(self, painter: QPainter, layout: GridLayout, cell: Cell, name: str) -> None:
        image = self._images[cell[0]][cell[1]]
        pen = QPen(colour(name), 2.0 * self._theme.scale)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        half = pen.widthF() / 2
        painter.drawRect(layout.picture(cell, image.width(), image.height()).adjusted(-half, -half, half, half))

    # --- mouse and keyboard

    def _has(self, cell: Cell) -> bool:
        return 0 <= cell[0] < len(self._images) and 0 <= cell[1] < len(self._images[cell[0]])

    def cell_at(self, x: float, y: float) -> Cell | None:
        """The cell at a place in the widget, None between cells."""
        cell = self.layout_now().at(x, y) if self._images and not self._message else None
        return cell if cell is not None and self._has(cell) else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.cell_at(event.position().x(), event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        del event
        self._hover(None)

    def _hover(self, cell: Cell | None) -> None:
        if cell != self._under:
            self._under = cell
            self.setCursor(Qt.CursorShape.PointingHandCursor if cell else Qt.CursorShape.ArrowCursor)
            self.hovered.emit(*(cell or (-1, -1)))
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position().x(), event.position().y())
        if cell is None or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._current, self._by_keyboard = cell, False
        self.clicked.emit(*cell)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None:
            self._go((self._current[0] + step[0], self._current[1] + step[1]))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._has(self._current):
            self.clicked.emit(*self._current)
        else:
            super().keyPressEvent(event)

    def _go(self, cell: Cell) -> None:
        if self._has(cell) and cell[0] < len(self.layout_now().ys):
            self._current, self._by_keyboard = cell, True
            self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._by_keyboard = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._by_keyboard = False
        self.update()

    def event(self, event: QEvent) -> bool:
        """Tooltips of cells and headings."""
        if isinstance(event, QHelpEvent) and self._images and not self._message:
            cell = self.layout_now().at(event.pos().x(), event.pos().y(), headings=True)
            QToolTip.showText(event.globalPos(), self._tips.get(cell, "") if cell else "", self)
            return True
        return super().event(event)


def example() -> ImageGrid:
    """Coloured gradients of two sizes, with headings."""
    ramp = np.linspace(0, 255, 32, dtype=np.uint8)
    big = np.stack(
        [np.broadcast_to(ramp, (32, 32)), np.broadcast_to(ramp[:, None], (32, 32)), np.full((32, 32), 90)], -1
    )
    grid = ImageGrid()
    grid.set_images([[big, np.roll(big, k, 2), big[:, ::-1], big[:16, :16]] for k in range(3)],
                    [f"image {k}" for k in range(3)], ["original", "view 1", "view 2", "local view"], gaps=(1,))  # fmt: skip
    return grid


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
