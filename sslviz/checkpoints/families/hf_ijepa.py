"""I-JEPA of Hugging Face's transformers: a ViT without class token; its feature is the mean of the patches."""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Loaded, Part, Wishes
from sslviz.checkpoints.hub_loaded import HubFamily, classifier, take_norm, whole
from sslviz.checkpoints.hub_vit import HubVit, read_vit
from sslviz.checkpoints.normalisation import IMAGENET

KIND = HubVit("I-JEPA", eps=1e-12, rule="size", pool="mean")


class HfIjepa(HubFamily):
    """`IJepaModel` and what is built on it."""

    name = "hf_ijepa"
    title = "I-JEPA (Hugging Face)"
    source = "https://github.com/huggingface/transformers, models/ijepa"
    types = ("ijepa",)
    marks = ("embeddings.position_embeddings", "encoder.layer.0.layernorm_before.weight")
    without = ("embeddings.cls_token",)

    def load(self, part: Part, wishes: Wishes) -> Loaded:
        read = read_vit(part, wishes, KIND)
        take_norm(read, "norm", "layernorm")
        return whole(read, part, wishes, self.title, IMAGENET, classifier(read))


FAMILIES.add(HfIjepa.name, HfIjepa())
