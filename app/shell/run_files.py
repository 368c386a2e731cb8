"""What can be done with run folders beside training: find, open, rename, delete, show in the file manager."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFile, QObject, QSettings, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu, QMessageBox, QWidget

from app.bridge.bridge import Bridge
from app.bridge.routes import Reply
from app.shell.current_run import CurrentRun
from app.shell.draft import Draft
from app.shell.rail import RunsList
from app.shell.settings import recent_runs
from app.widgets.banner import Notice, Remedy
from sslviz.spec.events import Answered, Refused
from sslviz.spec.requests import ListRuns


class RunFiles(QObject):
    """Keeps the list of runs fresh and does what its menu says. `troubled` carries a Notice."""

    troubled = Signal(object)

    def __init__(self, bridge: Bridge, draft: Draft, current: CurrentRun, shown: RunsList, settings: QSettings) -> None:
        super().__init__(shown)
        self._bridge, self._draft, self._current = bridge, draft, current
        self._shown, self._settings = shown, settings
        shown.opened.connect(current.open)
        shown.resumed.connect(self.resume)
        shown.revealed.connect(lambda folder: QDesktopServices.openUrl(QUrl.fromLocalFile(folder)))
        shown.renamed.connect(self.ask_name)
        shown.deleted.connect(self.ask_delete)
        shown.refreshed.connect(self.look)

    def look(self) -> None:
        """Ask which runs there are."""
        self._bridge.ask(ListRuns, self._found)

    def _found(self, reply: Reply) -> None:
        if isinstance(reply, Answered):
            current = self._current
            self._shown.show_runs(reply.payload, self._draft.catalogue, current.folder, live=current.is_live)
        elif isinstance(reply, Refused) and reply.kind not in ("Superseded", "WorkerLost"):
            self.troubled.emit(Notice(reply.message, reply.hint, reply.trace))

    def ask_folder(self, parent: QWidget) -> str:
        """The system's dialog for a run folder; "" where it was cancelled."""
        start = str(Path(self._current.folder).parent) if self._current.folder else ""
        return QFileDialog.getExistingDirectory(parent, "A run folder", start)

    def fill_recent(self, menu: QMenu) -> None:
        """The runs shown last, as actions."""
        menu.clear()
        for folder in recent_runs(self._settings):
            action = menu.addAction(Path(folder).name)
            action.triggered.connect(lambda _checked, folder=folder: self._current.open(folder))
        if menu.isEmpty():
            menu.addAction("None yet").setEnabled(False)

    def resume(self, folder: str = "") -> None:
        """Go on with the run in `folder`, or the one that is shown; one that took all its steps is asked how many more."""
        target = folder or self._current.folder
        run = next((run for run in self._shown.runs if run.folder == target), None)
        if run is None or run.state != "finished":
            self._current.resume(target)
            return
        question = f"This run has taken all of its {run.steps:,} steps. How many shall it take in all?"
        steps, accepted = QInputDialog.getInt(self._shown, "Resume the run", question, 2 * run.steps, run.step + 1)
        if accepted:
            self._current.resume(target, steps)

    def ask_name(self, folder: str) -> None:
        """Rename a run, which is its folder."""
        name, accepted = QInputDialog.getText(self._shown, "Rename the run", "New name", text=Path(folder).name)
        if accepted and name.strip() and name.strip() != Path(folder).name:
            self.rename(Path(folder), name.strip())

    def ask_delete(self, folder: str) -> None:
        """Move a run to the trash, once the user has said so; refused while it trains."""
        if folder == self._current.folder and self._current.is_live:
            self.troubled.emit(Notice("A run that trains cannot be deleted.", "Stop it first."))
            return
        box = QMessageBox(QMessageBox.Icon.Question, "Delete the run", f"Move “{Path(folder).name}” to the trash?",
                          parent=self._shown)  # fmt: skip
        box.setInformativeText(
            "Its curves and snapshots go with it. It can be taken back from the trash of the system."
        )
        yes = box.addButton("Move to the trash", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton("Keep it", QMessageBox.ButtonRole.RejectRole))
        box.buttonClicked.connect(lambda button: self.delete(Path(folder)) if button is yes else None)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def delete(self, folder: Path) -> None:
        """Move a run's folder to the trash; what is shown of it goes too."""
        if not _to_trash(folder):
            problem = f"{folder.name} could not be moved to the trash, so nothing was deleted."
            show = Remedy("Show in the file manager", lambda: self._shown.revealed.emit(str(folder)))
            self.troubled.emit(Notice(problem, "Its folder can be deleted in the file manager.", str(folder), (show,)))
            return
        if str(folder) == self._current.folder:
            self._current.put_away()
        self.look()

    def rename(self, folder: Path, name: str) -> None:
        """Give a run's folder another name; refused while it trains, and for a name that is taken or has a slash."""
        target = folder.parent / name
        shown = str(folder) == self._current.folder
        if shown and self._current.is_live:
            self.troubled.emit(
                Notice("A run that trains cannot be renamed.", "Stop it first; it can be resumed after.")
            )
        elif Path(name).name != name or target.exists():
            problem = f"The run cannot be called {name!r}."
            self.troubled.emit(Notice(problem, "Choose a name that is free and has no slash."))
        else:
            self._move(folder, target, shown=shown)

    def _move(self, folder: Path, target: Path, *, shown: bool) -> None:
        try:
            folder.rename(target)
        except OSError as error:
            problem = f"The run could not be renamed: {error.strerror}."
            self.troubled.emit(Notice(problem, "Check that you may write to the folder of the runs."))
            return
        if shown:
            self._current.open(str(target))
        self.look()


def _to_trash(folder: Path) -> bool:
    moved: object = QFile.moveToTrash(str(folder))  # a bool or (bool, new path), whatever the stubs say
    return bool(moved[0]) if isinstance(moved, tuple) else bool(moved)
