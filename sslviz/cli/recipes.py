"""List the recipes of the methods: what each starts with on a data set, and what its authors and others publish for it.

`sslviz train METHOD --recipe NAME` trains by one. Published ones are as published: most need days on an accelerator.
"""

from __future__ import annotations

import argparse
import textwrap

from sslviz.cli.text_table import text_table
from sslviz.spec.catalogue import Catalogue, RecipeInfo, shipped_catalogue
from sslviz.spec.recipes import recipes_of
from sslviz.spec.settings import default_config, find_method

EXAMPLES = """examples:
  sslviz recipes                                       all of them
  sslviz recipes simclr                                those of a method, with every setting
  sslviz train simclr --recipe official_cifar10        train by one"""

_HEAD = ("METHOD", "RECIPE", "FOR", "BACKBONE", "BATCH", "STEPS", "SOURCE")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz recipes`."""
    parser.add_argument("method", nargs="?", metavar="METHOD", help="such as simclr")


def run(arguments: argparse.Namespace) -> int:
    """Print the table, or the recipes of one method."""
    catalogue = shipped_catalogue()
    if arguments.method:
        info = find_method(catalogue, arguments.method)
        pages = [_page(recipe) for recipe in recipes_of(catalogue, info.name)]
        print("\n\n".join(pages) or f"{info.title} has no recipe yet: it starts with its own settings.")
    else:
        print(text_table(_HEAD, [_row(catalogue, recipe) for recipe in catalogue.recipes], frozenset({4, 5})))
    return 0


def _row(catalogue: Catalogue, recipe: RecipeInfo) -> tuple[str, ...]:
    source = recipe.data if recipe.data in {info.name for info in catalogue.data} else "shapes"
    config = default_config(catalogue, recipe.method, data=source, recipe=recipe.name)
    origin = recipe.source.partition(" ")[0] or "our default"
    return (
        recipe.method,
        recipe.name,
        recipe.data,
        config.backbone,
        f"{config.batch_size:,}",
        f"{config.steps:,}",
        origin,
    )


def _page(recipe: RecipeInfo) -> str:
    head = [f"{recipe.name}: {recipe.title}"]
    facts = [f"source: {recipe.source}" if recipe.source else "", recipe.note]
    views = [f"augmentation = {recipe.augmentation}"] if recipe.augmentation else []
    lines = [line for fact in facts if fact for line in textwrap.wrap(fact, 100)]
    settings = [
        f"{name} = {value:g}" if isinstance(value, float) else f"{name} = {value}"
        for name, value in recipe.settings.items()
    ]
    return "\n".join([*head, *(f"  {line}" for line in (*lines, *views, *(settings or ["the method's own settings"])))])
