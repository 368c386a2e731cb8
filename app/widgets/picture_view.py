"""PictureView: the picture that a model gets, what of it was cut away, and the patch from which is looked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.widgets.ink import colour, type_face
from app.widgets.map_tile import mark_patch, patch_at, patch_box
from app.widgets.raster import image_of
from app.widgets.theme import LIGHT, Theme

WHOLE = (0.0, 0.0, 1.0, 1.0)
"""A frame (top, left, bottom, right) that neither cuts nor pads."""
FINEST = 5.0
"""Pixels a patch must have for the grid to be drawn."""
_STEPS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}


class PictureView(QWidget):
    """`patch_chosen` carries a patch by number, row by row, or -1 (Home): none."""

    patch_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._picture, self._whole = QImage(), QImage()
        self._given = WHOLE
        self.grid = (0, 0)
        self.query = -1
        self._under = -1
        self._message = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Picture")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_picture(self, picture: NDArray[Any], grid: tuple[int, int], whole: NDArray[Any] | None = None,
                    frame: tuple[float, float, float, float] = WHOLE) -> None:  # fmt: skip
        """picture (H, W, 3) uint8 as the model gets it in `grid` (rows, columns) of patches.

        whole (H', W', 3): the picture before; `frame`: top, left, bottom and right of the former in shares of the latter, below 0
        and above 1 where it was padded. What was cut away is shown dimmed.
        """
        before = self._canvas()
        self._picture, self.grid, self._message = image_of(picture), grid, ""
        self._given = frame if whole is not None and not np.allclose(frame, WHOLE, atol=0.002) else WHOLE
        self._whole = image_of(whole) if whole is not None and self._given != WHOLE else QImage()
        if self._canvas() != before:
            self.updateGeometry()
        self.update()

    def set_query(self, patch: int) -> None:
        """Mark a patch; below 0: none."""
        self.query = patch
        self.update()

    def set_message(self, text: str) -> None:
        """A sentence in place of the picture."""
        self._picture, self._message = QImage(), text
        self.setAccessibleDescription(text)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.update()

    # Places --------------------------------------------------------------------------------------------------------

    def _canvas(self) -> tuple[float, float]:
        """Width and height of everything that is drawn, in pixels of the picture as it was given, or of the model's."""
        if self._whole.isNull():
            return float(max(self._picture.width(), 1)), float(max(self._picture.height(), 1))
        top, left, bottom, right = self._given
        wide, high = self._whole.width(), self._whole.height()
        return wide * (max(right, 1.0) - min(left, 0.0)), high * (max(bottom, 1.0) - min(top, 0.0))

    def _room(self) -> tuple[QRectF, float]:
        """Where everything is drawn, and pixels of the widget for one of the canvas."""
        wide, high = self._canvas()
        scale = min(self.width() / wide, self.height() / high)
        return QRectF(
            (self.width() - wide * scale) / 2, (self.height() - high * scale) / 2, wide * scale, high * scale
        ), scale

    def box(self) -> QRectF:
        """Where what the model gets is drawn."""
        room, scale = self._room()
        if self._whole.isNull():
            return room
        top, left, bottom, right = self._given
        wide, high = self._whole.width() * scale, self._whole.height() * scale
        return QRectF(room.x() + (left - min(left, 0.0)) * wide, room.y() + (top - min(top, 0.0)) * high,
                      (right - left) * wide, (bottom - top) * high)  # fmt: skip

    def _whole_box(self) -> QRectF:
        room, scale = self._room()
        top, left, _, _ = self._given
        wide, high = self._whole.width() * scale, self._whole.height() * scale
        return QRectF(room.x() - min(left, 0.0) * wide, room.y() - min(top, 0.0) * high, wide, high)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        wide, high = self._canvas()
        return round(min(width * high / wide, 1.15 * width))

    def sizeHint(self) -> QSize:
        side = round(230 * self._theme.scale)
        return QSize(side, self.heightForWidth(side))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, 90)

    # Painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        if self._picture.isNull():
            self._paint_message(painter)
        else:
            self._paint(painter)
        painter.end()

    def _paint_message(self, painter: QPainter) -> None:
        pen = QPen(colour(self._theme.border), 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        room = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter.drawRoundedRect(room, 6, 6)
        painter.setPen(colour(self._theme.muted))
        painter.setFont(type_face(self._theme))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room.adjusted(8, 8, -8, -8), flags, self._message)

    def _paint(self, painter: QPainter) -> None:
        box = self.box()
        if not self._whole.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self._whole_box(), self._whole)
            painter.fillRect(self._whole_box(), colour(self._theme.panel, 0.62))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._picture.width() > box.width())
        painter.drawImage(box, self._picture)
        self._lines(painter, box)
        width = max(1.6, 2.0 * self._theme.scale)
        if 0 <= self._under < self.grid[0] * self.grid[1]:
            painter.setPen(QPen(colour(self._theme.accent), width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(patch_box(box, self.grid, self._under))
        if 0 <= self.query < self.grid[0] * self.grid[1]:
            mark_patch(painter, box, self.grid, self.query, width)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(
            QPen(colour(self._theme.accent if self.hasFocus() else self._theme.border), 2 if self.hasFocus() else 1)
        )
        painter.drawRect(box.adjusted(1, 1, -1, -1))

    def _lines(self, painter: QPainter, box: QRectF) -> None:
        """The grid of patches, while the pointer or the keyboard is here."""
        rows, columns = self.grid
        if (
            not (self.underMouse() or self.hasFocus())
            or min(box.width() / max(columns, 1), box.height() / max(rows, 1)) < FINEST
        ):
            return
        painter.setPen(QPen(colour("#ffffff", 0.35), 1))
        for k in range(1, columns):
            x = box.x() + k * box.width() / columns
            painter.drawLine(round(x), round(box.y()), round(x), round(box.bottom()))
        for k in range(1, rows):
            y = box.y() + k * box.height() / rows
            painter.drawLine(round(box.x()), round(y), round(box.right()), round(y))

    # Mouse and keyboard --------------------------------------------------------------------------------------------

    def choose(self, patch: int) -> None:
        """Look from this patch, or from none with -1, as the user does."""
        if patch != self.query and patch < self.grid[0] * self.grid[1]:
            self.set_query(patch)
            self.patch_chosen.emit(patch)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        under = patch_at(self.box(), self.grid, event.position().x(), event.position().y())
        if under != self._under:
            self._under = under
            self.setCursor(Qt.CursorShape.PointingHandCursor if under >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()
        if event.buttons() & Qt.MouseButton.LeftButton and under >= 0:
            self.choose(under)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        patch = patch_at(self.box(), self.grid, event.position().x(), event.position().y())
        if patch >= 0 and event.button() == Qt.MouseButton.LeftButton and not self._picture.isNull():
            self.choose(patch)
        else:
            event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        del event
        self._under = -1
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the patch, Home takes it away."""
        key, (rows, columns) = Qt.Key(event.key()), self.grid
        if key in _STEPS and rows * columns:
            row, column = divmod(self.query, columns) if self.query >= 0 else (rows // 2, columns // 2)
            if self.query >= 0:
                row, column = row + _STEPS[key][0], column + _STEPS[key][1]
            self.choose(min(max(row, 0), rows - 1) * columns + min(max(column, 0), columns - 1))
        elif key == Qt.Key.Key_Home:
            self.choose(-1)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """The tooltip says which patch lies under the pointer."""
        if isinstance(event, QHelpEvent) and not self._picture.isNull():
            words = "Click a patch to look from there; arrows move it, Home goes back to the class token."
            if self._under >= 0:
                row, column = divmod(self._under, self.grid[1])
                words = f"row {row + 1}, column {column + 1}. {words}"
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)


def example() -> PictureView:
    """A wide picture of which the middle is taken."""
    ramp = np.linspace(0, 255, 96, dtype=np.uint8)
    whole = np.stack(
        [np.broadcast_to(ramp, (64, 96)), np.broadcast_to(ramp[:64, None], (64, 96)), np.full((64, 96), 90)], -1
    )
    view = PictureView()
    view.set_picture(whole[:, 16:80].astype(np.uint8), (8, 8), whole.astype(np.uint8), (0.0, 1 / 6, 1.0, 5 / 6))
    view.set_query(27)
    return view


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 420, 320)
