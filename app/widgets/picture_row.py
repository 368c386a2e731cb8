"""PictureRow: a few pictures of one size side by side, each with its name, what it shows, and the range of its colours.

They share a grid of patches: what the pointer does in one it does in all. With the left button it paints, with the right one it takes
away; arrows move the brush, Space paints, Backspace takes away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.widgets import row_layout
from app.widgets.brush import Place, touched
from app.widgets.ink import colour, type_face
from app.widgets.map_tile import patch_box
from app.widgets.messaged import Messaged
from app.widgets.raster import image_of
from app.widgets.row_layout import RowLayout
from app.widgets.theme import LIGHT, Theme

_STEPS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
_PAINT, _ERASE = (Qt.Key.Key_Space,), (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One picture: (H, W, 3) uint8. scale: what the ends of its colours are, where it is a map; `colours` (256, 3) from low to high."""

    name: str
    picture: NDArray[Any]
    about: str = ""
    scale: tuple[str, str] | None = None
    colours: NDArray[Any] | None = None


class PictureRow(Messaged):
    """`painted` carries patches (k,), counted row by row, and whether they are to be hidden; `hovered` the patch below the pointer."""

    painted = Signal(object, bool)
    hovered = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.shown: tuple[Shown, ...] = ()
        self._images: list[QImage] = []
        self.grid = (0, 0)
        self.brush, self.erases, self.paintable = 1, False, False
        self._last: Place | None = None
        self._hides = True
        self._under: Place | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setAccessibleName("Pictures; arrows move the brush, Space hides, Backspace shows")

    # What is shown -------------------------------------------------------------------------------------------------

    def set_pictures(self, shown: Sequence[Shown], grid: tuple[int, int], *, paintable: bool) -> None:
        """These pictures in this order, in `grid` (rows, columns) of patches; an earlier message goes."""
        before = self.shown
        self.shown, self.grid, self.paintable, self._message = tuple(shown), grid, paintable, ""
        kept = {id(each.picture): image for each, image in zip(before, self._images, strict=True)}
        self._images = [kept.get(id(each.picture)) or image_of(each.picture) for each in self.shown]
        if [each.name for each in before] != [each.name for each in self.shown]:
            self.setAccessibleDescription(", ".join(each.name for each in self.shown))
        self.update()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The pictures by name."""
        return {each.name: each.picture for each in self.shown}

    def set_brush(self, size: int, *, erases: bool) -> None:
        """How many patches wide, and whether the left button takes away."""
        self.brush, self.erases = size, erases
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def layout_now(self) -> RowLayout:
        """Where everything lies in the widget's present size."""
        side = (self._images[0].width(), self._images[0].height()) if self._images else (1, 1)
        return row_layout.fit(self._theme, [(each.about, each.scale is not None) for each in self.shown], side,
                              (self.width(), self.height()))  # fmt: skip

    def sizeHint(self) -> QSize:
        return QSize(round(720 * self._theme.scale), round(300 * self._theme.scale))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(160 * self._theme.scale), round(120 * self._theme.scale))

    # Painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        if self._message or not self.shown:
            self._paint_message(painter, self._theme)
        else:
            layout = self.layout_now()
            for k in range(len(self.shown)):
                self._paint_one(painter, layout, k)
        painter.end()

    def _paint_one(self, painter: QPainter, layout: RowLayout, k: int) -> None:
        each, image, box = self.shown[k], self._images[k], layout.boxes[k]
        painter.setPen(colour(self._theme.text))
        painter.setFont(type_face(self._theme, "title", bold=True))
        painter.drawText(layout.heading(k), Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, each.name)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, image.width() > box.width())
        painter.drawImage(box, image)
        painter.setPen(QPen(colour(self._theme.border), 1))
        painter.drawRect(box)
        self._paint_brush(painter, box)
        if each.scale is not None and each.colours is not None:
            self._paint_scale(painter, layout.bar(k), each.scale, each.colours)
        painter.setPen(colour(self._theme.muted))
        painter.setFont(type_face(self._theme, "small"))
        painter.drawText(layout.words(k), Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, each.about)

    def _paint_scale(self, painter: QPainter, bar: QRectF, scale: tuple[str, str], colours: NDArray[Any]) -> None:
        painter.setFont(type_face(self._theme, "small"))
        metrics = painter.fontMetrics()
        left, right = (metrics.horizontalAdvance(word) + 6 for word in scale)
        painter.setPen(colour(self._theme.text))
        painter.drawText(bar, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, scale[0])
        painter.drawText(bar, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, scale[1])
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        painter.drawImage(
            bar.adjusted(left, bar.height() * 0.25, -right, -bar.height() * 0.25), image_of(colours[None])
        )

    def _paint_brush(self, painter: QPainter, box: QRectF) -> None:
        """What would be painted, outlined on every picture."""
        if self._under is None or not self.paintable:
            return
        cells = touched(self._under, self._under, self.brush, self.grid)
        if not len(cells):
            return
        rows, columns = np.divmod(cells, self.grid[1])
        first, last = (
            patch_box(box, self.grid, int(cells[0])),
            patch_box(box, self.grid, int(rows.max() * self.grid[1] + columns.max())),
        )
        frame = first.united(last)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ink, width in (("#000000", 3.4), ("#ffffff", 1.6)):
            painter.setPen(QPen(colour(ink), width * max(self._theme.scale, 1.0)))
            painter.drawRect(frame)

    # Mouse ---------------------------------------------------------------------------------------------------------

    def place_at(self, point: QPointF) -> tuple[int, Place] | None:
        """The picture below a point, and the place in it; None between pictures."""
        rows, columns = self.grid
        if self._message or not self.shown or not rows * columns:
            return None
        for k, box in enumerate(self.layout_now().boxes):
            if box.contains(point):
                return k, self._in(box, point)
        return None

    def _in(self, box: QRectF, point: QPointF) -> Place:
        rows, columns = self.grid
        return (point.y() - box.y()) / box.height() * rows, (point.x() - box.x()) / box.width() * columns

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.place_at(event.position())
        if (
            found is None
            or not self.paintable
            or event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
        ):
            event.ignore()
            return
        self._hides = (event.button() == Qt.MouseButton.LeftButton) != self.erases
        self._box = self.layout_now().boxes[found[0]]
        self._last = self._under = found[1]
        self._stroke(found[1], found[1])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is not None:
            place = self._in(self._box, event.position())  # a stroke stays in its picture
            self._stroke(self._last, place)
            self._last = place
        else:
            found = self.place_at(event.position())
            self.hover(found[1] if found else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        del event
        self._last = None

    def _stroke(self, start: Place, end: Place) -> None:
        cells = touched(start, end, self.brush, self.grid)
        self.hover(end)
        if len(cells):
            self.painted.emit(cells, self._hides)

    def hover(self, place: Place | None) -> None:
        """The brush is over this place of every picture, or over none."""
        inside = place is not None and 0 <= place[0] < self.grid[0] and 0 <= place[1] < self.grid[1]
        before, now = self.patch_under, None if not inside else place
        self._under = now
        if self.patch_under != before or self.brush % 2 == 0:
            self.setCursor(Qt.CursorShape.CrossCursor if now and self.paintable else Qt.CursorShape.ArrowCursor)
            self.hovered.emit(self.patch_under)
            self.update()

    @property
    def patch_under(self) -> int:
        """The patch below the pointer, or where the arrows went; -1 where there is none."""
        if self._under is None:
            return -1
        return int(self._under[0]) * self.grid[1] + int(self._under[1])

    def leaveEvent(self, event: QEvent) -> None:
        del event
        self.hover(None)

    # Keyboard ------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if not self.paintable or self._message or not self.shown:
            super().keyPressEvent(event)
        elif key in _STEPS:
            rows, columns = self.grid
            row, column = self._under if self._under else (rows / 2 - _STEPS[key][0], columns / 2 - _STEPS[key][1])
            row, column = int(row) + 0.5 + _STEPS[key][0], int(column) + 0.5 + _STEPS[key][1]
            self.hover((min(max(row, 0.5), rows - 0.5), min(max(column, 0.5), columns - 0.5)))
        elif key in (*_PAINT, *_ERASE) and self._under:
            self._hides = key in _PAINT
            self._stroke(self._under, self._under)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """The tooltip says in full what a picture shows."""
        if isinstance(event, QHelpEvent) and self.shown and not self._message:
            layout = self.layout_now()
            at = next((k for k in range(len(self.shown)) if layout.whole(k).contains(event.pos())), None)
            QToolTip.showText(
                event.globalPos(), "" if at is None else f"{self.shown[at].name}: {self.shown[at].about}", self
            )
            return True
        return super().event(event)


def example() -> PictureRow:
    """A picture, the same with holes, and how far they are from grey."""
    from app.widgets.heat_colours import TABLE, coloured

    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    picture = np.stack(
        [np.broadcast_to(ramp, (64, 64)), np.broadcast_to(ramp[:, None], (64, 64)), np.full((64, 64), 90)], -1
    )
    holes = np.kron(np.random.default_rng(0).random((8, 8)) < 0.6, np.ones((8, 8), bool))
    errors = np.abs(picture.astype(float) - 128).mean(-1)
    row = PictureRow()
    row.set_pictures(
        (
            Shown("Original", picture.astype(np.uint8), "The picture as the model got it."),
            Shown("Masked", np.where(holes[..., None], 128, picture).astype(np.uint8), "What the encoder saw."),
            Shown("Error", coloured(errors, 0, 128), "How far grey is.", ("0", "128"), TABLE),
        ),
        (8, 8), paintable=True,
    )  # fmt: skip
    row.set_brush(3, erases=False)
    row.hover((3.5, 4.5))
    return row


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
