"""Fetching a model from the Hub: weights and configuration only, never code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sslviz.checkpoints.errors import CheckpointError
from sslviz.inspect.hub.cache import Repository
from sslviz.spec.errors import Cancelled

CONFIGURATION = ("config.json", "preprocessor_config.json", "open_clip_config.json")
SINGLE = ("model.safetensors", "open_clip_model.safetensors")
PICKLED = ("pytorch_model.bin", "open_clip_pytorch_model.bin")
"""Read as data only; fetched where there is nothing safer."""
_SHARD = re.compile(r"(?:model|pytorch_model)-\d{5}-of-\d{5}\.(?:safetensors|bin)")
Progress = Callable[[float], None]


def fetch(wanted: Repository, *, progress: Progress, cancelled: Callable[[], bool]) -> Path:
    """Bring the files that a model needs into the cache; their folder. Raises CheckpointError where that cannot be, Cancelled."""
    from huggingface_hub import HfApi, hf_hub_download

    with _translated(wanted):
        names = chosen(HfApi().list_repo_files(wanted.name, revision=wanted.revision))
        if not any(name.endswith((".safetensors", ".bin")) for name in names):
            raise CheckpointError(
                f"{wanted.name} has no weights that are read here.",
                "Choose a model with model.safetensors or pytorch_model.bin.",
            )
        folder = Path()
        for done, name in enumerate(names):
            if cancelled():
                raise Cancelled("It was cancelled.")
            progress(done / len(names))
            folder = Path(hf_hub_download(wanted.name, name, revision=wanted.revision)).parent
        return folder


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """Of a repository's files those that are needed: configuration, and weights in one form, which code cannot hide in if there is one.

    >>> chosen(["README.md", "config.json", "model.safetensors", "modeling_x.py", "pytorch_model.bin"])
    ('config.json', 'model.safetensors')
    """
    found = tuple(name for name in CONFIGURATION if name in names)
    for single, ending in ((SINGLE, ".safetensors"), (PICKLED, ".bin")):
        if weights := next((name for name in single if name in names), None):
            return (*found, weights)
        indices = [name for name in names if name.endswith(f"{ending}.index.json") and "/" not in name]
        if shards := [name for name in names if _SHARD.fullmatch(name) and name.endswith(ending)]:
            return (*found, *indices, *sorted(shards))
    return found


@contextmanager
def _translated(wanted: Repository) -> Iterator[None]:
    """Raises CheckpointError with a sentence for whatever the Hub or the network answers."""
    from huggingface_hub import errors

    page = f"https://huggingface.co/{wanted.name}"
    try:
        yield
    except errors.GatedRepoError as error:
        raise CheckpointError(
            f"{wanted.name} is only for those who have accepted its conditions.",
            f"Accept them on {page}, then log in on this computer with `hf auth login`.",
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise CheckpointError(
            f"The Hugging Face Hub has no model called {wanted.name}, or it is private.",
            "Check the name on its page; for a private one, log in with `hf auth login`.",
        ) from error
    except errors.RevisionNotFoundError as error:
        raise CheckpointError(f"{wanted.name} has no revision {wanted.revision!r}.", f"See {page}/commits.") from error
    except errors.HFValidationError as error:
        raise CheckpointError(f"{wanted.name!r} is no name of a model.", "Names are OWNER/NAME.") from error
    except errors.HfHubHTTPError as error:
        raise CheckpointError(f"The Hub refused to give {wanted.name} ({error}).", "Try again later.") from error
    except (ConnectionError, TimeoutError, errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError) as error:
        raise offline(wanted) from error
    except OSError as error:
        raise CheckpointError(
            f"{wanted.name} could not be saved ({error.strerror or error}).", "Make room on the disk of the cache."
        ) from error
    except Exception as error:
        if type(error).__module__.startswith(("httpx", "requests", "httpcore", "urllib3")):
            raise offline(wanted) from error
        raise


def offline(wanted: Repository) -> CheckpointError:
    """No connection to the Hub."""
    return CheckpointError(
        f"{wanted.name} could not be fetched: the Hugging Face Hub cannot be reached.",
        "Connect to the internet, or open a model that is in the local cache or in a file.",
    )
