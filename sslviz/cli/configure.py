"""From words on the command line to a RunConfig. The flags are made from the configuration's metadata."""

from __future__ import annotations

import argparse
import dataclasses
from dataclasses import dataclass
from pathlib import Path

from sslviz.cli.run_named import run_named
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import DataConfig, OptimiserConfig, RunConfig, from_toml
from sslviz.spec.errors import SpecError
from sslviz.spec.params import ParamInfo, describe, expects
from sslviz.spec.settings import data_info, default_config, default_data, find_recipe, suggestion, with_setting

_BY_RECIPE = frozenset({"backbone", "batch_size", "steps", "optimiser.name", "optimiser.lr", "optimiser.warmup"})
_OWN_NAMES = {"data.val_fraction": "val-fraction", "data.image_size": "image-size", "data.seed": "data-seed",
              "optimiser.name": "optimiser", "optimiser.lr": "lr", "optimiser.warmup": "warmup"}  # fmt: skip

_HUGE = 100_000  # a limit above this tells nobody anything


@dataclass(frozen=True, slots=True)
class Change:
    """A setting's name and the text of its value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag of the command line that changes one setting."""

    setting: str
    option: str
    metavar: str
    help: str

    @property
    def dest(self) -> str:
        """Where argparse keeps it."""
        return self.setting.replace(".", "_")


def _flag(setting: str, info: ParamInfo) -> Flag:
    option = "--" + _OWN_NAMES.get(setting, setting).replace("_", "-")
    default = "the recipe's" if setting in _BY_RECIPE else f"{info.default}"
    unit = f" in {info.unit}" if info.unit and info.kind != "bool" else ""
    metavar = {"int": "N", "float": "X", "choice": "|".join(info.choices)}.get(info.kind, "TEXT")
    return Flag(setting, option, metavar, f"{info.label}{unit}: {_about(info)} ({default})".replace("%", "%%"))


def _about(info: ParamInfo) -> str:
    if info.kind in ("text", "choice"):
        return info.up or expects(info)
    if info.down.startswith("0:"):
        return info.down
    return f"{info.lo:g} to {info.hi:g}" if info.hi < _HUGE else f"{info.lo:g} and more"


def _flags() -> tuple[Flag, ...]:
    sections = {"": RunConfig, "data.": DataConfig, "optimiser.": OptimiserConfig}
    infos = {prefix + info.name: info for prefix, cls in sections.items() for info in describe(cls)}
    chosen = [name for name in infos if "." not in name or name in _OWN_NAMES]
    return tuple(_flag(name, infos[name]) for name in chosen)


FLAGS = _flags()


def given(arguments: argparse.Namespace) -> list[str]:
    """The options on the command line that describe a new run."""
    plain = {"METHOD": "method", "--data": "data", "--out": "out", "--recipe": "recipe", "--augmentation": "augmentation", "--set": "settings",
             "--download": "download"}  # fmt: skip
    options = {**plain, **{flag.option: flag.dest for flag in FLAGS}}
    return [option for option, dest in options.items() if getattr(arguments, dest)]


def read_change(word: str, form: str = "--set NAME=VALUE") -> Change:
    """NAME=VALUE as a Change; raises SpecError."""
    name, equals, value = word.partition("=")
    if not (equals and name.strip()):
        raise SpecError(f"{word!r} is no setting.", f"Write {form}, such as tau=0.2.")
    return Change(name.strip(), value.strip())


def changes_from(arguments: argparse.Namespace) -> list[Change]:
    """Flags first, then --set in its order, so that the last word counts."""
    flags = [Change(flag.setting, text) for flag in FLAGS if (text := getattr(arguments, flag.dest)) is not None]
    return flags + [read_change(word) for word in arguments.settings or ()]


def config_from(arguments: argparse.Namespace, catalogue: Catalogue) -> RunConfig:
    """The run that the command line describes; raises SpecError."""
    if arguments.config:
        return _recorded(arguments, catalogue)
    if not arguments.method:
        names = ", ".join(info.name for info in catalogue.methods)
        raise SpecError("No method was named.", f"Write `sslviz train METHOD`; there are: {names}.")
    changes = changes_from(arguments)
    source = data_source(arguments.data or "shapes", catalogue)
    recipe = arguments.recipe or ""
    config = default_config(catalogue, arguments.method, data=source, recipe=recipe)
    if arguments.steps:
        steps = with_setting(config, catalogue, "steps", arguments.steps).steps
        config = default_config(catalogue, arguments.method, data=source, steps=steps, recipe=recipe)
    config = dataclasses.replace(config, data=dataclasses.replace(config.data, download=arguments.download))
    if arguments.augmentation:
        augmentation = find_recipe(catalogue, arguments.augmentation).augmentation
        config = dataclasses.replace(config, augmentation=augmentation)
    for change in changes:
        config = with_setting(config, catalogue, change.name, change.value)
    return config


def _recorded(arguments: argparse.Namespace, catalogue: Catalogue) -> RunConfig:
    """The run of a run.toml, with the changes on the command line; `--data` is where its images lie here."""
    plain = {"METHOD": "method", "--recipe": "recipe", "--augmentation": "augmentation"}
    if others := [word for word, dest in plain.items() if getattr(arguments, dest)]:
        raise SpecError(f"The file of --config decides {', '.join(others)} already.",
                        "Leave them out; settings can be changed by --set NAME=VALUE.")  # fmt: skip
    path = Path(arguments.config).expanduser()
    path = path if path.exists() else run_named(arguments.config)
    path = path / "run.toml" if path.is_dir() else path
    try:
        config = from_toml(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise SpecError(f"{path} cannot be read ({reason}).", "Give the run.toml of a run, or its folder.") from error
    data = _moved(config.data, arguments.data, catalogue) if arguments.data else config.data
    data = dataclasses.replace(data, download=data.download or arguments.download)
    config = dataclasses.replace(config, data=data)
    for change in changes_from(arguments):
        config = with_setting(config, catalogue, change.name, change.value)
    return config


def _moved(data: DataConfig, word: str, catalogue: Catalogue) -> DataConfig:
    """The same size, split and seed of other images, with the dials that both have."""
    source = data_source(word, catalogue)
    dials = default_data(catalogue, source).dials
    return dataclasses.replace(data, source=source, dials={name: data.dials.get(name, dials[name]) for name in dials})


def data_source(word: str, catalogue: Catalogue) -> str:
    """A data set's name as it is, a path as an absolute one; raises SpecError for what is neither."""
    names = [info.name for info in catalogue.data if info.name != "folder"]
    if word in names:
        return data_info(catalogue, word).name
    path = Path(word).expanduser()
    if not path.exists():
        raise SpecError(f"There is no data set, folder or zip called {word!r}.",
                        suggestion(word, names) + " A path must lead to a folder or zip of images.")  # fmt: skip
    return str(path.resolve())
