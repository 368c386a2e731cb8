"""The one exception of this room."""

from __future__ import annotations

from sslviz.spec.errors import SSLVizError


class TrainingError(SSLVizError):
    """A run that cannot start, go on, be saved or be read."""
