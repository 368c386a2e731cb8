"""Following: keeps what the window says in step with the worker and with the run that is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from app.bridge.worker import WorkerLost
from app.shell import run_display, troubles
from app.shell.settings import remember_run
from sslviz.spec.events import Failed, Finished, WorkerReady

if TYPE_CHECKING:
    from app.shell.main_window import MainWindow


class Following(QObject):
    """Reads the bridge and the current run; writes rail, inspector, status bar, transport and views."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._seen_flips = 0
        self._adopted = ""
        window.bridge.ready.connect(self._worker_ready)
        window.bridge.lost.connect(self._worker_lost)
        window.bridge.failed.connect(self._failed)
        window.bridge.finished.connect(window.files.look)
        window.bridge.finished.connect(self._ended, Qt.ConnectionType.QueuedConnection)  # after this tick's events
        window.bridge.changed.connect(self._tick)
        window.current.changed.connect(self.run_changed)
        window.model.changed.connect(self.show_model)
        window.model.listed.connect(self.show_model)
        window.model.advanced.connect(self._say_opening)

    # --- the worker ---

    def _worker_ready(self, ready: WorkerReady) -> None:
        window = self._window
        window.draft.use_catalogue(ready.catalogue)
        window.inspector.use_devices(ready.devices)
        self.show_catalogue()
        window.status.show_fields(device=", ".join(ready.devices))
        window.status.show_message("Ready")
        self.show_run()
        window.files.look()

    def show_catalogue(self) -> None:
        """The methods there are."""
        draft = self._window.draft
        self._window.rail.show_methods(draft.catalogue.methods, draft.config.method)

    def _worker_lost(self, report: WorkerLost) -> None:
        window = self._window
        picture, folder = window.current.picture, window.current.folder
        hurt = picture is not None and picture.failure is not None and picture.failure.kind == "WorkerLost"
        resume = (lambda: window.current.resume(folder)) if hurt else None
        window.trouble(troubles.of_lost_worker(report, window.bridge.start, resume, Path(folder).name))
        self._show_transport()

    def _failed(self, failed: Failed) -> None:
        window = self._window
        if not failed.run_id:
            window.trouble(troubles.of_worker(failed))
            return
        started = window.bridge.pictures[failed.run_id].started
        if started is None or started.live:  # that a run once failed is no news: the views say it with the record
            window.inspector.show_problem(failed.field, f"{failed.message} {failed.hint}".strip())
            folder = started.folder if started else window.current.record
            window.trouble(troubles.of_run(failed, window.draft, window.current, folder))

    def _ended(self, finished: Finished) -> None:
        self._window.current.show_record_again(finished.run_id)

    # --- the run that is shown ---

    def run_changed(self) -> None:
        """Another run is shown, or none."""
        window, folder = self._window, self._window.current.folder
        self._seen_flips, self._adopted = 0, ""
        window.banner.withdraw(troubles.BEGINNING)
        if folder and not run_display.is_recorded(folder):
            remember_run(window.settings, folder)
        recorded = " (recorded)" if run_display.is_recorded(folder) else ""
        window.setWindowTitle(f"{Path(folder).name}{recorded} – SSLViz" if folder else "SSLViz")
        for panel in window.views.panels.values():
            panel.clear()
        self.show_run()

    def _tick(self, touched: frozenset[str]) -> None:
        if self._window.current.run_id in touched:
            self._adopt()
            self.show_run()

    def _adopt(self) -> None:
        """The inspector follows the run that is shown: its configuration once, its flips as they come."""
        window, picture = self._window, self._window.current.picture
        if picture is None or picture.started is None:
            return
        if self._adopted != picture.run_id:
            self._adopted = picture.run_id
            window.draft.adopt(picture.started.config)
            window.files.look()
        for flip in picture.flips[self._seen_flips :]:
            window.inspector.mirror(flip.name, flip.after)
        self._seen_flips = len(picture.flips)

    def show_run(self) -> None:
        """Everything that tells of the run."""
        run_display.show_status(self._window.status, self._window.current.picture)
        self._show_transport()
        self._window.inspector.show_locks()
        self.show_model()
        self._window.refresh_views()

    def _show_transport(self) -> None:
        window = self._window
        can_train = bool(window.draft.catalogue.methods)  # before the worker is up the run waits for it
        run_display.show_transport(
            window.actions_table,
            window.current.picture,
            can_train=can_train,
            can_resume=window.current.can_resume and not run_display.is_recorded(window.current.folder),
        )
        again = "Train anew" if window.current.is_live else "Train"
        window.inspector.show_start(
            again, window.actions_table["train"].shortcut(), can_train, "The worker is starting …"
        )

    # --- the model that is looked into ---

    def show_model(self) -> None:
        """The list of models and the name of the current one."""
        window, picture = self._window, self._window.current.picture
        steps = tuple(saved.step for saved in picture.snapshots) if picture else ()
        window.models.show_models(window.model, steps, {run.folder for run in window.runs.runs})
        run_display.show_model(window.status, window.model)
        window.actions_table.enable(
            model_details=window.model.description is not None, model_run=picture is not None,
            stop_opening=window.model.is_opening,
        )  # fmt: skip

    def _say_opening(self, text: str) -> None:
        """How far the opening of a model is; afterwards what the run does, or that all is ready."""
        picture = self._window.current.picture
        self._window.status.show_message(text or (run_display.describe_state(picture) if picture else "Ready"))
        self._window.actions_table.enable(stop_opening=bool(text))
