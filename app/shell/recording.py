"""Recording: goes through the snapshots of the shown run, takes a picture of what is seen at each, and has them put together.

What is saved looks as it does on screen; the worker writes the file. Nothing else is to be done meanwhile, but to give up. A picture
is painted strip by strip and kept by a thread of its own, so that the window answers all the while.
"""

from __future__ import annotations

import threading
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTemporaryDir, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from app.bridge.routes import Reply
from app.shell.frame_picture import FramePicture
from app.widgets.banner import Notice
from app.widgets.progress_box import ProgressBox
from sslviz.spec.animation import ENDINGS, AnimationWritten, WriteAnimation
from sslviz.spec.events import Advanced, Answered
from sslviz.spec.requests import Cancel

if TYPE_CHECKING:
    from app.shell.main_window import MainWindow
    from app.shell.timeline import Timeline

FORMATS = "GIF (*.gif);;WebP (*.webp);;APNG (*.apng *.png)"
LOOK_MS, QUIET = 50, 12
"""So often is looked, and so many times in a row nothing may be on its way: points that glide have arrived by then."""
PATIENCE_S = 8.0
"""After so long a picture is taken of what there is: of a run that trains the views never rest."""
WATCHED = 0.85
"""Share of the progress after which all pictures are taken."""
HUSHED = ("Cancelled", "Superseded")


class Recording(QObject):
    """One at a time. `ended` carries the file that was written, "" where none was."""

    ended = Signal(str)
    troubled = Signal(object)  # Notice
    _kept = Signal(str, bool)  # a picture's file, and whether it is there

    def __init__(self, timeline: Timeline, window: MainWindow) -> None:
        super().__init__(timeline)
        self._timeline, self._window = timeline, window
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._painter = QTimer(self, interval=0)
        self._painter.timeout.connect(self._paint)
        self._picture: FramePicture | None = None
        self._kept.connect(self._take_next)
        self._folder: QTemporaryDir | None = None
        self._box: ProgressBox | None = None
        self._due: list[int] = []
        self._frames: list[str] = []
        self._out, self._name, self._back, self._count = "", "", -1, 0
        self._quiet, self._since, self._request = 0, 0.0, 0

    @property
    def is_running(self) -> bool:
        """Whether pictures are being taken or put together."""
        return self._folder is not None

    # --- beginning ---

    def ask(self) -> None:
        """Ask for a file, and begin."""
        front = self._window.views.in_front()
        if front is None or self.is_running or not self._timeline.travel.stops:
            return
        name, _ = QFileDialog.getSaveFileName(self._window, "Export animation", f"{front.figure()[1]}.gif", FORMATS)
        if name:
            self.start(name if Path(name).suffix else f"{name}.gif")

    def start(self, out: str) -> None:
        """Record every snapshot that there is into the file `out`."""
        if Path(out).suffix.lower() not in ENDINGS:
            self.troubled.emit(
                Notice(f"{Path(out).name} is of no kind that moves.", f"End it with {', '.join(ENDINGS)}.")
            )
            return
        folder = QTemporaryDir()
        if not folder.isValid():
            self.troubled.emit(
                Notice(f"There is no room for pictures: {folder.errorString()}.", "Make room on the disk.")
            )
            return
        travel = self._timeline.travel
        self._folder, self._out, self._frames, self._back = folder, out, [], travel.at
        self._due = [k for k, stop in enumerate(travel.stops) if not stop.missing]
        self._count, self._name = len(self._due), Path(self._window.current.folder).name
        self._box = self._make_box()
        self._go_on()

    def _make_box(self) -> ProgressBox:
        box = ProgressBox("Export animation", self._window)
        box.set_theme(self._window.appearance.theme)
        box.given_up.connect(self.give_up)
        box.show()
        return box

    # --- taking pictures ---

    def _go_on(self) -> None:
        """To the next snapshot, or to the worker with what there is."""
        if not self._due:
            self._write()
            return
        self._timeline.bar.go(self._due[0])
        self._quiet, self._since = 0, monotonic()
        self._say(
            WATCHED * (1 - len(self._due) / self._count),
            f"Snapshot {self._count - len(self._due) + 1} of {self._count}",
        )
        self._timer.start()

    def _look(self) -> None:
        """A picture is taken once nothing has been on its way for a moment."""
        self._quiet = self._quiet + 1 if self._timeline.is_settled else 0
        if self._quiet < QUIET and monotonic() - self._since < PATIENCE_S:
            return
        self._timer.stop()
        if self._timeline.travel.at == self._due.pop(0):
            self._picture = self._begun()
            self._painter.start()
        else:
            self._go_on()  # one that cannot be opened was told, and is left out

    def _begun(self) -> FramePicture:
        window = self._window
        track, words = self._timeline.bar.track, self._timeline.bar.words.text()
        return FramePicture(self._target(), track, f"{self._name}: {words}", window.appearance.theme)

    def _paint(self) -> None:
        """One strip; the whole picture goes to a thread that encodes it."""
        picture, folder = self._picture, self._folder
        if picture is None or folder is None or picture.go_on():
            return
        self._painter.stop()
        self._picture = None
        arguments = (picture.image(), folder.filePath(f"{len(self._frames):04d}.png"))
        threading.Thread(target=self._keep, args=arguments, name="keep a picture", daemon=True).start()

    def _target(self) -> QWidget:
        """All views where several are in sight, else what the one in front exports."""
        views = self._window.views
        front = views.in_front()
        return views if front is None or len(views.visible()) > 1 else front.figure()[0]

    def _keep(self, picture: QImage, path: str) -> None:
        """In a thread of its own."""
        self._kept.emit(path, picture.save(path))

    def _take_next(self, path: str, done: bool) -> None:
        """A picture was kept; of a recording that was given up meanwhile nothing is."""
        if self._folder is None or Path(path).parent != Path(self._folder.path()):
            return
        if done:
            self._frames.append(path)
            self._go_on()
        else:
            full = "A picture could not be kept: the disk may be full."
            self._end("", Notice(full, "Make room on the disk, and try again."))

    # --- writing ---

    def _write(self) -> None:
        if not self._frames:
            self._end("", Notice("None of the snapshots could be opened.", "Choose another run."))
            return
        self._back_to_start()
        ms = round(1_000 / self._timeline.bar.speed_now)
        frames = tuple(self._frames)
        self._request = self._window.bridge.ask(
            lambda number: WriteAnimation(number, frames, self._out, ms, 2 * ms), self._answered
        )

    def _answered(self, reply: Reply) -> None:
        if reply.request_id != self._request:
            return
        if isinstance(reply, Advanced):
            self._say(WATCHED + (1 - WATCHED) * reply.fraction, f"Writing {reply.text}")
        elif isinstance(reply, Answered) and isinstance(reply.payload, AnimationWritten):
            told = reply.payload
            self._window.status.show_message(f"Wrote {told.path}: {told.frames} snapshots, {told.bytes / 1e6:.1f} MB")
            self._end(told.path)
        elif not isinstance(reply, Answered):
            self._end("", None if reply.kind in HUSHED else Notice(reply.message, reply.hint, reply.trace))

    def _say(self, share: float, text: str) -> None:
        if self._box is not None:
            self._box.say(share, text)

    # --- ending ---

    def give_up(self) -> None:
        """Stop, and leave no file."""
        if self.is_running:
            if self._request:
                self._window.bridge.send(Cancel(self._request))
            self._back_to_start()
            self._end("")

    def _back_to_start(self) -> None:
        """Where the handle stood before."""
        if self._back >= 0:
            self._timeline.bar.go(self._back)

    def _end(self, path: str, notice: Notice | None = None) -> None:
        self._timer.stop()
        self._painter.stop()
        self._picture = None
        box, self._box = self._box, None
        if box is not None:
            box.finish()
        self._folder, self._request = None, 0  # the pictures go with their folder
        if notice is not None:
            self.troubled.emit(notice)
        self.ended.emit(path)
