"""PointCanvas: a map of points with pictures and names, as far in as the view says. Draws only; PointPlane can be handled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.widgets import point_figure, point_groups, point_marks, point_thumbs
from app.widgets.ink import colour
from app.widgets.messaged import Messaged
from app.widgets.plane_view import Bounds, PlaneView, bounds_of, fitted
from app.widgets.point_colours import shown_colours
from app.widgets.point_glide import PointGlide
from app.widgets.point_groups import Group
from app.widgets.point_picture import PointPicture
from app.widgets.point_thumbs import ThumbnailStore
from app.widgets.theme import Theme

ASK_MS = 120
"""After the view has stood still for so long, pictures are asked for."""
THUMB = 44.0
"""Side of a picture in place of its point, in pixels at scale 1."""
IN_PLACE = 2.0
"""Zoom from which pictures stand in place of points, where they are few enough."""
ROOM = 8.0
"""Points in view for each picture that would fit, up to which there are pictures."""
CLOSEST = 400.0
FURTHEST = 0.5
"""How far in and out the view goes."""

Names = tuple[str, ...]


class PointCanvas(Messaged):
    """`picture` holds the points; `view` is what is seen of them."""

    wanted = Signal(object)  # list of rows whose pictures are needed
    viewed = Signal()  # the view is another

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = PointPicture()
        self.view = PlaneView()
        self.thumbs = ThumbnailStore()
        self.shows_pictures = self.shows_names = True
        self.chosen = self.under = -1
        self._fits = True  # the view is as `fit` left it
        self._extent: Bounds | None = None
        self._sheet: tuple[object, QImage] | None = None
        self._code: NDArray[np.intp] = np.empty(0, np.intp)
        self._names: Names = ()
        self._groups: tuple[int, list[Group]] | None = None
        self._in_place: tuple[object, list[int]] = (None, [])
        self._glide = PointGlide(self)
        self._glide.moved.connect(self._glide_on)
        self._glide.arrived.connect(self._arrive)
        self._ask = QTimer(self, interval=ASK_MS, singleShot=True)
        self._ask.timeout.connect(self._ask_now)
        self.setMinimumSize(120, 90)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # Points ---------------------------------------------------------------------------------------------------------

    def set_points(self, points: NDArray[Any], extent: NDArray[Any] | None = None) -> None:
        """Show other points (n, 2); what the view covers is made to fit them, or all of `extent` (m, 2)."""
        self._glide.stop()
        if len(points) != len(self.picture.points):
            self.chosen = self.under = -1
            self._names = ()
            self.thumbs.clear()
        self.picture.set_points(points)
        self._extent = None if extent is None else bounds_of(np.asarray(extent, np.float32).reshape(-1, 2))
        self._message, self._groups = "", None
        self.picture.extent = self._extent or self.picture.extent
        self.fit()

    def move_to(self, points: NDArray[Any], ms: int) -> None:
        """The same points glide to other places (n, 2) within `ms` milliseconds. The view stays where it was put; where it fits
        everything it goes on to, unless `set_points` was told an extent. ValueError for another number.
        """
        target = np.asarray(points, np.float32).reshape(-1, 2)
        if len(target) != len(self.picture.points):
            raise ValueError(f"{len(target):,} places for {len(self.picture.points):,} points.")
        self.picture.is_moving = True
        self._glide.start(self.picture.points, self.picture.extent, target, ms if self.isVisible() else 0)

    @property
    def is_gliding(self) -> bool:
        """Whether points are on their way."""
        return self._glide.is_on

    @property
    def _follows(self) -> bool:
        """Whether the view fits what is there, wherever that goes: nobody has moved it, and it need not fit all times."""
        return self._fits and self._extent is None

    def _glide_on(self) -> None:
        self.picture.place(self._glide.points)
        if self._follows:
            self.picture.extent = self._glide.bounds
            self.fit()
        self._changed()

    def _arrive(self) -> None:
        self.picture.place(self._glide.points)
        self.picture.settle()
        if self._extent is None:
            self.picture.extent = self._glide.bounds
        if self._follows:
            self.fit()
        self._changed()

    def set_groups(self, code: NDArray[Any] | Sequence[int], names: Sequence[str]) -> None:
        """Whose middles are named when zoomed out: a number of `names` for each point, -1 of none."""
        self._code, self._names, self._groups = np.asarray(code).astype(np.intp), tuple(names), None
        self._changed()

    def groups(self) -> list[Group]:
        """The middles of all classes, where they are now."""
        if self._groups is None or self._groups[0] != self.picture.moves:
            self._groups = (self.picture.moves, self._find_groups())
        return self._groups[1]

    def _find_groups(self) -> list[Group]:
        points = self.picture.points
        if not self._names or len(self._code) != len(points):
            return []
        if self.picture.is_moving and self._groups is not None:
            return point_groups.moved(self._groups[1], points, self._code)
        return point_groups.groups_of(points, self._code, self._names)

    def choose(self, row: int) -> None:
        """Ring a point and bring it into view; -1: none."""
        self.chosen = row if 0 <= row < len(self.picture.points) else -1
        if self.chosen >= 0 and np.isfinite(self.picture.points[row]).all():
            self.reveal(row)
        self.update()

    def point_out(self, row: int) -> None:
        """Ring a point as if the pointer were over it; nothing is told. -1: none."""
        self.under = row if 0 <= row < len(self.picture.points) else -1
        self.update()

    def show_extras(self, *, pictures: bool, names: bool) -> None:
        """Whether there are pictures, and names of classes."""
        self.shows_pictures, self.shows_names = pictures, names
        self._in_place = (None, [])
        self._changed()

    def put_thumbnails(self, rows: Sequence[int], pictures: Sequence[NDArray[Any]]) -> None:
        """Pictures (h, w, 3) uint8 of points, as `wanted` asked for them."""
        self.thumbs.put(rows, pictures)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.picture.set_theme(theme)
        self._changed()

    def _changed(self) -> None:
        self._ask.start()
        self.update()

    # View -----------------------------------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show everything."""
        self._fits = True
        self.view = fitted(self.picture.extent, max(self.width(), 1), max(self.height(), 1))
        self._seen()

    def look(self, view: PlaneView) -> None:
        """Another view, within limits."""
        least, most = (
            zoom * fitted(self.picture.extent, view.width, view.height).scale for zoom in (FURTHEST, CLOSEST)
        )
        if least <= view.scale <= most and view != self.view:
            self.view, self._fits = view, False
            self._seen()

    def _seen(self) -> None:
        self._changed()
        self.viewed.emit()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Closer by a factor, what is at a pixel (the middle) stays there."""
        where = at if at is not None else QPointF(self.width() / 2, self.height() / 2)
        self.look(self.view.zoomed(factor, where.x(), where.y()))

    def reveal(self, row: int) -> None:
        """Move just so far that a point is well inside the view."""
        x, y = self.view.to_screen(self.picture.points[row : row + 1])[0].tolist()
        edge = 0.12 * min(self.width(), self.height())
        dx = max(edge - x, 0) - max(x - self.width() + edge, 0)
        dy = max(edge - y, 0) - max(y - self.height() + edge, 0)
        if dx or dy:
            self.look(self.view.moved(dx, dy))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fits:
            self.fit()
        else:
            self.view = self.view.resized(self.width(), self.height())
            self._seen()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._ask.stop()
        if self._glide.is_on:
            self._glide.finish()

    def sizeHint(self) -> QSize:
        return QSize(round(520 * self.picture.theme.scale), round(400 * self.picture.theme.scale))

    # Pictures -------------------------------------------------------------------------------------------------------

    def thumb_side(self) -> float:
        """Of a picture in place of its point, in pixels."""
        return THUMB * self.picture.theme.scale

    def in_place(self) -> list[int]:
        """Rows whose pictures stand in place of their points in this view."""
        if not self.shows_pictures or self.is_gliding or self.picture.zoom(self.view) < IN_PLACE:
            return []
        key = (self.picture.version, self.view, self.picture.theme.scale)
        if self._in_place[0] != key:
            self._in_place = (key, self._choose())
        return self._in_place[1]

    def _choose(self) -> list[int]:
        side = self.thumb_side()
        rows = self.picture.index.within(*self.view.bounds(side / 2))
        rows = rows[self.picture.is_bright()[rows]]
        if len(rows) * side**2 > ROOM * self.width() * self.height():
            return []
        at = self.view.to_screen(self.picture.points[rows])
        return point_thumbs.choose(at, rows, side + 2, set(self._in_place[1]))

    def names_now(self) -> list[Group]:
        """The classes that are named in this view: those that are not faded, while no pictures stand in place."""
        if not self.shows_names or self.in_place():
            return []
        bright = self.picture.bright
        if bright is None or self.picture.colours.names != self._names:
            return self.groups()
        return [group for group in self.groups() if group.code in bright]

    def _ask_now(self) -> None:
        rows = [group.row for group in self.names_now()] if self.shows_pictures else []
        fresh = self.thumbs.missing([*rows, *self.in_place()])
        if fresh:
            self.wanted.emit(fresh)

    # Painting -------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        if self._message:
            painter.fillRect(self.rect(), colour(self.picture.theme.plot))
            self._paint_message(painter, self.picture.theme)
        else:
            self._paint_dots(painter)
            self.paint_over(painter)
        painter.end()

    def _paint_dots(self, painter: QPainter) -> None:
        """On the screen from what is kept, anywhere else as fine as that is."""
        ratio = self.devicePixelRatioF()
        if point_figure.is_lines(painter) or point_figure.density(painter) != ratio:
            point_figure.paint(painter, self.picture, self.view)
        else:
            painter.drawImage(0, 0, self._dots(ratio))

    def _dots(self, ratio: float) -> QImage:
        """The dots of this view, kept from one painting to the next."""
        key = (self.picture.version, self.view, ratio)
        if self._sheet is None or self._sheet[0] != key:
            self._sheet = (key, self.picture.image(self.view, ratio))
        return self._sheet[1]

    def paint_over(self, painter: QPainter) -> None:
        """Pictures, names, and rings around what is chosen and under the pointer."""
        self._paint_pictures(painter)
        self._paint_names(painter)
        self._ring(painter, self.chosen, self.picture.theme.accent, 3.0)
        if self.under != self.chosen:
            self._ring(painter, self.under, self.picture.theme.text, 2.0)

    def _paint_pictures(self, painter: QPainter) -> None:
        rows = self.in_place()
        if not rows:
            return
        inks = shown_colours(self.picture.colours, self.picture.theme)
        marked = set(self.picture.marked.tolist())
        for row, (x, y) in zip(rows, self.view.to_screen(self.picture.points[rows]).tolist(), strict=True):
            image = self.thumbs.get(row)
            if image is not None:
                box = point_marks.square(x, y, self.thumb_side())
                ink = inks[self.picture.colours.code[row]]
                point_marks.picture(painter, image, box, ink, self.picture.theme, marked=row in marked)

    def _paint_names(self, painter: QPainter) -> None:
        groups = self.names_now()
        room = QRectF(self.rect())
        at = [QPointF(*self.view.to_screen(np.array([[g.x, g.y]]))[0].tolist()) for g in groups]
        seen = [(group, place) for group, place in zip(groups, at, strict=True) if room.contains(place)]
        known = self.thumbs.get if self.shows_pictures else (lambda _row: None)
        placed = point_groups.place(seen, self.picture.theme, room, known)
        point_groups.paint(painter, placed, self.picture.theme, self._group_inks())

    def _group_inks(self) -> list[str]:
        """The classes' own colours where points are coloured by them, else one for all."""
        if self.picture.colours.names == self._names:
            return shown_colours(self.picture.colours, self.picture.theme)
        return [self.picture.theme.muted]

    def _ring(self, painter: QPainter, row: int, ink: str, width: float) -> None:
        if not 0 <= row < len(self.picture.points) or not np.isfinite(self.picture.points[row]).all():
            return
        theme = self.picture.theme
        x, y = self.view.to_screen(self.picture.points[row : row + 1])[0].tolist()
        if row in self.in_place() and self.thumbs.get(row) is not None:
            point_marks.ring(painter, point_marks.square(x, y, (THUMB + 4) * theme.scale), theme, ink, width)
        else:
            side = 2 * self.picture.radius(self.view) + 8 * theme.scale
            point_marks.ring(painter, point_marks.square(x, y, side), theme, ink, width, is_round=True)
