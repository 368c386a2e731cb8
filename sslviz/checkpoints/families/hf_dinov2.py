"""DINOv2 of Hugging Face's transformers, with and without registers.

Both resize positions to the size, not by a factor with DINO's offset of 0.1 as the authors' code does: at other sizes than that of
the table their features differ slightly from those of the same weights in the authors' layout. With registers it smooths, too.
"""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Loaded, Part, Wishes
from sslviz.checkpoints.hub_loaded import HubFamily, take_norm, whole
from sslviz.checkpoints.hub_tensors import find_prefix
from sslviz.checkpoints.hub_vit import HubVit, read_vit
from sslviz.checkpoints.normalisation import IMAGENET

PLAIN = HubVit("DINOv2", eps=1e-6, rule="size")
WITH_REGISTERS = HubVit("DINOv2", eps=1e-6, rule="size_antialias")


class HfDinov2(HubFamily):
    """`Dinov2Model`, `Dinov2WithRegistersModel` and what is built on them."""

    name = "hf_dinov2"
    title = "DINOv2 (Hugging Face)"
    source = "https://github.com/huggingface/transformers, models/dinov2 and models/dinov2_with_registers"
    types = ("dinov2", "dinov2_with_registers")
    marks = ("embeddings.cls_token", "embeddings.position_embeddings", "encoder.layer.0.layer_scale1.lambda1")

    def load(self, part: Part, wishes: Wishes) -> Loaded:
        registers = find_prefix(part.tensors, ["embeddings.register_tokens"]) is not None
        read = read_vit(part, wishes, WITH_REGISTERS if registers else PLAIN)
        take_norm(read, "norm", "layernorm")
        return whole(read, part, wishes, self.title, IMAGENET, {})


FAMILIES.add(HfDinov2.name, HfDinov2())
