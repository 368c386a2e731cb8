"""What each request for information does: request and job in, payload out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sslviz.engine.desk import Job
from sslviz.engine.errors import explain
from sslviz.engine.evaluating import ask_prompts, evaluate_run
from sslviz.engine.filming import write_frames
from sslviz.engine.lessons import arm_measured
from sslviz.engine.looking import Look, Looking
from sslviz.engine.mapping import Mapper
from sslviz.engine.preview import augment_images, fetch_images
from sslviz.engine.runs import Runs
from sslviz.engine.shelf import Shelf, shelf_mark
from sslviz.engine.subjects import Subjects
from sslviz.spec.animation import WriteAnimation
from sslviz.spec.comparison import CompareModels, Comparison
from sslviz.spec.config import DataConfig
from sslviz.spec.errors import Cancelled
from sslviz.spec.evaluation import AskPrompts, EvaluateRun, FetchImages
from sslviz.spec.events import Event, Failed, Finished
from sslviz.spec.lesson import MeasureArm
from sslviz.spec.mapping import MapRequest
from sslviz.spec.places import runs_folder
from sslviz.spec.requests import (
    AugmentImages,
    CacheSummary,
    DataSummary,
    DescribeCache,
    Estimate,
    Estimated,
    ListRuns,
    OpenRun,
    PrepareData,
    RunSummary,
)

Emit = Callable[[Event], None]
Inquiry = (
    WriteAnimation | AugmentImages | PrepareData | ListRuns | DescribeCache | Estimate | OpenRun | EvaluateRun | AskPrompts | FetchImages
    | CompareModels | MeasureArm | Look | MapRequest
)  # fmt: skip
SHOWN_SKIPPED = 200

INSPECTION, LOADING, EVALUATION, FILMING = "inspection", "loading", "evaluation", "filming"
"""The lanes: what is answered at once, what may take minutes, what computes for minutes, and what is written meanwhile."""


class Answers:
    """Turns inquiries into jobs for the desk."""

    def __init__(self, emit: Emit, shelf: Shelf, runs: Runs) -> None:
        self._emit = emit
        self._shelf = shelf
        self._runs = runs
        subjects = Subjects(runs)
        self._looking = Looking(emit, shelf, subjects)
        self._mapper = Mapper(emit, shelf, subjects, runs)

    def job(self, request: Inquiry) -> tuple[str, Job]:
        """The lane and the job for `request`."""
        if isinstance(request, Look):
            return self._looking.job(request)
        if isinstance(request, MapRequest):
            return self._mapper.job(request)
        kind = type(request).__name__
        request_id = 0 if isinstance(request, OpenRun) else request.request_id
        job = Job(kind, lambda job: self._answer(request, job), self._emit, request_id)
        if isinstance(request, AugmentImages):
            job.newest_wins, job.about = True, shelf_mark(request.data)
            return (INSPECTION if self._shelf.holds(request.data) else LOADING), job
        if isinstance(request, EvaluateRun | AskPrompts):
            job.newest_wins, job.about = True, request_id  # the one before is given up even while it is worked on
            return EVALUATION, job
        if isinstance(request, MeasureArm):
            return EVALUATION, job
        if isinstance(request, WriteAnimation):
            return FILMING, job
        job.newest_wins = isinstance(request, Estimate | CompareModels)
        return (LOADING if isinstance(request, PrepareData) else INSPECTION), job

    def warm_up_maps(self, stop: Callable[[], None]) -> None:
        """As `Layouts.warm`."""
        self._mapper.layouts.warm(stop)

    def close(self) -> None:
        """End the processes that work for it, if any."""
        self._mapper.close()

    def _answer(self, request: Inquiry, job: Job) -> object:
        match request:
            case AugmentImages():
                splits = self._shelf.get(request.data, progress=job.advance, cancelled=job.is_given_up)
                return augment_images(request, splits.train)
            case PrepareData():
                return self._prepare(request.data, job)
            case ListRuns():
                return _list_runs(request.folder)
            case DescribeCache():
                return self._cache(clear=request.clear)
            case Estimate():
                return _estimate(request)
            case EvaluateRun():
                return evaluate_run(request, job, self._shelf, self._runs)
            case AskPrompts():
                return ask_prompts(request, job, self._shelf, self._runs)
            case FetchImages():
                splits = self._shelf.get(request.data, progress=job.advance, cancelled=job.is_given_up)
                return fetch_images(request, splits)
            case CompareModels():
                return _compare(request, job)
            case MeasureArm():
                return arm_measured(request, job, self._shelf)
            case WriteAnimation():
                return write_frames(request, job)
            case OpenRun():
                self._replay(request)
        return None

    def _prepare(self, data: DataConfig, job: Job) -> DataSummary:
        splits = self._shelf.get(data, progress=job.advance, cancelled=job.is_given_up, fresh=True)
        return DataSummary(
            source=data.source,
            train=len(splits.train.images),
            val=len(splits.val.images),
            image_size=splits.train.images.shape[-1],
            class_names=splits.train.class_names,
            note=splits.note,
            skipped=splits.skipped[:SHOWN_SKIPPED],
            skipped_count=splits.skipped_count,
        )

    def _cache(self, *, clear: bool) -> CacheSummary:
        from sslviz.data.cache import clear_cache, describe_cache

        if clear:
            self._shelf.clear()
        return clear_cache() if clear else describe_cache()

    def _replay(self, request: OpenRun) -> None:
        from sslviz.training import replay

        try:
            replay(request.run_id, Path(request.folder), self._emit)
        except Exception as error:  # noqa: BLE001  whatever is wrong with the folder is told as the run's failure
            why = explain(error)
            self._emit(Failed(request.run_id, 0, why.kind, why.message, why.hint, why.trace))
            self._emit(Finished(request.run_id, 0, "failed", request.folder))


def _list_runs(folder: str) -> tuple[RunSummary, ...]:
    from sslviz.training import list_runs

    return list_runs(Path(folder) if folder else runs_folder())


def _estimate(request: Estimate) -> Estimated:
    from sslviz.training import estimate

    return estimate(request.config)


def _compare(request: CompareModels, job: Job) -> Comparison:
    from sslviz.training.comparing import compare

    def stop() -> None:
        if job.is_given_up():
            raise Cancelled("It was cancelled.")

    return compare(request.models, request.points, stop)
