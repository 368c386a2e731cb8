"""The one exception of this room."""

from __future__ import annotations

from sslviz.spec.errors import SSLVizError


class MethodError(SSLVizError):
    """A method was given views or labels that it cannot learn from."""
