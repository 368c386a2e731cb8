"""Which parts of a method a shipped file holds: of the model all but its memory of past batches, of a snapshot what views look at.

Measured on what looks at snapshots: attention and maps take the network that published evaluations use with its projection, the
timeline goes through those; evaluation takes the trained encoder. Nothing looks at predictors and at what only the loss compares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

MEMORY: Mapping[str, tuple[str, ...]] = {"moco": ("queue", "specimens"), "swav": ("queue",)}
"""Keys, codes and pictures of past batches: no part of the network, and larger than it."""

UNSEEN: Mapping[str, tuple[str, ...]] = {
    "byol": ("predictor", "target_encoder", "target_projector"),
    "dino": ("encoder", "head", "teacher_head"),
    "moco": (*MEMORY["moco"], "teacher"),
    "moco_v3": ("predictor", "teacher_encoder", "teacher_projector"),
    "simsiam": ("predictor",),
    "swav": MEMORY["swav"],
}
"""Of snapshots. DINO's views look at the teacher alone, which keeps its snapshots at a third."""


def without(weights: Mapping[str, Tensor], parts: Sequence[str]) -> dict[str, Tensor]:
    """The weights that belong to none of the parts."""
    return {name: weight for name, weight in weights.items() if name.partition(".")[0] not in parts}
