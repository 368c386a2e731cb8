"""CLIP as open_clip trains and stores it: OpenAI's names, plain GELU unless a name says otherwise, positions resized when loaded."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from sslviz.checkpoints.base import FAMILIES, Loaded, Match, Part, Wishes
from sslviz.checkpoints.clip_family import ClipFamily
from sslviz.checkpoints.clip_towers import Activation, vision_prefix
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.normalisation import CLIP, Normalisation
from sslviz.checkpoints.reading.hf_folder import inside
from sslviz.checkpoints.reading.json_files import read_json

CONFIG = "open_clip_config.json"
QUICK = re.compile(r"quick_?gelu|openai|metaclip|dfn[25]b", re.IGNORECASE)
"""In names of models that were trained with QuickGELU."""
TRUNK = "visual.trunk."


class OpenClip(ClipFamily):
    """ViTs and ResNets of OpenAI's form."""

    name = "open_clip"
    title = "open_clip"
    source = "https://github.com/mlfoundations/open_clip, src/open_clip/model.py"
    rule = "size_antialias"

    def recognise(self, part: Part) -> Match | None:
        if any(name.startswith(TRUNK) for name in part.tensors):
            return Match(92, "one of its towers is a network of timm")
        if vision_prefix(part.tensors) is None:
            return None
        if _folder(part):
            return Match(94, f"{CONFIG} lies beside it")
        return Match(84, "its tensors are named as in CLIP")

    def load(self, part: Part, wishes: Wishes) -> Loaded:
        if any(name.startswith(TRUNK) for name in part.tensors):
            raise CheckpointError(
                "The tower of this CLIP that sees is a network of timm's, which is not read within open_clip.",
                "Choose a CLIP whose tower is a plain ViT or CLIP's ResNet, or open the tower as timm:NAME.",
            )
        if _model(part).get("vision_cfg", {}).get("global_average_pool") or _pool(part) not in {None, "tok"}:
            raise CheckpointError(
                f"{CONFIG} says that the class token is not what is pooled, and only that is known here.",
                "Choose a CLIP that pools its class token.",
            )
        return super().load(part, wishes)

    def activation(self, part: Part) -> tuple[Activation, str]:
        told = _model(part).get("quick_gelu")
        if isinstance(told, bool):
            return ("quick_gelu" if told else "gelu"), f"as {CONFIG} says"
        name = _named(part)
        if name:
            return "quick_gelu", f"because the name {name!r} says so; no tensor tells"
        return "gelu", "as in open_clip's models unless a name says quickgelu; no tensor tells"

    def pixels(self, part: Part) -> tuple[Normalisation, str]:
        told = _folder(part).get("preprocess_cfg")
        if isinstance(told, Mapping):
            mean, std = (_three(told.get(key)) for key in ("mean", "std"))
            if mean and std and min(std) > 0:
                return Normalisation(mean, std, f"{CONFIG}'s"), ""
        return CLIP, "as in CLIP; no tensor tells"


def _folder(part: Part) -> Mapping[str, Any]:
    """What open_clip_config.json of a folder says; empty where there is none."""
    folder = part.archive.path
    return read_json(inside(folder, CONFIG)) if folder.is_dir() and (folder / CONFIG).exists() else {}


def _model(part: Part) -> Mapping[str, Any]:
    found = _folder(part).get("model_cfg", {})
    if isinstance(found, Mapping) and isinstance(found.get("vision_cfg", {}), Mapping):
        return found
    raise CheckpointError(f"{CONFIG} is not as open_clip writes it.", "Download the folder again.")


def _pool(part: Part) -> object:
    return _model(part).get("vision_cfg", {}).get("pool_type")


def _named(part: Part) -> str:
    """The name that tells of QuickGELU: of the file, its folder, or the repository in the Hub's cache."""
    path = part.archive.path
    names = [path.name, path.parent.name, *(folder for folder in path.parts if folder.startswith("models--"))]
    told = part.archive.tree.get("name") if isinstance(part.archive.tree, Mapping) else None
    return next((name for name in [*names, told] if isinstance(name, str) and QUICK.search(name)), "")


def _three(values: object) -> tuple[float, ...]:
    if not isinstance(values, list) or len(values) != 3:
        return ()
    return tuple(float(v) for v in values if isinstance(v, int | float) and math.isfinite(v))


FAMILIES.add(OpenClip.name, OpenClip())
