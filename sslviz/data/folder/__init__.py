"""A folder or a zip of images as a data set."""

from __future__ import annotations

from sslviz.data.folder.dataset import INFO, load

__all__ = ["INFO", "load"]
