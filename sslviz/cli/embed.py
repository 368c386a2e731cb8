"""Draw a map of a model's features: each image a point, close to the images that the model takes for alike.

PCA is quick and shows true distances as far as two axes can; UMAP and t-SNE keep neighbours together, and the sizes of groups and the
gaps between them mean nothing there. The scores beside the map say how far it can be trusted; compare with --random. Layers are
counted from 1. Layouts are kept in the cache: a map that was computed before costs nothing.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from sslviz.cli.data import data_config, progress_line
from sslviz.cli.drawing import DRAWN, add_looks, require_purpose
from sslviz.cli.model import add_model_arguments, layers_from, open_named, reference_from
from sslviz.spec.config import DataConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.mapping import Coloured, ColourPoints, FeaturePlan, LayoutName, LayoutPlan, Mapped, Tokens
from sslviz.spec.params import ParamInfo, describe, expects, parse

if TYPE_CHECKING:
    from sslviz.data import ImageData
    from sslviz.inspect.model import Model

EXAMPLES = """examples:
  sslviz embed dino-shapes --out map.png
  sslviz embed runs/first --method tsne --perplexity 50 --colour knn --out map.pdf
  sslviz embed dinov2_vits14.pth --data photos/ --tokens class --layer 8 --out map.svg
  sslviz embed mae-shapes --tokens patches --images 20 --colour object --out patches.png
  sslviz embed dino-shapes --colour hue --thumbnails 150 --out pictures.png
  sslviz embed dino-shapes --neighbours 30 --out map.npz
  sslviz embed dino-shapes --random --method pca --json > untrained.json"""

_ARRAYS = ".npz"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz embed`."""
    add_model_arguments(parser)
    parser.add_argument(
        "--data", metavar="DATA", help="a data set, or a folder or zip of images (what the model was trained on)"
    )
    parser.add_argument("--set", dest="settings", action="append", metavar="NAME=VALUE", help="a dial of the data set")
    parser.add_argument("--split", choices=("train", "val"), default="val", help="which of its images (val)")
    parser.add_argument(
        "--images", type=int, default=2_000, metavar="N", help="at most so many, of each class its share; 0: all (2000)"
    )
    parser.add_argument("--tokens", choices=get_args(Tokens), default="pooled", help="which features (pooled)")
    parser.add_argument("--layer", default="last", metavar="K|last", help="after which block, counted from 1 (last)")
    parser.add_argument("--method", choices=get_args(LayoutName), default="umap", help="how they become points (umap)")
    for info in describe(LayoutPlan):
        metavar = "|".join(info.choices) if info.choices else "N" if info.kind == "int" else "X"
        parser.add_argument(
            _option(info), dest=info.name, metavar=metavar, help=f"{info.label}: {_about(info)} ({info.default})"
        )
    _add_output(parser)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--colour", default="label", metavar="BY", help="label, cluster, loss, knn, or a factor of the data such as shape (label)"
    )  # fmt: skip
    parser.add_argument("--clusters", type=int, default=10, metavar="N", help="groups of --colour cluster (10)")
    parser.add_argument("--k", type=int, default=20, metavar="N", help="neighbours that vote in --colour knn (20)")
    parser.add_argument("--thumbnails", type=int, default=0, metavar="N", help="draw up to N images where they lie (0)")
    parser.add_argument("--out", metavar="FILE", help="a .png, .svg or .pdf picture, or the numbers as .npz")
    add_looks(parser)
    parser.add_argument("--json", action="store_true", help="print all numbers as JSON")


def _option(info: ParamInfo) -> str:
    return "--" + info.name.replace("_", "-")


def _about(info: ParamInfo) -> str:
    if info.kind == "choice":
        return info.up
    return f"raised, it {info.up}" if info.up else info.down or expects(info)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A map with the colours of its points, and the images that they are."""

    mapped: Mapped
    coloured: Coloured
    layout: LayoutPlan
    images: ImageData


def run(arguments: argparse.Namespace) -> int:
    """Open, gather, lay out, colour; draw, write or print."""
    out, layout = _checked(arguments), _layout(arguments)
    model = open_named(arguments)
    drawn = _drawn(model, _data(model, arguments), layout, arguments)
    if out:
        _write(drawn, out, arguments)
        if not arguments.json:
            print(f"Wrote {out}. {scores_said(drawn.mapped)}")
    if arguments.json:
        from sslviz.cli.embed_file import as_plain

        print(json.dumps(as_plain(drawn.mapped, drawn.coloured), ensure_ascii=False))
    return 0


def _checked(arguments: argparse.Namespace) -> Path | None:
    require_purpose(arguments)
    for name, least in (("images", 0), ("clusters", 1), ("k", 1), ("thumbnails", 0), ("dpi", 20)):
        if getattr(arguments, name) < least:
            raise SpecError(f"--{name} {getattr(arguments, name)} cannot be.", f"Give {least} or more.")
    out = Path(arguments.out).expanduser() if arguments.out else None
    if out and out.suffix.lower() not in (*DRAWN, _ARRAYS):
        raise SpecError(
            f"{out.name} ends in no kind of file that can be written.", f"End it with {', '.join(DRAWN)} or {_ARRAYS}."
        )
    if out and not out.absolute().parent.is_dir():
        raise SpecError(f"There is no folder {out.absolute().parent}.", "Make it first, or write elsewhere.")
    return out


def _layout(arguments: argparse.Namespace) -> LayoutPlan:
    given = {info.name: parse(info, word) for info in describe(LayoutPlan) if (word := getattr(arguments, info.name))}
    return LayoutPlan(arguments.method, **given)  # type: ignore[arg-type]  # parsed as each field's own metadata says


def _data(model: Model, arguments: argparse.Namespace) -> DataConfig:
    """The data that the command line names, or what the model was trained on. Raises SpecError."""
    if arguments.data:
        return data_config(arguments.data, argparse.Namespace(**{**vars(arguments), "image_size": None}))
    known = model.describe().data
    if known is None:
        raise SpecError(
            f"Nothing says which images {model.describe().title} was trained on.",
            "Name some: --data shapes, or a folder or zip.",
        )
    if arguments.settings:
        raise SpecError(
            "--set changes the data that --data names, and none was named.", f"Write --data {known.source} as well."
        )
    return known


def _drawn(model: Model, data: DataConfig, layout: LayoutPlan, arguments: argparse.Namespace) -> Drawn:
    from sslviz.data import load_data
    from sslviz.engine.laying import map_of
    from sslviz.engine.layouts import Layouts
    from sslviz.inspect.mapping import colour, gather

    tell = progress_line(quiet=arguments.json)
    splits = load_data(data, progress=tell)
    images = splits.train if arguments.split == "train" else splits.val
    layers = layers_from(arguments.layer, model)
    if len(layers) > 1:
        raise SpecError("A map is of one layer.", "Give --layer one number, and run it again for the next layer.")
    plan = FeaturePlan(
        reference_from(arguments), data, arguments.split, cast(Tokens, arguments.tokens), layers[0], arguments.images, layout.seed
    )  # fmt: skip
    gathered = gather(model, plan, images, progress=tell)
    asked = ColourPoints(1, plan, arguments.colour, arguments.clusters, arguments.k)
    coloured = colour(
        gathered, asked, model, images, progress=tell
    )  # first: what it refuses should not wait for the layout
    with Layouts() as layouts:
        mapped = map_of(gathered, model.describe(), plan, layout, layouts, tell, lambda: None)
    tell(1.0, "")
    return Drawn(mapped, coloured, layout, images)


def _write(drawn: Drawn, out: Path, arguments: argparse.Namespace) -> None:
    if out.suffix.lower() == _ARRAYS:
        from sslviz.cli.embed_file import write_arrays

        write_arrays(drawn.mapped, drawn.coloured, out)
        return
    from sslviz.cli.embed_page import map_page, thumbnails
    from sslviz.cli.figure import save
    from sslviz.cli.palette import PALETTES

    pictures = thumbnails(drawn.mapped, drawn.images, arguments.thumbnails) if arguments.thumbnails else ()
    save(map_page(drawn.mapped, drawn.coloured, drawn.layout, PALETTES[arguments.theme], pictures), out, arguments.dpi)


def scores_said(mapped: Mapped) -> str:
    """How far the map can be trusted, in one sentence."""
    scores = mapped.scores
    if scores.sample == 0:
        return "There are too few different points to say how far the map can be trusted."
    sample = f" of {scores.sample:,} points" if scores.sample < len(mapped.points) else ""
    return (
        f"Trustworthiness {scores.trustworthiness:.3f}; {scores.agreement:.0%} of each point's {scores.k} nearest in the features are "
        f"among its {scores.k} nearest on the map{sample}."
    )
