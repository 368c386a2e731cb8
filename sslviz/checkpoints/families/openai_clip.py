"""CLIP as OpenAI published it (Radford et al. 2021, arXiv:2103.00020): the state dict of its archives, float16 and float32 mixed."""

from __future__ import annotations

import torch

from sslviz.checkpoints.base import FAMILIES, Match, Part
from sslviz.checkpoints.clip_family import SCALARS, ClipFamily
from sslviz.checkpoints.clip_towers import Activation, vision_prefix


class OpenaiClip(ClipFamily):
    """ViTs and ResNets. Its code takes one size of image only."""

    name = "openai_clip"
    title = "CLIP (OpenAI)"
    source = "https://github.com/openai/CLIP, clip/model.py"
    rule = "fixed"

    def recognise(self, part: Part) -> Match | None:
        if vision_prefix(part.tensors) is None:
            return None
        if all(name in part.tensors for name in SCALARS):
            return Match(95, "it keeps the numbers that OpenAI's archives keep among the tensors")
        if _mixed(part):
            return Match(86, "matrices are stored in float16 and norms in float32, as in OpenAI's files")
        return None

    def activation(self, part: Part) -> tuple[Activation, str]:  # the same in every file
        return "quick_gelu", "as in OpenAI's code; no tensor tells"


def _mixed(part: Part) -> bool:
    """Whether matrices are in half precision and layer norms are not."""
    kinds = {
        words: {t.dtype for name, t in part.tensors.items() if name.endswith(words)}
        for words in ("c_fc.weight", "ln_1.weight")
    }
    return kinds == {"c_fc.weight": {torch.float16}, "ln_1.weight": {torch.float32}}


FAMILIES.add(OpenaiClip.name, OpenaiClip())
