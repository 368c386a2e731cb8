"""Draw what a model attends to: of each picture every head's map and their mean, and what a share of the mass covers, as DINO does.

Layers, heads and registers are counted from 1. Convolutional networks show what they have: the components of their feature map and
what an occluded place changes. Compare with --random: a map means little that random weights draw as well.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from sslviz.cli.data import progress_line
from sslviz.cli.drawing import add_looks, require_dpi, require_purpose
from sslviz.cli.model import add_model_arguments, layers_from, open_named
from sslviz.cli.pictures import Named, add_picture_arguments, figure_path, is_figure, pictures_from, size_from
from sslviz.spec.errors import SpecError
from sslviz.spec.events import Array
from sslviz.spec.inspection import CLASS_QUERY, Attend, Attended, ModelRef, Want

if TYPE_CHECKING:
    from sslviz.inspect.model import Model

EXAMPLES = """examples:
  sslviz attention dino_deitsmall16_pretrain.pth photo.jpg --out photo_attention.png
  sslviz attention dino-shapes shapes:3 shapes:7 --size 64 --out maps
  sslviz attention dinov2.pth photos/ --layer 6,12 --head 3 --query 5,8 --threshold 0.9 --out maps
  sslviz attention model.pth sample:chelsea --size 480 --show maps,rollout,pca --out cat.pdf
  sslviz attention model.pth photo.jpg --layer all --json > maps.json"""

SHOWS = get_args(Want)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz attention`."""
    add_model_arguments(parser)
    add_picture_arguments(parser)
    parser.add_argument("--layer", default="last", metavar="K|A,B|all|last", help="blocks, counted from 1 (last)")
    parser.add_argument("--head", default="all", metavar="K|all", help="draw this head only, counted from 1 (all)")
    parser.add_argument(
        "--query",
        default="class",
        metavar="class|registerK|ROW,COLUMN",
        help="who attends; patches count from 1 (class)",
    )
    parser.add_argument(
        "--threshold", type=float, default=0.6, metavar="X", help="share of the mass that a mask keeps (0.6)"
    )
    parser.add_argument(
        "--show", metavar="A,B", help=f"of {', '.join(SHOWS)} (maps; of a convolutional network pca,occlusion)"
    )
    parser.add_argument(
        "--out", metavar="DIR|FILE", help="a .png, .svg or .pdf file, or a folder for one page a picture"
    )
    add_looks(parser)
    parser.add_argument("--json", action="store_true", help="print all numbers as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Open, look, draw, print."""
    _require_sense(arguments)
    single = bool(arguments.out) and is_figure(arguments.out)
    named = pictures_from(arguments.images, size_from(arguments.size), arguments.fit)
    wants = _wants(arguments.show)
    model = open_named(arguments)
    tell = progress_line(quiet=arguments.json)
    looks = []
    for k, one in enumerate(named):
        tell(k / len(named), f"looking at {one.name}")
        looks.append((one, _look(model, one, wants, arguments)))
    tell(1.0, "")
    if arguments.out:
        _draw(looks, single, model, arguments)
    if arguments.json:
        layers = layers_from(arguments.layer, model)
        print(json.dumps([as_plain(one, seen, layers) for one, seen in looks], ensure_ascii=False))
    return 0


def _require_sense(arguments: argparse.Namespace) -> None:
    require_purpose(arguments)
    if not 0 < arguments.threshold <= 1:
        raise SpecError(
            f"--threshold {arguments.threshold:g} is no share.", "It is above 0 and at most 1, such as 0.6."
        )
    require_dpi(arguments.dpi)


def _wants(word: str | None) -> tuple[Want, ...]:
    names = [name.strip() for name in (word or "").split(",") if name.strip()]
    if wrong := [name for name in names if name not in SHOWS]:
        raise SpecError(f"There is nothing called {wrong[0]!r} to show.", f"There are: {', '.join(SHOWS)}.")
    return tuple(want for want in SHOWS if want in names)


def _look(model: Model, one: Named, wants: tuple[Want, ...], arguments: argparse.Namespace) -> Attended:
    from sslviz.engine.glance import look_once

    kind = model.describe().kind
    asked = wants or (("maps",) if kind == "vit" else ("pca", "occlusion"))
    query = _query(arguments.query, model, one)
    request = Attend(1, ModelRef(arguments.source), one.ref, layers_from(arguments.layer, model), query, asked,
                     arguments.threshold, _head(arguments.head, model))  # fmt: skip
    return look_once(model, request)


def _head(word: str, model: Model) -> int:
    """From 0, or -1 for all."""
    heads = model.describe().heads
    if word == "all":
        return -1
    if not word.isdigit() or not 1 <= int(word) <= heads:
        raise SpecError(
            f"There is no head {word}.", f"{model.describe().title} has {heads}, counted from 1; or write all."
        )
    return int(word) - 1


def _query(word: str, model: Model, one: Named) -> int:
    if word == "class":
        return CLASS_QUERY
    if word.startswith("register") and word.removeprefix("register").isdigit():
        return CLASS_QUERY - int(word.removeprefix("register"))
    row, _, column = word.partition(",")
    if not (row.strip().isdigit() and column.strip().isdigit()):
        raise SpecError(f"--query {word} names no token.", "Write class, register1, or row and column of a patch: 5,8.")
    from sslviz.engine.glance import grid_for

    rows, columns = grid_for(model, one.ref)
    if not (1 <= int(row) <= rows and 1 <= int(column) <= columns):
        raise SpecError(
            f"There is no patch in row {row}, column {column}.", f"There are {rows} rows and {columns} columns."
        )
    return (int(row) - 1) * columns + int(column) - 1


def _draw(looks: Sequence[tuple[Named, Attended]], single: bool, model: Model, arguments: argparse.Namespace) -> None:
    from sslviz.cli.attention_page import attention_page
    from sslviz.cli.figure import save
    from sslviz.cli.palette import PALETTES

    layers, head = layers_from(arguments.layer, model), _head(arguments.head, model)
    for group in [looks] if single else [[look] for look in looks]:
        pages = [(one.name, seen) for one, seen in group]
        path = figure_path(arguments.out, group[0][0], single, "attention")
        path.parent.mkdir(parents=True, exist_ok=True)
        save(attention_page(pages, layers, arguments.threshold, head, PALETTES[arguments.theme]), path, arguments.dpi)
        if not arguments.json:
            print(f"Wrote {path}.")


def as_plain(one: Named, seen: Attended, layers: Sequence[int]) -> dict[str, Any]:
    """Everything numeric of one picture; pixels are left out."""
    arrays = {name: _plain(values) for name, values in seen.arrays.items() if name not in ("picture", "whole", "truth")}
    about = seen.description
    return {
        "picture": one.name, "model": about.title, "source": about.source, "sha256": about.sha256, "caption": seen.caption,
        "layers": [layer + 1 for layer in layers], "grid": list(seen.grid), "patch": list(seen.patch), **arrays,
        "notes": list(seen.notes), "seconds": seen.seconds,
    }  # fmt: skip


def _plain(values: Array) -> Any:
    """Nested lists; what is not a number becomes null."""
    if values.dtype.kind != "f" or not np.isnan(values).any():
        return values.tolist()
    plain = values.astype(object)
    plain[np.isnan(values)] = None
    return plain.tolist()
