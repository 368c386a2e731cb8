"""`open_model`: from whatever a user names, a file, a folder, a run or a name, to a model that can be looked into."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from pathlib import Path

import torch

from sslviz.checkpoints.base import Loaded, Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.opening import load, read_part
from sslviz.data.folder.listing import shown
from sslviz.inspect.model import Model
from sslviz.nn.devices import choose_device
from sslviz.spec.card import NAME as CARD
from sslviz.spec.card import WEIGHTS
from sslviz.spec.errors import SpecError
from sslviz.spec.evaluation import LAST
from sslviz.spec.places import shipped
from sslviz.training.checkpoint import NAME as CHECKPOINT
from sslviz.training.run_file import NAME as RUN_FILE
from sslviz.training.snapshots import FOLDER as SNAPSHOTS

TIMM, HUGGING_FACE = "timm:", "hf:"
"""What names of models begin with, before the name that timm or the Hugging Face Hub knows them by."""

Progress = Callable[[float], None]


def _unseen(_share: float) -> None:
    """Progress that nobody looks at."""


def _never() -> bool:
    return False


def open_model(
    source: str | Path, *, network: str | None = None, heads: int | None = None, image_size: int | None = None,
    device: str | torch.device | None = None, decoder_heads: int | None = None, snapshot: int = LAST, download: bool = False,
    progress: Progress = _unseen, cancelled: Callable[[], bool] = _never,
) -> Model:  # fmt: skip
    """The model that `source` names, ready to be looked into. Nothing of it is ever run.

    source: a checkpoint file, a folder of Hugging Face's layout, a run folder (or a weights file in one), the name of a shipped
    model, `timm:NAME` or `hf:NAME`. network: which of several the file holds ("teacher", "student"); None: the one that published
    evaluations use. heads, decoder_heads, image_size (px): where the file cannot tell and the assumption is wrong; see
    `describe().assumed`. snapshot: the step of one of a run's snapshots. download: a name that is not in the local cache may be
    fetched; nothing else uses the network. device: None is the CPU, where numbers are those of the reference code to the last
    digits; "auto", "cuda" ... for large pictures.

    Raises CheckpointError, a sentence with the cause and one with the remedy, for whatever is no model; NetworkError for a device
    that there is not; Cancelled.
    """
    wishes = Wishes(heads or 0, image_size or 0, decoder_heads or 0)
    loaded = _loaded(str(source), network or "", wishes, snapshot, download, progress, cancelled)
    model = Model(loaded)
    if device is None:
        return model
    return model.to(choose_device(device) if isinstance(device, str) else device)


def _loaded(
    source: str,
    network: str,
    wishes: Wishes,
    snapshot: int,
    download: bool,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> Loaded:
    name = source.strip()
    if name.startswith((TIMM, HUGGING_FACE)):
        from sslviz.inspect.hub import load_named

        return load_named(name, network, wishes, download=download, progress=progress, cancelled=cancelled)
    path = Path(name).expanduser()
    if name and _is_there(path):
        if run := run_of(path):
            folder, step = run
            return _of_run(folder, step if snapshot == LAST else snapshot, network)
        return load(read_part(path, network), wishes, progress=progress, cancelled=cancelled)
    if ships := shipped_model(name):
        return _of_run(ships, snapshot, network)
    raise unknown(name)


def _of_run(folder: Path, snapshot: int, network: str) -> Loaded:
    from sslviz.inspect.own import load_run

    return load_run(folder, snapshot, network)


def run_of(path: Path) -> tuple[Path, int] | None:
    """The run folder that a path is, or lies in as a file of weights, and the step that it means; None where it is neither."""
    if path.is_dir():
        return (path, LAST) if (path / RUN_FILE).is_file() else None
    folder = path.parent
    if path.name in (CHECKPOINT, WEIGHTS, RUN_FILE, CARD) and (folder / RUN_FILE).is_file():
        return folder, LAST
    step = re.fullmatch(r"step_(\d+)\.safetensors", path.name)
    if step and folder.name == SNAPSHOTS and (folder.parent / RUN_FILE).is_file():
        return folder.parent, int(step[1])
    return None


def shipped_model(name: str) -> Path | None:
    """The folder of the model that ships under this name; None where there is none."""
    return next((folder for folder in _shipped() if folder.name == name), None)


def _shipped() -> list[Path]:
    try:
        return sorted(card.parent for card in shipped("models").glob(f"*/{CARD}"))
    except SpecError:  # an installation without models
        return []


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError as error:
        raise CheckpointError(
            f"{shown(path)} may not be looked at: permission denied.", "Change the permissions of the folders above it."
        ) from error
    except (OSError, ValueError):  # a name too long, a null byte
        return False


def unknown(name: str) -> CheckpointError:
    """No file, no folder, no model: what is close to the name."""
    if not name:
        return CheckpointError("No model was named.", f"Name a file, a folder, or one of {_names()}.")
    near = difflib.get_close_matches(name, [folder.name for folder in _shipped()], 1, cutoff=0.5)
    near += [shown(found) for found in _beside(Path(name).expanduser())]
    hint = f"Close to it: {', '.join(near)}. " if near else ""
    if re.fullmatch(r"(vit|deit|resnet|eva|beit|convnext)\w+[\w.]*", name):
        hint += f"If it is a model of timm, write {TIMM}{name}. "
    elif re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        hint += f"If it is a model of the Hugging Face Hub, write {HUGGING_FACE}{name}. "
    return CheckpointError(
        f"There is no file, folder or model called {shown(name)}.",
        f"{hint}Models that ship: {_names()}; or give a path.",
    )


def _beside(path: Path) -> list[Path]:
    """Files of the folder with names like it."""
    try:
        names = [found.name for found in path.parent.iterdir()]
    except (OSError, ValueError):
        return []
    return [path.parent / name for name in difflib.get_close_matches(path.name, names, 3, cutoff=0.7)]


def _names() -> str:
    return ", ".join(folder.name for folder in _shipped()) or "none"
