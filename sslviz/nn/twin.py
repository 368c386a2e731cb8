"""Twin: a second network that starts as a copy of the first and that no gradient trains (MoCo, BYOL, DINO)."""

from __future__ import annotations

import copy
from typing import TypeVar

from torch import Tensor, nn
from torch.func import functional_call

Network = TypeVar("Network", bound=nn.Module)


def twin(module: Network) -> Network:
    """A deep copy of `module`, with its buffers and its mode, whose parameters ask for no gradient.

    It shares no tensor with `module` and follows it by `sslviz.nn.ema.ema_update`. Batch-norm layers keep statistics of their
    own from here on.
    """
    return copy.deepcopy(module).requires_grad_(False)


def straight_through(copied: nn.Module, original: nn.Module, inputs: Tensor) -> Tensor:
    """What `copied` makes of `inputs`, with a gradient that reaches the weights of `original` in place of its own.

    A teacher that follows by EMA is an average of its student's weights; where nothing stops the gradient, this is where it
    goes. (Weights of the copy that were trained instead would part from the student's, and only they would collapse.)
    """
    own = dict(original.named_parameters())
    weights = {name: w.detach() + (own[name] - own[name].detach()) for name, w in copied.named_parameters()}
    outputs: Tensor = functional_call(copied, weights, (inputs,))
    return outputs
