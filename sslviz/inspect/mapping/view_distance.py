"""How far apart a model puts views of one image, which its loss has drawn together: its own task, for methods that compare views."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from sslviz.data.base import Array, ImageData
from sslviz.inspect.mapping.feed import batch_for
from sslviz.inspect.mapping.progress import Progress
from sslviz.inspect.mapping.tasks import Hardness
from sslviz.inspect.mapping.tokens import projection_or_none
from sslviz.inspect.mapping.views import Drawer
from sslviz.inspect.model import Model
from sslviz.inspect.stopping import Stop
from sslviz.metrics.unit import unit
from sslviz.spec.config import RunConfig

VIEWS = 4
"""Of each image; all pairs of them count, as one pair says more of its crops than of the image."""


@torch.inference_mode()
def view_distance(
    model: Model, config: RunConfig, images: ImageData, index: Array, seed: int, progress: Progress, stop: Stop
) -> Hardness:
    """Mean of 1 - cosine over the pairs of views by the run's first recipe, after the projection where there is one."""
    draw = Drawer(model, config, images, VIEWS, seed)
    project = projection_or_none(model)
    step = max(1, batch_for(model, model.describe().image_size) // VIEWS)
    values = np.empty(len(index), np.float32)
    for start in range(0, len(index), step):
        stop()
        views = draw(index[start : start + step], start)  # (V, B, 3, h, w)
        values[start : start + step] = _apart(model, project, views).cpu().numpy()
        done = min(start + step, len(index))
        progress(done / len(index), f"views of {done:,} of {len(index):,} images")
    return Hardness(values, "distance between views", _about("z" if project else "h"))


def _apart(model: Model, project: Callable[[Tensor], Tensor] | None, views: Tensor) -> Tensor:
    """views (V, B, 3, h, w) in [0, 1] -> (B,): 1 - mean cosine of pairs, from |Σu|² = V + Σ_{i≠j} u_i·u_j."""
    h = model.features(views.flatten(0, 1)).pooled
    count = len(views)
    u = unit(project(h) if project else h).view(count, views.shape[1], -1)  # (V, B, D)
    pairs = (u.sum(0).square().sum(-1) - u.square().sum((0, 2))) / (count * (count - 1))
    apart: Tensor = (1 - pairs).clamp(0, 2)
    return apart


def _about(named: str) -> str:
    return (
        f"1 - cosine of {named} between {VIEWS} views of each image by the run's own recipe, mean over their pairs: high where crops and colours "
        "change what the model says. A collapsed model has 0 everywhere."
    )
