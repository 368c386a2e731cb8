"""What went wrong, in words: which quantity stopped being finite first, and which error is a lack of memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from sslviz.spec.errors import SSLVizError
from sslviz.spec.events import Failed

_ORDER = {"h": "h, the encoder's output,", "z": "z, the projection,", "similarity": "the similarity of z"}
_LOWER = "Lower the learning rate, or clip gradients, and go on from the last good state."


def unhealthy_forward(method: nn.Module, views: Sequence[Tensor], seen: Mapping[str, Tensor]) -> tuple[str, str]:
    """The first quantity on the way from the images to the loss that is not finite, and a remedy. seen: peek and parts."""
    if any(not _finite(view) for view in views):
        return "the augmented images", "Look at the images and the augmentation: a value is not a number."
    for name, weight in method.named_parameters():
        if not _finite(weight):
            return f"{name}, a weight,", _LOWER
    for name, tensor in sorted(seen.items(), key=lambda item: _place(item[0])):
        if not _finite(tensor):
            what = _ORDER.get(name, f"{name}, a part of the loss,")
            return what, _LOWER if name in _ORDER else "Raise the temperature, or use full precision (fp32)."
    return "the loss", "Raise the temperature, or use full precision (fp32)."


def unhealthy_gradient(method: nn.Module) -> tuple[str, str]:
    """The first gradient, in the order in which they are computed (from the loss backwards), that is not finite."""
    for name, weight in reversed(list(method.named_parameters())):
        if weight.grad is not None and not _finite(weight.grad):
            return f"the gradient of {name}", _LOWER
    return "the norm of all gradients", _LOWER


def _place(name: str) -> int:
    return list(_ORDER).index(name) if name in _ORDER else len(_ORDER)


def _finite(tensor: Tensor) -> bool:
    return not tensor.is_floating_point() or bool(tensor.isfinite().all())


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error, whatever its type, says that there was not enough memory."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error)
    words = ("DefaultCPUAllocator: can't allocate", "not enough memory", "out of memory", "Cannot allocate memory")
    return isinstance(error, RuntimeError | OSError) and any(word in text for word in words)


def explain(run_id: str, step: int, error: BaseException, trace: str, batch_size: int) -> Failed:
    """An error as the event that tells it. Errors meant for the user keep their words and need no trace."""
    if is_out_of_memory(error):
        half = f"Start again with a batch of {batch_size // 2}, or with" if batch_size > 1 else "Choose"
        return Failed(
            run_id, step, "OutOfMemory", f"There was not enough memory for a batch of {batch_size:,}.",
            f"{half} smaller images or a smaller backbone. What was saved of the run is kept.", trace, "batch_size",
        )  # fmt: skip
    if isinstance(error, SSLVizError):
        return Failed(run_id, step, type(error).__name__, error.message, error.hint, field=error.field)
    return Failed(
        run_id, step, type(error).__name__, f"Training failed unexpectedly: {str(error) or type(error).__name__}.",
        "What was saved of the run is kept. The details help whoever looks into it.", trace,
    )  # fmt: skip
