"""The models that lists offer: those that ship, and those that were opened before and are still there."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from sslviz.spec import card
from sslviz.spec.description import Description
from sslviz.spec.errors import SpecError, SSLVizError
from sslviz.spec.inspection import ModelLine
from sslviz.spec.known_models import NAME, KnownModel, from_toml, to_toml
from sslviz.spec.places import config_folder, shipped

MOST = 20
"""So many are remembered."""
FIRST_MODEL = "dino-shapes"
"""That a new user sees first."""
_REMOTE = ("timm:", "hf:")
_writing = threading.Lock()


def list_models() -> tuple[ModelLine, ...]:
    """Shipped models, those that collapsed on purpose last, then what was opened before, newest first. Files that are gone are
    left out."""
    opened = (ModelLine(m.source, m.title, m.about, shipped=False) for m in _remembered() if _is_there(m.source))
    return (*_shipped(), *opened)


def remember(description: Description) -> None:
    """Put a model that was opened first in the list. A list that cannot be written is no reason to refuse a model."""
    source = _lasting(description.source)
    if not source or source in {line.source for line in _shipped()}:
        return
    with _writing, contextlib.suppress(OSError, SSLVizError):
        from sslviz.training.atomic import write_atomically

        known = _remembered()
        first = KnownModel(source, description.title, _about(description, source))
        models = (first, *(model for model in known if model.source != source))[:MOST]
        if models != known:
            config_folder().mkdir(parents=True, exist_ok=True)
            write_atomically(config_folder() / NAME, to_toml(models).encode())


def _shipped() -> tuple[ModelLine, ...]:
    with contextlib.suppress(SpecError):  # an installation without models lists none
        lines = [line for path in sorted(shipped("models").glob(f"*/{card.NAME}")) if (line := _line(path))]
        return tuple(sorted(lines, key=_place))
    return ()


def _place(line: ModelLine) -> tuple[bool, bool]:
    """The first model first, what collapsed on purpose last."""
    return line.card is not None and bool(line.card.collapsed), line.source != FIRST_MODEL


def _line(path: Path) -> ModelLine | None:
    try:
        about = card.from_toml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, SpecError):
        return None  # `sslviz describe` says what is wrong with it
    return ModelLine(path.parent.name, about.title, f"{about.backbone}, {about.parameters:,} parameters", True, about)


def _remembered() -> tuple[KnownModel, ...]:
    try:
        return from_toml((config_folder() / NAME).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, SpecError):
        return ()  # none yet, or a file that the next model replaces


def _is_there(source: str) -> bool:
    return source.startswith(_REMOTE) or Path(source).exists()


def _lasting(source: str) -> str:
    """The source as it means the same from any folder: a name, or an absolute path."""
    if not source or source.startswith(_REMOTE):
        return source
    path = Path(source).expanduser()
    return str(path.absolute()) if path.exists() else ""


def _about(description: Description, source: str) -> str:
    return f"{description.parameters:,} parameters, {Path(source).name if not source.startswith(_REMOTE) else source}"
