"""CheckpointError: a file that is no model that can be used, what is wrong with it and what to do."""

from __future__ import annotations

from sslviz.spec.errors import SSLVizError


class CheckpointError(SSLVizError):
    """A file, folder or name that no model can be made of."""
