"""SSLViz: self-supervised learning in vision, to be watched.

For notebooks and scripts:

    import sslviz

    run = sslviz.train("simclr", data="shapes", steps=300, tau=0.1, at={200: {"negatives": False}})
    steps, knn = run["knn"]                     # where it was measured; nothing is interpolated
    run.last["std"], run.references             # last values, and what to compare them with
    sslviz.plot(run)                            # a matplotlib figure
    sslviz.open_run("runs/first")               # what the command line or the window wrote
    images = sslviz.load_data("photos.zip").train.images
    model = sslviz.open_model("dino_deitsmall8_pretrain.pth")   # a checkpoint from anywhere; nothing of it is run
    model.describe(), model.attention(images[:1])               # (1, heads, N, N)

Names load when they are first used, so that `import sslviz` itself costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sslviz.cli.notebook import load_data, plot, resume, train
    from sslviz.engine.catalogue import catalogue
    from sslviz.engine.engine import Engine
    from sslviz.engine.record import RunRecord, open_run
    from sslviz.inspect.model import Model
    from sslviz.inspect.open import open_model
    from sslviz.spec.config import DataConfig, OptimiserConfig, RunConfig
    from sslviz.spec.errors import SSLVizError
    from sslviz.training.archive import list_runs

__all__ = [
    "DataConfig",
    "Engine",
    "Model",
    "OptimiserConfig",
    "RunConfig",
    "RunRecord",
    "SSLVizError",
    "catalogue",
    "list_runs",
    "load_data",
    "open_model",
    "open_run",
    "plot",
    "resume",
    "train",
]

_HOMES = {
    "DataConfig": "sslviz.spec.config",
    "Engine": "sslviz.engine.engine",
    "Model": "sslviz.inspect.model",
    "OptimiserConfig": "sslviz.spec.config",
    "RunConfig": "sslviz.spec.config",
    "RunRecord": "sslviz.engine.record",
    "SSLVizError": "sslviz.spec.errors",
    "catalogue": "sslviz.engine.catalogue",
    "list_runs": "sslviz.training.archive",
    "load_data": "sslviz.cli.notebook",
    "open_model": "sslviz.inspect.open",
    "open_run": "sslviz.engine.record",
    "plot": "sslviz.cli.notebook",
    "resume": "sslviz.cli.notebook",
    "train": "sslviz.cli.notebook",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
