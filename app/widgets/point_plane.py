"""PointPlane: the map under the hand. Drag moves it, the wheel zooms at the pointer; an outline or a box catches points.

Shift while dragging draws an outline, Ctrl a box, whatever the mode. Arrows walk from point to point, Return chooses, Space marks.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.widgets.ink import colour
from app.widgets.point_canvas import PointCanvas

Mode = Literal["move", "lasso", "rectangle"]
REACH = 12.0
"""Pixels from the pointer to a point that counts as under it."""
SLIP = 4.0
"""Pixels that a click may move and still be one."""
VERTEX = 3.0
"""Pixels between two corners of an outline."""
STEP = 1.25
"""Zoom of a key, and of a notch of the wheel."""
_WAYS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}


class PointPlane(PointCanvas):
    """Rows are told by signals: -1 is no point."""

    hovered = Signal(int)
    clicked = Signal(int)
    lassoed = Signal(object)  # rows (k,) intp that were caught; none when they were let go

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mode: Mode = "move"
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._slipped = False
        self._drawing: Mode = "move"
        self._outline: list[QPointF] = []
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Map of points")

    def set_mode(self, mode: Mode) -> None:
        """What a drag does."""
        self.mode = mode
        self._set_cursor()

    def _set_cursor(self) -> None:
        if self._pressed is not None and self._drawing == "move":
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self.mode != "move":
            self.setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.setCursor(Qt.CursorShape.PointingHandCursor if self.under >= 0 else Qt.CursorShape.ArrowCursor)

    # Mouse ----------------------------------------------------------------------------------------------------------

    def row_at(self, x: float, y: float) -> int:
        """The point under a pixel, -1 where there is none; one that is faded is not found."""
        pictures = [row for row in self.in_place() if self.thumbs.get(row) is not None]
        if pictures:
            off = np.abs(self.view.to_screen(self.picture.points[pictures]) - np.array([x, y], np.float32)).max(1)
            if off.min() <= self.thumb_side() / 2:
                return pictures[int(off.argmin())]
        place = self.view.to_plane(x, y)
        within = max(REACH * self.picture.theme.scale, self.picture.radius(self.view)) / self.view.scale
        return self.picture.nearest(*place, within)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self.message:
            event.ignore()
            return
        self._pressed = self._last = event.position()
        self._slipped = False
        held = event.modifiers()
        shift, ctrl = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
        self._drawing = "lasso" if held & shift else "rectangle" if held & ctrl else self.mode
        self._outline = [event.position()]
        self._set_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        where = event.position()
        if self._pressed is None:
            self._hover(self.row_at(where.x(), where.y()) if not (self.message or self.is_gliding) else -1)
            return
        self._slipped = self._slipped or (where - self._pressed).manhattanLength() > SLIP
        if not self._slipped:
            return
        if self._drawing == "move":
            by = where - self._last
            self.look(self.view.moved(by.x(), by.y()))
        elif (where - self._outline[-1]).manhattanLength() >= VERTEX:
            self._outline.append(where)
            self.update()
        self._last = where

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or event.button() != Qt.MouseButton.LeftButton:
            return
        corner, self._pressed = self._pressed, None
        outline, self._outline = self._outline, []
        if not self._slipped:
            self._click(self.row_at(corner.x(), corner.y()))
        elif self._drawing != "move":
            shape = outline if self._drawing == "lasso" else _box(corner, event.position())
            self.catch(np.array([self.view.to_plane(p.x(), p.y()) for p in shape]))
        self._set_cursor()
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self.message:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.pixelDelta().y()
        if self.message or not turned:
            event.ignore()
            return
        self.zoom_by(STEP ** (turned / 120), event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, row: int) -> None:
        if row != self.under:
            self.under = row
            self._set_cursor()
            self.hovered.emit(row)
            self.update()

    def _click(self, row: int) -> None:
        if row >= 0:
            self.chosen = row
            self.clicked.emit(row)

    # Catching -------------------------------------------------------------------------------------------------------

    def catch(self, outline: NDArray[np.float64]) -> None:
        """Mark the points inside an outline (k, 2) of the plane that are not faded, and tell of them."""
        rows = self.picture.index.inside(outline)
        self._mark(rows[self.picture.is_bright()[rows]])

    def _mark(self, rows: NDArray[np.intp]) -> None:
        self.picture.set_marked(rows)
        self.lassoed.emit(self.picture.marked)
        self.update()

    # Keyboard -------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self.message or not self._does(key, event.modifiers()):
            super().keyPressEvent(event)

    def _does(self, key: Qt.Key, held: Qt.KeyboardModifier) -> bool:
        """Whether a key means something here; then it was done."""
        if key in _WAYS:
            self._pan(*_WAYS[key]) if held & Qt.KeyboardModifier.ShiftModifier else self._walk(*_WAYS[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoom_by(1 / STEP if key == Qt.Key.Key_Minus else STEP, self._middle())
        elif key == Qt.Key.Key_Home:
            self.fit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.under >= 0:
            self._click(self.under)
            self.update()
        elif key == Qt.Key.Key_Space and self.under >= 0:
            self._mark(np.setxor1d(self.picture.marked, [self.under]).astype(np.intp))
        else:
            return key == Qt.Key.Key_Escape and self._let_go()
        return True

    def _let_go(self) -> bool:
        """Give up an outline that is being drawn, else let the marked points go; False where there is neither."""
        if self._pressed is not None and self._drawing != "move":
            self._pressed, self._outline = None, []
            self._set_cursor()
            self.update()
            return True
        if len(self.picture.marked):
            self._mark(np.empty(0, np.intp))
            return True
        return False

    def _middle(self) -> QPointF | None:
        """Where the point under the keyboard is, if there is one in view."""
        if self.under < 0:
            return None
        place = QPointF(*self.view.to_screen(self.picture.points[self.under : self.under + 1])[0].tolist())
        return place if QRectF(self.rect()).contains(place) else None

    def _pan(self, dx: int, dy: int) -> None:
        far = 0.15 * min(self.width(), self.height())
        self.look(self.view.moved(-dx * far, dy * far))

    def _walk(self, dx: int, dy: int) -> None:
        """To the next point in a direction; at first to the one that is nearest to the middle of the view."""
        start = self.under if self.under >= 0 else self.chosen
        if start < 0 or not np.isfinite(self.picture.points[start]).all():
            row = self.picture.nearest(self.view.x, self.view.y, float("inf"))
        else:
            row = self.picture.next_to(start, dx, dy)
        if row >= 0:
            self.reveal(row)
            self._hover(row)

    # Painting -------------------------------------------------------------------------------------------------------

    def paint_over(self, painter: QPainter) -> None:
        super().paint_over(painter)
        if self._pressed is None or not self._slipped or self._drawing == "move":
            return
        shape = self._outline if self._drawing == "lasso" else _box(self._pressed, self._last)
        theme = self.picture.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour(theme.accent), 1.6 * theme.scale, Qt.PenStyle.DashLine))
        painter.setBrush(colour(theme.accent, 0.12))
        painter.drawPolygon(QPolygonF(shape))


def _box(a: QPointF, b: QPointF) -> list[QPointF]:
    return [a, QPointF(b.x(), a.y()), b, QPointF(a.x(), b.y())]
