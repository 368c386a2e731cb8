"""The run folder that a word on the command line means."""

from __future__ import annotations

from pathlib import Path


def run_named(word: str) -> Path:
    """Of a run, of a file in it, or of a model that ships and is called so; of anything else the path as it is."""
    from sslviz.training.comparing.reading import record_folder

    return record_folder(word) or Path(word).expanduser()
