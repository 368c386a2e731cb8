"""A worker process without torch: the real wire, and a run made of recorded-looking events. Started as a script.

Its runs train a step every few milliseconds, can be paused, stepped, stopped and steered, and write `run.toml` and `saved`
when they are stopped, as the real ones do. `crash` as the method's name ends the process by SIGKILL at step 20.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import Client, Connection
from pathlib import Path

import numpy as np

from sslviz.spec import events as e
from sslviz.spec import requests as r
from sslviz.spec.animation import AnimationWritten, WriteAnimation
from sslviz.spec.augmentation import Augmentation
from sslviz.spec.catalogue import AugmentationInfo, BackboneInfo, Catalogue, DataInfo, MethodInfo
from sslviz.spec.config import OptimiserConfig, RunConfig, from_toml, to_toml
from sslviz.spec.description import Assumption, Description
from sslviz.spec.inspection import DescribeModel, ListModels, ModelLine
from sslviz.spec.lesson import ArmMeasured, MeasureArm
from sslviz.spec.params import Kind, ParamInfo
from sslviz.spec.places import runs_folder
from sslviz.spec.wire import KEY_VARIABLE, address_from, worker_command

STEP_S = 0.004
REFUSED_BATCH = 13  # whose estimate is refused


def command(address: object) -> list[str]:
    """The command line that starts this file in the worker's place."""
    real = worker_command(address)  # type: ignore[arg-type]  # the listener's own address
    return [sys.executable, __file__, *real[3:]]


def _number(name: str, default: float, lo: float, hi: float, **more: object) -> ParamInfo:
    kind: Kind = "int" if isinstance(default, int) else "float"
    return ParamInfo(name, kind, default, str(more.pop("label", name)), lo, hi, **more)  # type: ignore[arg-type]


TAU = _number("tau", 0.2, 0.01, 2.0, label="temperature", symbol="τ", scale="log", paper="0.5 on CIFAR-10",
              up="all negatives push alike", down="only the closest negatives push")  # fmt: skip
NEGATIVES = ParamInfo("negatives", "bool", True, "negatives", down="nothing pushes apart: watch the std fall")
WIDTH = _number("width", 64, 8, 512, label="projector width", live=False)
SHAPES = DataInfo("shapes", "Shapes", "20,000 drawn images with known factors.", "MIT", False,
                  (_number("objects", 1, 1, 4, live=False),))  # fmt: skip
CIFAR = DataInfo("cifar10", "CIFAR-10", "60,000 photographs, 163 MB.", "unknown; for research", True, ())
FOLDER = DataInfo("folder", "Your images", "A folder or zip.", "yours", False, ())


def _method(name: str, title: str) -> MethodInfo:
    return MethodInfo(name, title, "Chen et al. 2020", "Two views of one image attract, others repel.", "the std falls",
                      "contrastive", (TAU, NEGATIVES, WIDTH), "simclr", "resnet_w16", OptimiserConfig(), "loss")  # fmt: skip


CATALOGUE = Catalogue(
    methods=(_method("simclr", "SimCLR"), _method("crash", "Crash")),
    data=(SHAPES, CIFAR, FOLDER),
    backbones=(BackboneInfo("resnet_w16", "ResNet, width 16", "", "cnn", 128),),
    augmentations=(AugmentationInfo("simclr", "SimCLR", "the paper", "", Augmentation("simclr")),),
)


SHIPPED = (ModelLine("dino-shapes", "DINO on shapes", "Its heads find the objects.", shipped=True),
           ModelLine("mae-shapes", "MAE on shapes", "It paints hidden patches.", shipped=True))  # fmt: skip


def described(source: str, heads: int = 6, network: str = "teacher") -> Description:
    """A DINO, whatever the file is called; of what "mae" is in the name of, an MAE."""
    masked = "mae" in source
    return Description(
        source, "MAE" if masked else "DINO", "" if masked else network, () if masked else ("teacher", "student"), "vit",
        "ViT-S/16", 21_000_000, 12, 384, heads, (16, 16), (224, 224), 3, True, 0, "learned table", (0.5,) * 3, (0.2,) * 3,
        "float32", ("attention", "reconstruct") if masked else ("attention",), 100.0, sha256=f"{len(source):02d}" * 32,
        assumed=(Assumption("heads", str(heads), "As in every published DINO.", ("3", "6", "12")),), bytes=86_000_000,
        unused=("head.weight",), format="torch zip",
    )  # fmt: skip


def snapshot_of(folder: str, step: int) -> Path:
    """Where a snapshot lies, as in a real run's folder."""
    return Path(folder) / "snapshots" / f"step_{step:08d}.safetensors"


class FakeRun(threading.Thread):
    """One run: the states, scalars and saves of a real one."""

    def __init__(self, worker: FakeWorker, run_id: str, config: RunConfig, folder: str, step: int = 0) -> None:
        super().__init__(daemon=True)
        self.worker, self.run_id, self.config, self.folder = worker, run_id, config, Path(folder)
        self.at, self.paused, self.allowed, self.stopping = step, False, 0, False
        self.changes: list[r.SetParam] = []

    def tell(self, kind: type[e.Event], *args: object) -> None:
        self.worker.emit(kind(self.run_id, self.at, *args))

    def run(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "run.toml").write_text(to_toml(self.config))
        self.tell(
            e.Started, self.config, str(self.folder), True, "cpu, 1 thread, fp32", "drawn", 18_000, 99_000, 300_000_000
        )
        self.tell(e.StateChanged, "paused" if self.paused else "running")
        while self.at < self.config.steps and not self.stopping:
            self._wait_or_step()
        (self.folder / "saved").write_text(str(self.at))
        self.tell(e.Finished, "stopped" if self.stopping else "finished", str(self.folder))

    def _wait_or_step(self) -> None:
        time.sleep(STEP_S)
        if self.paused and not self.allowed:
            return
        self.allowed = max(0, self.allowed - 1)
        while self.changes:
            change = self.changes.pop(0)
            self.tell(e.Flipped, change.name, True, change.value)
        self.at += 1
        if self.config.method == "crash" and self.at == 20:
            print("the last words of a worker", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        values = np.array([[5.0 / (1 + self.at / 100), 0.7]])
        self.tell(e.Scalars, ("loss", "std"), np.array([self.at]), values)
        self.tell(e.Progressed, self.config.steps, self.at / 70, self.at * STEP_S, 4_000.0, 12.0, 300_000_000)


class FakeWorker:
    """Requests in, events out, as `sslviz.engine` does."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.runs: dict[str, FakeRun] = {}
        self.opened: tuple[ModelLine, ...] = ()
        self.lock = threading.Lock()

    def emit(self, event: e.Event) -> None:
        with self.lock:
            self.connection.send(event)

    def answer(self, request_id: int, payload: object) -> None:
        self.emit(e.Answered("", 0, request_id, payload))

    def serve(self) -> None:
        self.emit(e.WorkerReady("", 0, CATALOGUE, ("cpu",)))
        while True:
            try:
                request = self.connection.recv()
            except EOFError:
                request = r.Shutdown()
            self.take(request)
            if isinstance(request, r.Shutdown):
                return

    def take(self, request: r.Request) -> None:
        match request:
            case r.StartRun():
                run = FakeRun(self, request.run_id, request.config, request.folder)
                run.paused = request.paused
                self._launch(run)
            case r.ResumeRun():
                config = from_toml((Path(request.folder) / "run.toml").read_text())
                at = int((Path(request.folder) / "saved").read_text())
                self._launch(FakeRun(self, request.run_id, config, request.folder, at))
            case r.OpenRun():
                self._open(request)
            case r.ControlRun() if request.run_id in self.runs:
                self._control(self.runs[request.run_id], request.action)
            case r.SetParam() if request.run_id in self.runs:
                self.runs[request.run_id].changes.append(request)
            case r.ListRuns():
                self.answer(
                    request.request_id, tuple(map(_summary, sorted(runs_folder().glob("*/run.toml"), reverse=True)))
                )
            case r.Estimate() if request.config.batch_size == REFUSED_BATCH:
                words = ("MethodError", "Thirteen is no batch.", "Choose another.", "", "batch_size")
                self.emit(e.Refused("", 0, request.request_id, *words))
            case r.Estimate():
                self.answer(request.request_id, r.Estimated(310_000_000, 8_000_000_000, 99_000, ""))
            case r.DescribeCache():
                self.answer(request.request_id, r.CacheSummary("/cache", 0 if request.clear else 3, 55_000_000))
            case ListModels():
                self.answer(request.request_id, (*self.opened, *SHIPPED))
            case DescribeModel():
                self._describe(request)
            case MeasureArm():
                self._measure(request)
            case WriteAnimation():
                Path(request.path).write_text("\n".join(map(str, request.frames)))
                self.answer(request.request_id, AnimationWritten(request.path, len(request.frames), 1_000))
            case r.PrepareData():
                self._prepare(request)
            case r.Shutdown():
                self._shut_down()

    def _launch(self, run: FakeRun) -> None:
        self.runs[run.run_id] = run
        run.start()

    def _open(self, request: r.OpenRun) -> None:
        run = FakeRun(self, request.run_id, from_toml((Path(request.folder) / "run.toml").read_text()), request.folder)
        run.tell(e.Started, run.config, request.folder, False, "cpu", "drawn", 18_000, 99_000, 0)
        run.at = int((Path(request.folder) / "saved").read_text())
        run.tell(e.Scalars, ("loss",), np.arange(1, 4), np.ones((3, 1)))
        for path in sorted((Path(request.folder) / "snapshots").glob("step_*")):
            self.emit(e.SnapshotSaved(request.run_id, int(path.stem.removeprefix("step_")), str(path)))
        run.tell(e.Finished, "stopped", request.folder)

    def _control(self, run: FakeRun, action: r.Action) -> None:
        if action == "stop":
            run.stopping = True
        elif action == "step":
            run.paused, run.allowed = True, run.allowed + 1
        else:
            run.paused = action == "pause"
        if action != "stop":
            run.tell(e.StateChanged, "paused" if run.paused else "running")

    def _describe(self, request: DescribeModel) -> None:
        """Files without a model in their name are none; a name of timm's is there once it was downloaded."""
        source = request.model.source
        if source.startswith("timm:") and not request.model.download:
            words = ("CheckpointError", f"{source} is not on this computer.", "Download it, or name a file.", "trace")
            self.emit(e.Refused("", 0, request.request_id, *words))
        elif request.model.snapshot >= 0 and not snapshot_of(source, request.model.snapshot).exists():
            words = (
                "TrainingError",
                f"{source} holds no snapshot of step {request.model.snapshot}.",
                "Train it again.",
            )
            self.emit(e.Refused("", 0, request.request_id, *words))
        elif source.endswith(".txt"):
            words = (
                "CheckpointError",
                f"{Path(source).name} is not a checkpoint.",
                "Open a file of weights.",
                "line 1",
            )
            self.emit(e.Refused("", 0, request.request_id, *words))
        elif source.endswith("slow.pth"):
            self.emit(e.Advanced("", 0, request.request_id, 0.4, "reading weights"))
        else:
            known = described(source, request.model.heads or 6, request.model.network or "teacher")
            if not request.model.run_id and source not in [line.source for line in (*self.opened, *SHIPPED)]:
                self.opened = (ModelLine(source, known.title, "Opened before.", shipped=False), *self.opened)
            self.answer(request.request_id, known)

    def _prepare(self, request: r.PrepareData) -> None:
        if request.data.source == "cifar10" and not request.data.download:
            self.emit(
                e.Refused("", 0, request.request_id, "DataError", "CIFAR-10 is not on this computer.", "Download it.")
            )
            return
        self.emit(e.Advanced("", 0, request.request_id, 0.5, "decoding 5 of 10 images"))
        found = r.DataSummary(request.data.source, 9, 1, 32, ("a", "b"), "Split by seed.", ("x.png: truncated",), 1)
        self.answer(request.request_id, found)

    def _measure(self, request: MeasureArm) -> None:
        """Of a run that was trained to its end; an arm called "unmeasurable" is none."""
        if request.arm == "unmeasurable":
            words = ("LessonError", "It cannot be measured.", "Train it again.")
            self.emit(e.Refused("", 0, request.request_id, *words))
            return
        self.emit(e.Advanced("", 0, request.request_id, 0.5, "probe of shape"))
        taken = int((Path(request.folder) / "saved").read_text())
        self.answer(request.request_id, ArmMeasured(request.lesson, request.arm, {"shape": taken / 100}))

    def _shut_down(self) -> None:
        for run in self.runs.values():
            run.stopping = True
        for run in self.runs.values():
            run.join(5.0)


def _summary(path: Path) -> r.RunSummary:
    config, folder = from_toml(path.read_text()), path.parent
    saved = folder / "saved"
    step = int(saved.read_text()) if saved.exists() else 0
    return r.RunSummary(str(folder), folder.name, config.method, config.data.source, "stopped", step, config.steps,
                        path.stat().st_mtime, {"knn": 0.71})  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--connect", required=True)
    parser.add_argument("--threads")
    arguments = parser.parse_args()
    key = bytes.fromhex(os.environ.pop(KEY_VARIABLE))
    with Client(address_from(arguments.connect), authkey=key) as connection:
        FakeWorker(connection).serve()


if __name__ == "__main__":
    main()
