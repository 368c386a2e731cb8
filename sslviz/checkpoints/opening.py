"""From a path to a model in three steps that can be had one by one: read, choose a network, load.

The surest family makes the network on the meta device and assigns the file's tensors to it, of which those that are kept are copied
once; a thread hashes the file while another looks for numbers that are none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from torch import Tensor, nn

from sslviz.checkpoints.base import Family, Loaded, Match, Part, Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.families import FAMILIES
from sslviz.checkpoints.framework_heads import with_framework_heads
from sslviz.checkpoints.reading import hashed_while_checked, own_memory, read_archive
from sslviz.checkpoints.reading.damage import BROKEN
from sslviz.checkpoints.strangers import familiar, stranger
from sslviz.checkpoints.unwrap import parts_of
from sslviz.checkpoints.wrappers import BOOKKEEPING
from sslviz.nn.clip_text import TextTower
from sslviz.spec.description import Description

KNOWN = "Known are vision transformers and ResNets of self-supervised training, as their own code, timm, torchvision and Hugging Face store them."


def _unseen(_share: float) -> None:
    """Progress that nobody looks at."""


def _never() -> bool:
    return False


def read_part(path: Path, network: str = "") -> Part:
    """One network of a file or folder: the usual choice, or the one called `network` ("student"; "momentum" for "momentum_encoder").

    Nothing of the file is run. Raises CheckpointError for whatever is no network, and for a name that the file does not have.
    """
    return chosen(parts_of(read_archive(path)), network)


def chosen(parts: tuple[Part, ...], network: str) -> Part:
    """The part called so, or the only one with this word in its name; the first for "". Raises CheckpointError."""
    if not network:
        return parts[0]
    exact = [part for part in parts if part.name == network]
    fitting = exact or [part for part in parts if network in re.split(r"[._]", part.name)]
    if len(fitting) == 1:
        return fitting[0]
    if len(parts) == 1:
        tree = parts[0].archive.tree
        if isinstance(tree, Mapping) and network in tree:
            return parts[0]
        raise CheckpointError("The file holds one network only, without a name.", "Leave the name of the network out.")
    raise CheckpointError(
        f"The file holds no network called {network!r}.", f"It holds: {', '.join(part.name for part in parts)}."
    )


def load(
    part: Part,
    wishes: Wishes = Wishes(),  # noqa: B008 # frozen
    *,
    progress: Callable[[float], None] = _unseen,
    cancelled: Callable[[], bool] = _never,
) -> Loaded:
    """The model that a part's tensors make: float32, in evaluation mode, without gradient, with all that is known of the file.

    progress: is told the share of the file that was checked, 0 to 1, from another thread. Raises CheckpointError where no family
    knows the tensors, where some are missing, do not fit or are not finite; Cancelled.
    """
    _require_weights(part.tensors)
    family, match, others = surest(part)
    loaded = _made(family, part, wishes)
    sha256 = hashed_while_checked(part.archive, part.tensors, progress=progress, cancelled=cancelled)
    described = _with_file_facts(loaded.description, part, match, others, sha256)
    return replace(_ready(loaded), description=described)


# --- which family -----------------------------------------------------------------------------------------------------


def surest(part: Part) -> tuple[Family, Match, tuple[str, ...]]:
    """The family that is surest of a part, why, and the titles of those that are as sure. Raises CheckpointError without any."""
    found = [(match, FAMILIES[name]) for name in FAMILIES if (match := FAMILIES[name].recognise(part)) is not None]
    found = [(match, family) for match, family in found if match.sureness > 0]
    if not found:
        raise _unknown(part)
    best, family = max(found, key=lambda pair: pair[0].sureness)
    ties = (other.title for match, other in found if match.sureness == best.sureness and other.title != family.title)
    return family, best, tuple(dict.fromkeys(ties))


def _unknown(part: Part) -> CheckpointError:
    names = tuple(part.tensors)
    what = stranger(names)
    shown = ", ".join(names[:4]) + (" ..." if len(names) > 4 else "")
    if what:
        return CheckpointError(f"The file holds {what}, and no vision network that is known: {shown}.", KNOWN)
    percent = familiar(names)
    return CheckpointError(
        f"No known network has these tensors: {shown}. {percent:.0f} % of the names are those of vision networks.",
        KNOWN,
    )


def _made(family: Family, part: Part, wishes: Wishes) -> Loaded:
    """What the family makes of it; names and shapes that contradict each other are the file's fault, not ours."""
    try:
        loaded = with_framework_heads(family.load(part, wishes), part)
        _require_one_space(loaded)
        return loaded
    except BROKEN as error:
        raise CheckpointError(
            f"The tensors do not fit together as {family.title} ({type(error).__name__}: {str(error)[:200]}).",
            "The file is damaged, or parts of two networks were mixed.",
        ) from error


# --- checks and facts -------------------------------------------------------------------------------------------------


def _require_weights(tensors: Mapping[str, Tensor]) -> None:
    """Raises CheckpointError for tensors without numbers, before anything is made of them."""
    for name, tensor in tensors.items():
        if tensor.ndim and not tensor.numel() and tensor.is_floating_point():
            raise CheckpointError(f"The tensor {name} is empty.", "The file is incomplete: copy or download it again.")


def _require_one_space(loaded: Loaded) -> None:
    """Raises CheckpointError where images and texts have features of different widths: a projection is missing."""
    if isinstance(loaded.text, TextTower) and loaded.text.num_features != loaded.network.num_features:
        raise CheckpointError(
            f"Features of images have {loaded.network.num_features} numbers and those of texts {loaded.text.num_features}: "
            "a projection is missing.",
            "The file is incomplete: copy, download or save it again.",
        )


def _ready(loaded: Loaded) -> Loaded:
    """Every module as it is computed with, in memory of its own: a training may overwrite the file while it is looked at."""
    for module in (loaded.network, loaded.decoder, loaded.text, *loaded.heads.values()):
        if isinstance(module, nn.Module):
            module.float().eval().requires_grad_(False)
            for tensor in (*module.parameters(), *module.buffers()):
                tensor.data = own_memory(tensor.data)
    return loaded


def _with_file_facts(
    described: Description, part: Part, match: Match, others: tuple[str, ...], sha256: str
) -> Description:
    notes = [*described.notes]
    if others:
        notes.insert(0, f"{' and '.join(others)} would fit as well as {described.family}: {match.why}.")
    if part.origin in ("solo-learn", "lightly") and part.origin != described.family:
        notes.append(f"The file was written by {part.origin}.")
    return replace(
        described,
        source=described.source or str(part.archive.path),
        network=part.name,
        networks=part.networks,
        precision=precision_of(part.tensors),
        matched=matched(part.tensors, described.unused),
        inferred=(f"{described.family}: {match.why}.", *described.inferred),
        notes=tuple(notes),
        sha256=sha256,
        bytes=sum(file.stat().st_size for file in part.archive.files),
        format=part.archive.format,
    )


def matched(tensors: Mapping[str, Tensor], unused: tuple[str, ...]) -> float:
    """Percent of the parameters that are computed with; counters and the state of losses are none. 0 to 100."""
    surplus = frozenset(unused)
    counted = {name: t.numel() for name, t in tensors.items() if not _is_bookkeeping(name)}
    whole = sum(counted.values())
    return 100.0 * sum(n for name, n in counted.items() if name not in surplus) / whole if whole else 0.0


def precision_of(tensors: Mapping[str, Tensor]) -> str:
    """What the weights are stored in, the commonest by numbers first: "float16 and float32"."""
    numbers: Counter[str] = Counter()
    for tensor in tensors.values():
        if tensor.is_floating_point():
            numbers[str(tensor.dtype).removeprefix("torch.")] += tensor.numel()
    return " and ".join(name for name, _ in numbers.most_common())


def _is_bookkeeping(name: str) -> bool:
    return name.startswith(BOOKKEEPING) or name.endswith(BOOKKEEPING)
