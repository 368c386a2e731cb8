"""Methods: one a file, each readable beside its paper."""

from __future__ import annotations

from sslviz.methods.base import METHODS, Batch, Method, Step, method_infos
from sslviz.methods.errors import MethodError
from sslviz.methods.simclr import SimCLR

__all__ = ["METHODS", "Batch", "Method", "MethodError", "SimCLR", "Step", "method_infos"]
