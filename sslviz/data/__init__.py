"""Images: procedural shapes, torchvision's sets, folders and zips; one interface, `load_data`. Names load lazily."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sslviz.data.base import ImageData, Splits
    from sslviz.data.cache import clear_cache, describe_cache
    from sslviz.data.errors import DataError
    from sslviz.data.load import data_infos, load_data

__all__ = ["DataError", "ImageData", "Splits", "clear_cache", "data_infos", "describe_cache", "load_data"]

_HOMES = {
    "DataError": "errors",
    "ImageData": "base",
    "Splits": "base",
    "clear_cache": "cache",
    "data_infos": "load",
    "describe_cache": "cache",
    "load_data": "load",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
