"""Warnings of other people's libraries about their own insides, which say nothing to whoever reads ours."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_WHOSE = r"(umap|pynndescent|numba|sklearn|scipy|joblib|threadpoolctl)\b"


@contextmanager
def others_unheard() -> Iterator[None]:
    """What those modules warn of inside is not heard; all else is."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=_WHOSE)
        yield
