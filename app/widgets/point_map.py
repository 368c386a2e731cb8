"""PointMap: thousands of points to explore: zoom, hover, choose, catch; with names, pictures and a legend.

`python -m app.widgets.point_map` shows 60,000 points in ten heaps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.widgets.ink import type_face
from app.widgets.point_legend import PointLegend
from app.widgets.point_plane import STEP, Mode, PointPlane
from app.widgets.saving import BY_HAND
from app.widgets.segments import Segments
from app.widgets.text_lines import TextLines
from app.widgets.theme import LIGHT, Theme

Ask = Callable[[Sequence[int]], None]
MODES = [
    ("move", "move", "Drag moves the map; the wheel, + and − zoom"),
    ("lasso", "lasso", "Drag around points to catch them (or hold Shift while dragging)"),
    ("rectangle", "box", "Drag a box over points to catch them (or hold Ctrl while dragging)"),
]
NARROW = 360
"""Pixels at scale 1 below which the legend makes room for the map."""


class PointMap(QWidget):
    """A row is a point's number, in the order in which points came in. Signals carry rows; -1 is no point."""

    hovered = Signal(int)
    clicked = Signal(int)
    lassoed = Signal(object)  # rows (k,) intp caught by outline, box or keyboard; none of them when they were let go
    viewed = Signal()  # moved or zoomed

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._ask: Ask | None = None
        self.plane, self.legend, self.reading = PointPlane(), PointLegend(), TextLines()
        self.modes = Segments("Dragging", MODES)
        self.modes.setProperty(BY_HAND, True)
        self._tools = self._row()
        self.side = QScrollArea()
        self.side.setWidget(self.legend)
        self.side.setWidgetResizable(True)
        self.legend.setAutoFillBackground(False)  # a scroll area fills what it holds with the window's colour
        self.side.viewport().setAutoFillBackground(False)
        self.side.setFrameShape(QFrame.Shape.NoFrame)
        self.side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.side.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        body = QHBoxLayout()
        body.setSpacing(4)
        body.addWidget(self.plane, 1)
        body.addWidget(self.side)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(self._tools)
        column.addLayout(body, 1)
        self._connect()
        self.set_theme(LIGHT)

    def _row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(3)
        row.addWidget(self.modes)
        plane = self.plane
        self.buttons = {
            "in": self._button("+", "Zoom in (+)", lambda: plane.zoom_by(STEP)),
            "out": self._button("−", "Zoom out (−)", lambda: plane.zoom_by(1 / STEP)),
            "fit": self._button("fit", "Show everything (Home, or double click)", plane.fit),
            "pictures": self._switch("pictures", "Pictures in place of points, where there is room"),
            "names": self._switch("names", "Names at the middle of each class"),
        }
        for button in self.buttons.values():
            row.addWidget(button)
        row.addWidget(self.reading, 1)
        return row

    def _button(self, words: str, tip: str, action: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        button.setProperty(BY_HAND, True)
        button.setText(words)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda _=False: action())
        return button

    def _switch(self, words: str, tip: str) -> QToolButton:
        button = self._button(words, tip, self._switched)
        button.setCheckable(True)
        button.setChecked(True)
        return button

    def _connect(self) -> None:
        self.plane.hovered.connect(self.hovered)
        self.plane.clicked.connect(self.clicked)
        self.plane.lassoed.connect(self._caught)
        self.plane.viewed.connect(self.viewed)
        self.plane.wanted.connect(self._wanted)
        self.legend.shown.connect(self._show_only)
        self.modes.chosen.connect(lambda mode: self.plane.set_mode(cast(Mode, mode)))

    # What is shown --------------------------------------------------------------------------------------------------

    def set_points(self, points: NDArray[Any], extent: NDArray[Any] | None = None) -> None:
        """Show points (n, 2) and fit the view to them, or to all of `extent` (m, 2), such as the same points at other times.

        Where their number is another, colours, names, marks and pictures are to be set anew; else they stay. Points that are not
        finite are not drawn.
        """
        self.plane.set_points(points, extent)
        self.legend.set_colours(self.plane.picture.colours)
        self._say()

    def move_to(self, points: NDArray[Any], ms: int = 0) -> None:
        """The same points glide to other places (n, 2) within `ms`. ValueError for another number of points.

        The view stays where the user put it; where it fits everything it follows, unless `set_points` was told an `extent`.
        """
        self.plane.move_to(points, ms)

    def set_colours(self, values: NDArray[Any] | Sequence[float], names: Sequence[str] | None = None,
                    title: str = "") -> None:  # fmt: skip
        """Colour by values (n,): numbers of `names`, or a quantity without names; NaN is unknown. ValueError for another number."""
        self.plane.picture.set_colours(values, names, title)
        self.legend.set_colours(self.plane.picture.colours)
        self._fit_legend()
        self.plane.update()

    def set_groups(self, code: NDArray[Any] | Sequence[int], names: Sequence[str]) -> None:
        """The classes whose middles are named, whatever the colours mean: a number of `names` for each point, -1 of none."""
        self.plane.set_groups(code, names)

    def set_thumbnail_source(self, ask: Ask | None) -> None:
        """Who is asked for the pictures of rows; `put_thumbnails` takes the answer, at any time. None: nobody."""
        self._ask = ask
        self.plane.thumbs.clear()
        self.plane.update()

    def put_thumbnails(self, rows: Sequence[int], pictures: Sequence[NDArray[Any]]) -> None:
        """Pictures (h, w, 3) uint8 of rows, of any sizes."""
        self.plane.put_thumbnails(rows, pictures)

    def mark(self, rows: NDArray[Any] | Sequence[int]) -> None:
        """Give points a rim and draw them above the others; nothing is sent. None: ()."""
        self.plane.picture.set_marked(np.asarray(rows, np.intp))
        self._say()
        self.plane.update()

    def select(self, row: int) -> None:
        """Ring a point and bring it into view; nothing is sent. -1: none."""
        self.plane.choose(row)

    def point_out(self, row: int) -> None:
        """Ring a point as if the pointer were over it; nothing is sent. -1: none."""
        self.plane.point_out(row)

    def set_message(self, text: str) -> None:
        """A sentence in place of points; "" shows them again."""
        self.plane.set_message(text)

    @property
    def marked(self) -> NDArray[np.intp]:
        """Rows with a rim."""
        return self.plane.picture.marked

    @property
    def count(self) -> int:
        """Points."""
        return len(self.plane.picture.points)

    def show_all(self) -> None:
        """Fit the view to everything."""
        self.plane.fit()

    def table(self) -> tuple[list[str], list[list[float | str]]]:
        """A row a point: its place, the value of its colour or the name of that, and whether it is marked."""
        colours, points = self.plane.picture.colours, self.plane.picture.points
        marked = np.zeros(len(points), int)
        marked[self.marked] = 1
        names = [*colours.names, ""]
        said: list[float | str] = (
            [names[c] for c in colours.code] if colours.names else [float(v) for v in colours.values]
        )
        places = points.astype(float).tolist()
        rows = [
            [k, *place, value, m] for k, (place, value, m) in enumerate(zip(places, said, marked.tolist(), strict=True))
        ]
        return ["point", "x", "y", colours.title or "colour", "marked"], rows

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.plane.set_theme(theme)
        self.legend.set_theme(theme)
        self.modes.set_theme(theme)
        self.reading.set_theme(theme, "small", quiet=True)
        for button in self.buttons.values():
            button.setFont(type_face(theme, "small"))
        self._fit_legend()

    # What happens ---------------------------------------------------------------------------------------------------

    def _wanted(self, rows: list[int]) -> None:
        if self._ask is not None:
            self._ask(rows)

    def _caught(self, rows: NDArray[np.intp]) -> None:
        self._say()
        self.lassoed.emit(rows)

    def _show_only(self, codes: frozenset[int] | None) -> None:
        self.plane.picture.set_bright(codes)
        self.plane.update()

    def _switched(self) -> None:
        self.plane.show_extras(pictures=self.buttons["pictures"].isChecked(), names=self.buttons["names"].isChecked())

    def _say(self) -> None:
        marked = len(self.marked)
        self.reading.say(
            f"  {marked:,} of {self.count:,} points marked (Esc lets them go)" if marked else f"  {self.count:,} points"
        )

    def _fit_legend(self) -> None:
        bar = self.side.verticalScrollBar().sizeHint().width()
        self.side.setFixedWidth(self.legend.sizeHint().width() + bar)
        self.side.setVisible(self.width() >= NARROW * self._theme.scale)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_legend()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape, when the map itself has nothing to let go, lets all classes back in."""
        if event.key() == Qt.Key.Key_Escape and self.legend.kept is not None:
            self.legend.keep_all()
        else:
            super().keyPressEvent(event)


def example() -> PointMap:
    """60,000 points in ten heaps, with pictures."""
    rng = np.random.default_rng(0)
    code = rng.integers(0, 10, 60_000)
    middles = rng.normal(size=(10, 2)) * 3
    shown = PointMap()
    shown.set_points(middles[code] + rng.normal(size=(60_000, 2)) * rng.uniform(0.2, 0.9, 10)[code, None])
    names = ["airplane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    shown.set_colours(code, names, "label")
    shown.set_groups(code, names)

    def draw(rows: Sequence[int]) -> None:
        shade = np.linspace(0, 255, 32)
        square = np.stack([np.broadcast_to(shade, (32, 32)), np.broadcast_to(shade[:, None], (32, 32))], -1)
        hue = [np.full((32, 32, 1), 25 * code[row]) for row in rows]
        shown.put_thumbnails(rows, [np.concatenate([square, h], -1).astype(np.uint8) for h in hue])

    shown.set_thumbnail_source(draw)
    return shown


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 1100, 700)
