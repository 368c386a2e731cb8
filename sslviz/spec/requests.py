"""What the window and the command line ask of an engine: frozen and picklable.

Requests with a `request_id` (unique, > 0) are answered by one `Answered` or `Refused`; the newest of a kind wins where its
docstring says so: an older one still waiting is refused with kind "Superseded".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sslviz.spec.animation import WriteAnimation
from sslviz.spec.augmentation import Augmentation
from sslviz.spec.comparison import CompareModels
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.evaluation import AskPrompts, EvaluateRun, FetchImages
from sslviz.spec.inspection import Attend, DescribeModel, ListModels, MeasureMemory, Rebuild
from sslviz.spec.lesson import MeasureArm
from sslviz.spec.mapping import MapRequest
from sslviz.spec.params import Scalar

Action = Literal["pause", "resume", "step", "stop"]


@dataclass(frozen=True, slots=True)
class StartRun:
    """Train `config` in a thread, writing to `folder` (must be new or empty). paused: wait before the first step."""

    run_id: str
    config: RunConfig
    folder: str
    paused: bool = False


@dataclass(frozen=True, slots=True)
class ResumeRun:
    """Go on with the run in `folder` from its last checkpoint, to `steps` (0: as its config says)."""

    run_id: str
    folder: str
    steps: int = 0


@dataclass(frozen=True, slots=True)
class OpenRun:
    """Replay the record in `folder` as events (`Started` with live=False, scalars, marks, last peeks, `Finished`)."""

    run_id: str
    folder: str


@dataclass(frozen=True, slots=True)
class ControlRun:
    """Pause, go on, take one step (then pause), or stop and save."""

    run_id: str
    action: Action


@dataclass(frozen=True, slots=True)
class SetParam:
    """Change a live parameter before the next step, or, with `at`, once that many steps are taken.

    Names: a method's parameter ("tau"), "augment.crop" (every view) or "augment.0.crop" (the first recipe), "optimiser.lr".
    """

    run_id: str
    name: str
    value: Scalar
    at: int = 0


@dataclass(frozen=True, slots=True)
class SetSpeed:
    """Slow motion: at most so many steps a second; 0 is full speed."""

    run_id: str
    steps_per_s: float


@dataclass(frozen=True, slots=True)
class Watch:
    """The names of `Peeked` that some view wants from now on; replaces the last Watch."""

    run_id: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AugmentImages:
    """Views of a few training images. Newest wins.

    payload: mapping of arrays, uint8: "originals" (n, H, W, 3); "views" (n, V, h, w, 3) of the first size, "views_1" ... of further sizes;
    "alone_crop", "alone_flip", ... (n, H, W, 3): that operation only, at the first recipe's strength and probability 1; "indices" (n,); "labels" (n,).
    "class_names" (k,) str and "count" () say what indices and labels may be.
    """

    request_id: int
    data: DataConfig
    augmentation: Augmentation
    indices: tuple[int, ...]
    seed: int = 0


@dataclass(frozen=True, slots=True)
class PrepareData:
    """Load (decode, download where `data.download`, generate) a data set into the cache. Answers `DataSummary`."""

    request_id: int
    data: DataConfig


@dataclass(frozen=True, slots=True)
class DataSummary:
    """What a data set turned out to be."""

    source: str
    train: int
    val: int
    image_size: int
    class_names: tuple[str, ...]
    note: str
    skipped: tuple[str, ...] = ()  # "path: reason" of unreadable files, at most 200
    skipped_count: int = 0


@dataclass(frozen=True, slots=True)
class ListRuns:
    """Runs in a folder, newest first; "" is the default place. Answers tuple[RunSummary, ...]."""

    request_id: int
    folder: str = ""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run folder at a glance. `last` holds the last value of the main measures; `problem` says why a folder cannot be opened."""

    folder: str
    name: str
    method: str
    data: str
    state: str
    step: int
    steps: int
    modified: float  # seconds since the epoch
    last: Mapping[str, float]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DescribeCache:
    """Where decoded images and maps are kept. Answers `CacheSummary`; clear=True empties it first."""

    request_id: int
    clear: bool = False


@dataclass(frozen=True, slots=True)
class CacheSummary:
    """The cache's folder, entries and size."""

    folder: str
    entries: int  # data sets
    size_bytes: int  # of all that is in it
    layouts: int = 0  # maps of features


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would need before it starts. Newest wins. Answers `Estimated`."""

    request_id: int
    config: RunConfig


@dataclass(frozen=True, slots=True)
class Estimated:
    """Predicted peak memory of the worker, what is free, and the encoder's size."""

    memory_bytes: int
    available_bytes: int
    parameters: int
    text: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Give up on a request; it is refused with kind "Cancelled"."""

    request_id: int


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Stop every run, save, and end the engine."""


Request = (
    StartRun | ResumeRun | OpenRun | ControlRun | SetParam | SetSpeed | Watch | AugmentImages | PrepareData
    | ListRuns | DescribeCache | Estimate | EvaluateRun | AskPrompts | FetchImages | DescribeModel | ListModels | Attend | Rebuild
    | MeasureMemory | MapRequest | CompareModels | MeasureArm | WriteAnimation | Cancel | Shutdown
)  # fmt: skip
