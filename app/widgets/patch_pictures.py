"""PatchPictures: a few pictures cut into patches, of which some are outlined."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.widgets.ink import colour, mixed, pixels, type_face
from app.widgets.map_tile import mark_patch, patch_at, patch_box
from app.widgets.raster import image_of
from app.widgets.theme import LIGHT, Theme

Place = tuple[int, int]
"""A picture, and a patch of it row by row; -1: the whole picture."""
NOWHERE: Place = (-1, -1)
GAP = 5.0
_STEPS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}


class PatchPictures(QWidget):
    """`hovered` and `chosen` carry picture and patch; -1, -1 where the pointer left. Arrow keys move within a picture, Return chooses."""

    hovered = Signal(int, int)
    chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._message = LIGHT, ""
        self._images: list[QImage | None] = []
        self.texts: tuple[str, ...] = ()
        self.grid = (0, 0)
        self.marked: frozenset[Place] = frozenset()
        self.at: Place = NOWHERE
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Pictures and their patches")

    def set_pictures(self, pictures: Sequence[NDArray[Any] | None], texts: Sequence[str], grid: tuple[int, int] = (0, 0)) -> None:  # fmt: skip
        """Pictures (h, w, 3) uint8, None while one is not there, each with a line of text; `grid` (rows, columns) of patches, (0, 0): none."""
        self._images = [None if picture is None else image_of(picture) for picture in pictures]
        self.texts, self.grid, self._message = tuple(texts), grid, ""
        self.setAccessibleDescription("; ".join(self.texts))
        if self.at[0] >= len(self._images) or self.at[1] >= grid[0] * grid[1]:
            self.at = NOWHERE
        self.update()

    def set_message(self, text: str) -> None:
        """A sentence in place of pictures."""
        self._images, self.texts, self._message = [], (), text
        self.setAccessibleDescription(text)
        self.update()

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return len(self._images)

    @property
    def message(self) -> str:
        """The sentence that is shown, "" while pictures are."""
        return self._message

    def mark(self, places: Collection[Place]) -> None:
        """Outline these patches, and no others."""
        if frozenset(places) != self.marked:
            self.marked = frozenset(places)
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(250 * self._theme.scale), round(200 * self._theme.scale))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, round(80 * self._theme.scale))

    # Places --------------------------------------------------------------------------------------------------------

    def _columns(self) -> int:
        """As many side by side as make the pictures largest."""
        count = max(len(self._images), 1)

        def side(columns: int) -> float:
            rows = math.ceil(count / columns)
            return min(self.width() / columns - GAP, self.height() / rows - GAP - self._line())

        return max(range(1, count + 1), key=side)

    def _line(self) -> float:
        return pixels(self._theme, "tiny") * 1.4

    def cell(self, picture: int) -> QRectF:
        """The room of a picture, without its text."""
        columns = self._columns()
        rows = math.ceil(max(len(self._images), 1) / columns)
        row, column = divmod(picture, columns)
        wide, high = self.width() / columns, self.height() / rows
        return QRectF(column * wide + GAP / 2, row * high + GAP / 2, wide - GAP, max(high - GAP - self._line(), 4.0))

    def box(self, picture: int) -> QRectF:
        """Where a picture is drawn."""
        room, image = self.cell(picture), self._images[picture]
        wide, high = (image.width(), image.height()) if image else (1, 1)
        scale = min(room.width() / wide, room.height() / high)
        place = QRectF(0, 0, wide * scale, high * scale)
        place.moveCenter(room.center())
        return place

    def place_at(self, x: float, y: float) -> Place:
        """Picture and patch at a place; NOWHERE between pictures."""
        for picture in range(len(self._images)):
            box = self.box(picture)
            if box.contains(x, y):
                return picture, patch_at(box, self.grid, x, y)
        return NOWHERE

    # Painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        if self._message:
            painter.setFont(type_face(self._theme, "small"))
            painter.setPen(colour(self._theme.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(6, 4, -6, -4), flags, self._message)
        for picture in range(len(self._images)):
            self._paint_picture(painter, picture)
        painter.end()

    def _paint_picture(self, painter: QPainter, picture: int) -> None:
        box, image = self.box(picture), self._images[picture]
        if image is None:
            painter.fillRect(box, colour(mixed(self._theme.text, self._theme.panel, 0.07)))
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, image.width() > box.width())
            painter.drawImage(box, image)
        width = max(1.6, 2.0 * self._theme.scale)
        for place in sorted(self.marked):
            if place[0] == picture and 0 <= place[1] < self.grid[0] * self.grid[1]:
                mark_patch(painter, box, self.grid, place[1], width)
        if self.at[0] == picture and self.at[1] >= 0:
            painter.setPen(QPen(colour(self._theme.accent), width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(patch_box(box, self.grid, self.at[1]))
        painter.setFont(type_face(self._theme, "tiny"))
        painter.setPen(colour(self._theme.text))
        room = self.cell(picture)
        text = QFontMetricsF(painter.font()).elidedText(self.texts[picture], Qt.TextElideMode.ElideRight, room.width())
        line = QRectF(room.x(), max(box.bottom(), room.y()), room.width(), self._line())
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)

    # Mouse and keyboard --------------------------------------------------------------------------------------------

    def _go(self, place: Place) -> None:
        if place != self.at:
            self.at = place
            self.setCursor(Qt.CursorShape.PointingHandCursor if place != NOWHERE else Qt.CursorShape.ArrowCursor)
            self.hovered.emit(*place)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go(self.place_at(event.position().x(), event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        del event
        self._go(NOWHERE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().x(), event.position().y())
        if place != NOWHERE and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(*place)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move from patch to patch, without patches from picture to picture; Page up and down change the picture."""
        key = Qt.Key(event.key())
        if key in _STEPS and self._images:
            self._go(self._stepped(*_STEPS[key]))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.at != NOWHERE:
            self.chosen.emit(*self.at)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) and self._images:
            by = 1 if key == Qt.Key.Key_PageDown else -1
            self._go(((max(self.at[0], 0) + by) % len(self._images), self.at[1]))
        else:
            super().keyPressEvent(event)

    def _stepped(self, down: int, right: int) -> Place:
        picture, patch = max(self.at[0], 0), self.at[1]
        rows, columns = self.grid
        if not rows * columns:
            return min(max(picture + right + down * self._columns(), 0), len(self._images) - 1), -1
        if patch < 0:
            return picture, rows // 2 * columns + columns // 2
        row, column = patch // columns + down, patch % columns + right
        return picture, min(max(row, 0), rows - 1) * columns + min(max(column, 0), columns - 1)


def example() -> PatchPictures:
    """Three gradients in 4 x 4 patches, one patch of the second marked."""
    ramp = np.linspace(0, 255, 32, dtype=np.uint8)
    one = np.stack(
        [np.broadcast_to(ramp, (32, 32)), np.broadcast_to(ramp[:, None], (32, 32)), np.full((32, 32), 90, np.uint8)], -1
    )
    widget = PatchPictures()
    widget.set_pictures([one, one[:, ::-1], one[::-1]], ["image 4", "image 9", "image 17"], (4, 4))
    widget.mark([(1, 6)])
    return widget


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 320, 260)
