"""Draw the views that a recipe makes of some training images: the original, the views, and each operation alone.

The same seed gives the same sheet.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from sslviz.cli.configure import read_change
from sslviz.cli.data import data_config, progress_line
from sslviz.cli.drawing import require_drawn
from sslviz.spec.augmentation import Augmentation, ViewRecipe
from sslviz.spec.augmentation import with_setting as with_view_setting
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.errors import SpecError
from sslviz.spec.params import Scalar, describe, parse
from sslviz.spec.requests import AugmentImages
from sslviz.spec.settings import find_recipe

if TYPE_CHECKING:
    from sslviz.data import ImageData

EXAMPLES = """examples:
  sslviz augment --recipe simclr_cifar10 --out views.png
  sslviz augment --data photos.zip --image-size 96 --recipe dino --images 3,14,15 --out views.png
  sslviz augment --set augment.jitter=off --set augment.crop_min=0.3 --out views.png"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz augment`."""
    parser.add_argument("--data", default="shapes", metavar="NAME|PATH", help="whose images (shapes)")
    parser.add_argument(
        "--recipe", default="simclr_cifar10", metavar="NAME", help="a published recipe (simclr_cifar10)"
    )
    parser.add_argument("--out", required=True, metavar="FILE", help="a .png, .svg or .pdf file")
    parser.add_argument("--images", metavar="I,J", help="which training images (the first --count)")
    parser.add_argument("--count", type=int, default=6, metavar="N", help="how many images (6)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed, other views (0)")
    parser.add_argument("--image-size", metavar="N", help="resize the images to N px (0: their own size)")
    parser.add_argument("--download", action="store_true", help="allow the data set to be downloaded")
    parser.add_argument("--set", dest="settings", action="append", metavar="NAME=VALUE",
                        help="a dial of the data (data.objects), or of the views (augment.crop)")  # fmt: skip
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="colours (light)")


def run(arguments: argparse.Namespace) -> int:
    """Load, augment, draw."""
    out = Path(arguments.out).expanduser()
    require_drawn(out)
    settings = arguments.settings or []
    arguments.settings = [word for word in settings if not word.startswith("augment.")]
    config = data_config(arguments.data, arguments)
    augmentation = _augmentation(arguments.recipe, [word for word in settings if word.startswith("augment.")])
    from sslviz.cli.contact_sheet import contact_sheet
    from sslviz.cli.figure import save
    from sslviz.cli.palette import PALETTES
    from sslviz.data import load_data
    from sslviz.engine.preview import augment_images

    data = load_data(config, progress=progress_line()).train
    request = AugmentImages(1, config, augmentation, _indices(arguments, data), arguments.seed)
    save(contact_sheet(augment_images(request, data), augmentation, PALETTES[arguments.theme]), out, dpi=150)
    print(f"Wrote {out}.")
    return 0


def _augmentation(recipe: str, words: list[str]) -> Augmentation:
    augmentation = find_recipe(shipped_catalogue(), recipe).augmentation
    for change in map(read_change, words):
        name = change.name.removeprefix("augment.")
        info = {info.name: info for info in describe(ViewRecipe)}.get(name.rpartition(".")[2])
        value: Scalar = parse(info, change.value) if info else change.value  # a wrong name is told below
        augmentation = with_view_setting(augmentation, name, value)
    return augmentation if not words else dataclasses.replace(augmentation, name=f"{recipe}, changed")


def _indices(arguments: argparse.Namespace, data: ImageData) -> tuple[int, ...]:
    if not arguments.images:
        return tuple(range(min(max(arguments.count, 1), len(data))))
    try:
        return tuple(int(word) for word in arguments.images.split(","))
    except ValueError:
        raise SpecError(f"{arguments.images!r} is no list of images.", "Write numbers, such as 3,14,15.") from None
