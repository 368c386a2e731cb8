"""What every command that opens a model takes."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from sslviz.spec.card import NAME as CARD
from sslviz.spec.errors import SpecError
from sslviz.spec.evaluation import LAST
from sslviz.spec.inspection import ModelRef
from sslviz.spec.places import shipped

if TYPE_CHECKING:
    from sslviz.inspect.model import Model


WISHES = {
    "heads": "attention heads, where the file cannot tell",
    "decoder_heads": "those of a masked autoencoder's decoder",
    "image_size": "side in px that positions without a table are for",
}
"""What a file may not tell: options that correct an assumption."""


REMOTE = ("timm:", "hf:")
"""What names of other libraries' models begin with."""


def model_names() -> list[str]:
    """Of the models that ship."""
    try:
        return sorted(card.parent.name for card in shipped("models").glob(f"*/{CARD}"))
    except SpecError:  # an installation without models
        return []


def is_model_name(word: str) -> bool:
    """Whether a word that is no path names a model."""
    return word.startswith(REMOTE) or word in model_names()


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """SOURCE and what is wished of it."""
    parser.add_argument(
        "source", metavar="SOURCE", help="a checkpoint, a folder, a run, a shipped model, timm:NAME or hf:NAME"
    )
    parser.add_argument("--network", default="", metavar="NAME", help="which network of the file (the usual one)")
    for name, about in WISHES.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=0, metavar="N", help=about)
    parser.add_argument(
        "--snapshot", type=int, default=LAST, metavar="STEP", help="of a run, the weights of that step (the last)"
    )
    parser.add_argument("--random", action="store_true", help="the same network with random weights, to compare with")
    parser.add_argument("--download", action="store_true", help="allow timm:NAME and hf:NAME to be downloaded")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="0: all cores (0)")


def reference_from(arguments: argparse.Namespace) -> ModelRef:
    """The model that the command line names; raises SpecError."""
    wishes = {name: getattr(arguments, name) for name in WISHES}
    for name, value in wishes.items():
        if value < 0:
            raise SpecError(f"--{name.replace('_', '-')} {value} cannot be.", "Leave it out, or give a number above 0.")
    return ModelRef(arguments.source, arguments.network, snapshot=arguments.snapshot, random=arguments.random,
                    download=arguments.download, **wishes)  # fmt: skip


def open_named(arguments: argparse.Namespace) -> Model:
    """The model that the command line names, ready to look at. Raises CheckpointError, SpecError."""
    from sslviz.engine.environment import prepare_environment, use_threads
    from sslviz.engine.models import open_reference

    prepare_environment(arguments.threads)
    use_threads(arguments.threads)
    return open_reference(reference_from(arguments))


def layers_from(word: str, model: Model) -> tuple[int, ...]:
    """What --layer names, counted from 0 as `Attend` does. Raises SpecError."""
    depth = model.depth
    if word == "all":
        return tuple(range(depth))
    try:
        asked = [depth if part.strip() == "last" else int(part) for part in word.split(",")]
    except ValueError:
        raise SpecError(f"--layer {word} names no layer.", f"Write numbers from 1 to {depth}, all or last.") from None
    counted = [depth + 1 + layer if layer < 0 else layer for layer in asked]
    if wrong := [layer for layer in counted if not 1 <= layer <= depth]:
        raise SpecError(f"There is no layer {wrong[0]}.", f"{model.describe().title} has {depth}, counted from 1.")
    return tuple(dict.fromkeys(layer - 1 for layer in counted))
