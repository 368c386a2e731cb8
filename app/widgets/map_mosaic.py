"""MapMosaic: maps over one picture, in named rows and columns. A click enlarges one, a click into the large one chooses a patch."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.widgets.map_canvas import MapCanvas, Place
from app.widgets.map_tile import MapTile, patch_at

_STEPS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}


class MapMosaic(MapCanvas):
    """`patch_chosen` carries a patch by number, row by row; `enlarged` the (row, column) that fills the widget, or None."""

    patch_chosen = Signal(int)
    enlarged = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _enlarge(self, place: Place | None) -> None:
        self.enlarge(place)
        self.enlarged.emit(self.large)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position())
        patch = -1
        if place is not None:
            grid = self._tiles[place[0]][place[1]].values.shape[:2]
            patch = patch_at(self.box(*place), (grid[0], grid[1]), event.position().x(), event.position().y())
        if (place, patch) != (self._under, self._patch):
            if place != self._under:
                self.setCursor(Qt.CursorShape.PointingHandCursor if place else Qt.CursorShape.ArrowCursor)
                self._touch(self._under)
                self._touch(place)
            self._under, self._patch = place, patch
            self.update(0, round(self.height() - 2 * self._line()), self.width(), round(2 * self._line()) + 1)

    def _touch(self, place: Place | None) -> None:
        if place is not None and self._has(place) and self._rows:
            self.update(self.box(*place).adjusted(-5, -5, 5, 5).toAlignedRect())

    def leaveEvent(self, event: QEvent) -> None:
        del event
        self._under, self._patch = None, -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position())
        if place is None or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._by_keyboard = False
        if self.large is None and not self.is_single:
            self._enlarge(place)
            return
        grid = self._tiles[place[0]][place[1]].values.shape[:2]
        self.patch_chosen.emit(
            patch_at(self.box(*place), (grid[0], grid[1]), event.position().x(), event.position().y())
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from map to map, Return enlarges, Escape puts back."""
        key = Qt.Key(event.key())
        if key in _STEPS and not self.is_single and self._rows:
            self._go((self._current[0] + _STEPS[key][0], self._current[1] + _STEPS[key][1]))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._rows and not self.is_single:
            self._enlarge(None if self.large is not None else self._current)
        elif key == Qt.Key.Key_Escape and self.large is not None:
            self._enlarge(None)
        else:
            super().keyPressEvent(event)

    def _go(self, place: Place) -> None:
        if self._has(place):
            self._current, self._by_keyboard = place, True
            if self.large is not None:
                self._enlarge(place)
            self.update()

    def event(self, event: QEvent) -> bool:
        """Tooltips: the name of a map and its words in full."""
        if isinstance(event, QHelpEvent) and self._rows:
            place = self.place_at(QPointF(event.pos()))
            tile = self._tiles[place[0]][place[1]] if place else None
            what = "click: look from this patch" if self.large is not None or self.is_single else "click: enlarge"
            tip = f"{self.title(place)}. {tile.words[0] + '. ' if tile.words else ''}{what}" if tile and place else ""
            QToolTip.showText(event.globalPos(), tip.lstrip(". "), self)
            return True
        return super().event(event)


def example() -> MapMosaic:
    """Six heads of two layers over a gradient."""
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    picture = np.stack(
        [np.broadcast_to(ramp, (64, 64)), np.broadcast_to(ramp[:, None], (64, 64)), np.full((64, 64), 90)], -1
    )
    y, x = np.mgrid[:14, :14]
    rows = []
    for _ in range(2):
        centres = rng.uniform(3, 11, (6, 2))
        maps = [np.exp(-((y - a) ** 2 + (x - b) ** 2) / 9) for a, b in centres]
        rows.append(
            [MapTile(f"head {k + 1}", m / m.sum(), m > 0.4, (f"IoU {m.mean():.2f}",)) for k, m in enumerate(maps)]
        )
    mosaic = MapMosaic()
    mosaic.set_maps(picture.astype(np.uint8), rows, ("layer 11", "layer 12"), unit="of the attention", percent=True)
    mosaic.set_query(45)
    return mosaic


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
