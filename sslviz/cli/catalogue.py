"""List all methods, data sets, backbones and augmentations, or one of them with all its settings.

With --out, ask the program's parts anew and write everything as JSON: the copy in resources/ that feeds the window's first
paint and the command line's flags. After a change to any of them, write that copy again.
"""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

from sslviz.spec.augmentation import OPERATIONS, Augmentation
from sslviz.spec.catalogue import (
    AugmentationInfo,
    BackboneInfo,
    Catalogue,
    DataInfo,
    MethodInfo,
    shipped_catalogue,
    to_json,
)
from sslviz.spec.errors import SpecError
from sslviz.spec.params import ParamInfo, expects
from sslviz.spec.settings import suggestion

EXAMPLES = """examples:
  sslviz catalogue                                     names and titles
  sslviz catalogue simclr                              one method with its settings and what they do
  sslviz catalogue --out resources/catalogue.json      the copy that ships"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz catalogue`."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="a method, data set, backbone or augmentation")
    parser.add_argument("--out", metavar="FILE", help="write all of it as JSON to FILE")


def run(arguments: argparse.Namespace) -> int:
    """Print names, print one thing, or write the file."""
    if arguments.out:
        from sslviz.engine.catalogue import catalogue
        from sslviz.training.atomic import write_atomically

        write_atomically(Path(arguments.out), to_json(catalogue()))  # others may be reading it
        print(f"Wrote {arguments.out}.")
    elif arguments.name:
        print(_details(shipped_catalogue(), arguments.name))
    else:
        print(_overview(shipped_catalogue()))
    return 0


def _overview(found: Catalogue) -> str:
    sections: dict[str, list[tuple[str, str]]] = {
        "methods": [(info.name, info.title) for info in found.methods],
        "data": [(info.name, info.title) for info in found.data],
        "backbones": [(info.name, info.title) for info in found.backbones],
        "augmentations": [(info.name, info.title) for info in found.augmentations],
    }
    lines = []
    for title, infos in sections.items():
        lines += [f"{title}:", *(f"  {name:<22} {about}" for name, about in infos)]
    return "\n".join(lines)


def _details(found: Catalogue, name: str) -> str:
    everything: tuple[MethodInfo | DataInfo | BackboneInfo | AugmentationInfo, ...] = (
        *found.methods, *found.data, *found.backbones, *found.augmentations,
    )  # fmt: skip
    pages = []
    for info in (info for info in everything if info.name == name):
        facts = [f"{title}: {text}" for title in _FACTS if (text := getattr(info, title, ""))]
        params = info.params if isinstance(info, MethodInfo | DataInfo) else ()
        recipe = getattr(info, "augmentation", None)
        views = _views(recipe) if isinstance(recipe, Augmentation) else [f"augmentation: {recipe}"] if recipe else []
        pages.append("\n".join([f"{info.title} ({info.name})", *facts, *views, *map(_setting, params)]))
    if not pages:
        raise SpecError(f"There is nothing called {name!r}.", suggestion(name, [info.name for info in everything]))
    return "\n\n".join(pages)


_FACTS = ("paper", "idea", "collapse", "family", "backbone", "note", "licence", "kind", "features", "source")


def _setting(info: ParamInfo) -> str:
    symbol = f" {info.symbol}" if info.symbol else ""
    unit = f" {info.unit}" if info.unit else ""
    about = [f"paper: {info.paper}" if info.paper else "", "" if info.live else "fixed during a run"]
    about += [f"up: {info.up}" if info.up else "", f"down: {info.down}" if info.down else ""]
    if info.kind == "bool":
        about[2:] = [f"on: {info.up}" if info.up else "", f"off: {info.down}" if info.down else ""]
    if info.kind in ("choice", "text"):
        about[2:] = [info.up]
    head = f"  {info.name} = {info.default}{unit}   ({info.label}{symbol}: {expects(info)})"
    return "\n".join(
        [head, *textwrap.wrap("; ".join(filter(None, about)), 100, initial_indent="      ", subsequent_indent="      ")]
    )


def _views(augmentation: Augmentation) -> list[str]:
    lines = []
    for k, view in enumerate(augmentation.views):
        used = [name for name in OPERATIONS if getattr(view, name) and getattr(view, f"{name}_p", 1.0) > 0]
        lines.append(
            f"  recipe {k}: {view.count} views; {', '.join(used) or 'nothing'}; crop from {view.crop_min:g} to {view.crop_max:g} of the area"
        )
    return lines
