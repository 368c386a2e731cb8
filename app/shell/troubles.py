"""From what went wrong to a sentence, a remedy that can be pressed, and details that fold out: the one funnel for errors."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from types import TracebackType

from app.bridge.worker import WorkerLost
from app.shell.current_run import CurrentRun
from app.shell.draft import Draft
from app.widgets.banner import Notice, Remedy
from sslviz.spec.errors import SSLVizError
from sslviz.spec.events import Failed

OUT_OF_MEMORY = "OutOfMemory"
BEGINNING = "beginning"
"""What the notice of a run that did not even start is about: it is gone with the next one."""
REFUSED = "SpecError"  # a change that did not fit; the run goes on


def of_run(failed: Failed, draft: Draft, current: CurrentRun, folder: str) -> Notice:
    """A run that failed: half the batch where memory ran out; going on from the last save where there is one."""
    remedies = []
    if failed.kind == OUT_OF_MEMORY and draft.config.batch_size > 1:
        remedies.append(Remedy(f"Half the batch ({draft.config.batch_size // 2})", lambda: _half(draft, current)))
    elif failed.step > 0 and folder and failed.kind != REFUSED:
        remedies.append(Remedy("Resume from the last save", lambda: current.resume(folder)))
    return Notice(failed.message, failed.hint, failed.trace, tuple(remedies), about="" if folder else BEGINNING)


def _half(draft: Draft, current: CurrentRun) -> None:
    draft.set("batch_size", draft.config.batch_size // 2)
    current.start()


def of_worker(failed: Failed) -> Notice:
    """Something went wrong in the worker outside of a run."""
    return Notice(failed.message, failed.hint, failed.trace)


def of_lost_worker(
    report: WorkerLost, restart: Callable[[], object], resume: Callable[[], object] | None, name: str
) -> Notice:
    """The worker died: it has been started again if it had worked before; the run it held can go on."""
    if not report.was_ready:
        return Notice(report.message, report.hint, report.trace, (Remedy("Restart worker", restart),))
    remedies = (Remedy("Resume the run", resume),) if resume else ()
    hint = (
        f"It has been started again. The run “{name}” is kept up to its last save."
        if resume
        else "It has been started again."
    )
    return Notice(report.message, hint, report.trace, remedies)


def of_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Notice:
    """An exception that nobody caught in the window's own code."""
    details = "".join(traceback.format_exception(kind, error, trace))
    if isinstance(error, SSLVizError):
        return Notice(error.message, error.hint, details)
    hint = "The window goes on; if it looks wrong, open it again. Please report this with the details."
    return Notice(f"Something in the window went wrong: {kind.__name__}: {error}.", hint, details)
