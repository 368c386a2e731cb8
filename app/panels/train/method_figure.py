"""A picture that a method declares, drawn by what it says of itself: the panel knows no method."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cached_property

from app.bridge.picture import RunPicture
from app.panels.train.drawing import Wishes, peek_of
from app.widgets.card import Card
from app.widgets.heat_map import HeatMap
from app.widgets.series_plot import SeriesPlot
from app.widgets.tile_grid import TileGrid
from sslviz.spec.catalogue import FigureInfo, FigureKind
from sslviz.spec.events import Array, Flipped, Peeked
from sslviz.spec.suspects import flip_text

Body = HeatMap | SeriesPlot | TileGrid
NEEDS: dict[FigureKind, str] = {"matrix": "values", "bars": "values", "curves": "values", "tiles": "images"}
"""The array without which there is nothing to draw."""


class FigurePiece:
    """One figure as a card."""

    def __init__(self, info: FigureInfo) -> None:
        self.info = info
        self.card = Card(info.title, caption=info.caption, about=info.caption)
        self._seen: Hashable = None

    @cached_property
    def body(self) -> Body:
        """Made when it is first drawn."""
        made = make_body(self.info)
        self.card.set_body(made)
        return made

    def draw(self, picture: RunPicture, _wishes: Wishes) -> bool:
        """Draw what changed since the last time; False where nothing did."""
        peek = peek_of(picture, self.info.name, NEEDS[self.info.kind])
        flipped = next((flip for flip in reversed(picture.flips) if flip.name == self.info.switch), None)
        seen = (picture.run_id, id(peek), flipped)
        if seen == self._seen:
            return False
        self._seen = seen
        self.card.set_title(title_of(self.info, peek, flipped))
        if peek is None:
            self.body.clear()
        else:
            fill(self.body, peek.arrays)
        return True

    def clear(self) -> None:
        """Forget what is drawn."""
        self._seen = None
        self.card.set_title(self.info.title)
        if "body" in vars(self):
            self.body.clear()


def make_body(info: FigureInfo) -> Body:
    """The widget for a kind of figure."""
    match info.kind:
        case "matrix":
            return HeatMap(info.x, info.y, info.lo, info.hi)
        case "tiles":
            return TileGrid()
        case "bars" | "curves":
            return SeriesPlot(info.x, info.y, info.series, bars=info.kind == "bars")


def fill(body: Body, arrays: Mapping[str, Array]) -> None:
    """Hand the arrays to the widget, those that are optional where they are there."""
    rows, columns = _names(arrays, "rows"), _names(arrays, "columns")
    match body:
        case HeatMap():
            body.set_matrix(arrays["values"], rows, columns, arrays.get("row_images"), arrays.get("column_images"))
        case TileGrid():
            body.set_tiles(arrays["images"], rows, columns, arrays["texts"].tolist() if "texts" in arrays else ())
        case SeriesPlot():
            body.set_series(arrays["values"], arrays.get("x"), _names(arrays, "names"), arrays.get("line"))


def _names(arrays: Mapping[str, Array], key: str) -> list[str]:
    return [str(name) for name in arrays[key].tolist()] if key in arrays else []


def title_of(info: FigureInfo, peek: Peeked | None, flipped: Flipped | None) -> str:
    """With the step that it is of, and how its switch was flipped last."""
    step = f", step {peek.step}" if peek else ""
    return f"{info.title}{step}{f' · {flip_text(flipped)}' if flipped else ''}"
