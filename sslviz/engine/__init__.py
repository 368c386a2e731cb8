"""The engine: runs and inspection in background threads; requests in, events out. Loads torch only once it is asked to work."""

from __future__ import annotations

from sslviz.engine.engine import Engine
from sslviz.engine.errors import EngineError

__all__ = ["Engine", "EngineError"]
