"""The one exception of this room."""

from __future__ import annotations

from sslviz.spec.errors import SSLVizError


class NetworkError(SSLVizError):
    """A backbone, device or size that cannot be had, and what can."""
