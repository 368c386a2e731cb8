"""MapCanvas: maps over one picture, in named rows and columns, or one of them large. Draws only; MapMosaic can be clicked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from app.widgets import mosaic_layout, mosaic_text
from app.widgets.heat_colours import SCALES, Scale, limits, limits_of
from app.widgets.ink import colour, pixels, type_face
from app.widgets.map_tile import MapTile, Painted, mark_patch
from app.widgets.mosaic_layout import MosaicLayout, MosaicNeeds
from app.widgets.mosaic_text import Foot
from app.widgets.raster import fineness, image_of
from app.widgets.theme import LIGHT, Theme

Place = tuple[int, int]
GAP = 6.0


class MapCanvas(QWidget):
    """`large`: (row, column) of the map that fills the widget. `query`: the patch that is marked in all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._tiles: list[list[MapTile]] = []
        self._rows: list[list[Painted]] = []
        self._names: tuple[str, ...] = ()
        self._picture: NDArray[Any] | None = None
        self._ground: tuple[tuple[int, int], QPixmap] | None = None
        self._unit, self._percent = "", False
        self._opacity, self._outlined = 0.6, True
        self._scale: Scale = "own"
        self._message = ""
        self.large: Place | None = None
        self._next: Place | None = None
        self._under: Place | None = None
        self._patch = -1
        self._current: Place = (0, 0)
        self._by_keyboard = False
        self.query = -1
        self.setAccessibleName("Maps")
        self.setMinimumSize(120, 90)

    # What is drawn -------------------------------------------------------------------------------------------------

    def set_maps(self, picture: NDArray[Any] | None, rows: Sequence[Sequence[MapTile]], names: Sequence[str] = (), *,
                 unit: str = "", percent: bool = False) -> None:  # fmt: skip
        """Tiles in rows, all rows alike long, over picture (H, W, 3) uint8, with names of the rows. An earlier message goes.

        percent: values are shares, and `unit` says of what; else it says what the values are.
        """
        self._picture, self._ground, self._message = picture, None, ""
        self._names, self._unit, self._percent = tuple(names), unit, percent
        self._tiles = [list(row) for row in rows]
        self.large, self._next = self._next or self.large, None
        if self.large is not None and not self._has(self.large):
            self.large = None
        self._current = self._current if self._has(self._current) else (0, 0)
        self._paint_ready()

    def _paint_ready(self) -> None:
        flat = [tile for row in self._tiles for tile in row]
        plain = [tile.values for tile in flat if not tile.is_colours]
        if plain and self._scale == "shared":
            ranges = [limits(np.concatenate([values.ravel() for values in plain]))] * len(flat)
        else:
            ranges = [(0.0, 1.0) if t.is_colours else limits_of(t.values[None], self._scale)[0] for t in flat]
        ready = iter(Painted(tile, ends) for tile, ends in zip(flat, ranges, strict=True))
        self._rows = [[next(ready) for _ in row] for row in self._tiles]
        self.update()

    def set_look(self, opacity: float, scale: Scale, *, outlined: bool) -> None:
        """How strongly maps cover the picture, 0 to 1, the range of their colours, and whether what is kept is outlined."""
        changed = scale != self._scale
        self._opacity, self._scale, self._outlined = opacity, scale, outlined
        if changed:
            self._paint_ready()
        self.update()

    def set_query(self, patch: int) -> None:
        """Mark this patch in every map; below 0: none."""
        if patch != self.query:
            self.query = patch
            self.update()

    def set_message(self, text: str) -> None:
        """A sentence in place of maps."""
        self._message, self._rows, self._tiles = text, [], []
        self.setAccessibleDescription(text)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.update()

    @property
    def message(self) -> str:
        """The sentence that stands in place of maps."""
        return self._message

    @property
    def shape(self) -> tuple[int, int]:
        """Rows, and tiles in each."""
        return len(self._rows), len(self._rows[0]) if self._rows else 0

    def tile(self, row: int, column: int) -> MapTile:
        """One of the maps; IndexError where there is none."""
        return self._tiles[row][column]

    def table(self) -> tuple[list[str], list[list[float | str]]]:
        """Every value: name of the map, row and column of the patch, value."""
        rows: list[list[float | str]] = []
        for r, tiles in enumerate(self._tiles):
            for c, tile in enumerate(tiles):
                name = self.title((r, c))
                rows += [[name, *map(float, at), float(v)] for at, v in np.ndenumerate(tile.values)]
        wide = max((len(row) for row in rows), default=4)
        return ["map", "row", "column", *(["channel"] if wide == 5 else []), "value"], rows

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Each map by its title, (h, w) or (h, w, 3), and the picture below them."""
        maps = {self.title((r, c)): tile.values for r, row in enumerate(self._tiles) for c, tile in enumerate(row)}
        return maps if self._picture is None else {"picture": self._picture, **maps}

    def title(self, place: Place) -> str:
        """What a map is called: "layer 12, head 3"."""
        return ", ".join(filter(None, [self._name(place[0]), self._tiles[place[0]][place[1]].name]))

    def _name(self, row: int) -> str:
        return self._names[row] if row < len(self._names) else ""

    def _has(self, place: Place) -> bool:
        return 0 <= place[0] < len(self._tiles) and 0 <= place[1] < len(self._tiles[place[0]])

    # Enlarging -----------------------------------------------------------------------------------------------------

    @property
    def is_single(self) -> bool:
        """Whether there is one map only."""
        return self.shape == (1, 1)

    def enlarge(self, place: Place | None) -> None:
        """Fill the widget with one map, or put it back with None; nothing is sent."""
        self.large = place if place is not None and self._has(place) else None
        if self.large is not None:
            self._current = self.large
        self._patch = -1
        self.update()

    def enlarge_next(self, place: Place) -> None:
        """Of the maps that come next this one is large."""
        self._next = place

    # Places --------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(round(420 * self._theme.scale), round(320 * self._theme.scale))

    def _line(self) -> float:
        return pixels(self._theme, "small") * 1.4

    def tile_width(self, width: int, height: int) -> float:
        """How wide a map would be if the widget had this size; 0 without maps."""
        return self._layout(width, height).width if self._rows else 0.0

    def layout_now(self) -> MosaicLayout:
        """Where everything lies."""
        return self._layout(self.width(), self.height())

    def _layout(self, width: int, height: int) -> MosaicLayout:
        room = QRectF(0, 0, width, max(height - self._line() * 1.5, 10.0))
        rows, columns = (1, 1) if self.large is not None else self.shape
        metrics = QFontMetricsF(type_face(self._theme, "small"))
        names = self._names if self.large is None else ()
        heading = max((metrics.horizontalAdvance(name) for name in names), default=-2 * GAP) + 2 * GAP
        if len(names) == 1:
            heading = self._line() + GAP  # it stands upright
        worded = any(painted.tile.words for row in self._rows for painted in row)
        needs = MosaicNeeds(rows, columns, self._aspect(), min(heading, 0.25 * width), self._line(),
                            GAP * min(self._theme.scale, 1.4), worded)  # fmt: skip
        return mosaic_layout.fit(needs, room)

    def _aspect(self) -> float:
        height, width = (self._picture if self._picture is not None else self._tiles[0][0].values).shape[:2]
        return float(width / height)

    def _at(self, place: Place) -> Place:
        """Where a map stands: the large one stands alone."""
        return place if self.large is None else (0, 0)

    def box(self, row: int, column: int) -> QRectF:
        """The pixels of a map."""
        return self.layout_now().box(*self._at((row, column)))

    def _shown(self) -> list[Place]:
        if self.large is not None:
            return [self.large]
        return [(r, c) for r, row in enumerate(self._rows) for c in range(len(row))]

    def place_at(self, where: QPointF) -> Place | None:
        """The map under a place in the widget."""
        if not self._rows:
            return None
        layout = self.layout_now()
        for place in self._shown():
            if layout.box(*self._at(place)).contains(where):
                return place
        return None

    # Painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._rows:
            self._paint(painter, QRectF(event.rect()))
        else:
            painter.setFont(type_face(self._theme, "title"))
            painter.setPen(colour(self._theme.muted))
            room = QRectF(self.rect()).adjusted(16, 8, -16, -8)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)
        painter.end()

    def _paint(self, painter: QPainter, dirty: QRectF) -> None:
        layout = self.layout_now()
        ground = self._scaled(layout, fineness(painter))
        width = max(1.4, 1.6 * self._theme.scale)
        for place in self._shown():
            box = layout.box(*self._at(place))
            if not box.adjusted(-6, -30, 6, 30).intersects(dirty):
                continue
            painted = self._rows[place[0]][place[1]]
            painted.draw(painter, box, ground, self._opacity, outlined=self._outlined)
            grid = painted.tile.values.shape[:2]
            if 0 <= self.query < grid[0] * grid[1]:
                mark_patch(painter, box, grid, self.query, width)
            self._frame(painter, box, place)
        self._texts(painter, layout)
        self._foot(painter)

    def _scaled(self, layout: MosaicLayout, ratio: float) -> QPixmap | None:
        """The picture at the size of a tile, kept from one painting to the next."""
        if self._picture is None:
            return None
        size = (max(round(layout.width * ratio), 1), max(round(layout.height * ratio), 1))
        if self._ground is None or self._ground[0] != size:
            image = image_of(self._picture)
            grows = size[0] >= image.width()
            mode = Qt.TransformationMode.FastTransformation if grows else Qt.TransformationMode.SmoothTransformation
            scaled = image.scaled(*size, Qt.AspectRatioMode.IgnoreAspectRatio, mode)
            self._ground = (size, QPixmap.fromImage(scaled))
        return self._ground[1]

    def _frame(self, painter: QPainter, box: QRectF, place: Place) -> None:
        hot = place == self._under or (self._by_keyboard and place == self._current and self.large is None)
        if hot and not self.is_single:
            pen = QPen(colour(self._theme.accent), 2.4 * self._theme.scale)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(-1, -1, 1, 1))

    def _texts(self, painter: QPainter, layout: MosaicLayout) -> None:
        if self.large is not None:
            mosaic_text.paint_title(painter, layout, self._theme, self.title(self.large))
        else:
            for row, tiles in enumerate(self._tiles):
                mosaic_text.paint_names(
                    painter, layout, self._theme, self._name(row), [tile.name for tile in tiles], row
                )
        metrics = QFontMetricsF(type_face(self._theme, "small", bold=True))  # the strong ones take most room
        worded = [tile.words for row in self._tiles for tile in row if tile.words] if layout.needs.worded else []
        rank = mosaic_text.longest_that_fits(worded, metrics, layout.width + layout.needs.gap)
        painter.setPen(colour(self._theme.text))
        for place in self._shown():
            tile = self.tile(*place)
            if tile.words and worded:
                painter.setFont(type_face(self._theme, "small" if rank >= 0 else "tiny", bold=tile.strong))
                painter.drawText(layout.words(*self._at(place)), Qt.AlignmentFlag.AlignCenter, tile.words[rank])

    def _foot(self, painter: QPainter) -> None:
        shown = self._rows[self.large[0]][self.large[1]] if self.large else self._rows[0][0]
        one = self.large is not None or self.is_single or self._scale == "shared"
        ends: tuple[str, ...] = ("little", "much")
        if one:
            low, high = map(self.say, shown.limits)
            ends = (low, f"{high} {self._unit}".strip()) if self._percent else (f"{self._unit} {low}".strip(), high)
        line = self._line()
        room = QRectF(0, self.height() - line * 1.25, self.width(), line)
        Foot(() if shown.tile.is_colours else ends, self.reading()).paint(painter, room, self._theme)

    # Read-out ------------------------------------------------------------------------------------------------------

    def say(self, value: float) -> str:
        """A value as it is written."""
        return f"{100 * value:.3g} %" if self._percent else f"{value:.3g}".replace("-", "−")

    def reading(self) -> str:
        """The value under the pointer, else how the colours are scaled, or the way back."""
        if self._under is not None and self._patch >= 0 and self._has(self._under):
            tile = self._tiles[self._under[0]][self._under[1]]
            row, column = divmod(self._patch, tile.values.shape[1])
            place = f"row {row + 1}, column {column + 1}"
            name = "" if self.large is not None or self.is_single else f"{self.title(self._under)}, "
            return f"{name}{place}" + ("" if tile.is_colours else f": {self.say(float(tile.values[row, column]))}")
        if self.large is not None:
            return "Esc: back to all"
        return "" if self.is_single else SCALES[self._scale]
