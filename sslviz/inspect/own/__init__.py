"""Our own models: run folders, their snapshots, models that ship, and those of runs that are going on."""

from __future__ import annotations

from sslviz.inspect.own.model import model_of
from sslviz.inspect.own.run import load_run

__all__ = ["load_run", "model_of"]
