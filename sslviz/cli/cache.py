"""Say where decoded and generated images and maps of features are kept and how much room they take; empty that place with --clear."""

from __future__ import annotations

import argparse

from sslviz.spec.quantities import size_text

EXAMPLES = """examples:
  sslviz cache
  sslviz cache --clear

Nothing is lost by clearing: images are decoded again, and maps laid out again, when they are needed. SSLVIZ_CACHE names another place."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz cache`."""
    parser.add_argument("--clear", action="store_true", help="empty it")


def run(arguments: argparse.Namespace) -> int:
    """Describe the cache, after emptying it where asked."""
    from sslviz.data import clear_cache, describe_cache

    before = describe_cache()
    after = clear_cache() if arguments.clear else before
    if arguments.clear:
        print(f"Freed {size_text(before.size_bytes - after.size_bytes)}.")
    noun = "data set" if after.entries == 1 else "data sets"
    maps = "map" if after.layouts == 1 else "maps"
    print(f"{after.folder}: {after.entries} {noun}, {after.layouts} {maps}, {size_text(after.size_bytes)}")
    return 0
