"""Draft: the configuration in the inspector, that is what Train would start. Headless; views connect to `changed`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import RunConfig
from sslviz.spec.params import ParamInfo, Scalar
from sslviz.spec.settings import default_config, default_data, setting_infos, with_setting


class Draft(QObject):
    """One RunConfig and the ways in which the window changes it. Emits `changed` only where something did."""

    changed = Signal()

    def __init__(self, catalogue: Catalogue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.catalogue = catalogue
        self.config = RunConfig()
        if catalogue.methods:
            self.config = default_config(catalogue, catalogue.methods[0].name)

    def use_catalogue(self, catalogue: Catalogue) -> None:
        """The worker's own catalogue replaces the one of the first paint; what was edited stays where it still fits."""
        known = {info.name for info in catalogue.methods}
        fresh = not self.catalogue.methods or self.config.method not in known
        self.catalogue = catalogue
        if fresh and catalogue.methods:
            self.config = default_config(catalogue, catalogue.methods[0].name)
        self.changed.emit()

    def adopt(self, config: RunConfig) -> None:
        """Take a whole configuration, such as that of an opened run or of the Augment view."""
        if config != self.config:
            self.config = config
            self.changed.emit()

    def choose_method(self, name: str) -> None:
        """Another method with what suits it; data, steps, batch size, seed and machine stay."""
        if name == self.config.method or not self.catalogue.methods:
            return
        own = default_config(self.catalogue, name, steps=self.config.steps)
        self.adopt(dataclasses.replace(
            self.config, method=name, params=own.params, backbone=own.backbone,
            augmentation=own.augmentation, optimiser=own.optimiser,
        ))  # fmt: skip

    def choose_data(self, source: str) -> None:
        """Another data set by name, or a folder or zip by path, with its own dials; the data seed stays."""
        if source == self.config.data.source:
            return
        data = default_data(self.catalogue, source, seed=self.config.data.seed)
        self.adopt(dataclasses.replace(self.config, data=data))

    def set(self, name: str, value: Scalar) -> None:
        """Change one setting by its full name; raises SpecError where it does not fit."""
        self.adopt(with_setting(self.config, self.catalogue, name, value))

    def infos(self) -> dict[str, ParamInfo]:
        """Every setting by its full name; empty while no catalogue is there."""
        return setting_infos(self.catalogue, self.config) if self.catalogue.methods else {}

    def values(self) -> dict[str, Scalar]:
        """The value of every setting but the augmentation's, by full name."""
        return {name: setting(self.config, name, info) for name, info in self.infos().items()
                if not name.startswith("augment.")}  # fmt: skip


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
