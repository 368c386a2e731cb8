"""Answers from features that were gathered, for whoever has them: the window's lanes and the command line alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from sslviz.engine.errors import EngineError
from sslviz.engine.map_captions import TITLES, map_caption, similarity_caption
from sslviz.spec.description import Description
from sslviz.spec.events import frozen
from sslviz.spec.mapping import FeaturePlan, FindNeighbours, LayoutPlan, Mapped, Neighbours, Similarities
from sslviz.spec.params import check, describe

if TYPE_CHECKING:
    from sslviz.inspect.layouts import Layout
    from sslviz.inspect.mapping import Alike, Gathered

Tell = Callable[[float, str], None]
Stop = Callable[[], None]
LayOut = Callable[["Gathered", LayoutPlan, Tell, Stop], "Layout"]
"""Features to points: computed here, in a process of its own, or read from where it was kept."""

NEIGHBOURS = 15
"""How many of each point's neighbours the scores look for."""


def map_of(
    gathered: Gathered, about: Description, features: FeaturePlan, layout: LayoutPlan, lay_out: LayOut,
    tell: Tell, stop: Stop, *, step: int = -1,
) -> Mapped:  # fmt: skip
    """The map with its scores and its caption. step: of a live run. Raises EngineError, SpecError, InspectError, Cancelled."""
    import numpy as np

    from sslviz.inspect.layouts import score

    require_layout(layout)
    began = time.perf_counter()
    laid = lay_out(gathered, layout, tell, stop)
    stop()
    tell(1.0, "comparing the map with the features")
    scores = score(gathered.values, laid.points, NEIGHBOURS, layout.seed, metric=layout.metric)
    shown = len(np.unique(gathered.index))
    return Mapped(
        description=about, points=frozen(laid.points), index=frozen(gathered.index), patch=frozen(gathered.patch),
        label=frozen(gathered.label), names=gathered.names, factors=tuple(gathered.factors), grid=gathered.grid, scores=scores,
        kept=laid.kept, total=gathered.total, repeated=laid.repeated, mark=gathered.mark,
        caption=map_caption(about, features, layout, shown, gathered.total, step),
        notes=(*gathered.notes, *laid.notes), seconds=time.perf_counter() - began, stored=laid.stored, step=step,
    )  # fmt: skip


def require_layout(layout: LayoutPlan) -> None:
    """Raises EngineError for a method that there is not, SpecError for settings out of range."""
    if layout.method not in TITLES:
        raise EngineError(
            f"There is no layout called {layout.method!r}.", f"There are: {', '.join(TITLES)}.", field="method"
        )
    for info in describe(LayoutPlan):
        check(info, getattr(layout, info.name))


def neighbours_of(gathered: Gathered, asked: FindNeighbours) -> Neighbours:
    """What `FindNeighbours` asks. Raises InspectError for points that there are not."""
    from sslviz.inspect.mapping import neighbours, row_of

    rows, distances = neighbours(gathered, row_of(gathered, asked.index, asked.patch), asked.count, asked.metric)
    return Neighbours(
        frozen(gathered.index[rows]), frozen(gathered.patch[rows]), frozen(distances), frozen(gathered.label[rows]), gathered.mark
    )  # fmt: skip


def similarities_of(gathered: Gathered, about: Description, features: FeaturePlan, step: int = -1) -> Similarities:
    """What `MeasureSimilarity` asks."""
    from sslviz.inspect.mapping import similarity

    caption = similarity_caption(about, features, len(gathered), step)
    return Similarities(
        frozen(similarity(gathered)), frozen(gathered.index), frozen(gathered.label), gathered.names, caption, step=step
    )


def similarities_as_trained(
    found: Alike, names: tuple[str, ...], about: Description, features: FeaturePlan, step: int = -1
) -> Similarities:
    """The same of what a run's loss compares."""
    images = len(found.index) // (1 + found.paired)
    caption = similarity_caption(about, features, images, step, twice=found.paired)
    return Similarities(
        frozen(found.matrix), frozen(found.index), frozen(found.label), names, caption, frozen(found.pictures), found.paired, step
    )  # fmt: skip
