"""Agreement: which prediction is like which target, as a picture that the methods with a predictor share."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

from sslviz.methods.base import Drawing
from sslviz.nn.precision import widen

SHOWN = 24
"""Images of the batch in the picture: more are too small to be recognised."""


def agreement(p: Tensor, z: Tensor, views: Sequence[Tensor]) -> Drawing:
    """Cosines of the first images' predictions p (2B, D) from view 1 and targets z (2B, D) of view 2, with both views' pictures."""
    n = min(SHOWN, len(p) // 2)
    first, second = (view[:n] for group in views for view in group)
    u, v = (F.normalize(widen(x), dim=1) for x in (p[:n], z[len(z) // 2 :][:n]))
    return {"values": u @ v.T, "row_images": first, "column_images": second}
