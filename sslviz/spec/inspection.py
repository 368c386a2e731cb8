"""Looking into a model: what is asked, and what comes back. Frozen, picklable, written and read by everybody.

Every request names its model and its picture anew, so that a lost worker loses nothing; the worker keeps both at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sslviz.spec.card import Card
from sslviz.spec.config import DataConfig
from sslviz.spec.description import Description
from sslviz.spec.evaluation import LAST
from sslviz.spec.events import Array

Fit = Literal["crop", "pad", "resize"]
"""How a picture is brought to a size: its middle is cut out, it is padded with grey, or its sides are stretched."""

CLASS_QUERY = -1
"""The class token as query; -2 is the first register, -3 the second; 0 and above count the patches row by row."""


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model: a checkpoint, a folder, a run, a shipped model, `timm:NAME`, `hf:NAME`, or the live run `run_id`.

    network, heads, image_size, decoder_heads: "" and 0 leave the choice to the family. random: the same network with random weights.
    download: a name that is not in the local cache may be fetched.
    """

    source: str
    network: str = ""
    heads: int = 0
    image_size: int = 0
    snapshot: int = LAST
    run_id: str = ""
    random: bool = False
    download: bool = False
    decoder_heads: int = 0

    def named(self, name: str) -> str:
        """`name`, and what tells it from other models of that name: the network in it, the step, random weights."""
        step = f"step {self.snapshot:,}" if self.snapshot >= 0 else ""
        return ", ".join(filter(None, [name, self.network, step, "random weights" if self.random else ""]))


@dataclass(frozen=True, slots=True)
class PictureRef:
    """A picture: a file, one of a data set, a sample that ships with a library, or pixels that were pasted.

    Exactly one of path, data, sample, pixels is given. size: (height, width) that the model gets, (0, 0): its own.
    """

    path: str = ""
    data: DataConfig | None = None
    index: int = 0
    split: Literal["train", "val"] = "val"
    sample: str = ""
    pixels: bytes = b""  # an encoded picture (PNG, JPEG ...)
    size: tuple[int, int] = (0, 0)
    fit: Fit = "crop"


@dataclass(frozen=True, slots=True)
class DescribeModel:
    """Open a model. Answers `Description`; refused with the reason where it cannot be opened."""

    request_id: int
    model: ModelRef


@dataclass(frozen=True, slots=True)
class ListModels:
    """Shipped models and what was opened before, newest first. Answers tuple[`ModelLine`, ...]."""

    request_id: int


@dataclass(frozen=True, slots=True)
class ModelLine:
    """One model in a list."""

    source: str
    title: str
    about: str  # one sentence
    shipped: bool
    card: Card | None = None  # of a model that ships


Want = Literal["maps", "overview", "rollout", "pca", "similarity", "norms", "masks", "occlusion"]


@dataclass(frozen=True, slots=True)
class Attend:
    """Look at a picture with a model. Newest wins for each `view` (a panel may show two models side by side: "a", "b").

    Only what `wants` names is computed. Answers `Attended`.
    """

    request_id: int
    model: ModelRef
    picture: PictureRef
    layers: tuple[int, ...] = (-1,)
    query: int = CLASS_QUERY
    wants: tuple[Want, ...] = ("maps",)
    share: float = 0.6  # of the attention's mass that a mask keeps
    head: int = -1  # whose map of the last of `layers` the masking test follows; -1: the mean of all
    view: str = "a"


@dataclass(frozen=True, slots=True, eq=False)
class Attended:
    """What `Attend` asks. n: patches, h x w their grid, L: the layers asked for, D: all layers of the network.

    arrays, each only where it was asked for and the model has it:
      picture     (H, W, 3) uint8, as the model got it; always
      whole       (H', W', 3) uint8, the picture as it was given, its longer side at most 640 px, and frame (4,) float32: top, left,
                  bottom and right of what the model got in shares of it, below 0 and above 1 where it was padded; always
      truth       (H, W) uint8, 0 the background; where the data has masks
      maps        (L, heads, h, w) float32: softmax row of the query over patches, as computed (what goes to prefix tokens is missing)
      prefix      (L, heads, 1 + registers) float32: what goes to the class token and registers
      kept        (L, heads, h, w) bool: the patches that hold `share` of the map's mass, as DINO draws them
      jaccard     (L, heads) float32 and auroc (L, heads): of `kept`, and of the map, against truth; NaN without truth
      entropy     (D, heads) float32 nats, mean over all queries; distance (D, heads): mean attention distance in px
      rollout     (h, w) float32: attention multiplied through the layers (Abnar & Zuidema 2020), of the query
      pca         (h, w, 3) uint8, pca_first (h, w) float32 and pca_kept (h, w) bool: the first three components as colours; the
                  first in units of its deviation, its sign such that the middle lies above the border; where it is above 0
      similarity  (h, w) float32: cosine of the final features with the query's
      norms       (D, N) float32: length of each token after each block, prefix tokens first
      moved       (k + 1,) float32 and moved_random (k + 1,), of the want "masks": cosine of the pooled feature with that of the whole
                  picture when the most attended 0, 1/k ... 1 of the patches are grey, and when as many at random are
      occlusion   (h', w') float32: how far the pooled feature turns (1 - cosine) when a grey square covers that place
    """

    description: Description
    grid: tuple[int, int]
    patch: tuple[int, int]
    arrays: Mapping[str, Array]
    caption: str  # model, hash, picture, size, layer, query: what a figure must say of itself
    notes: tuple[str, ...] = ()  # what was not to be had, and why; how the picture was converted
    seconds: float = 0.0
    step: int = -1  # of a live run: after how many steps its model was copied; -1 of any other model


Strategy = Literal["random", "block", "grid", "painted"]


@dataclass(frozen=True, slots=True)
class Rebuild:
    """Hide patches of a picture and let a model paint them. Newest wins for each `view`. Answers `Rebuilt`.

    hidden: the painted mask, row by row, for strategy "painted". step and seed make the others repeatable.
    """

    request_id: int
    model: ModelRef
    picture: PictureRef
    strategy: Strategy = "random"
    ratio: float = 0.75
    seed: int = 0
    hidden: tuple[bool, ...] = ()
    normalised: bool | None = (
        None  # whether the model predicts patches by their own mean and deviation; None: as the family does
    )
    settings: Mapping[str, float] = field(default_factory=dict)
    view: str = "a"


@dataclass(frozen=True, slots=True, eq=False)
class Rebuilt:
    """Pictures (H, W, 3) uint8 by name, in the order in which they are shown: of a masked model "original", "masked", "prediction",
    "pasted"; other pretext tasks have their own. errors (h, w) float32, NaN where visible; hidden (h, w) bool.
    """

    description: Description
    pictures: Mapping[str, Array]
    about: Mapping[str, str]  # what each picture shows, one sentence
    hidden: Array
    errors: Array
    loss: float  # mean over hidden patches, in units of the target
    caption: str
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    step: int = -1  # as in `Attended`
    target_stored: bool | None = (
        None  # whether the model says by what patches are predicted; None: its task leaves no choice
    )


@dataclass(frozen=True, slots=True)
class MeasureMemory:
    """What looking at a picture of `size` (height, width) would need. Newest wins. Answers `MemoryNeed`."""

    request_id: int
    model: ModelRef
    size: tuple[int, int]
    wants: tuple[Want, ...] = ("maps",)


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Predicted peak beyond what is used now, and what is free."""

    need_bytes: int
    free_bytes: int
    tokens: int
    text: str
