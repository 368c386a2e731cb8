"""Answers `Attend`: one model, one picture, and what is wanted of them."""

from __future__ import annotations

import time

import numpy as np

from sslviz.inspect import look_convolutional, look_transformer
from sslviz.inspect.captions import caption
from sslviz.inspect.channels import channels_note
from sslviz.inspect.found import Found
from sslviz.inspect.model import Model
from sslviz.inspect.pictures import Picture
from sslviz.inspect.sight import Sight
from sslviz.inspect.stopping import Stop, never
from sslviz.spec.events import Array, frozen
from sslviz.spec.inspection import Attend, Attended


def attend(model: Model, request: Attend, picture: Picture, sight: Sight | None = None, stop: Stop = never) -> Attended:
    """What `Attended` promises; nothing that `request.wants` does not name is computed.

    sight: what this model is known to make of this picture, where that was kept; it learns. stop: called between pieces of long work; what it raises ends it. Raises InspectError for layers, queries and heads that are none.
    """
    began = time.perf_counter()
    about = model.describe()
    room = look_transformer if about.kind == "vit" else look_convolutional
    found: Found = room.look(model, request, picture, sight or Sight(), stop)
    notes = (*picture.notes, channels_note(about.channels), *found.notes)
    return Attended(
        description=about,
        grid=found.grid,
        patch=found.patch,
        arrays={**shown(picture), **found.arrays},
        caption=caption(about, picture.name, picture.size, picture.fit_said, *found.details),
        notes=tuple(note for note in notes if note),
        seconds=time.perf_counter() - began,
    )


def shown(picture: Picture) -> dict[str, Array]:
    """The picture as the model got it and as it was given."""
    arrays = {
        "picture": frozen(picture.pixels),
        "whole": frozen(picture.whole),
        "frame": frozen(np.array(picture.frame, np.float32)),
    }
    return arrays if picture.truth is None else {**arrays, "truth": frozen(picture.truth)}
