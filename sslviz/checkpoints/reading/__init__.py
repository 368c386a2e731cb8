"""Reading files of any origin: by their bytes, as views, and without running anything that lies in them."""

from __future__ import annotations

from sslviz.checkpoints.reading.archive import read_archive
from sslviz.checkpoints.reading.integrity import hashed_while_checked, require_finite, sha256_of
from sslviz.checkpoints.reading.mapped_file import own_memory
from sslviz.checkpoints.reading.placeholder import Placeholder, plain

__all__ = ["Placeholder", "hashed_while_checked", "own_memory", "plain", "read_archive", "require_finite", "sha256_of"]
