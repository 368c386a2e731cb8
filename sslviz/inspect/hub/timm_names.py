"""`timm:NAME`: where timm's weights of a name lie, and its networks without weights."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import torch

from sslviz.checkpoints.errors import CheckpointError
from sslviz.inspect.hub.cache import Repository


def weights_of(name: str) -> tuple[Repository | None, Path | None]:
    """The Hub's repository of a name's weights, and the file that older versions of timm left in torch's cache.

    Raises CheckpointError for a name that timm does not know, and where it has no weights of it.
    """
    config = _config(name)
    old = Path(torch.hub.get_dir()) / "checkpoints" / Path(config.url).name if config.url else None
    kept = old if old is not None and old.suffix in {".pth", ".pt", ".bin", ".safetensors"} and old.is_file() else None
    wanted = Repository(config.hf_hub_id) if config.hf_hub_id else None
    if wanted is None and kept is None:
        raise CheckpointError(
            f"timm has no weights of {name} on the Hugging Face Hub.", "Look at it with random weights, or open a file."
        )
    return wanted, kept


def require_known(name: str) -> None:
    """Raises CheckpointError, with close matches, for a name that timm does not know."""
    import timm

    base = name.partition(".")[0]
    if timm.is_model(base):
        return
    close = difflib.get_close_matches(base, timm.list_models(), n=3, cutoff=0.5)
    hint = f"Close to it: {', '.join(f'timm:{match}' for match in close)}." if close else "See timm.list_models()."
    raise CheckpointError(f"timm has no model called {name[:100]!r}.", hint)


def _config(name: str) -> Any:
    from timm.models import get_pretrained_cfg

    require_known(name)
    base, _, tag = name.partition(".")
    try:
        found = get_pretrained_cfg(name)
    except RuntimeError as error:  # an unknown tag
        raise CheckpointError(
            f"timm has no weights {tag!r} of {base}.", f"It has: {', '.join(_tags(base)) or 'none'}."
        ) from error
    if found is None:
        raise CheckpointError(
            f"timm has {base}, and no weights of it.", "Look at it with random weights, or open a file."
        )
    return found


def _tags(base: str) -> list[str]:
    import timm

    return [name.partition(".")[2] for name in timm.list_pretrained(f"{base}.*")]
