"""The run folder that a word on the command line means."""

from __future__ import annotations

import os
from pathlib import Path

from sslviz.spec.errors import SpecError
from sslviz.spec.places import shipped
from sslviz.spec.settings import suggestion


def run_named(word: str) -> Path:
    """Of a run, of a file in it, or of a model that ships and is called so; of anything else that there is, its path.

    Raises SpecError for what there is not.
    """
    from sslviz.training.comparing.reading import record_folder

    if (folder := record_folder(word)) is not None:
        return folder
    path = Path(word).expanduser()
    if not os.path.lexists(path):
        models = sorted(folder.name for folder in shipped("models").iterdir() if folder.is_dir())
        raise SpecError(
            f"There is no {word}: it is neither a run's folder nor a model that ships.",
            f"{suggestion(word, models)} `sslviz runs` lists your own runs.",
        )
    return path
