"""RunConfig: everything that decides a training run, frozen, and its file `run.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
import tomli_w

from sslviz.spec.augmentation import Augmentation
from sslviz.spec.errors import SpecError
from sslviz.spec.params import Scalar, choice, param, switch, text

FORMAT = 1
"""Version of the run folder; a higher one is refused, a lower one is still read."""


@dataclass(frozen=True, slots=True)
class DataConfig:
    """Which images. `dials` are the data set's own parameters, validated by it."""

    source: str = text(
        "shapes", label="data", about="shapes, cifar10, cifar100, stl10, fashion_mnist, or a folder or zip of images"
    )
    image_size: int = param(0, lo=0, hi=512, unit="px", live=False, down="0: the data's own size", label="image size")
    val_fraction: float = param(0.1, lo=0.01, hi=0.5, live=False, label="validation share",
                                up="more images to measure on; used only where the data has no split of its own")  # fmt: skip
    seed: int = param(0, lo=0, hi=2**31 - 1, live=False, label="data seed")
    download: bool = False
    dials: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OptimiserConfig:
    """Optimiser, learning-rate schedule (linear warm-up, then a cosine to `final_lr`), weight decay, and how a batch is worked through.

    With `accumulate` k the batch is cut into k equal pieces, whose gradients are averaged before one update: less memory for
    the same number of images. It is the same step only where the loss is a mean over images that do not know of each other.
    Losses that compare the images of a batch (contrastive ones, cross-correlations, Sinkhorn, variances) compare those of a
    piece, so that SimCLR has 2B/k - 2 negatives; batch norm's statistics are those of a piece; what a method carries from step
    to step (a queue, a centre) takes in the last piece alone. Teachers follow once an update.
    """

    name: str = choice(
        "adamw",
        ("adamw", "adam", "sgd", "lars"),
        label="optimiser",
        about="adamw for small batches, lars for the papers' large ones; adam's weight decay is part of the gradient",
    )
    lr: float = param(
        2e-3,
        lo=1e-6,
        hi=100.0,
        scale="log",
        label="learning rate",
        symbol="η",
        up="faster, until it diverges",
        down="slower, steadier",
    )
    weight_decay: float = param(
        1e-4, lo=0.0, hi=1.0, label="weight decay", down="weights may grow; biases and norms never decay"
    )
    final_weight_decay: float = param(
        -1.0, lo=-1.0, hi=1.0, live=False, label="final weight decay", paper="0.4 in DINO, from 0.04",
        up="weight decay follows a cosine to this value at the last step", down="-1: weight decay stays as it is",
    )  # fmt: skip
    momentum: float = param(0.9, lo=0.0, hi=0.999, live=False, label="momentum (sgd, lars)")
    beta2: float = param(
        0.999, lo=0.0, hi=0.9999, live=False, label="second momentum", symbol="β₂", paper="0.95 in MAE",
        up="adam and adamw follow a longer memory of the gradients' sizes", down="they adapt sooner, and jump more",
    )  # fmt: skip
    trust: float = param(
        1e-3, lo=1e-5, hi=1.0, scale="log", live=False, label="trust coefficient (lars)", paper="0.001; solo-learn 0.02",
        up="longer steps for the size of the weights", down="shorter ones",
    )  # fmt: skip
    trust_clip: bool = switch(
        False, live=False, label="limit the trust ratio (lars)", paper="on in solo-learn's recipes for CIFAR-10",
        on="no weight moves faster than plain SGD would move it", off="as in the papers",
    )  # fmt: skip
    warmup: int = param(100, lo=0, hi=1_000_000, live=False, label="warm-up", unit="steps")
    schedule: str = choice("cosine", ("cosine", "constant"), about="cosine: down to the final rate at the last step")
    convention: str = choice(
        "exact", ("exact", "dino", "mae"), label="schedule's ends",
        about="exact: no step at rate 0, the last at the final rate; dino and mae: as in their code, which differ by a step",
    )  # fmt: skip
    final_lr: float = param(0.0, lo=0.0, hi=100.0, live=False, label="final learning rate")
    clip: float = param(0.0, lo=0.0, hi=100.0, live=False, label="gradient clip", down="0: no clipping")
    accumulate: int = param(
        1, lo=1, hi=1024, live=False, label="batch in pieces",
        up="less memory for the same batch; a piece's images are compared with each other only, and normalised together",
        down="1: the whole batch at once",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunConfig:
    """A training run. Two equal configs on one device and thread count give the same losses, bit for bit."""

    method: str = "simclr"
    params: Mapping[str, Scalar] = field(default_factory=dict)
    data: DataConfig = field(default_factory=DataConfig)
    backbone: str = text("resnet_w16", label="backbone", about="a small teaching backbone, or timm:NAME")
    augmentation: Augmentation = field(default_factory=Augmentation)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    batch_size: int = param(
        128, lo=1, hi=65_536, live=False, label="batch size", up="more negatives, fewer steps an epoch"
    )
    steps: int = param(2_000, lo=1, hi=100_000_000, live=False, label="steps")
    seed: int = param(0, lo=0, hi=2**31 - 1, live=False, label="seed")
    snapshots: int = param(
        12, lo=1, hi=200, live=False, label="snapshots", up="more points on the timeline; each costs disk"
    )
    device: str = text("auto", label="device", about="auto, cpu, cuda, cuda:1, mps")
    precision: str = choice(
        "auto", ("auto", "fp32", "bf16"), label="precision", about="auto: bf16 only where it is measured to be faster"
    )
    threads: int = param(0, lo=0, hi=1024, live=False, label="threads", down="0: all cores")
    format: int = FORMAT


def to_toml(config: RunConfig) -> str:
    """The text of `run.toml`."""
    return tomli_w.dumps(msgspec.to_builtins(config))


def from_toml(source: str, file: str = "run.toml") -> RunConfig:
    """A config from the text of a file like `run.toml`; raises SpecError for damaged text and for a newer format.

    file: what errors call it.
    """
    try:
        plain = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{file} is not valid TOML: {error}.", "Restore the file or start a new run.") from error
    if (version := plain.get("format", FORMAT)) != FORMAT and not (isinstance(version, int) and version < FORMAT):
        raise SpecError(f"This run was written by a newer version (format {version}; this program reads {FORMAT}).",
                        "Update the program to open it.")  # fmt: skip
    try:
        return msgspec.convert(plain, RunConfig)
    except msgspec.ValidationError as error:
        raise SpecError(f"{file} does not describe a run: {error}.", "Restore the file or start a new run.") from error
