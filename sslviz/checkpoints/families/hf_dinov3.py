"""DINOv3 of Hugging Face's transformers: rotary positions, whose periods follow from the configuration and are not stored."""

from __future__ import annotations

import torch

from sslviz.checkpoints.base import FAMILIES, Loaded, Part, Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.hub_config import HubConfig
from sslviz.checkpoints.hub_loaded import HubFamily, take_norm, whole
from sslviz.checkpoints.hub_vit import HubNetwork, HubVit, read_vit
from sslviz.checkpoints.normalisation import IMAGENET

KIND = HubVit("DINOv3", eps=1e-5, rule="fixed", heads=6, rotary=True, keyless=True)
THETA = 100.0
"""Base of the periods in every published model."""


class HfDinov3(HubFamily):
    """`DINOv3ViTModel`."""

    name = "hf_dinov3"
    title = "DINOv3 (Hugging Face)"
    source = "https://github.com/huggingface/transformers, models/dinov3_vit"
    types = ("dinov3_vit",)
    marks = ("embeddings.cls_token", "layer.0.attention.q_proj.weight", "layer.0.layer_scale1.lambda1")

    def load(self, part: Part, wishes: Wishes) -> Loaded:
        read = read_vit(part, wishes, KIND)
        take_norm(read, "norm", "norm")
        read.state["rope.periods"] = _periods(read)
        return whole(read, part, wishes, self.title, IMAGENET, {})


def _periods(read: HubNetwork) -> torch.Tensor:
    """theta ** (4 k / d) for k below d/4, d the width of a head, as float32 powers."""
    d = read.plan.head_width
    if d % 4:
        raise CheckpointError(
            f"With {read.plan.heads} heads each has {d} numbers, and rotary positions in two dimensions need a multiple of 4.",
            "Choose another number of heads.", field="heads",
        )  # fmt: skip
    theta = _theta(read.config)
    exponents = torch.arange(0, 1, 4 / d, dtype=torch.float32)[: d // 4]
    return theta**exponents


def _theta(config: HubConfig) -> float:
    """Newer configurations keep it among `rope_parameters`."""
    return config.inner("rope_parameters").number("rope_theta") or config.number("rope_theta") or THETA


FAMILIES.add(HfDinov3.name, HfDinov3())
