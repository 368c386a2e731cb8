"""Sample pictures as pixels: photographs from inside installed libraries, which are not even imported, and our own shapes."""

from __future__ import annotations

import difflib
import importlib.util
from pathlib import Path

import numpy as np

from sslviz.data.base import Array
from sslviz.inspect.errors import InspectError
from sslviz.spec.samples import SAMPLES, Sample

FOLDERS = {
    "scikit-learn": ("sklearn", "datasets/images"),
    "scikit-image": ("skimage", "data"),
    "matplotlib": ("matplotlib", "mpl-data/sample_data"),
}
"""Of each library: what it is imported as, and where its pictures lie."""

SEEDS = {"shapes 1": 13, "shapes 2": 8, "shapes 3": 10}
"""Of our own scenes."""

LEAST, LARGEST = 64, 512
"""Sides in px at which our own scenes are drawn."""


def sample_called(name: str) -> Sample:
    """Raises InspectError with close matches for a name that is none."""
    known = {sample.name: sample for sample in SAMPLES}
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise InspectError(
            f"There is no sample picture called {name!r}.",
            f"{f'Did you mean {near[0]}? ' if near else ''}There are: {', '.join(known)}.",
        )
    return known[name]


def photograph(sample: Sample) -> Path:
    """The file of a sample that a library holds. Raises InspectError where the library is not installed or came without it."""
    package, folder = FOLDERS[sample.library]
    found = importlib.util.find_spec(package)
    places = list(found.submodule_search_locations or ()) if found else []
    path = Path(places[0], folder, sample.file) if places else None
    if path is None or not path.is_file():
        missing = "is not installed" if not places else "was installed without it"
        there = ", ".join(one.name for one in SAMPLES if one.always)
        raise InspectError(
            f"The picture {sample.name} ships inside {sample.library}, which {missing}.",
            f"Install it with `pip install {sample.library}`, or choose one of {there}.",
        )
    return path


def scene(sample: Sample, side: int) -> tuple[Array, Array]:
    """One of our own scenes: (S, S, 3) uint8 and its mask (S, S) uint8, drawn at `side` px as far as that is sensible."""
    from sslviz.data.shapes.dataset import generate
    from sslviz.data.shapes.dials import Dials

    made = generate(Dials(preset="plain"), min(max(side, LEAST), LARGEST), SEEDS[sample.name], np.array([0]))
    return made["images"][0].transpose(1, 2, 0), made["masks"][0]
