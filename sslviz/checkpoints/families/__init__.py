"""Families: one a file, each readable beside the code that writes such files. A new file in this folder is a new family."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from sslviz.checkpoints.base import FAMILIES

for _file in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_file.name}")

__all__ = ["FAMILIES"]
