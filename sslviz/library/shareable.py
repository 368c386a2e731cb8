"""What a run folder may say once it is given away: the public name of its data, and nothing of where files lay on its maker's machine."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path, PureWindowsPath

from sslviz.data import data_infos
from sslviz.library.errors import LibraryError
from sslviz.spec.config import RunConfig
from sslviz.training.run_file import Environment, without_computer

_PLACE = re.compile(r"(?<![\w/\\:.~])(?:~|[A-Za-z]:)?[/\\](?:[^\s\"'/\\:;,]+[/\\])+([^\s\"'/\\:;,]*)")
"""An absolute path of at least two parts; its last part is the group."""


def without_places(text: str) -> str:
    """The text with each absolute path shortened to the name that it ends in.

    >>> without_places("read /srv/ada/cats.zip, 3/4 done")
    'read cats.zip, 3/4 done'
    """
    return _PLACE.sub(r"\1", text)


def is_place(source: str) -> bool:
    """Whether a data set's source says where files lie, and is no name that means the same everywhere."""
    return source.startswith("~") or Path(source).is_absolute() or PureWindowsPath(source).is_absolute()


def require_public(name: str, source: str) -> None:
    """Raises LibraryError where the images of `source` cannot be known under `name`."""
    names = {info.name: info.downloads for info in data_infos()}
    if not names.get(name):
        public = ", ".join(one for one, downloads in names.items() if downloads)
        raise LibraryError(f"No public data set is called {name!r}.", f"There are: {public}.")
    if source in names and source != name:
        raise LibraryError(
            f"This run was trained on {source}, which is no copy of {name}.", "Leave --known-as out, or name it right."
        )


def shared_config(config: RunConfig, known_as: str) -> RunConfig:
    """The configuration as others can use it: the data by its public name, or by the last part of its path."""
    data = config.data
    if known_as:
        data = dataclasses.replace(data, source=known_as, dials={} if data.source != known_as else data.dials)
    elif is_place(data.source):
        data = dataclasses.replace(data, source=Path(data.source).name)
    return dataclasses.replace(config, data=data)


def shared_surroundings(environment: Environment, *, same_images: bool) -> Environment:
    """The surroundings without places and without what only tells one computer from another.

    same_images: the source that others will use gives these very images, so that a run can insist on them.
    """
    return dataclasses.replace(
        environment, versions=without_computer(environment.versions), data_note=without_places(environment.data_note),
        fingerprint=environment.fingerprint if same_images else "",
    )  # fmt: skip
