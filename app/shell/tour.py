"""`sslviz tour --out FOLDER`: drives the real window through its views on a short real run and saves a picture of each.

Without a display Qt draws offscreen. The runs, settings and cache of the user are left alone; the exit code says whether
every picture came out.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sslviz.spec.errors import SSLVizError
from sslviz.spec.params import Scalar

if TYPE_CHECKING:
    from PySide6.QtCore import QMessageLogContext, QtMsgType
    from PySide6.QtWidgets import QTabWidget

    from app.panels.base import Panel
    from app.shell.main_window import MainWindow

SCREEN = (1920, 1080)
WINDOW = (1600, 950)
PATIENCE_S = 240.0
SETTLE_MS = 700  # after a change of view, so that pieces drawn later are there too
STEPS, QUICK_STEPS = 160, 60
OTHERS, OTHER_STEPS = ("dino", "mae"), 100  # methods whose own pages are drawn too, unless it shall be quick
MAPPED = "dino-shapes"
LOOKS = {"attention": "dino-shapes", "reconstruct": "mae-shapes"}  # views that look into models, and what into
FULL_COLOURS = 64  # a picture with fewer is blank


class TourError(SSLVizError):
    """A view did not come out."""


def run(argv: Sequence[str]) -> int:
    """The command; 0 where every picture was saved."""
    parser = argparse.ArgumentParser(prog="sslviz tour", description="Save a picture of every view of the window.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--quick", action="store_true", help=f"train {QUICK_STEPS} steps instead of {STEPS}")
    arguments = parser.parse_args(list(argv))
    with tempfile.TemporaryDirectory(prefix="sslviz-tour-") as folder, _environment(Path(folder)):
        try:
            for picture in drive(arguments.out, Path(folder), QUICK_STEPS if arguments.quick else STEPS):
                sys.stdout.write(f"{picture}\n")
                sys.stdout.flush()
        except (SSLVizError, OSError) as error:
            sys.stderr.write(f"The tour ended early: {error}\n")
            return 1
    return 0


@contextlib.contextmanager
def _environment(folder: Path) -> Iterator[None]:
    """Runs and models of its own, and a platform that can draw."""
    before = dict(os.environ)
    os.environ["SSLVIZ_RUNS"] = str(folder / "runs")
    os.environ["SSLVIZ_CONFIG"] = str(folder / "config")  # no names of the user's models in a picture
    shown = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")) or not sys.platform.startswith("linux")
    if os.environ.get("QT_QPA_PLATFORM", "" if shown else "offscreen") == "offscreen":
        os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={_screen(folder)}"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _screen(folder: Path) -> Path:
    """A screen for the offscreen platform that is as large as a projector's."""
    width, height = SCREEN
    screen = {"name": "tour", "x": 0, "y": 0, "width": width, "height": height, "logicalDpi": 96, "logicalBaseDpi": 96,
              "dpr": 1}  # fmt: skip
    path = folder / "screen.json"
    path.write_text(json.dumps({"screens": [screen]}))
    return path


def drive(out: Path, folder: Path, steps: int) -> Iterator[Path]:
    """Open the window, train, and save one picture after the other."""
    from PySide6.QtCore import QSettings, qInstallMessageHandler

    from app.shell.application import make_application, make_window

    out.mkdir(parents=True, exist_ok=True)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "settings"))
    qInstallMessageHandler(_say)
    application = make_application()
    _check_fonts()
    window = make_window(application)
    window.welcome.begin()
    window.show()
    window.resize(*WINDOW)
    try:
        yield from Tour(window, out).pictures(steps)
    finally:
        window.close()
        qInstallMessageHandler(None)


def _say(_kind: QtMsgType, _where: QMessageLogContext, text: str) -> None:
    if "propagateSizeHints" not in text:  # the offscreen platform says so for every window
        sys.stderr.write(f"{text}\n")


def _check_fonts() -> None:
    from PySide6.QtGui import QFontDatabase

    if not QFontDatabase.families():
        raise TourError("There are no fonts: every text would be blank.", "Install one, such as fonts-dejavu-core.")


class Tour:
    """One way through the window."""

    def __init__(self, window: MainWindow, out: Path) -> None:
        self._window = window
        self._out = out

    def pictures(self, steps: int) -> Iterator[Path]:
        """The first start, training in light and dark, each page, every other view, palette, large type."""
        window = self._window
        window.actions_table["light"].trigger()
        self._until(lambda: window.bridge.is_ready and window.welcome.marks.isVisible(), "the worker to start")
        yield from self._first_start()
        window.views.show_panel("train")
        self._train(steps)
        yield self._save("train-light")
        yield from self._pages()
        window.actions_table["dark"].trigger()
        self._rest(SETTLE_MS)
        yield self._save("train-dark")
        window.actions_table["light"].trigger()
        yield from self._other_panels()
        yield from self._palette()
        yield from self._large()
        for method in OTHERS if steps > QUICK_STEPS else ():
            yield from self._method(method)

    def _first_start(self) -> Iterator[Path]:
        """Maps of a model that ships, with the marks of the welcome over them, then without."""
        from app.panels.attention import AttentionPanel

        panel = self._window.views.panels["attention"]
        assert isinstance(panel, AttentionPanel)  # noqa: S101  it is the one of that name
        answers = panel.display.answers
        self._until(lambda: {"a", "control"} <= set(answers), "the first maps")
        self._rest(SETTLE_MS)
        yield self._save("welcome")
        self._window.welcome.marks.end()
        self._rest(SETTLE_MS)
        yield self._save("first-start")

    def _method(self, name: str) -> Iterator[Path]:
        """What another method's idea is about, after a short run: its networks, its figures, its equation."""
        self._window.draft.choose_method(name)
        self._train(OTHER_STEPS)
        tabs = self._inner_tabs()
        for title in ("Method", "Equation"):
            index = next(k for k in range(tabs.count()) if tabs.tabText(k) == title)
            tabs.setCurrentIndex(index)
            self._rest(2 * SETTLE_MS)
            yield self._save(f"{title.casefold()}-{name}")
        tabs.setCurrentIndex(0)

    def _train(self, steps: int) -> None:
        """A run of 32 px shapes; pictures are taken when it has trained and been measured."""
        window = self._window
        settings: dict[str, Scalar] = {"data.preset": "lesson", "data.count": 4_000, "batch_size": 128}
        for name, value in (*settings.items(), ("steps", 4 * steps)):
            window.draft.set(name, value)
        window.actions_table["train"].trigger()
        self._until(lambda: self._trained(steps), f"{steps} steps of training")
        window.actions_table["pause"].trigger()
        self._until(lambda: self._state() == "paused", "the run to pause")
        self._rest(SETTLE_MS)

    def _state(self) -> str:
        picture = self._window.current.picture
        return picture.state if picture else ""

    def _trained(self, steps: int) -> bool:
        picture = self._window.current.picture
        if picture is None or picture.progress is None:
            return False
        measured = len(picture.table.series("knn")[0]) > 1
        return picture.progress.step >= steps and measured and self._all_seen()

    def _all_seen(self) -> bool:
        """Whether every picture that the views want has come."""
        picture = self._window.current.picture
        return picture is not None and set(self._window.views.wishes()) <= set(picture.peeks)

    def _pages(self) -> Iterator[Path]:
        """The pages inside of the Train view, apart from the first."""
        tabs = self._inner_tabs()
        for index in (index for index in range(1, tabs.count()) if tabs.isTabVisible(index)):
            tabs.setCurrentIndex(index)
            self._until(self._all_seen, "the pictures of the page")
            self._rest(SETTLE_MS)
            yield self._save(f"train-{tabs.tabText(index).casefold().replace('&', '')}")
        tabs.setCurrentIndex(0)
        self._rest(SETTLE_MS)

    def _inner_tabs(self) -> QTabWidget:
        from PySide6.QtWidgets import QTabWidget

        return self._window.views.panels["train"].findChildren(QTabWidget)[0]

    def _other_panels(self) -> Iterator[Path]:
        for name in self._window.views.panels:
            if name == "train":
                continue
            self._window.views.show_panel(name)
            self._rest(4 * SETTLE_MS)
            if name == "evaluate":
                self._evaluate(self._window.views.panels[name])
            if name in LOOKS:
                self._look(self._window.views.panels[name])
            if name == "embeddings":
                self._map(self._window.views.panels[name])
            if name == "compare":
                self._compare(self._window.views.panels[name])
            if name == "lessons":
                self._lesson(self._window.views.panels[name])
            if name == "gallery":
                self._gallery(self._window.views.panels[name])
            yield self._save(name)
        self._window.views.show_panel("train")

    def _evaluate(self, panel: Panel) -> None:
        """Of the run as it waits between two batches; few images, so that it takes seconds."""
        from app.panels.evaluate import EvaluatePanel

        assert isinstance(panel, EvaluatePanel)  # noqa: S101  it is the one of that name
        panel.choices.set_values({"images": 1_000})
        panel.choices.protocols["factors"].setChecked(True)
        panel.choices.asked.emit()
        self._until(lambda: panel.report is not None or bool(panel.choices.problem.text()), "the evaluation")
        panel.matrix.choose(0, 0)
        self._rest(SETTLE_MS)

    def _look(self, panel: Panel) -> None:
        """Into a model that ships: a run this short has little to show."""
        from app.panels.attention import AttentionPanel
        from app.panels.reconstruct import ReconstructPanel
        from sslviz.spec.inspection import ModelRef

        def drawn() -> bool:
            if isinstance(panel, AttentionPanel):
                return {"a", "b"} <= set(panel.display.answers)
            return isinstance(panel, ReconstructPanel) and panel.answer is not None

        self._window.model.open(ModelRef(LOOKS[panel.name]))
        self._until(lambda: self._window.model.ref.source == LOOKS[panel.name], "the model to open")
        self._window.views.show_panel(panel.name)
        if isinstance(panel, AttentionPanel):
            panel.toggle_random()
        self._until(drawn, f"{panel.title} to be drawn")
        self._rest(SETTLE_MS)

    def _map(self, panel: Panel) -> None:
        """Of a model that ships, once UMAP has taken the place of PCA; coloured by what a lecture is about."""
        from app.panels.embeddings import EmbeddingsPanel
        from sslviz.spec.inspection import ModelRef
        from sslviz.spec.mapping import OWN_PATCH

        assert isinstance(panel, EmbeddingsPanel)  # noqa: S101  it is the one of that name
        self._window.model.open(ModelRef(MAPPED))
        self._until(lambda: self._window.model.ref.source == MAPPED, "the model to open")
        self._window.views.show_panel(panel.name)

        def laid_out() -> bool:
            found = panel.drawing.answer
            return found is not None and not found.kept and panel.state.model.source == MAPPED  # PCA says what it keeps

        self._until(laid_out, "the map")
        found = panel.drawing.answer
        panel.drawing.choose_image(int(found.index[0]) if found is not None else 0, OWN_PATCH, tell=True)
        self._rest(3 * SETTLE_MS)

    def _compare(self, panel: Panel) -> None:
        """The models that ship, side by side."""
        from app.panels.compare import ComparePanel
        from app.panels.compare.chosen import SHIPPED

        assert isinstance(panel, ComparePanel)  # noqa: S101  it is the one of that name
        panel.compare(SHIPPED)
        self._until(lambda: panel.chosen.comparison is not None, "the comparison")
        self._rest(6 * SETTLE_MS)

    def _gallery(self, panel: Panel) -> None:
        """The models with their cards."""
        from app.panels.gallery import GalleryPanel

        assert isinstance(panel, GalleryPanel)  # noqa: S101  it is the one of that name
        self._until(lambda: bool(panel.models.cards), "the list of models")
        panel.shelf.set_ticks([each.name for each in panel.shelf.cards[:2]])
        self._rest(SETTLE_MS)

    def _lesson(self, panel: Panel) -> None:
        """The first one, from a prediction to what its recorded runs show; without a record the prediction."""
        from app.panels.lessons import LessonsPanel

        assert isinstance(panel, LessonsPanel)  # noqa: S101  it is the one of that name
        panel.open(next(iter(panel.cases), ""))
        session = panel.session
        if session is None:
            return
        session.option = 0
        plot = panel.book.predict.plot
        panel.turn_to("Predict")
        for arm in session.case.lesson.arms:
            plot.guess(arm.name, plot.scale.value(0.6))
        if session.case.has_record:
            panel.turn_to("Run")
            panel.book.run.recorded.click()
            panel.turn_to("Reveal")
        self._rest(2 * SETTLE_MS)

    def _palette(self) -> Iterator[Path]:
        self._window.open_palette()
        self._window.palette_box.field.setText("te")
        self._rest(SETTLE_MS)
        yield self._save("palette")
        self._window.palette_box.close_and_return()

    def _large(self) -> Iterator[Path]:
        self._window.set_presenting(True)
        self._rest(2 * SETTLE_MS)
        yield self._save("large-type")
        self._window.set_presenting(False)

    # --- waiting and saving ---

    def _until(self, done: Callable[[], bool], what: str) -> None:
        """Let the window live until `done`; a notice of an error, or too long a wait, ends the tour."""
        from PySide6.QtCore import QDeadlineTimer, QEventLoop, QTimer

        loop, deadline, poll = QEventLoop(), QDeadlineTimer(int(1000 * PATIENCE_S)), QTimer(interval=50)

        def look() -> None:
            if done() or deadline.hasExpired() or self._window.banner.notices:
                loop.quit()

        poll.timeout.connect(look)
        poll.start()
        loop.exec()
        poll.stop()
        for notice in self._window.banner.notices:
            raise TourError(f"{notice.message} {notice.hint}".strip(), notice.details)
        if not done():
            raise TourError(f"Waiting for {what} took more than {PATIENCE_S:.0f} s.", "Is the computer very busy?")

    def _rest(self, milliseconds: int) -> None:
        from PySide6.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def _save(self, name: str) -> Path:
        path = self._out / f"{name}.png"
        picture = self._window.grab().toImage()
        row = {picture.pixel(x, y) for y in range(0, picture.height(), 3) for x in range(0, picture.width(), 3)}
        if len(row) < FULL_COLOURS:
            raise TourError(f"The picture of {name} is blank.", "Run `sslviz doctor` and look for missing libraries.")
        if not picture.save(str(path)):
            raise TourError(f"{path} could not be written.", "Choose a folder that you may write to.")
        return path
