"""Twin: a second network that starts as a copy of the first and that no gradient trains (MoCo, BYOL, DINO)."""

from __future__ import annotations

import copy
from typing import TypeVar

from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def twin(module: Network) -> Network:
    """A deep copy of `module`, with its buffers and its mode, whose parameters ask for no gradient.

    It shares no tensor with `module` and follows it by `sslviz.nn.ema.ema_update`. Batch-norm layers keep statistics of their
    own from here on. Where gradients shall flow through it nevertheless, they reach its inputs, never its weights.
    """
    return copy.deepcopy(module).requires_grad_(False)
