"""Training recipes from `resources/recipes.json`: what suits a method on a data set, and what the papers' code publishes.

A recipe names settings by their full names ("optimiser.lr", "tau", "data.preset") and an augmentation; what it leaves out is the
method's own. Published recipes hold the published values: their batches and lengths are far beyond a laptop, and the backbone is
the nearest that there is; `source` says which file of which repository at which commit, `note` what differs here.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from sslviz.spec.catalogue import Catalogue, RecipeInfo
from sslviz.spec.errors import SpecError
from sslviz.spec.places import shipped

NATURAL = "cifar10"
"""Whose defaults suit images that have none of their own: photographs."""


def shipped_recipes(methods: Collection[str]) -> tuple[RecipeInfo, ...]:
    """The recipes of these methods, in the order of the file: each method's defaults before the published ones. Raises SpecError."""
    path = shipped("resources") / "recipes.json"
    try:
        rows = msgspec.json.decode(path.read_bytes())["recipes"]
        return tuple(_info(row) for row in rows if row["method"] in methods)
    except (OSError, msgspec.DecodeError, KeyError, TypeError, AttributeError) as error:
        raise SpecError(f"The table of recipes cannot be read: {error!r}.", "Install the program again.") from error


def _info(row: dict[str, Any]) -> RecipeInfo:
    source = row.get("source")
    return RecipeInfo(
        name=row["name"],
        method=row["method"],
        title=row["title"],
        data=row["data"],
        source=f"{source['repo']} {source['file']} @{source['commit'][:8]}" if source else "",
        note=row.get("note", ""),
        augmentation=row.get("augmentation", ""),
        settings=dict(row["settings"]),
    )


def recipes_of(catalogue: Catalogue, method: str) -> tuple[RecipeInfo, ...]:
    """The recipes of a method, its defaults first."""
    return tuple(recipe for recipe in catalogue.recipes if recipe.method == method)


def default_recipe(catalogue: Catalogue, method: str, source: str) -> RecipeInfo | None:
    """What `method` starts with on the data `source` (a name or a path); None where nothing but the method's own is known."""
    first_last = reversed(recipes_of(catalogue, method))  # of several for one data set, the first is its default
    own = {recipe.data: recipe for recipe in first_last if not recipe.source}
    return own.get(data_name(source)) or (own.get(NATURAL) if source != "shapes" else None)


def data_name(source: str) -> str:
    """The data set that `source` is: "cifar10" also for an archive or folder of that name."""
    return Path(source).stem.casefold().replace("-", "").replace("_", "") if source else ""


def suits(recipe: RecipeInfo, source: str) -> bool:
    """Whether the recipe's settings of the data are about this data."""
    return recipe.data == data_name(source)
