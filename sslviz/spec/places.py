"""Where things lie: the resources and models that ship, the user's cache and the user's runs."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from sslviz.spec.errors import SpecError

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped(folder: str) -> Path:
    """The folder "resources" or "models", in a checkout (beside the package) and in an installed wheel (inside it)."""
    for candidate in (_PACKAGE.parent / folder, _PACKAGE / "_shipped" / folder):
        if candidate.is_dir():
            return candidate
    raise SpecError(f"The folder {folder!r} that belongs to the program is missing.", "Install the program again.")


def cache_folder() -> Path:
    """Decoded images and generated data; SSLVIZ_CACHE overrides it. Not created here."""
    return Path(os.environ.get("SSLVIZ_CACHE") or platformdirs.user_cache_dir("sslviz", appauthor=False))


def config_folder() -> Path:
    """What the program remembers between starts; SSLVIZ_CONFIG overrides it. Not created here."""
    return Path(os.environ.get("SSLVIZ_CONFIG") or platformdirs.user_config_dir("sslviz", appauthor=False))


def precision_folder() -> Path:
    """Which precision each network was measured to be faster in; below the cache, and cleared with it. Not created here."""
    return cache_folder() / "precision"


def layouts_folder() -> Path:
    """Features laid out on planes; below the cache, and cleared with it. Not created here."""
    return cache_folder() / "layouts"


def compiled_folder() -> Path:
    """Code that was compiled on this machine; below the cache, and cleared with it. Not created here."""
    return cache_folder() / "compiled"


def data_folder() -> Path:
    """Downloaded data sets; SSLVIZ_DATA overrides it."""
    return Path(os.environ.get("SSLVIZ_DATA") or Path(platformdirs.user_data_dir("sslviz", appauthor=False)) / "data")


def runs_folder() -> Path:
    """Run folders by default; SSLVIZ_RUNS overrides it."""
    return Path(os.environ.get("SSLVIZ_RUNS") or Path(platformdirs.user_documents_dir()) / "sslviz-runs")
