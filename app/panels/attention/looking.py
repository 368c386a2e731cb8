"""What is looked at, and how: the model, the picture, the query, the layers. Headless; makes the requests."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from app.widgets.picture_source import same_picture
from sslviz.spec.description import Description
from sslviz.spec.evaluation import LAST as LAST_SNAPSHOT
from sslviz.spec.inspection import CLASS_QUERY, Attend, ModelRef, PictureRef, Want

SHIPPED = ModelRef("dino-shapes")
FIRST = PictureRef(sample="shapes 1", size=(64, 64))
ALONE, RANDOM, SECOND = "alone", "random", "second"
LAST = (-1,)
Grid = tuple[int, int]
Place = tuple[int, int]


def _kind(model: ModelRef) -> tuple[str, str]:
    """What snapshots of a run have in common with it: layers, sizes, queries."""
    return model.source or model.run_id, model.network


def control_of(model: ModelRef) -> ModelRef:
    """A model with random weights: the same of all snapshots of a run."""
    return dataclasses.replace(model, random=True, snapshot=LAST_SNAPSHOT)


@dataclass(slots=True)
class Looking:
    """`layers` counted from 0, (-1,) the last; `grid`: patches of the last answer, (0, 0) before the first."""

    model: ModelRef = SHIPPED
    second: ModelRef = SHIPPED
    picture: PictureRef = FIRST
    query: int = CLASS_QUERY
    layers: tuple[int, ...] = LAST
    grid: Grid = (0, 0)
    description: Description | None = None

    def take_model(self, model: ModelRef) -> bool:
        """Look at another model; True where it is another one, False where it is read otherwise, or of another step of its run."""
        same = _kind(model) == _kind(self.model)
        self.model = model
        if same:
            return False
        self.description, self.layers, self.query, self.grid = None, LAST, CLASS_QUERY, (0, 0)
        self.picture = dataclasses.replace(self.picture, size=(0, 0))
        return True

    def take_description(self, description: Description) -> bool:
        """Learn what the model is; True where that is news. Layers that it lacks are no longer chosen."""
        if description == self.description:
            return False
        self.description = description
        self.layers = tuple(layer for layer in self.layers if layer < description.depth) or LAST
        return True

    def take_picture(self, picture: PictureRef) -> bool:
        """Look at another picture, in the same size and fit; True where it is another one."""
        if same_picture(picture, self.picture):
            return False
        self.picture = dataclasses.replace(picture, size=self.picture.size, fit=self.picture.fit)
        return True

    def take_size(self, size: tuple[int, int]) -> None:
        """Another size; a patch as query keeps its place in the picture."""
        patch = self.description.patch if self.description else (0, 0)
        if self.query >= 0 and min(*size, *patch, *self.grid) > 0:
            row, column = divmod(self.query, self.grid[1])
            rows, columns = size[0] // patch[0], size[1] // patch[1]
            self.query = int((row + 0.5) / self.grid[0] * rows) * columns + int((column + 0.5) / self.grid[1] * columns)
        elif self.query >= 0:
            self.query = CLASS_QUERY
        self.picture = dataclasses.replace(self.picture, size=size)

    def take_query(self, query: int) -> None:
        """From another token; where the network does not have it, from the patch in the middle."""
        self.query = query
        if self.is_lost:
            self.query = self.middle

    @property
    def middle(self) -> int:
        """The patch in the middle."""
        return self.grid[0] // 2 * self.grid[1] + self.grid[1] // 2

    @property
    def shown_layers(self) -> tuple[int, ...]:
        """The chosen layers counted from 0; () while the depth is unknown."""
        depth = self.description.depth if self.description else 0
        return tuple(layer % depth for layer in self.layers) if depth else ()

    @property
    def is_lost(self) -> bool:
        """Whether the query is a token that the model does not have."""
        known = self.description
        if known is None or self.query >= 0:
            return False
        return not known.class_token if self.query == CLASS_QUERY else CLASS_QUERY - self.query > known.registers

    def models(self, beside: str) -> dict[str, ModelRef]:
        """The model of each side."""
        other = {RANDOM: self.control, SECOND: self.second}
        return {"a": self.model} if beside == ALONE else {"a": self.model, "b": other[beside]}

    @property
    def control(self) -> ModelRef:
        """The same network with random weights."""
        return control_of(self.model)

    def request(self, side: str, model: ModelRef, want: Want, share: float, number: int) -> Attend:
        """What to ask for a side."""
        return Attend(number, model, self.picture, self.layers, self.query, (want,), share, view=side)

    def masking_request(self, place: Place | None, share: float, number: int) -> Attend:
        """The masking test of the map at (row, column) of the mosaic, None: of the last layer's mean."""
        heads = self.description.heads if self.description else 0
        row, column = place if place is not None else (len(self.layers) - 1, heads)
        head = column if column < heads else -1
        return Attend(
            number, self.model, self.picture, (self.layers[row],), self.query, ("masks",), share, head, "beside"
        )
