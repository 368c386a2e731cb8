"""Collapse: each switch that holds a method up is flipped in a healthy run on shapes; how soon a sentence names what happens.

Seconds are those of the cores that the run may use, so that other programs do not count; from the flip to the first sentence
(a warning) that names the kind of collapse which the method's paper predicts.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from figure import Figure

from sslviz.nn.devices import intra_op_threads
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.config import RunConfig
from sslviz.spec.events import Diagnosed, Event, Flipped
from sslviz.spec.params import Scalar
from sslviz.spec.settings import default_config
from sslviz.training import RunControl, TrainingRun

HEALTHY_S, GIVEN_UP_S, TARGET_S = 15.0, 60.0, 20.0
COMPLETE, DIMENSIONAL, UNIFORM = "complete collapse", "dimensional collapse", "uniform output"


@dataclass(frozen=True, slots=True)
class Flip:
    """A switch, what it is set to, and the kinds of collapse that its absence leads to."""

    method: str
    name: str
    value: Scalar
    kinds: tuple[str, ...]


FLIPS = (
    Flip("simclr", "negatives", False, (COMPLETE,)),
    Flip("byol", "stop_gradient", False, (COMPLETE,)),
    Flip("byol", "predictor", False, (COMPLETE,)),
    Flip("simsiam", "stop_gradient", False, (COMPLETE,)),
    Flip("simsiam", "predictor", False, (COMPLETE,)),
    Flip("swav", "sinkhorn", False, (COMPLETE,)),
    Flip("barlow_twins", "lambda_", 0.0, (DIMENSIONAL, COMPLETE)),
    Flip("vicreg", "variance", 0.0, (COMPLETE,)),
    Flip("dino", "centring", False, (COMPLETE,)),
    Flip("dino", "sharpening", False, (UNIFORM,)),
    Flip("align_uniform", "uniformity", 0.0, (COMPLETE,)),
)


class Watch:
    """Hears a run, flips its switch when it has been healthy for long enough, and stops it when the collapse was named."""

    def __init__(self, flip: Flip, threads: int) -> None:
        self.flip, self.control, self._threads = flip, RunControl(), threads
        self._begun = self._flipped = 0.0
        self._asked = False
        self.healthy = self.said = ""
        self.seconds = float("inf")

    def _now(self) -> float:
        return time.process_time() / self._threads

    def hear(self, event: Event) -> None:
        """Called for every event of the run, in its thread."""
        self._begun = self._begun or self._now()
        if isinstance(event, Flipped):
            self._flipped = self._now()
        if isinstance(event, Diagnosed):
            self._diagnosed(event)
        if not self._asked and self._now() - self._begun > HEALTHY_S:
            self.control.set(self.flip.name, self.flip.value)
            self._asked = True
        if self._flipped and self._now() - self._flipped > GIVEN_UP_S:
            self.control.stop()

    def _diagnosed(self, event: Diagnosed) -> None:
        if not self._flipped:
            self.healthy = event.text
        elif event.level == "warning" and any(kind in event.text for kind in self.flip.kinds):
            self.seconds, self.said = self._now() - self._flipped, event.text
            self.control.stop()


def watched(flip: Flip) -> Figure:
    """One switch: seconds until the collapse is named; infinite where it was not within a minute."""
    config: RunConfig = default_config(shipped_catalogue(), flip.method, data="shapes", steps=100_000)
    watch = Watch(flip, intra_op_threads(0))
    with tempfile.TemporaryDirectory() as folder:
        TrainingRun("bench", config, Path(folder) / "run", watch.hear, watch.control).run()
    name = f"{flip.method}: {flip.name} = {flip.value}"
    note = f"before: {watch.healthy or 'nothing was said'} Then: {watch.said or 'nothing of the kind'}"
    return Figure(name, watch.seconds, "s", TARGET_S, "lower", note=note)


def run(quick: bool, data: Path | None) -> list[Figure]:
    """Every switch; two of them for a trial."""
    del data
    return [watched(flip) for flip in (FLIPS[:2] if quick else FLIPS)]
