"""The models that ship, and whether their files are what their cards say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sslviz.library.errors import LibraryError
from sslviz.library.shareable import without_places
from sslviz.library.weights import sha256_of
from sslviz.spec.card import NAME, WEIGHTS, Card, from_toml
from sslviz.spec.errors import SpecError, SSLVizError
from sslviz.spec.places import shipped
from sslviz.spec.quantities import size_text
from sslviz.training.journal import NAME as EVENTS
from sslviz.training.journal import read_journal
from sslviz.training.kept_weights import snapshot_steps_in
from sslviz.training.metrics_file import read_metrics
from sslviz.training.run_file import NAME as RUN_FILE
from sslviz.training.run_file import read_run_file
from sslviz.training.snapshots import snapshot_path
from sslviz.training.tensor_files import read_metadata

LARGEST = 6_000_000
"""Bytes of one model's weights."""
TOGETHER = 40_000_000
"""Bytes of everything that ships: weights, snapshots, records and cards."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A model that ships."""

    folder: Path
    card: Card
    bytes: int  # of everything in its folder


def shelf(names: Sequence[str] = ()) -> tuple[Shelved, ...]:
    """The models that ship, or those of these names or folders. Raises LibraryError for unknown ones, SpecError for damaged cards."""
    return tuple(Shelved(folder, card_of(folder), size_of(folder)) for folder in folders(names))


def folders(names: Sequence[str] = ()) -> tuple[Path, ...]:
    """The folders of the models that ship, or of these names; a name may be a folder's path. Raises LibraryError."""
    root = shipped("models")
    all_of_them = {path.parent.name: path.parent for path in sorted(root.glob(f"*/{NAME}"))}
    return tuple(_folder(name, all_of_them) for name in names) if names else tuple(all_of_them.values())


def _folder(name: str, known: dict[str, Path]) -> Path:
    if name in known:
        return known[name]
    path = Path(name).expanduser()
    if (path / NAME).is_file():
        return path
    raise LibraryError(f"No model that ships is called {name!r}.", f"There are: {', '.join(known) or 'none'}.")


def card_of(folder: Path) -> Card:
    """The card in a model's folder. Raises SpecError."""
    try:
        return from_toml((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"{NAME} in {folder} cannot be read.", "Restore the file from a copy.") from error


def size_of(folder: Path) -> int:
    """Bytes of the files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def problems_of(folder: Path) -> tuple[str, ...]:
    """What is missing, damaged, too large, or not fit to be given away in a model's folder: one sentence each, () where all is well."""
    return tuple(_problems(folder))


def _problems(folder: Path) -> Iterator[str]:
    try:
        card = card_of(folder)
        read_run_file(folder)
        for step in snapshot_steps_in(folder):
            read_metadata(snapshot_path(folder, step))
    except SSLVizError as error:
        yield error.message
        return
    yield from _of_weights(folder / WEIGHTS, card)
    if card.name != folder.name:
        yield f"{NAME} is of {card.name}."
    yield from filter(None, (read_metrics(folder).problem, read_journal(folder).problem))
    for name in (NAME, RUN_FILE, EVENTS):
        text = (folder / name).read_text(encoding="utf-8", errors="replace") if (folder / name).is_file() else ""
        if without_places(text) != text:
            yield f"{name} says where files lay on its maker's machine."


def _of_weights(path: Path, card: Card) -> Iterator[str]:
    if not path.is_file():
        yield f"{path.name} is missing."
    elif sha256_of(path) != card.sha256:
        yield f"{path.name} is not the file that the card describes: its sha256 differs."
    elif path.stat().st_size > LARGEST:
        yield f"{path.name} has {size_text(path.stat().st_size)}, more than {size_text(LARGEST)}."


def too_large(models: Sequence[Path]) -> str:
    """A sentence where the models are too large together, "" where not."""
    total = sum(map(size_of, models))
    return "" if total <= TOGETHER else f"The models have {size_text(total)} together, more than {size_text(TOGETHER)}."
