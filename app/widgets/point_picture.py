"""PointPicture: all that a map of points consists of, and its dots as an image. Knows no widget: the screen and a file use it alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.widgets import point_density
from app.widgets.ink import mixed
from app.widgets.plane_view import Bounds, PlaneView, bounds_of, fitted
from app.widgets.point_colours import PointColours, colours_of, plain, shown_colours
from app.widgets.point_density import SHADES
from app.widgets.point_index import PointIndex
from app.widgets.point_raster import MOST_WRITES, Pixels, PointRaster, inks, radius_for
from app.widgets.theme import LIGHT, Theme

Rows = NDArray[np.intp]
SMALLEST, LARGEST, DEEPEST = 1.25, 5.0, 8.0
"""Radii in pixels at scale 1: of 60,000 points and more, of a few, and of any when zoomed in."""
HALO = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """Points that are painted one after the other, and each one's ink."""

    rows: Rows
    ink: NDArray[np.intp]
    is_rim: bool = False


class PointPicture:
    """Points in the order they came in: a row is a point's number. Changes show in `version`; those of the places in `moves` too."""

    def __init__(self) -> None:
        self.theme: Theme = LIGHT
        self.points: NDArray[np.float32] = np.empty((0, 2), np.float32)
        self.extent: Bounds = bounds_of(self.points)
        self.colours: PointColours = plain(0)
        self.bright: frozenset[int] | None = None  # codes that are not faded; None: all
        self.marked: Rows = np.empty(0, np.intp)
        self.version = self.moves = 0
        self._order: Rows = np.empty(0, np.intp)
        self._index: PointIndex | None = None
        self.is_moving = False  # crowds keep their shades meanwhile
        self._crowd: tuple[tuple[int, float], NDArray[np.uint8]] | None = None
        self._table: Pixels | None = None
        self._raster = PointRaster()

    # What there is --------------------------------------------------------------------------------------------------

    def set_points(self, points: NDArray[Any]) -> None:
        """Other points (n, 2); colours and marks of points of another number go."""
        new = len(points) != len(self.points)
        self.place(points)
        self.settle()
        self.extent = bounds_of(self.points)
        if new:
            self.colours, self.bright, self._table = plain(len(self.points)), None, None
            self.marked = np.empty(0, np.intp)

    def place(self, points: NDArray[Any]) -> None:
        """The same points elsewhere; shades of crowds stay until `settle`."""
        self.points = np.ascontiguousarray(points, np.float32).reshape(-1, 2)
        drawn = default_rng(0).permutation(len(self.points)) if len(self._order) != len(self.points) else None
        self._order = self._order if drawn is None else drawn  # no name lies above the others
        self._index = None
        self.moves += 1
        self.version += 1

    def settle(self) -> None:
        """Points have come to rest: shade crowds as they are now."""
        self.is_moving, self._crowd = False, None
        self.version += 1

    def set_colours(self, values: NDArray[Any] | Sequence[float], names: Sequence[str] | None, title: str) -> None:
        """One value a point; ValueError for another number of them."""
        if len(values) != len(self.points):
            raise ValueError(f"{len(values):,} values for {len(self.points):,} points.")
        self.colours, self.bright, self._table = colours_of(values, names, title), None, None
        self.version += 1

    def set_theme(self, theme: Theme) -> None:
        """Colours and sizes."""
        self.theme, self._table, self._crowd = theme, None, None
        self.version += 1

    def set_bright(self, codes: frozenset[int] | None) -> None:
        """Fade all others; None: nothing is faded."""
        if codes != self.bright:
            self.bright = codes
            self.version += 1

    def set_marked(self, rows: Rows) -> None:
        """Give these a rim and draw them above the others."""
        self.marked = np.unique(rows[(rows >= 0) & (rows < len(self.points))]).astype(np.intp)
        self.version += 1

    @property
    def index(self) -> PointIndex:
        """Made when it is first asked for after points moved."""
        if self._index is None:
            self._index = PointIndex(self.points)
        return self._index

    def finite(self) -> NDArray[np.bool_]:
        """Which points have a place."""
        return np.isfinite(self.points[:, 0]) & np.isfinite(self.points[:, 1])

    def is_bright(self) -> NDArray[np.bool_]:
        """Which points are not faded."""
        if self.bright is None:
            return np.ones(len(self.points), bool)
        table = np.zeros(self.colours.unknown + 1, bool)
        table[[code for code in self.bright if code < len(table)]] = True
        bright: NDArray[np.bool_] = table[self.colours.code]
        return bright

    def nearest(self, x: float, y: float, within: float) -> int:
        """The point nearest to a place that is not faded; -1 where none is so close."""
        return self.index.nearest(x, y, within, None if self.bright is None else self.is_bright())

    def next_to(self, row: int, dx: float, dy: float) -> int:
        """The next point in a direction that is not faded; -1 where there is none."""
        return self.index.next_to(row, dx, dy, None if self.bright is None else self.is_bright())

    # How it looks ---------------------------------------------------------------------------------------------------

    def zoom(self, view: PlaneView) -> float:
        """How much larger than when everything fits."""
        whole = fitted(self.extent, view.width, view.height)
        return view.scale / whole.scale

    def radius(self, view: PlaneView) -> float:
        """Of a dot, in pixels."""
        many = SMALLEST * (60_000 / max(len(self.points), 1)) ** 0.25
        size: float = min(max(many, SMALLEST), LARGEST) * max(self.zoom(view), 0.25) ** 0.4
        return float(min(size, DEEPEST) * self.theme.scale**0.5)

    def image(self, view: PlaneView, ratio: float = 1.0, *, most: int = MOST_WRITES) -> QImage:
        """All dots of a view, in `ratio` device pixels a pixel; smaller where they were more than `most` pixels (0: any number)."""
        width, height = max(round(view.width * ratio), 1), max(round(view.height * ratio), 1)
        radius = radius_for(self.radius(view) * ratio, len(self.points), most)
        halo = radius_for(radius + HALO * ratio, len(self.marked), most)
        self._raster.clear(width, height, self.theme.plot, max(radius, halo))
        for layer in self._layers(view):
            at = view.to_screen(self.points[layer.rows]) * np.float32(ratio)
            self._raster.dots(at, layer.ink, self._inks(), halo if layer.is_rim else radius)
        pixels = self._raster.pixels()
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
        image.setDevicePixelRatio(ratio)
        return image

    def layers(self, view: PlaneView) -> Iterator[tuple[NDArray[np.float32], float, list[str]]]:
        """The same as shapes, from the ground up: middles (k, 2) in pixels, their radius, and a colour for each."""
        radius, names = self.radius(view), self._ink_names()
        for layer in self._layers(view):
            inks = [names[k] for k in layer.ink.tolist()]
            yield view.to_screen(self.points[layer.rows]), radius + HALO if layer.is_rim else radius, inks

    def _layers(self, view: PlaneView) -> Iterator[_Layer]:
        """Faded points, the others, rims of marked ones, and those."""
        code = self.colours.code * SHADES + self._shades(view)
        faded, rim = (self.colours.unknown + 1) * SHADES, (self.colours.unknown + 1) * SHADES + 1
        finite = self.finite()
        rows = self._order[finite[self._order]]
        if self.bright is not None:
            bright = self.is_bright()[rows]
            yield _Layer(rows[~bright], np.full(int((~bright).sum()), faded))
            rows = rows[bright]
        yield _Layer(rows, code[rows])
        if len(self.marked):
            rows = self.marked[finite[self.marked]]
            yield _Layer(rows, np.full(len(rows), rim), is_rim=True)
            yield _Layer(rows, self.colours.code[rows] * SHADES + SHADES - 1)

    def _ink_names(self) -> list[str]:
        """Every code in every shade, then what is faded, and rims."""
        t = self.theme
        shown = [
            mixed(name, t.plot, share) for name in shown_colours(self.colours, t) for share in point_density.shares()
        ]
        return [*shown, mixed(t.muted, t.plot, 0.2), t.text]

    def _inks(self) -> Pixels:
        if self._table is None:
            self._table = inks(self._ink_names(), self.theme.plot)
        return self._table

    def _shades(self, view: PlaneView) -> NDArray[np.uint8]:
        """By how crowded it is, worked out once a zoom."""
        key = (len(self.points), round(view.scale, 6))
        if self._crowd is None or (self._crowd[0] != key and not (self.is_moving and self._crowd[0][0] == key[0])):
            fits = self.finite()
            found = point_density.crowding(self.points[fits], bounds_of(self.points), view.scale, self.radius(view))
            shade = np.full(len(self.points), SHADES - 1, np.uint8)
            shade[fits] = point_density.shades(found, int(fits.sum()))
            self._crowd = (key, shade)
        return self._crowd[1]
