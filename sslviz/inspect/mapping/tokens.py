"""Which of a network's features stand for an image: its pooled feature, what a projection makes of it, or tokens."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from sslviz.checkpoints.heads import Normalise
from sslviz.inspect.errors import InspectError
from sslviz.inspect.layers import checked_layers
from sslviz.inspect.model import Features, Model
from sslviz.nn.dino_head import DINOHead
from sslviz.spec.mapping import FeaturePlan, Tokens

Read = Callable[[Features], Tensor]

SAID: dict[Tokens, str] = {
    "pooled": "pooled features h",
    "projected": "projections z",
    "class": "class tokens",
    "patch_mean": "means of patch tokens",
    "patches": "patch tokens",
}
"""For people."""


def reader(model: Model, plan: FeaturePlan) -> Read:
    """Features of B images -> (B, F), or (B, L, F) of patches. Raises InspectError where the model has no such features."""
    match plan.tokens:
        case "pooled":
            return lambda found: found.pooled
        case "projected":
            head = projection(model)
            _require_last(model, plan.layer)
            return lambda found: head(found.pooled)
        case "class":
            return _class_token(model)
        case "patch_mean":
            return lambda found: found.patches.mean(1)
        case "patches":
            return lambda found: found.patches
        case other:
            raise InspectError(
                f"There are no features called {other!r}.", f"There are: {', '.join(SAID)}.", field="tokens"
            )


def projection(model: Model) -> Callable[[Tensor], Tensor]:
    """What the loss compared: h (B, F) -> z (B, D); of DINO's heads the bottleneck below the prototypes.

    Raises InspectError for a model without one.
    """
    if found := projection_or_none(model):
        return found
    about = model.describe()
    own = model.loaded.method is not None
    raise InspectError(
        f"{about.title} has no projection head{'' if own else ' in its file'}.",
        "Choose the pooled features h" + ("." if own else ", or open a training checkpoint that still has its head."),
        field="tokens",
    )


def projection_or_none(model: Model) -> Callable[[Tensor], Tensor] | None:
    """`projection`, where there is one."""
    head = model.heads.get("projection") or model.heads.get("head")
    if isinstance(head, DINOHead):
        return head.bottleneck
    return _below_prototypes(head) if isinstance(head, nn.Sequential) else head


def _below_prototypes(head: nn.Sequential) -> nn.Module:
    parts = list(head)
    ends = next((k for k, part in enumerate(parts) if isinstance(part, Normalise)), len(parts))
    return head[:ends]


def _class_token(model: Model) -> Read:
    if model.describe().class_token:
        return lambda found: found.tokens[:, 0]
    about = model.describe()
    what = "is a convolutional network" if about.kind == "cnn" else "has patch tokens only"
    raise InspectError(
        f"{about.title} {what}: there is no class token.", "Choose the pooled features or the patches.", field="tokens"
    )


def _require_last(model: Model, layer: int) -> None:
    """A projection belongs behind the last layer."""
    (layer,) = checked_layers((layer,), model.depth)
    if layer != model.depth - 1:
        raise InspectError(
            f"The projection head takes features of the last layer, and layer {layer + 1} of {model.depth} was chosen.",
            "Choose the last layer, or the pooled features h.",
            field="layer",
        )
