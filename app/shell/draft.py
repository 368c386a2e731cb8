"""Draft: the configuration in the inspector, that is what Train would start. Headless; views connect to `changed`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from sslviz.spec.augmentation import Augmentation
from sslviz.spec.catalogue import Catalogue, RecipeInfo
from sslviz.spec.config import RunConfig
from sslviz.spec.params import ParamInfo, Scalar
from sslviz.spec.recipes import default_recipe, recipes_of
from sslviz.spec.settings import (
    default_config,
    default_data,
    find_method,
    find_training_recipe,
    setting_infos,
    with_setting,
)

Settings = dict[str, Scalar]

KEPT = frozenset({"seed", "snapshots", "device", "precision", "threads"})
"""Settings of a run that no recipe is about."""


class Draft(QObject):
    """One RunConfig and the ways in which the window changes it. Emits `changed` only where something did.

    It knows the recipe that the configuration began with, and takes what differs from it for set on purpose: that stays when
    another method or data set brings another recipe. Parameters, optimiser and views belong to their method: they are kept for
    when it is chosen again. A recipe that is chosen by name counts for all that it names.
    """

    changed = Signal()

    def __init__(self, catalogue: Catalogue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.catalogue = catalogue
        self.recipe = ""  # name of the recipe that `base` is; "" where the method has none
        self.config = self.base = RunConfig()
        self._own: dict[str, tuple[Settings, Augmentation | None]] = {}  # what was set on purpose, by method
        if catalogue.methods:
            self._begin(catalogue.methods[0].name, "shapes")
            self.config = self.base

    def use_catalogue(self, catalogue: Catalogue) -> None:
        """The worker's own catalogue replaces the one of the first paint; what was edited stays where it still fits."""
        known = {info.name for info in catalogue.methods}
        fresh = not self.catalogue.methods or self.config.method not in known
        self.catalogue = catalogue
        if fresh and catalogue.methods:
            self._begin(catalogue.methods[0].name, "shapes")
            self.config = self.base
        self.changed.emit()

    def adopt(self, config: RunConfig) -> None:
        """Take a whole configuration, such as that of an opened run or of the Augment view."""
        if config == self.config:
            return
        began = (self.base.method, self.base.data.source)
        if (config.method, config.data.source) != began and self._knows(config.method):
            self._begin(config.method, config.data.source)
        self.config = config
        self.changed.emit()

    def _knows(self, method: str) -> bool:
        return any(info.name == method for info in self.catalogue.methods)

    # --- recipes ---

    def _begin(self, method: str, source: str, *, recipe: str = "", steps: int = 0) -> None:
        """The recipe, by default the one for the data, that settings are compared with from here on."""
        own = default_recipe(self.catalogue, method, source)
        self.recipe = recipe or (own.name if own else "")
        as_it_says = default_config(self.catalogue, method, data=source, recipe=self.recipe).steps
        fitted = default_config(self.catalogue, method, data=source, recipe=self.recipe, steps=steps)
        self.base = dataclasses.replace(fitted, steps=as_it_says)  # with the warm-up for as many steps as will be taken

    def recipes(self) -> tuple[RecipeInfo, ...]:
        """Those of the draft's method."""
        return recipes_of(self.catalogue, self.config.method)

    def on_purpose(self) -> Settings:
        """What differs from the recipe, but for the views, by full name."""
        infos = self.infos() if self.base.method == self.config.method else {}
        values = {
            name: (setting(self.config, name, info), setting(self.base, name, info)) for name, info in infos.items()
        }
        return {name: now for name, (now, began) in values.items() if now != began and not name.startswith("augment.")}

    def choose_recipe(self, name: str) -> None:
        """What a recipe of the method names, and the method's own for the rest; data, seed and machine stay."""
        before = self.on_purpose()
        self._begin(self.config.method, self.config.data.source, recipe=name)
        named = find_training_recipe(self.catalogue, self.config.method, name).settings
        self._set_again(
            self.base, {k: v for k, v in before.items() if (k in KEPT or k.startswith("data.")) and k not in named}
        )

    def choose_method(self, name: str) -> None:
        """Another method with its recipe for the data, and with what was set on purpose."""
        if name == self.config.method or not self.catalogue.methods:
            return
        common, own, views = self._sorted()
        self._own[self.config.method] = (own, views)
        data = self.config.data
        self._begin(name, data.source, steps=int(common.get("steps", 0)))
        again, views = self._own.get(name, ({}, None))
        fresh = dataclasses.replace(self.base, data=dataclasses.replace(self.base.data, download=data.download))
        self._set_again(fresh, {**common, **again}, views)

    def choose_data(self, source: str) -> None:
        """Another data set by name, or a folder or zip by path, with its own dials and recipe; what was set on purpose stays."""
        if source == self.config.data.source:
            return
        common, own, views = self._sorted()
        seed = self.config.data.seed
        if not self.catalogue.methods:
            self.adopt(dataclasses.replace(self.config, data=default_data(self.catalogue, source, seed=seed)))
            return
        self._begin(self.config.method, source, steps=int(common.get("steps", 0)))
        kept = {name: value for name, value in common.items() if not name.startswith("data.")}
        self._set_again(self.base, {**kept, "data.seed": seed, **own}, views)

    def _sorted(self) -> tuple[Settings, Settings, Augmentation | None]:
        """What was set on purpose: of any run, of this method alone, and its views."""
        of_method = {p.name for p in find_method(self.catalogue, self.config.method).params}
        all_of_it = self.on_purpose()
        own = {k: v for k, v in all_of_it.items() if k in of_method or k.startswith("optimiser.")}
        views = self.config.augmentation if self.config.augmentation != self.base.augmentation else None
        return {k: v for k, v in all_of_it.items() if k not in own}, own, views

    def _set_again(self, config: RunConfig, values: Settings, views: Augmentation | None = None) -> None:
        """`config` with `values`, where they still fit: a CNN chosen for one method is none for a method that asks for a ViT."""
        kinds = {info.name: info.kind for info in self.catalogue.backbones}
        for name, value in values.items():
            suits = name != "backbone" or kinds.get(str(value)) in (None, kinds.get(config.backbone))
            if suits and name in setting_infos(self.catalogue, config):
                config = with_setting(config, self.catalogue, name, value)
        self.config = dataclasses.replace(config, augmentation=views) if views else config
        self.changed.emit()

    # --- settings ---

    def set(self, name: str, value: Scalar) -> None:
        """Change one setting by its full name; raises SpecError where it does not fit."""
        self.adopt(with_setting(self.config, self.catalogue, name, value))

    def infos(self) -> dict[str, ParamInfo]:
        """Every setting by its full name; empty while no catalogue is there."""
        return setting_infos(self.catalogue, self.config) if self.catalogue.methods else {}

    def began(self) -> dict[str, Scalar]:
        """The value that the recipe gives every setting but the augmentation's: where a reset leads."""
        return self._values_of(self.base if self.base.method == self.config.method else self.config)

    def values(self) -> dict[str, Scalar]:
        """The value of every setting but the augmentation's, by full name."""
        return self._values_of(self.config)

    def _values_of(self, config: RunConfig) -> dict[str, Scalar]:
        return {
            name: setting(config, name, info) for name, info in self.infos().items() if not name.startswith("augment.")
        }


def setting(config: RunConfig, name: str, info: ParamInfo) -> Scalar:
    """The value that `config` gives a setting; the default where the config leaves it out."""
    room, _, rest = name.rpartition(".")
    if room == "optimiser":
        return _field(config.optimiser, rest, info)
    if room == "data":
        return config.data.dials[rest] if rest in config.data.dials else _field(config.data, rest, info)
    return config.params[name] if name in config.params else _field(config, name, info)


def _field(thing: object, name: str, info: ParamInfo) -> Scalar:
    value: Scalar = getattr(thing, name, info.default)
    return value


def data_title(catalogue: Catalogue, source: str) -> str:
    """What lists call a data set: its title, or the last part of a path."""
    titles = {info.name: info.title for info in catalogue.data}
    return titles.get(source) or Path(source).name or source
