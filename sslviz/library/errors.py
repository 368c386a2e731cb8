"""The one exception of this room."""

from __future__ import annotations

from sslviz.spec.errors import SSLVizError


class LibraryError(SSLVizError):
    """A run cannot become a model of the library, or a model's folder is not what its card says."""
