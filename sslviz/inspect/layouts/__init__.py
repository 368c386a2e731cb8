"""Layouts of features on a plane: PCA, UMAP and t-SNE, of one model or of all snapshots of a run; what they keep; where they are kept."""

from __future__ import annotations

from sslviz.inspect.layouts.aligned import RunLayout, align, lay_out_run
from sslviz.inspect.layouts.laying import lay_out
from sslviz.inspect.layouts.layout import Layout
from sslviz.inspect.layouts.remembered import lay_out_once, lay_out_run_once
from sslviz.inspect.layouts.scores import score
from sslviz.inspect.layouts.store import LayoutStore

__all__ = [
    "Layout", "LayoutStore", "RunLayout", "align", "lay_out", "lay_out_once", "lay_out_run", "lay_out_run_once", "score",
]  # fmt: skip
