"""Which settings of runs are not the same: every setting by its name, in groups, what is the same left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from sslviz.spec.augmentation import Augmentation, ViewRecipe
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.comparison import UNSAID, Difference
from sslviz.spec.config import OptimiserConfig, RunConfig
from sslviz.spec.errors import SSLVizError
from sslviz.spec.params import Scalar
from sslviz.spec.quantities import said
from sslviz.spec.settings import setting_infos
from sslviz.training.comparing.reading import Material
from sslviz.training.run_file import Environment

Key = tuple[str, str]
"""Group and name of a setting."""
ONLY_IN_SOME = "only in some"
"""The group of settings that not every run has, such as the parameters of different methods."""
GROUPS = ("method", "data", "augmentation", "optimiser", "run", "surroundings", ONLY_IN_SOME)
_OF_RUN = ("batch_size", "steps", "seed", "snapshots", "device", "precision", "threads")
_OF = {"crop": "crop", "flip": "flip", "jitter": "jitter", "brightness": "jitter", "contrast": "jitter", "saturation": "jitter",
       "hue": "jitter", "grayscale": "grayscale", "blur": "blur", "solarise": "solarise"}  # fmt: skip
"""The switch without which a strength of a view means nothing, by the beginning of its name."""


def differences(read: Sequence[Material]) -> tuple[tuple[Difference, ...], int]:
    """What differs, in groups, and how many settings are the same. Sides without a configuration differ in nothing."""
    tables = [dict(_settings(each)) for each in read]
    known = [table for table in tables if table]
    labels = _labels([each.side.config for each in read if each.side.config])
    keys = dict.fromkeys(key for table in known for key in table)
    apart = [key for key in keys if len({_value(table, key) for table in known}) > 1]
    rows = [
        Difference(group if all((group, name) in table for table in known) else ONLY_IN_SOME, name,
                   labels.get(_without_index(name), name.rpartition(".")[2].replace("_", " ")),
                   tuple(_value(table, (group, name)) for table in tables))
        for group, name in apart
    ]  # fmt: skip
    found = tuple(sorted(rows, key=lambda row: GROUPS.index(row.group)))
    return found, len(keys) - len(apart)


def _value(table: Mapping[Key, Scalar], key: Key) -> str:
    value = table.get(key)
    return UNSAID if value is None or value == "" else said(value)


def _settings(material: Material) -> Iterator[tuple[Key, Scalar]]:
    """Every setting of a run; nothing of what has none."""
    config = material.side.config
    if config is None:
        return
    yield ("method", "method"), config.method
    yield ("method", "backbone"), config.backbone
    yield from ((("method", name), value) for name, value in config.params.items())
    data = msgspec.to_builtins(config.data)
    yield from ((("data", f"data.{name}"), value) for name, value in data.items() if name not in ("dials", "download"))
    yield from ((("data", f"data.{name}"), value) for name, value in config.data.dials.items())
    yield from ((("augmentation", name), value) for name, value in _views(config.augmentation))
    yield from ((("optimiser", f"optimiser.{name}"), value) for name, value in _fields(config.optimiser))
    yield from ((("run", name), getattr(config, name)) for name in _OF_RUN)
    yield from ((("surroundings", name), value) for name, value in _surroundings(material.environment))


def _fields(thing: OptimiserConfig | ViewRecipe) -> Iterator[tuple[str, Scalar]]:
    yield from msgspec.to_builtins(thing).items()


def _views(augmentation: Augmentation) -> Iterator[tuple[str, Scalar]]:
    """The recipes of views; strengths of what is switched off say nothing."""
    yield "augment", augmentation.name
    for k, view in enumerate(augmentation.views):
        for name, value in _fields(view):
            switch = _OF.get(name.partition("_")[0], "")
            if not switch or name == switch or getattr(view, switch):
                yield f"augment.{k}.{name}", value


def _surroundings(environment: Environment) -> Iterator[tuple[str, Scalar]]:
    """What "auto" turned out to be, the contents of the data, and the programs."""
    yield "device used", environment.device
    yield "threads used", environment.threads
    yield "precision used", environment.precision
    yield "training images", environment.images
    yield "contents of the data", environment.fingerprint[:10]
    yield from environment.versions.items()


def _labels(configs: Sequence[RunConfig]) -> dict[str, str]:
    """What forms call each setting."""
    found = {"method": "method", "backbone": "backbone", "augment": "recipe of views", "data.source": "data"}
    for config in configs:
        try:
            infos = setting_infos(shipped_catalogue(), config)
        except SSLVizError:  # a method that this program does not know
            continue
        found |= {name: info.label for name, info in infos.items() if info.label}
    return found


def _without_index(name: str) -> str:
    room, _, rest = name.partition(".")
    index, _, field = rest.partition(".")
    return f"{room}.{field}" if room == "augment" and index.isdigit() else name
