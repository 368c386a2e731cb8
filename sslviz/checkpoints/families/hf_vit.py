"""ViT of Hugging Face's transformers: supervised ones, and DINO's, MSN's and DeiT's weights in its layout."""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Loaded, Part, Wishes
from sslviz.checkpoints.hub_loaded import HubFamily, classifier, pooler, take_norm, whole
from sslviz.checkpoints.hub_vit import HubVit, read_vit
from sslviz.checkpoints.normalisation import HALVES

KIND = HubVit("ViT", eps=1e-12, rule="size")


class HfVit(HubFamily):
    """`ViTModel` and what is built on it."""

    name = "hf_vit"
    title = "ViT (Hugging Face)"
    source = "https://github.com/huggingface/transformers, models/vit"
    types = ("vit", "vit_msn", "deit")
    marks = ("embeddings.cls_token", "encoder.layer.0.layernorm_before.weight")
    without = ("decoder_pos_embed",)

    def load(self, part: Part, wishes: Wishes) -> Loaded:
        read = read_vit(part, wishes, KIND)
        take_norm(read, "norm", "layernorm")
        return whole(read, part, wishes, self.title, HALVES, pooler(read) | classifier(read))


FAMILIES.add(HfVit.name, HfVit())
