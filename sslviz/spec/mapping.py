"""Maps of features: what is asked, and what comes back. Frozen, picklable, written and read by everybody.

Every request names its features anew, so that a lost worker loses nothing; the worker keeps features and layouts at hand, and keeps
layouts on disk by what they were computed from. An image is told by its number in its split of its data set, everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sslviz.spec.config import DataConfig
from sslviz.spec.description import Description
from sslviz.spec.events import Array
from sslviz.spec.inspection import ModelRef
from sslviz.spec.params import choice, param

Tokens = Literal["pooled", "projected", "class", "patch_mean", "patches"]
"""Which features: of the whole image as the model's family gives them (h), what the projector makes of those (z), the class token, the
mean of the patch tokens, or each patch by itself."""

LayoutName = Literal["pca", "umap", "tsne"]

LABEL, CLUSTER, LOSS, KNN, STEP = "label", "cluster", "loss", "knn", "step"
"""What points can be coloured by, beside each factor of the data by its name."""

OWN_PATCH = -1
"""The patch of a point that is a whole image."""


@dataclass(frozen=True, slots=True)
class FeaturePlan:
    """Features of which images, by which model, after which block.

    images: at most so many, of each class as many as its share (0: all). chosen: these instead, in this order.
    """

    model: ModelRef
    data: DataConfig
    split: Literal["train", "val"] = "val"
    tokens: Tokens = "pooled"
    layer: int = -1
    images: int = 2_000
    seed: int = 0
    chosen: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LayoutPlan:
    """How features become points of a plane."""

    method: LayoutName = "pca"
    metric: str = choice("cosine", ("cosine", "euclidean"), label="distance",
                         about="cosine compares directions, as the losses of most methods do")  # fmt: skip
    neighbours: int = param(15, lo=2, hi=500, label="neighbours", symbol="n", paper="15 UMAP",
                            up="keeps the large picture", down="keeps small groups, and breaks large ones")  # fmt: skip
    min_dist: float = param(0.1, lo=0.0, hi=0.99, label="least distance", paper="0.1 UMAP", up="spreads groups out",
                            down="packs groups")  # fmt: skip
    perplexity: float = param(30.0, lo=2.0, hi=500.0, label="perplexity", paper="30 t-SNE",
                              up="looks further around each point", down="looks nearer")  # fmt: skip
    epochs: int = param(
        0, lo=0, hi=5_000, label="rounds", up="settles further, slower", down="0: as the method chooses"
    )
    seed: int = param(0, lo=0, hi=2**31 - 1, label="seed")


@dataclass(frozen=True, slots=True)
class MapFeatures:
    """Lay features out on a plane. Newest wins for each `view`. Answers `Mapped`, and tells how far it is by `Advanced`."""

    request_id: int
    features: FeaturePlan
    layout: LayoutPlan = field(default_factory=LayoutPlan)
    view: str = "a"


@dataclass(frozen=True, slots=True)
class MapScores:
    """How much of the features' neighbourhoods the plane keeps; NaN where there are too few points.

    trustworthiness in [0, 1] (Venna & Kaski 2001): neighbours on the map that are neighbours in the features. agreement in [0, 1]: mean
    share of a point's `k` nearest in the features that are among its `k` nearest on the map. Of `sample` points drawn by seed.
    """

    trustworthiness: float
    agreement: float
    k: int
    sample: int


@dataclass(frozen=True, slots=True, eq=False)
class Mapped:
    """What `MapFeatures` asks. n points; of `patches` each image gives as many as its grid has."""

    description: Description
    points: Array  # (n, 2) float32
    index: Array  # (n,) int64, number of the image in its split
    patch: Array  # (n,) int32, number of the patch row by row; OWN_PATCH where the point is a whole image
    label: Array  # (n,) int64 of the image, -1 unknown
    names: tuple[str, ...]  # of the labels
    factors: tuple[str, ...]  # what else the data knows of its images: for `ColourPoints`
    grid: tuple[int, int]  # of patches
    scores: MapScores
    kept: tuple[float, ...]  # share of the variance on each axis, of PCA; () of the others
    total: int  # images in the split; those of `index` are a sample of them
    repeated: int  # points that equal another one's features, laid out once
    mark: str  # equal for equal features: model, data, plan
    caption: str  # model, hash, data, count, layer, method, parameters, seed: what a figure must say of itself
    notes: tuple[str, ...] = ()  # what was left out, and why
    seconds: float = 0.0
    stored: bool = False  # it was laid out before
    step: int = -1  # of a live run: after how many steps its model was copied; -1 of any other model


@dataclass(frozen=True, slots=True)
class MapRun:
    """Lay out the same images after each of `steps` snapshots of a run, each layout begun from its neighbour's and turned to fit it, so
    that points move and do not jump. `features.model` names the run; its snapshot is left out. Newest wins for each `view`.
    Answers `MappedRun`. Snapshots that are missing or damaged are left out, with a note.
    """

    request_id: int
    features: FeaturePlan
    layout: LayoutPlan = field(default_factory=LayoutPlan)
    steps: tuple[int, ...] = ()  # (): all that there are
    view: str = "a"


@dataclass(frozen=True, slots=True, eq=False)
class MappedRun:
    """What `MapRun` asks. S snapshots, n points."""

    steps: tuple[int, ...]
    points: Array  # (S, n, 2) float32, in one frame of reference
    index: Array  # (n,)
    patch: Array  # (n,)
    label: Array  # (n,)
    names: tuple[str, ...]
    scores: tuple[MapScores, ...]  # of each snapshot
    caption: str
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ColourPoints:
    """A value for each point of the map of `features`. Newest wins for each `view`. Answers `Coloured`.

    by: LABEL, CLUSTER (k-means with `clusters` groups), LOSS (how hard the image is for the model's own task), KNN (whether its
    `k` nearest other points vote for its class), or a factor's name.
    """

    request_id: int
    features: FeaturePlan
    by: str = LABEL
    clusters: int = 10
    k: int = 20
    view: str = "a"


@dataclass(frozen=True, slots=True, eq=False)
class Coloured:
    """What `ColourPoints` asks."""

    by: str
    values: Array  # (n,) float32; of named values their numbers, NaN unknown
    names: tuple[str, ...]  # of the values 0, 1 ...; () where they are a quantity
    title: str  # such as "k-means, 10 groups" or "distance between two views"
    about: str  # one sentence: what it means and what it does not
    mark: str  # of the features, as in `Mapped`


@dataclass(frozen=True, slots=True)
class FindNeighbours:
    """The points nearest to one in the features (not on the map). Newest wins for each `view`. Answers `Neighbours`."""

    request_id: int
    features: FeaturePlan
    index: int
    patch: int = OWN_PATCH
    count: int = 12
    metric: str = "cosine"
    view: str = "a"


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """What `FindNeighbours` asks: k points by rising distance, the point itself left out."""

    index: Array  # (k,) int64
    patch: Array  # (k,) int32
    distance: Array  # (k,) float32: 1 - cosine, or euclidean
    label: Array  # (k,) int64, -1 unknown
    mark: str


@dataclass(frozen=True, slots=True)
class MeasureSimilarity:
    """Cosines between all pairs of `features.chosen`. Newest wins for each `view`. Answers `Similarities`.

    as_trained: where the loss of the model's run compares views, two of each image, drawn by its recipe and `features.seed`; and the
    answer holds the pictures that were compared.
    """

    request_id: int
    features: FeaturePlan
    view: str = "a"
    as_trained: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Similarities:
    """What `MeasureSimilarity` asks. r rows: the k images, or, where they are `paired`, 2k views; rows i and i + k are partners."""

    matrix: Array  # (r, r) float32 in [-1, 1]
    index: Array  # (r,) int64
    label: Array  # (r,) int64
    names: tuple[str, ...]
    caption: str
    pictures: Array | None = None  # (r, h, w, 3) uint8, smaller than they were; of a question `as_trained`
    paired: bool = False
    step: int = -1  # as in `Mapped`


MapRequest = MapFeatures | MapRun | ColourPoints | FindNeighbours | MeasureSimilarity
MapAnswer = Mapped | MappedRun | Coloured | Neighbours | Similarities

ABOUT: Mapping[LayoutName, str] = {
    "pca": "The two directions in which the features vary most. Distances are true as far as the shares on the axes say.",
    "umap": "Neighbours stay neighbours. Sizes of groups, gaps between them and empty space mean nothing; noise forms groups too.",
    "tsne": "Neighbours stay neighbours. Sizes of groups, gaps between them and empty space mean nothing; noise forms groups too.",
}
"""What each map does not show: always beside it."""
