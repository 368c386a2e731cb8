"""Settings by name: the one place that knows what "tau", "augment.crop" or "data.preset" means in a RunConfig.

The command line's `--set`, notebooks and forms all come here. A name is looked up among the method's parameters, the run's
own fields, the optimiser's, the data's and the views', in that order; "optimiser.lr" says outright which one is meant.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from sslviz.spec.augmentation import ViewRecipe
from sslviz.spec.augmentation import with_setting as with_view_setting
from sslviz.spec.catalogue import AugmentationInfo, Catalogue, DataInfo, MethodInfo, RecipeInfo
from sslviz.spec.config import DataConfig, OptimiserConfig, RunConfig
from sslviz.spec.errors import SpecError, settings_in
from sslviz.spec.params import ParamInfo, Scalar, check, describe, parse
from sslviz.spec.recipes import default_recipe, recipes_of, suits

T = TypeVar("T")
Section = TypeVar("Section", RunConfig, DataConfig, OptimiserConfig)


def find_method(catalogue: Catalogue, name: str) -> MethodInfo:
    """The method called `name`; raises SpecError with the names that there are."""
    return _find("method", {info.name: info for info in catalogue.methods}, name)


def find_recipe(catalogue: Catalogue, name: str) -> AugmentationInfo:
    """The augmentation recipe called `name`; raises SpecError with the names that there are."""
    return _find("augmentation recipe", {info.name: info for info in catalogue.augmentations}, name)


def data_info(catalogue: Catalogue, source: str) -> DataInfo:
    """What is known of `source`; whatever is not a data set's name is taken for a folder or zip of images."""
    known = {info.name: info for info in catalogue.data}
    return known[source] if source in known else _find("data set", known, "folder")


def find_training_recipe(catalogue: Catalogue, method: str, name: str) -> RecipeInfo:
    """The recipe of `method` called `name`; raises SpecError with the names that there are."""
    return _find(f"recipe of {method}", {recipe.name: recipe for recipe in recipes_of(catalogue, method)}, name)


def default_config(
    catalogue: Catalogue, method: str, *, data: str = "shapes", steps: int = 0, recipe: str = ""
) -> RunConfig:
    """What suits `method` on `data`: its default recipe for it, or the one called `recipe`.

    steps 0: as many as the recipe says. A warm-up takes at most a tenth of the steps, but where a published recipe says otherwise.
    Raises SpecError for names that there are not.
    """
    info = find_method(catalogue, method)
    chosen = find_training_recipe(catalogue, method, recipe) if recipe else default_recipe(catalogue, method, data)
    augmentation = chosen.augmentation if chosen and chosen.augmentation else info.augmentation
    config = RunConfig(
        method=method,
        params={p.name: p.default for p in info.params},
        data=default_data(catalogue, data),
        backbone=info.backbone,
        augmentation=find_recipe(catalogue, augmentation).augmentation,
        optimiser=info.optimiser,
    )
    if chosen:
        config = with_recipe(config, catalogue, chosen)
    steps = steps or config.steps
    published = chosen is not None and bool(chosen.source) and steps == config.steps
    longest = config.optimiser.warmup if published else min(config.optimiser.warmup, steps // 10)
    return dataclasses.replace(config, steps=steps, optimiser=dataclasses.replace(config.optimiser, warmup=longest))


def with_recipe(config: RunConfig, catalogue: Catalogue, recipe: RecipeInfo) -> RunConfig:
    """A copy of `config` with the settings that a recipe of its method names; those of other data are left out. Raises SpecError."""
    for name, value in recipe.settings.items():
        if not name.startswith("data.") or suits(recipe, config.data.source):
            config = with_setting(config, catalogue, name, value)
    return config


def default_data(catalogue: Catalogue, source: str, *, seed: int = 0) -> DataConfig:
    """`source` with its own dials, at a size at which training can be watched."""
    info = data_info(catalogue, source)
    return DataConfig(
        source=source, image_size=info.live_size, seed=seed, dials={p.name: p.default for p in info.params}
    )


def setting_infos(catalogue: Catalogue, config: RunConfig) -> dict[str, ParamInfo]:
    """Every setting of `config` by its full name, in the order in which short names are looked up."""
    infos = {p.name: p for p in find_method(catalogue, config.method).params}
    for p in describe(RunConfig):
        infos.setdefault(p.name, p)
    rooms: Mapping[str, Iterable[ParamInfo]] = {
        "optimiser": describe(OptimiserConfig),
        "data": (*data_info(catalogue, config.data.source).params, *describe(DataConfig)),
        "augment": describe(ViewRecipe),
    }
    for room, params in rooms.items():
        for p in params:
            infos.setdefault(f"{room}.{p.name}", p)
    infos.pop("data.source", None)  # another source has other settings: it is chosen first
    return infos


def with_setting(config: RunConfig, catalogue: Catalogue, name: str, value: Scalar) -> RunConfig:
    """A copy of `config` with one setting changed; text is read as the setting's own type. Raises SpecError."""
    infos = setting_infos(catalogue, config)
    full, info = find_setting(infos, name)
    with settings_in(full.removesuffix(info.name)):
        fitting = parse(info, value) if isinstance(value, str) else check(info, value)
    room, _, rest = full.partition(".")
    match room if rest else "":
        case "augment":
            augmentation = with_view_setting(config.augmentation, rest, fitting)
            return dataclasses.replace(config, augmentation=augmentation)
        case "optimiser":
            return dataclasses.replace(config, optimiser=_replace(config.optimiser, rest, fitting))
        case "data":
            return dataclasses.replace(config, data=_with_data_setting(config.data, catalogue, rest, fitting))
    if any(p.name == full for p in find_method(catalogue, config.method).params):
        return dataclasses.replace(config, params={**config.params, full: fitting})
    return _replace(config, full, fitting)


def find_setting(infos: Mapping[str, ParamInfo], name: str) -> tuple[str, ParamInfo]:
    """The full name that `name` stands for ("lr" is "optimiser.lr") and its info; raises SpecError with close matches."""
    name = name.strip().replace("-", "_")
    if info := infos.get(_without_index(name)):
        return name, info
    for full, info in infos.items():
        if full.rpartition(".")[2] == name:
            return full, info
    raise SpecError(f"There is no setting called {name!r}.", suggestion(name, infos))


_FEW = 12  # names that are read at a glance


def suggestion(name: str, names: Iterable[str]) -> str:
    """A remedy for a name that does not exist: what is close to it; all there is where nothing is, or where that is not much."""
    names = tuple(names)
    known = {known.rpartition(".")[2]: known for known in names}
    known.update({known: known for known in names})
    near = list(dict.fromkeys(known[word] for word in difflib.get_close_matches(name, known, n=3, cutoff=0.6)))
    close, every = f"Did you mean {' or '.join(near)}?", f"There are: {', '.join(names)}."
    if not near:
        return every
    return close if len(names) > _FEW else f"{close} {every}"


def _find(noun: str, things: Mapping[str, T], name: str) -> T:
    if name not in things:
        raise SpecError(f"There is no {noun} called {name!r}.", suggestion(name, things))
    return things[name]


def _without_index(name: str) -> str:
    room, _, rest = name.partition(".")
    index, _, field_name = rest.partition(".")
    return f"{room}.{field_name}" if room == "augment" and index.isdigit() else name


def _with_data_setting(data: DataConfig, catalogue: Catalogue, name: str, value: Scalar) -> DataConfig:
    if any(p.name == name for p in data_info(catalogue, data.source).params):
        return dataclasses.replace(data, dials={**data.dials, name: value})
    return _replace(data, name, value)


def _replace(thing: Section, name: str, value: Scalar) -> Section:
    change: dict[str, Any] = {name: value}
    return dataclasses.replace(thing, **change)
