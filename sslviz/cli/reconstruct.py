"""Hide patches of pictures and let a masked autoencoder paint them: original, masked, prediction, pasted, and the error of each patch.

Runs of inpainting, colorization and jigsaw show their own task. A model that predicts patches by their own mean and deviation gets both
from the truth; --raw and --normalised say otherwise than the file. The same seed hides the same patches.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sslviz.cli.data import progress_line
from sslviz.cli.drawing import add_looks, require_dpi, require_purpose, require_share
from sslviz.cli.model import add_model_arguments, open_named
from sslviz.cli.pictures import Named, add_picture_arguments, figure_path, is_figure, pictures_from, size_from
from sslviz.spec.errors import SpecError
from sslviz.spec.inspection import ModelRef, Rebuild, Rebuilt, Strategy

EXAMPLES = """examples:
  sslviz reconstruct mae-shapes shapes:3 --out rebuilt.png
  sslviz reconstruct mae_visualize_vit_large.pth photo.jpg --ratio 0.5 --strategy block --seed 4 --out rebuilt.png
  sslviz reconstruct mae.pth photos/ --mask holes.png --out rebuilt --json > errors.json"""

STRATEGIES: tuple[Strategy, ...] = ("random", "block", "grid")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz reconstruct`."""
    add_model_arguments(parser)
    add_picture_arguments(parser)
    parser.add_argument(
        "--ratio", type=float, default=0.75, metavar="X", help="share of the patches that is hidden (0.75)"
    )
    parser.add_argument("--strategy", choices=STRATEGIES, default="random", help="which ones (random)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed, other patches (0)")
    parser.add_argument(
        "--mask", metavar="FILE", help="a picture whose bright places are hidden, instead of ratio and strategy"
    )
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--raw", action="store_true", help="the model predicts pixels as they are")
    target.add_argument(
        "--normalised", action="store_true", help="it predicts each patch by its own mean and deviation"
    )
    parser.add_argument(
        "--out", metavar="DIR|FILE", help="a .png, .svg or .pdf file, or a folder for one page a picture"
    )
    add_looks(parser)
    parser.add_argument("--json", action="store_true", help="print all numbers as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Open, hide, paint, draw, print."""
    require_purpose(arguments)
    require_share(arguments.ratio)
    require_dpi(arguments.dpi)
    single = bool(arguments.out) and is_figure(arguments.out)
    named = pictures_from(arguments.images, size_from(arguments.size), arguments.fit)
    rebuilt = _rebuild(named, arguments)
    if arguments.out:
        _draw(rebuilt, single, arguments)
    if arguments.json:
        print(json.dumps([as_plain(one, answer) for one, answer in rebuilt], ensure_ascii=False))
    return 0


def _rebuild(named: Sequence[Named], arguments: argparse.Namespace) -> list[tuple[Named, Rebuilt]]:
    from sslviz.engine.glance import grid_for, look_once

    model, tell = open_named(arguments), progress_line(quiet=arguments.json)
    normalised = True if arguments.normalised else False if arguments.raw else None
    rebuilt = []
    for k, one in enumerate(named):
        tell(k / len(named), f"painting {one.name}")
        hidden = hidden_by(arguments.mask, grid_for(model, one.ref)) if arguments.mask else ()
        strategy: Strategy = "painted" if arguments.mask else arguments.strategy
        request = Rebuild(
            1, ModelRef(arguments.source), one.ref, strategy, arguments.ratio, arguments.seed, hidden, normalised
        )
        rebuilt.append((one, look_once(model, request)))
    tell(1.0, "")
    return rebuilt


def hidden_by(file: str, grid: tuple[int, int]) -> tuple[bool, ...]:
    """Patches of which at least half lies in the bright part of a picture, row by row. Raises SpecError."""
    from PIL import Image

    from sslviz.data.folder.decode import Unreadable, upright

    path = Path(file).expanduser()
    try:
        mask = upright(path).convert("L").point([255 * (level > 127) for level in range(256)])
    except Unreadable as error:
        raise SpecError(
            f"The mask {file} cannot be read: {error}.", "Give a black and white picture; white is hidden."
        ) from error
    shares = np.asarray(mask.resize((grid[1], grid[0]), Image.Resampling.BOX))
    hidden = (shares >= 128).flatten()
    if hidden.all() or not hidden.any():
        raise SpecError(
            f"The mask {file} hides {'every' if hidden.all() else 'no'} patch.",
            "White hides and black stays: use both.",
        )
    return tuple(hidden.tolist())


def _draw(rebuilt: Sequence[tuple[Named, Rebuilt]], single: bool, arguments: argparse.Namespace) -> None:
    from sslviz.cli.figure import save
    from sslviz.cli.palette import PALETTES
    from sslviz.cli.reconstruct_page import reconstruct_page

    for group in [rebuilt] if single else [[one] for one in rebuilt]:
        path = figure_path(arguments.out, group[0][0], single, "rebuilt")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure = reconstruct_page([(one.name, answer) for one, answer in group], PALETTES[arguments.theme])
        save(figure, path, arguments.dpi)
        if not arguments.json:
            print(f"Wrote {path}.")


def as_plain(one: Named, answer: Rebuilt) -> dict[str, Any]:
    """Everything numeric of one picture; pixels are left out."""
    about = answer.description
    errors = [[None if math.isnan(value) else value for value in row] for row in answer.errors.tolist()]
    return {
        "picture": one.name, "model": about.title, "source": about.source, "sha256": about.sha256, "caption": answer.caption,
        "loss": None if math.isnan(answer.loss) else answer.loss, "hidden": answer.hidden.tolist(), "errors": errors,
        "about": dict(answer.about), "notes": list(answer.notes), "seconds": answer.seconds,
    }  # fmt: skip
