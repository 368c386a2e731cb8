"""Reels of what a run's snapshots attend to in pictures, and of how they paint hidden patches of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from sslviz.cli.cells import Cell, heat, picture
from sslviz.cli.model import layers_from
from sslviz.cli.reel import Reel, Scene, draw_rows, room_for
from sslviz.spec.errors import SpecError, SSLVizError
from sslviz.spec.events import Array
from sslviz.spec.inspection import Attend, Attended, ModelRef, PictureRef, Rebuild, Rebuilt, Want

if TYPE_CHECKING:
    from sslviz.engine.map_runs import Stops
    from sslviz.inspect.model import Model
    from sslviz.inspect.pictures import Picture

MOST_HEADS = 6
"""With more, only their mean is drawn, or the head that was asked for."""
ATTENTION = "Each map from 0 to its own largest value. What a model attends to is not why it decides."
PARTS = "Colours are the first three components of the patches' features, of each snapshot by itself."
PAINTED = "The same patches are hidden at each step. Errors are drawn on one scale over all steps."

Tell = Callable[[float, str], None]
Question = Attend | Rebuild


@dataclass(frozen=True, slots=True)
class Subject:
    """A picture, what it is called, and what it is asked with."""

    name: str
    ref: PictureRef


@dataclass(slots=True)
class Walk:
    """A run's snapshots, one after the other, and the pictures that each of them is shown."""

    folder: Path
    stops: Stops
    network: str
    tell: Tell
    left_out: list[str] = field(default_factory=list)
    _pictures: dict[str, Picture] = field(default_factory=dict)

    def models(self) -> Iterator[tuple[int, Model]]:
        """Each snapshot opened; what cannot be read is left out and told in `left_out`. Raises where none can be."""
        from sslviz.engine.models import open_reference

        failed: list[SSLVizError] = []
        for k, (step, snapshot) in enumerate(zip(self.stops.steps, self.stops.snapshots, strict=True)):
            self.tell(k / len(self.stops.steps), f"looking at step {step:,}")
            try:
                model = open_reference(ModelRef(str(self.folder), self.network, snapshot=snapshot))
            except SSLVizError as error:
                failed.append(error)
                self.left_out.append(f"Step {step:,} is left out. {error.message}")
            else:
                yield step, model
        if len(failed) == len(self.stops.steps):
            raise failed[0]

    def look(self, model: Model, subject: Subject, request: Question) -> Attended | Rebuilt:
        """The answer to `request` about a picture, which is read once for all snapshots. Raises InspectError, EngineError."""
        from sslviz.engine.glance import look_at, require_memory
        from sslviz.inspect.pictures import read_picture
        from sslviz.inspect.sight import Sight

        asked = dataclasses.replace(request, picture=subject.ref)
        if subject.name not in self._pictures:
            require_memory(model, asked)
            self._pictures[subject.name] = read_picture(subject.ref, model.describe())
        return look_at(model, asked, self._pictures[subject.name], Sight(), lambda: None)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is missing, and what could not be read."""
        return (*self.stops.notes, *self.left_out)


def attention_reel(walk: Walk, subjects: Sequence[Subject], layer: str, head: int) -> Reel:
    """The attention of the class token, or the components of a feature map, at each snapshot. layer: as the command line names it;
    head: from 0, -1 for all. Raises SpecError, InspectError, TrainingError."""
    found: list[tuple[int, list[Attended]]] = []
    for step, model in walk.models():
        _require_head(head, model)
        want: Want = "maps" if model.describe().kind == "vit" else "pca"
        request = Attend(1, ModelRef(""), PictureRef(), layers_from(layer, model)[:1], wants=(want,))
        found.append((step, [cast(Attended, walk.look(model, subject, request)) for subject in subjects]))
    first = found[0][1]
    rows = [[_attention_cells(s.name, a, head) for s, a in zip(subjects, each, strict=True)] for _, each in found]
    aspect = _aspect([answer.arrays["picture"] for answer in first])
    scenes = [
        Scene(step, draw_rows(row, aspect), _caption(each)) for (step, each), row in zip(found, rows, strict=True)
    ]
    about = first[0].description
    notes = dict.fromkeys(note for answer in first for note in answer.notes)
    caution = ATTENTION if about.kind == "vit" else PARTS
    return Reel(about.title, room_for(rows[0], aspect), tuple(scenes), caution, (*notes, *walk.notes))


def _require_head(head: int, model: Model) -> None:
    about = model.describe()
    if about.kind == "vit" and head >= about.heads:
        raise SpecError(
            f"There is no head {head + 1}.", f"{about.title} has {about.heads}, counted from 1; or write all."
        )


def _attention_cells(name: str, seen: Attended, head: int) -> tuple[Cell, ...]:
    arrays = seen.arrays
    shown = picture(name, arrays["picture"])
    if "maps" not in arrays:
        return (shown, picture("PCA of the feature map", arrays["pca"]))
    maps = arrays["maps"][0]
    heads = range(len(maps)) if head < 0 else [head]
    few = tuple(heat(f"head {h + 1}", maps[h]) for h in heads) if len(heads) <= MOST_HEADS else ()
    return (shown, heat("mean of heads", maps.mean(0)), *few)


def reconstruction_reel(walk: Walk, subjects: Sequence[Subject], question: Rebuild) -> Reel:
    """What each snapshot paints into the same hidden patches; `question` says which. Raises InspectError where it paints nothing."""
    found: list[tuple[int, list[Rebuilt]]] = []
    for step, model in walk.models():
        found.append((step, [cast(Rebuilt, walk.look(model, subject, question)) for subject in subjects]))
    first = found[0][1]
    aspect = _aspect([next(iter(answer.pictures.values())) for answer in first])
    top = max(
        (float(np.nanmax(a.errors)) for _, each in found for a in each if np.isfinite(a.errors).any()), default=1.0
    )
    rows = [[_painted_cells(s.name, a, top) for s, a in zip(subjects, each, strict=True)] for _, each in found]
    scenes = [
        Scene(step, draw_rows(row, aspect), _caption(each)) for (step, each), row in zip(found, rows, strict=True)
    ]
    notes = dict.fromkeys(note for answer in first for note in answer.notes)
    title = first[0].description.title
    return Reel(title, room_for(rows[0], aspect), tuple(scenes), PAINTED, (*notes, *walk.notes))


def _painted_cells(name: str, answer: Rebuilt, top: float) -> tuple[Cell, ...]:
    first, *others = answer.pictures.items()
    shown = (picture(name, first[1]), *(picture(title, pixels) for title, pixels in others))
    if not np.isfinite(answer.errors).any():
        return shown
    return (*shown, heat(f"error, mean {np.nanmean(answer.errors):.3g}", np.nan_to_num(answer.errors), top))


def _caption(answers: Sequence[Attended | Rebuilt]) -> str:
    """That of the first picture, which says what holds for all."""
    more = len(answers) - 1
    return answers[0].caption + (f" · and {more} more picture{'s' if more > 1 else ''}" if more else "")


def _aspect(pictures: Sequence[Array]) -> float:
    """Height over width of the tallest."""
    return max(float(p.shape[0] / p.shape[1]) for p in pictures)
