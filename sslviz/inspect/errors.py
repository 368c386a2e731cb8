"""The one exception of this room."""

from __future__ import annotations

from sslviz.spec.errors import SSLVizError


class InspectError(SSLVizError):
    """A network or an image cannot be looked at in the way that was asked for."""
