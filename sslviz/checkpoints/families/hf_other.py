"""Architectures of Hugging Face folders that are not known: refused by name, because tensors with familiar names may mean something else."""

from __future__ import annotations

from sslviz.checkpoints.base import FAMILIES, Family, Loaded, Match, Part, Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.hub_config import HubConfig
from sslviz.checkpoints.hub_loaded import HubFamily

TIMM = "timm_wrapper"
"""A network of timm, in a folder of transformers."""


class HfOther(Family):
    """Any other."""

    name = "hf_other"
    title = "another architecture of Hugging Face's"
    source = "https://huggingface.co/docs/transformers"

    def recognise(self, part: Part) -> Match | None:
        told = HubConfig(part.archive.config).model_type
        return Match(100, f"config.json says {told}") if told and told not in _known() else None

    def load(self, part: Part, wishes: Wishes) -> Loaded:  # there is nothing to load
        config = HubConfig(part.archive.config)
        raise CheckpointError(
            f"config.json says that this is a model of type {config.model_type[:40]!r}, which is not known here.",
            f"Known are {', '.join(_known())}.",
        )


def _known() -> tuple[str, ...]:
    """What config.json calls models that families know."""
    families = (FAMILIES[name] for name in FAMILIES)
    return (*sorted(kind for family in families if isinstance(family, HubFamily) for kind in family.types), TIMM)


FAMILIES.add(HfOther.name, HfOther())
