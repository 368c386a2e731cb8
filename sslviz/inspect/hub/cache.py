"""The Hub's local cache: models--OWNER--NAME/{refs/main, snapshots/REVISION/...}, as every program on this computer shares it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sslviz.checkpoints.errors import CheckpointError

_NAME = re.compile(r"(?:[\w][\w.-]{0,95}/)?[\w][\w.-]{0,95}(?:@[\w][\w./-]{0,95})?")
WEIGHTS = (".safetensors", ".bin")
"""Endings of files that hold weights."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A model of the Hub: "facebook/dinov2-base", at a revision."""

    name: str
    revision: str = "main"

    @property
    def folder(self) -> Path:
        """Where the cache keeps it."""
        from huggingface_hub import constants

        return Path(constants.HF_HUB_CACHE) / f"models--{self.name.replace('/', '--')}"

    def cached(self) -> Path | None:
        """The folder of its files as far as they are in the cache; None where no weights are."""
        reference = self.folder / "refs" / self.revision
        try:
            commit = reference.read_text(encoding="utf-8").strip() if reference.is_file() else self.revision
            found = self.folder / "snapshots" / commit
            held = found.is_dir() and re.fullmatch(r"[\w.-]+", commit) and any(map(_is_weights, found.iterdir()))
        except (OSError, UnicodeDecodeError):
            return None
        return found if held else None


def repository(name: str) -> Repository:
    """What OWNER/NAME, or OWNER/NAME@REVISION, means. Raises CheckpointError for what is no name."""
    if not _NAME.fullmatch(name) or ".." in name or "--" in name.partition("@")[0]:
        raise CheckpointError(
            f"{name[:100]!r} is no name of a model of the Hugging Face Hub.",
            "Names are OWNER/NAME, as on the model's page: hf:facebook/dinov2-base.",
        )
    plain, _, revision = name.partition("@")
    return Repository(plain, revision or "main")


def _is_weights(path: Path) -> bool:
    return path.name.endswith(WEIGHTS) and path.exists()  # a link whose blob was removed does not exist
