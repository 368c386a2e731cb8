"""What status bar and transport say of the current run. Reads the picture only."""

from __future__ import annotations

import math
from pathlib import Path

from app.bridge.bridge import is_live
from app.bridge.picture import RunPicture
from app.shell.actions import Actions
from app.shell.current_model import CurrentModel
from app.widgets.status import StatusBar, duration, size
from sslviz.spec.errors import SpecError
from sslviz.spec.places import shipped

NOUNS = {
    "preparing": "Preparing", "running": "Training", "paused": "Paused", "finished": "Finished", "stopped": "Stopped",
    "failed": "Failed",
}  # fmt: skip

RECORDED = "Recorded run, it ships with the program"


def is_recorded(folder: str) -> bool:
    """Whether a run's folder is that of a model that ships: it can be looked at, and trained anew, but not gone on with."""
    try:
        return bool(folder) and Path(folder).parent == shipped("models")
    except SpecError:  # an installation without models
        return False


def show_status(bar: StatusBar, picture: RunPicture | None) -> None:
    """All fields of the status bar."""
    if picture is None:
        bar.show_fields(speed="", step="", left="", memory="")
        bar.show_progress(-1.0)
        return
    if picture.started:
        bar.show_fields(device=picture.started.device)
    bar.show_message(describe_state(picture))
    _show_progress(bar, picture)


def _show_progress(bar: StatusBar, picture: RunPicture) -> None:
    now = picture.progress
    if picture.state == "preparing" or now is None:
        bar.show_fields(speed="", step="", left="", memory="")
        bar.show_progress(picture.fraction if picture.state == "preparing" else -1.0)
        return
    running = picture.state == "running"
    bar.show_fields(
        speed=f"{now.images_per_s:,.0f} images/s" if running else "",
        step=f"{now.step:,} / {now.steps:,}",
        left=f"{duration(now.eta_s)} left" if running and math.isfinite(now.eta_s) else "",
        memory=size(now.memory_bytes) if is_live(picture) else "",
    )
    bar.fields["step"].setToolTip(f"Step {now.step:,} of {now.steps:,}, epoch {now.epoch:.2f}")
    bar.show_progress(now.step / max(now.steps, 1))


def describe_state(picture: RunPicture) -> str:
    """The state in words, with what it is doing where that is known."""
    if picture.failure and picture.state == "failed":
        return picture.failure.message
    word = RECORDED if picture.started is not None and is_recorded(picture.started.folder) else NOUNS[picture.state]
    return f"{word}: {picture.status}" if picture.status else word


def show_model(bar: StatusBar, model: CurrentModel) -> None:
    """What is looked into, with enough of its hash to tell it from others."""
    known = model.description
    mark = f" · {known.short_hash}" if known and known.sha256 else ""
    tip = f"{known.source}\nClick for its details" if known else "Nothing is known of it yet" if model.name else ""
    bar.show_model(f"{model.name}{mark}", tip)


def show_transport(actions: Actions, picture: RunPicture | None, *, can_train: bool, can_resume: bool) -> None:
    """Which of the run's actions make sense now."""
    live = picture is not None and is_live(picture)
    paused = live and picture is not None and picture.state == "paused"
    actions.enable(
        train=can_train, pause=live, step=live, stop=live, resume=can_resume, reset=can_train and picture is not None,
        new_seed=can_train,
    )  # fmt: skip
    pause = actions["pause"]
    if pause.text() != (wanted := "&Go on" if paused else "&Pause"):
        pause.setText(wanted)
        actions.describe(pause, "Go on with the run" if paused else "Pause the run")
