"""What the worker tells: frozen, picklable, numbers, text and read-only numpy arrays only.

Delivery: `Peeked` is latest-wins by (run_id, name); `Progressed` and `WorkerStatus` latest-wins by run; every other event is never dropped.
After a `Failed` of a run comes `Finished`, always.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import RunConfig
from sslviz.spec.params import Scalar

Array = NDArray[Any]
RunState = Literal["preparing", "running", "paused", "finished", "stopped", "failed"]
Level = Literal["good", "note", "warning"]


@dataclass(frozen=True, slots=True)
class Event:
    """Base: which run it is of, and after which training step (0 before the first)."""

    run_id: str
    step: int


@dataclass(frozen=True, slots=True)
class Started(Event):
    """A run, new, resumed or opened from its folder (then `live` is False and its record follows as events)."""

    config: RunConfig
    folder: str
    live: bool
    device: str  # such as "cpu, 1 thread, fp32"
    data_note: str  # what was loaded, how it was split, what was skipped
    images: int
    parameters: int
    memory_bytes: int  # predicted peak
    class_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scalars(Event):
    """A chunk of rows for the plots. `values[i, j]` is `names[j]` at `steps[i]`; NaN where it was not measured there.

    Names are those of `sslviz.spec.measures`. `step` is the last of `steps`.
    """

    names: tuple[str, ...]
    steps: Array  # (n,) int64
    values: Array  # (n, k) float64


@dataclass(frozen=True, slots=True)
class Referenced(Event):
    """A horizontal line to draw: `measure` such as "loss" or "knn", `label` such as "chance ln(2N-1)"; one a (measure, label). NaN withdraws it."""

    measure: str
    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Peeked(Event):
    """Arrays that views may show, computed only while one wants them. Names and arrays:

    views       "images" (V, n, h, w, 3) uint8, "indices" (n,) int64, "labels" (n,) int64, -1 where unknown; further sizes as "images_1", ...
    similarity  "cosine" (2n, 2n) float32, rows i and i + n are two views of one image; "indices" (n,); "images" (2n, h, w, 3) uint8; "labels" (n,)
    sphere      "circle" (m, 2), "sphere" (m, 3) float32 unit length, "kept" (2,) share of the variance each keeps; "labels" (m,); "pairs" (m,) partner's row;
                "indices" (m,) of the images, absent from older records
    spectrum    "values" (D,) float32 singular values of held-out z, largest first
    """

    name: str
    arrays: Mapping[str, Array]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Progressed(Event):
    """Where the run is. `eta_s` is NaN while unknown; `memory_bytes` is the worker's resident size."""

    steps: int
    epoch: float
    seconds: float
    images_per_s: float
    eta_s: float
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Flipped(Event):
    """A live parameter was changed before the step after `step`; drawn as a mark on the plots."""

    name: str
    before: Scalar
    after: Scalar


@dataclass(frozen=True, slots=True)
class Diagnosed(Event):
    """One plain sentence on how the representation is doing."""

    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class SnapshotSaved(Event):
    """A snapshot of the weights lies at `path`."""

    path: str


@dataclass(frozen=True, slots=True)
class StateChanged(Event):
    """The run entered `state`; `text` says what it is doing, as in "decoding 12,000 of 50,000 images"."""

    state: RunState
    text: str = ""
    fraction: float = float("nan")


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """Something went wrong in a run (or, with run_id "", in the worker): cause, remedy, and the details that fold out.

    `field`: the setting that has to change, see `SSLVizError`; "" where there is no single one.
    """

    kind: str
    message: str
    hint: str = ""
    trace: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """The run's thread is gone and its folder is complete."""

    state: RunState
    folder: str


@dataclass(frozen=True, slots=True)
class Answered(Event):
    """The answer to a request with `request_id`; `payload` as the request's docstring says. run_id is ""."""

    request_id: int
    payload: Any


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """A request could not be answered (or was cancelled: kind "Cancelled"). `field` as in `Failed`."""

    request_id: int
    kind: str
    message: str
    hint: str = ""
    trace: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Advanced(Event):
    """Progress of a long request, `fraction` in [0, 1] or NaN."""

    request_id: int
    fraction: float
    text: str


@dataclass(frozen=True, slots=True)
class WorkerReady(Event):
    """The worker is up: what it offers, and its devices such as ("cpu",)."""

    catalogue: Catalogue
    devices: tuple[str, ...]
    versions: Mapping[str, str] = field(default_factory=dict)


def frozen(array: Array) -> Array:
    """`array` as a contiguous read-only copy, as events carry it."""
    copy = np.array(array, order="C")
    copy.setflags(write=False)
    return copy
