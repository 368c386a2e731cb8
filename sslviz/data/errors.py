"""The one error of this room."""

from __future__ import annotations

from sslviz.spec.errors import SSLVizError


class DataError(SSLVizError):
    """Images that cannot be found, read, kept or split as asked."""
