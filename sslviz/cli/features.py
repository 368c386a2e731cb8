"""Write a model's features of any number of images into one .npz file, which numpy reads without this program.

The file holds one array a kind of token ("pooled" (n, F), "cls" (n, D), "registers" (n, R, D), "patches" (n, h, w, D)), "names",
"labels" (-1 unknown), "class_names", "split", and how it was made in "settings". Rows are written as they come: Ctrl-C loses nothing,
and the same command goes on. A finished file is not made again unless the settings, the model or the images have changed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sslviz.cli.feature_file import FeatureFile, is_finished
from sslviz.cli.feature_images import Images, images_from
from sslviz.cli.model import add_model_arguments, layers_from, open_named
from sslviz.cli.pictures import FITS, size_from
from sslviz.spec.errors import SpecError
from sslviz.spec.events import Array
from sslviz.spec.inspection import Fit, PictureRef
from sslviz.spec.quantities import size_text

if TYPE_CHECKING:
    from torch import Tensor

    from sslviz.inspect.model import Features, Model

EXAMPLES = """examples:
  sslviz features dino-shapes shapes --out features.npz
  sslviz features dinov2_vits14.pth photos/ --tokens cls,patches --size 224 --out features.npz
  sslviz features mae.pth photos.zip --layer 8 --batch 64 --out layer8.npz

  python -c "import numpy; f = numpy.load('features.npz'); print(f['pooled'].shape, f['names'][:3])" """

TOKENS = ("pooled", "cls", "registers", "patches")
_SHOWN = 5  # unreadable images that are named
_LOG_EVERY_S = 10.0  # between two lines of progress in a log file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz features`."""
    add_model_arguments(parser)
    parser.add_argument("data", metavar="DATA", help="a data set's name, or a folder or zip of images")
    parser.add_argument("--out", required=True, metavar="FILE", help="a .npz file")
    parser.add_argument("--layer", default="last", metavar="K|last", help="after which block, counted from 1 (last)")
    parser.add_argument("--tokens", default="pooled", metavar="A,B", help=f"of {', '.join(TOKENS)} (pooled)")
    parser.add_argument("--batch", type=int, default=32, metavar="N", help="images at a time (32)")
    parser.add_argument("--size", metavar="N|HxW", help="pixels that the model gets (its own size)")
    parser.add_argument(
        "--fit", choices=FITS, default="crop", help="cut the middle out, pad with grey, or stretch (crop)"
    )
    parser.add_argument("--set", dest="settings", action="append", metavar="NAME=VALUE", help="a dial of the data set")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(arguments: argparse.Namespace) -> int:
    """Open, compute what is missing, pack."""
    from sslviz.cli.program import INTERRUPTED, complain

    out, tokens = _out(arguments.out), _tokens(arguments.tokens)
    if not 1 <= arguments.batch <= 100_000:
        raise SpecError(f"A batch of {arguments.batch} images cannot be.", "Give --batch a number from 1 to 100,000.")
    model = open_named(arguments)
    images = images_from(arguments)
    recipe = _recipe(model, tokens, arguments)
    settings = {**recipe.settings(arguments), "data": images.key, "images": len(images.names)}
    if is_finished(out, settings):
        print(f"{out} holds these features already.")
        return 0
    file = FeatureFile(out, settings, recipe.shapes())
    file.require_room(len(images.names))
    try:
        _fill(file, images, recipe, arguments)
    except KeyboardInterrupt:
        complain(
            f"Interrupted after {file.seen:,} of {len(images.names):,} images.", "The same command goes on from there."
        )
        return INTERRUPTED
    finally:
        file.close()
    _finish(file, images, out)
    return 0


def _out(word: str) -> Path:
    out = Path(word).expanduser()
    if out.suffix.lower() != ".npz":
        raise SpecError(f"{out.name} is no .npz file.", "End it with .npz, such as --out features.npz.")
    if not out.absolute().parent.is_dir():
        raise SpecError(f"There is no folder {out.absolute().parent}.", "Make it first, or write elsewhere.")
    return out


def _tokens(word: str) -> tuple[str, ...]:
    names = [name.strip() for name in word.split(",") if name.strip()]
    if wrong := [name for name in names if name not in TOKENS]:
        raise SpecError(f"There are no tokens called {wrong[0]!r}.", f"There are: {', '.join(TOKENS)}.")
    if not names:
        raise SpecError("No tokens were named.", f"There are: {', '.join(TOKENS)}.")
    return tuple(name for name in TOKENS if name in names)


@dataclass(frozen=True, slots=True, eq=False)
class _Recipe:
    """Which features of which layer, of pictures of which size."""

    model: Model
    tokens: tuple[str, ...]
    layer: int  # from 0
    size: tuple[int, int]
    fit: Fit

    def rows(self, pixels: Sequence[Array]) -> Mapping[str, Array]:
        """Features of pictures (H, W, 3) uint8 that are of this recipe's size already, one row each."""
        import torch

        images = torch.from_numpy(np.stack(pixels).transpose(0, 3, 1, 2))
        found = self.model.features(images, self.layer)
        return {name: _of(found, name).float().cpu().numpy() for name in self.tokens}

    def fitted(self, pixels: Array) -> Array:
        """A picture (H, W, 3) uint8 at this recipe's size."""
        from PIL import Image

        from sslviz.inspect.fitting import fitted
        from sslviz.inspect.pictures import padding

        grey = padding(self.model.describe())
        return fitted(Image.fromarray(pixels), None, self.size, self.fit, grey).pixels

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of one row of each kind; that of one grey picture."""
        grey = np.full((*self.size, 3), 128, np.uint8)
        return {name: rows.shape[1:] for name, rows in self.rows([grey]).items()}

    def settings(self, arguments: argparse.Namespace) -> dict[str, Any]:
        """What decides the numbers, as it is kept in the file."""
        from sslviz.engine.models import stamp_of

        about = self.model.describe()
        return {
            "format": 1, "model": about.title, "sha256": about.sha256 or repr(stamp_of(arguments.source)), "network": about.network,
            "heads": about.heads, "snapshot": arguments.snapshot, "random": arguments.random, "layer": self.layer + 1,
            "tokens": list(self.tokens), "size": list(self.size), "fit": self.fit, "source": arguments.data,
        }  # fmt: skip


def _recipe(model: Model, tokens: tuple[str, ...], arguments: argparse.Namespace) -> _Recipe:
    from sslviz.inspect.pictures import size_for

    about = model.describe()
    if "cls" in tokens and not about.class_token:
        raise SpecError(f"{about.title} has no class token.", "Ask for pooled or patches.")
    if "registers" in tokens and not about.registers:
        raise SpecError(f"{about.title} has no registers.", "Ask for pooled, cls or patches.")
    layers = layers_from(arguments.layer, model)
    if len(layers) > 1:
        raise SpecError("Features are of one layer.", "Give --layer one number, and run it again for the next layer.")
    size, note = size_for(PictureRef(size=size_from(arguments.size)), about)
    if note and not arguments.quiet:
        sys.stderr.write(f"note: {note}\n")
    return _Recipe(model, tokens, layers[0], size, arguments.fit)


def _of(features: Features, name: str) -> Tensor:
    """(B, ...): "patches" as (B, h, w, D)."""
    if name == "patches":
        patches = features.patches
        return patches.reshape(len(patches), *features.grid, -1)
    if name == "registers":
        first = int(features.class_token)
        return features.tokens[:, first : first + features.registers]
    found = features.pooled if name == "pooled" else features.cls
    assert found is not None  # noqa: S101  refused before anything was read
    return found


def _fill(file: FeatureFile, images: Images, recipe: _Recipe, arguments: argparse.Namespace) -> None:
    """Everything that is not there yet, a batch at a time; the next ones are decoded meanwhile."""
    from tqdm.auto import tqdm

    from sslviz.data.parallel import in_order

    count = len(images.names)
    often = 0.1 if sys.stderr.isatty() else _LOG_EVERY_S
    with tqdm(
        total=count, initial=file.seen, unit="image", disable=arguments.quiet, dynamic_ncols=True, mininterval=often
    ) as bar:
        starts = range(file.seen, count, arguments.batch)
        decode = partial(_decoded, images, recipe, arguments.batch)
        with closing(in_order(decode, starts)) as batches:
            for batch in batches:
                file.append(recipe.rows(batch.pixels) if batch.pixels else {}, batch.seen, batch.skipped)
                bar.update(batch.seen)


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """So many images, decoded; those that could not be by their number."""

    seen: int
    pixels: list[Array]
    skipped: list[tuple[int, str]]


def _decoded(images: Images, recipe: _Recipe, size: int, start: int) -> _Batch:
    from sslviz.data.folder.decode import Unreadable

    numbers = range(start, min(start + size, len(images.names)))
    batch = _Batch(len(numbers), [], [])
    for number in numbers:
        try:
            batch.pixels.append(recipe.fitted(images.read(number)))
        except Unreadable as reason:
            batch.skipped.append((number, str(reason)))
    return batch


def _finish(file: FeatureFile, images: Images, out: Path) -> None:
    skipped = dict(file.skipped)
    kept = np.array([k for k in range(len(images.names)) if k not in skipped], np.int64)
    if not len(kept):
        number, reason = file.skipped[0]
        raise SpecError(
            f"No image could be read; the first is {images.names[number]}: {reason}.", "Convert them to JPEG or PNG."
        )
    file.finish({**images.facts(kept), "skipped": np.array([images.names[k] for k in skipped], np.str_)})
    for remark in images.remarks:
        sys.stderr.write(f"note: {remark}\n")
    for number, reason in file.skipped[:_SHOWN]:
        sys.stderr.write(f"note: left out {images.names[number]}: {reason}\n")
    if len(skipped) > _SHOWN:
        sys.stderr.write(f"note: and {len(skipped) - _SHOWN:,} more; the array skipped names them all\n")
    print(f"Wrote {out}: {len(kept):,} images, {size_text(out.stat().st_size)}.")
