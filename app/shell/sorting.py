"""What lies at a path, told from its first bytes: a run, a model, a picture, images to train on. Reads a few kilobytes at most."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Literal

Kind = Literal["run", "model", "picture", "images", "nothing"]

NAMED = ("timm:", "hf:")
LOOKED_AT = 200  # entries of a folder
HEAD = 512  # bytes of a file
PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
WEIGHTS = (".safetensors", ".bin", ".pth", ".pt", ".ckpt", ".index.json")
ZIP, NAME_AT, NAME_LENGTH_AT = b"PK\x03\x04", 30, 26


def kind_of(word: str) -> Kind:
    """What `word` names; whatever is neither run, picture nor images counts as a model: opening it says what is wrong with it."""
    if word.startswith(NAMED):
        return "model"
    path = Path(word).expanduser()
    try:
        if path.is_dir():
            return _kind_of_folder(path)
        return _kind_of_file(path) if path.exists() else _kind_of_name(word)
    except OSError:
        return "model"  # that it cannot be read is said by who reads it


def _kind_of_name(word: str) -> Kind:
    """A word without a folder may be the name of a model that ships."""
    return "nothing" if os.sep in word or "/" in word else "model"


def _kind_of_folder(path: Path) -> Kind:
    if (path / "run.toml").exists():
        return "run"
    with os.scandir(path) as entries:
        names = [entry.name.casefold() for entry in itertools.islice(entries, LOOKED_AT)]
    return "model" if "config.json" in names or any(name.endswith(WEIGHTS) for name in names) else "images"


def _kind_of_file(path: Path) -> Kind:
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(PICTURES) or (head.startswith(b"RIFF") and head[8:12] == b"WEBP"):
        return "picture"
    if path.suffix.casefold() != ".zip":
        return "model"
    is_torch = head.startswith(ZIP) and _first_name(head).endswith((".pkl", "/version"))
    return "model" if is_torch else "images"  # that it is no zip at all is said by who reads it


def _first_name(head: bytes) -> str:
    """What the first entry of a zip is called: torch writes its pickle first."""
    length = int.from_bytes(head[NAME_LENGTH_AT : NAME_LENGTH_AT + 2], "little")
    return head[NAME_AT : NAME_AT + length].decode(errors="replace")
