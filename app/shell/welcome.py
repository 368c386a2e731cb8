"""Welcome: the first start shows a trained model's attention and points at three things; later starts open as the user left them.

Only the program itself begins it (`app.shell.application.run`): a window that a test or the tour makes is left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, QTimer
from PySide6.QtWidgets import QWidget

from app.bridge.routes import Reply
from app.shell.current_model import NAMED, NONE
from app.shell.views import LAYOUT, ORDER
from app.widgets.coach_marks import CoachMarks, Mark
from app.widgets.dock_tree import Tabs
from sslviz.spec.events import Answered
from sslviz.spec.inspection import DescribeModel, ModelRef
from sslviz.spec.places import shipped

if TYPE_CHECKING:
    from app.shell.main_window import MainWindow
    from app.widgets.theme import Theme

FIRST, SHIPPED = "attention", ModelRef("dino-shapes")
"""The view that a first start opens on, and the model that it looks into."""
DISMISSED, RUN, MODEL = "welcome/dismissed", "welcome/run", "welcome/model"
"""Keys of the settings: whether the marks were put away, the run that was shown, the model that was looked into."""
SETTLE_MS = 400
"""After the views are made: their places hold still."""


class Welcome(QObject):
    """The marks and what leads to them. `marks` is there all the time, hidden."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.marks = CoachMarks(window)
        self.marks.ended.connect(self._dismiss)
        self._later = QTimer(self, interval=SETTLE_MS, singleShot=True)
        self._later.timeout.connect(self.show_marks)

    # Starting ------------------------------------------------------------------------------------------------------

    @property
    def is_first(self) -> bool:
        """Whether no layout was ever saved: nobody has closed a window before."""
        return not self._window.settings.contains(LAYOUT)

    def begin(self) -> None:
        """A start without a file: the first one opens on attention, others as the last one ended."""
        if self.is_first:
            self._window.views.set_tree(Tabs(ORDER, FIRST))
            self._window.painted.connect(lambda: self._look_into(SHIPPED))
        else:
            self._window.painted.connect(self._restore)
        if str(self._window.settings.value(DISMISSED)) != "1":
            self._window.complete.connect(self._later.start)

    def remember(self) -> None:
        """What the next start shows again: the run, and the model where it is another."""
        window, ref = self._window, self._window.model.ref
        window.settings.setValue(RUN, window.current.folder)
        window.settings.setValue(MODEL, "" if window.model.is_of_run or ref.snapshot >= 0 else ref.source)

    def _restore(self) -> None:
        settings = self._window.settings
        run, model = str(settings.value(RUN, "")), str(settings.value(MODEL, ""))
        if run and (Path(run) / "run.toml").is_file():
            self._window.current.open(run)
        if model and is_here(model):
            self._look_into(ModelRef(model))

    def _look_into(self, ref: ModelRef) -> None:
        """Quietly: no view comes to the front, and where it cannot be opened any more that is no trouble."""
        current = self._window.model

        def took(reply: Reply) -> None:
            free = (
                current.ref == NONE or current.is_of_run
            ) and not current.is_opening  # the user has not chosen meanwhile
            if isinstance(reply, Answered) and free:
                current.show(ref, reply.payload)

        self._window.bridge.ask(lambda request_id: DescribeModel(request_id, ref), took)

    # The marks -----------------------------------------------------------------------------------------------------

    def show_marks(self) -> None:
        """From the first step on."""
        self.marks.set_theme(self._window.appearance.theme)
        self.marks.begin(self.steps())

    def set_theme(self, theme: Theme) -> None:
        """Colours or type size changed."""
        self.marks.set_theme(theme)

    def steps(self) -> tuple[Mark, ...]:
        """What is pointed at: train, open, learn."""
        window = self._window
        train = window.chrome.transport.widgetForAction(window.actions_table["train"])
        keys = {name: window.actions_table[name].shortcut().toString() for name in ("train", "open_model")}
        return (
            Mark("Train a model", f"Press Train ({keys['train']}): a model learns here, on this computer, while you watch what it learns. "
                 "What is on screen now was learnt without a single label.", lambda: place_of(train, window)),
            Mark("Open a checkpoint", f"The models that ship are here. Any file of your own opens too: drop it on the window, or press "
                 f"{keys['open_model']}.", self._tab("gallery")),
            Mark("Take a lesson", "A question, your prediction, an experiment that answers it, and the equation behind it.",
                 self._tab("lessons")),
        )  # fmt: skip

    def _tab(self, name: str) -> Callable[[], QRect | None]:
        """Where the tab of a view is, asked when it is needed: tabs move."""
        return lambda: self._window.views.tab_rect(name, self._window)

    def _dismiss(self) -> None:
        self._window.settings.setValue(DISMISSED, 1)
        self._window.settings.sync()


def place_of(widget: QWidget | None, window: QWidget) -> QRect | None:
    """Where a widget is in the window; None while it is not to be seen."""
    if widget is None or not widget.isVisible():
        return None
    return QRect(widget.mapTo(window, QPoint()), widget.size())


def is_here(source: str) -> bool:
    """Whether a model can be opened without fetching it: a file or folder that is there, or a model that ships."""
    if source.startswith(NAMED):
        return False
    return Path(source).exists() or (shipped("models") / source).is_dir()
