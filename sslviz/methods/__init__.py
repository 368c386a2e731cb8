"""Methods: one a file, each readable beside its paper. A new file in this folder is a new method: nothing else has to know it."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step, method_infos
from sslviz.methods.errors import MethodError

for _file in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_file.name}")

__all__ = ["METHODS", "Batch", "Drawing", "Facts", "Method", "MethodError", "Step", "method_infos"]
