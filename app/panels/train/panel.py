"""The Train panel: puts pages, diagnosis, switches and stages together and draws them a few pieces at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter
from typing import ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.bridge.bridge import is_live
from app.bridge.picture import RunPicture
from app.panels.base import PANELS, Panel, Selection
from app.panels.train import live, stages
from app.panels.train.idle import idle_page
from app.panels.train.likeness import Likeness
from app.panels.train.pages import (
    BatchPage,
    CurvesPage,
    Drawn,
    EquationPage,
    MethodPage,
    OverviewPage,
    Page,
    SpacePage,
)
from app.panels.train.toolbar import Toolbar
from app.widgets.diagnosis_banner import DiagnosisBanner
from app.widgets.figure_caption import of_run
from app.widgets.filling import FillingStack, FillingTabs
from app.widgets.ink import sheet, type_face
from app.widgets.stage_strip import StageStrip
from app.widgets.switchboard import Switchboard
from app.widgets.theme import Theme
from sslviz.spec.catalogue import Catalogue, MethodInfo
from sslviz.spec.config import RunConfig
from sslviz.spec.description import Description
from sslviz.spec.events import Advanced, Answered, Diagnosed, Failed, Refused, Started
from sslviz.spec.inspection import ModelRef
from sslviz.spec.params import Scalar
from sslviz.spec.requests import SetParam
from sslviz.spec.suspects import suspicion

BUDGET_S = 0.006
"""A tick draws pieces until so much time is spent, and the rest a moment later: no tick holds the window up."""
REST_MS = 20
LOOK_UP = "The method's equation, what its symbols are now, and the source of its loss; the same key leads back"
NARROW = 1000
"""Below this width, at scale 1, switches leave their effects to tooltips."""


@PANELS.register("train")
class TrainPanel(Panel):
    """Draws a run: its curves, where its embeddings lie, its batch, and the switches that may be flipped."""

    name: ClassVar[str] = "train"
    title: ClassVar[str] = "Train"
    shortcut: ClassVar[str] = "Ctrl+1"
    idle_text: ClassVar[str] = "No run yet: press Train (Ctrl+R)."

    def build(self) -> None:
        """Make the widgets. Called once."""
        self._catalogue, self._draft = Catalogue(), RunConfig()
        self._method: MethodInfo | None = None
        self._picture: RunPicture | None = None
        self._ahead = False  # a method is looked up before any run
        self._run_id, self._step = "", 0
        self._at: int | None = None  # the step at which the timeline stands
        self._failure: Failed | None = None
        self.likeness = Likeness(self.next_id, self.requested.emit)
        self._due: deque[Drawn] = deque()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(REST_MS)
        self._later.timeout.connect(self._draw_due)
        self.banner, self.board, self.strip, self.toolbar = DiagnosisBanner(), Switchboard(), StageStrip(), Toolbar()
        self.overview, self.curves, self.batch, self.space = OverviewPage(), CurvesPage(), BatchPage(), SpacePage()
        self.method, self.equation = MethodPage(), EquationPage()
        self.pages: tuple[Page, ...] = (
            self.overview, self.curves, self.batch, self.space, self.method, self.equation,
        )  # fmt: skip
        self._before: Page = self.overview
        self.look_up = QAction("Equation and source", self, shortcut=QKeySequence("F2"))
        self.look_up.setToolTip(f"{LOOK_UP} (F2)")
        self.tabs, self.stack, self.idle = FillingTabs(), FillingStack(), idle_page()
        self._lay_out()
        self._connect()
        self.set_theme(self.theme)
        self._suit()

    def _lay_out(self) -> None:
        for page in self.pages:
            self.tabs.addTab(page, page.title)
        self.tabs.setTabToolTip(self.pages.index(self.equation), f"{LOOK_UP} (F2)")
        self.tabs.setDocumentMode(True)
        self.tabs.setCornerWidget(self.toolbar)
        self.body = QWidget()
        columns = QHBoxLayout()
        columns.setSpacing(6)
        columns.addWidget(self.tabs, 1)
        columns.addWidget(self.board)
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(6, 6, 6, 6)
        rows.setSpacing(5)
        rows.addWidget(self.banner)
        rows.addLayout(columns, 1)
        rows.addWidget(self.strip)
        self.stack.addWidget(self.idle)
        self.stack.addWidget(self.body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._page_changed)
        self.look_up.triggered.connect(self._look_up)
        self.toolbar.equation.clicked.connect(self.look_up.trigger)
        self.toolbar.changed.connect(self._redraw)
        self.overview.plane.of.currentIndexChanged.connect(self._redraw)
        self.board.changed.connect(self._set_param)
        self.strip.chosen.connect(self._show_stage)
        for pieces in (self.overview.batch, self.batch.batch, self.space.sphere):
            pieces.image_chosen.connect(self._image_chosen)

    # What the shell calls ------------------------------------------------------------------------------------------

    def offers(self) -> Sequence[QAction]:
        """The equation, one key away."""
        return (self.look_up,)

    def refresh(self, picture: RunPicture | None) -> None:
        """Draw the current run; None: nothing is chosen, show what will be seen, or what is looked up."""
        if picture is None and not self._ahead:
            self.clear()
            return
        picture = picture or prospect(self._draft)
        if picture.run_id != self._run_id:
            self.clear()
            self._run_id = picture.run_id
        self._picture = picture
        self._suit()
        self.stack.setCurrentWidget(self.body)
        self._draw_banner(picture)
        self._draw_switches(picture)
        self._draw_stages(picture)
        self._compare()
        self._redraw()

    def look_at(self, model: ModelRef, description: Description | None) -> None:
        """Once the timeline's snapshot is open, its images are compared."""
        del description
        self.likeness.look_at(model)
        self._compare()

    def answered(self, event: Answered | Refused | Advanced) -> None:
        """How alike the images are."""
        if self.likeness.take(event):
            for pieces in (self.overview.batch, self.batch.batch):
                pieces.show_found(self.likeness.found)
            self._redraw()

    def configure(self, config: RunConfig, catalogue: Catalogue) -> None:
        """The catalogue names parameters, shapes and axes; without a run the configuration names the method."""
        if (config, catalogue) != (self._draft, self._catalogue):
            self._draft, self._catalogue = config, catalogue
            self._suit()
            if self._picture is not None:
                self.refresh(None if self._ahead else self._picture)

    def at_step(self, step: int | None) -> None:
        """A cursor in the curves, and the gauges as they were then."""
        self._at = step
        if self.isVisible():
            self._compare()
            self._redraw()

    def figure(self) -> tuple[QWidget, str]:
        """The page in sight, whole, or the card that has all its room."""
        page = self.page
        if self._picture is None:
            return self, self.title
        card = page.dashboard.enlarged
        return (card, card.title) if card else (page.dashboard, page.title)

    def figure_caption(self) -> str:
        """The run with its settings."""
        picture = self._picture
        if picture is None or picture.started is None or self._ahead:
            return ""
        step = self._at if self._at is not None else picture.progress.step if picture.progress else 0
        return of_run(picture.started.config, picture.started.folder, step, picture.flips)

    def select(self, selection: Selection) -> None:
        """Mark an image that was chosen elsewhere, where this batch holds it."""
        started = self._picture.started if self._picture else None
        self._mark(selection.index if selection.is_of(started.config.data if started else None, "train") else -1)

    def deselect(self) -> None:
        """No image is marked."""
        self._mark(-1)

    def _mark(self, index: int) -> None:
        for pieces in (self.overview.batch, self.batch.batch, self.space.sphere):
            pieces.select(index)

    def set_theme(self, theme: Theme) -> None:
        """Colours or type size changed; draw anew."""
        super().set_theme(theme)
        self.setFont(type_face(theme))
        self.setStyleSheet(sheet(theme))
        for part in (self.banner, self.board, self.strip, self.toolbar, self.idle):
            part.set_theme(theme)
        for page in self.pages:
            page.set_theme(theme)
        self._make_room()

    def clear(self) -> None:
        """Forget what is drawn."""
        self._later.stop()
        self._due.clear()
        self._picture, self._run_id, self._step, self._failure, self._ahead = None, "", 0, None, False
        self.likeness.forget()
        for page in self.pages:
            page.clear()
        self.strip.set_active(-1)
        self.stack.setCurrentWidget(self.idle)

    # Drawing -------------------------------------------------------------------------------------------------------

    def _redraw(self, _why: object = None) -> None:
        self._queue()
        self._draw_due()

    def _compare(self) -> None:
        """Ask how alike the images are, where that is in sight."""
        if self._picture is not None and not self._ahead and self.isVisible() and self.page.compares:
            self.likeness.follow(self._picture, self._at, self._method)

    def _queue(self) -> None:
        """All pieces of the page in front, those first that wait already."""
        page = self.page
        if self._picture is not None:
            for each in self.pages:  # those behind too: cards are put in their places faster while nobody sees them
                each.prepare(self._picture)
            waiting = [piece for piece in self._due if piece in page.pieces]
            self._due = deque(waiting + [piece for piece in page.pieces if piece not in waiting])

    @property
    def page(self) -> Page:
        """The page in front."""
        return next(page for page in self.pages if page is self.tabs.currentWidget())

    def _suit(self) -> None:
        """Pages and wishes for the method of the run, or of the configuration while there is none."""
        started = self._picture.started if self._picture else None
        method = live.method_of(started.config if started else self._draft, self._catalogue)
        if method is not self._method or not self.wants:
            self._method = method
            for k, page in enumerate(self.pages):
                self.tabs.setTabVisible(k, page.suit(method, self._catalogue))
            self.look_up.setEnabled(self.tabs.isTabVisible(self.pages.index(self.equation)))
            self._make_room()
        self._wish()

    def _wish(self) -> None:
        """Only what the page in front draws is asked for: being looked at costs training time."""
        if self.page.wants != self.wants:
            self.wants = self.page.wants
            self.wishes_changed.emit()

    def _page_changed(self, _index: int) -> None:
        self.toolbar.show_for(curves=self.page.draws_curves, equation=self.page is self.equation)
        self._wish()
        self._compare()
        self._queue()
        self._later.start()  # what the page has shows first

    def _draw_due(self) -> None:
        """Draw pieces that wait until the time is spent; what is left waits for the next tick or a short rest."""
        if self._picture is None:
            return
        start, wishes = perf_counter(), replace(self.toolbar.wishes(), at=self._at)
        while self._due and perf_counter() - start < BUDGET_S:
            self._due.popleft().draw(self._picture, wishes)
        if self._due:
            self._later.start()

    def _draw_banner(self, picture: RunPicture) -> None:
        if picture.state == "paused" and picture.status:  # a pause with a reason is one that nobody asked for
            self.banner.set_diagnosis("warning", f"Paused. {picture.status}")
        elif picture.failure is not None:
            self.banner.set_diagnosis("warning", _failure_text(picture.failure, picture.started))
        elif picture.diagnosis is not None:
            self.banner.set_diagnosis(picture.diagnosis.level, self._diagnosed(picture, picture.diagnosis))
        elif self._ahead and self._method is not None:
            self.banner.set_diagnosis(
                "note", f"{self._method.title}: {self._method.idea} Press Train (Ctrl+R) to watch it."
            )
        else:
            share = f" ({picture.fraction:.0%})" if 0 <= picture.fraction <= 1 else ""
            self.banner.set_diagnosis(
                "note", (picture.status or "The first measurements are on their way") + share + "."
            )

    def _diagnosed(self, picture: RunPicture, said: Diagnosed) -> str:
        """The sentence, its step, and what to change back."""
        at = f"(Step {said.step:,})" if said.step else ""
        infos = self._method.params if self._method else ()
        begun = picture.started.config.params if picture.started else {}
        return " ".join(
            filter(None, (said.text, at, suspicion(said, picture.flips, begun, infos, live=is_live(picture))))
        )

    def _draw_switches(self, picture: RunPicture) -> None:
        if picture.started is None:
            return
        config = picture.started.config
        self.board.set_controls(live.controls(config, self._catalogue))
        refused = picture.failure is not None and picture.failure is not self._failure
        self._failure = picture.failure
        self.board.set_values(live.values(config, self._catalogue, picture.flips), force=refused)
        self.board.set_live(is_live(picture))

    def _draw_stages(self, picture: RunPicture) -> None:
        if picture.started is None:
            return
        config = picture.started.config
        self.overview.gauges.gauges.set_features(stages.features(config, self._catalogue))
        self.strip.set_stages(stages.stages(config, self._catalogue, picture))
        step = picture.progress.step if picture.progress else 0
        if picture.state != "paused":
            self.strip.set_active(-1)
        elif step != self._step:
            self.strip.play()
        elif self.strip.active < 0:
            self.strip.set_active(stages.BATCH if step == 0 else stages.LOSS)
        self._step = step

    # What the user does --------------------------------------------------------------------------------------------

    def _set_param(self, name: str, value: Scalar) -> None:
        if self._picture is not None:
            self.requested.emit(SetParam(self._picture.run_id, name, value))

    def _image_chosen(self, index: int) -> None:
        data = self._picture.started.config.data if self._picture and self._picture.started else None
        self.selected.emit(Selection(index, data.source if data else "", data, "train"))

    def _look_up(self) -> None:
        """To the equation, before a run too, and back to what was there."""
        here = self.isVisible() and self.stack.currentWidget() is self.body and self.page is self.equation
        if here and self._ahead:
            self.clear()
        elif here:
            self.tabs.setCurrentWidget(self._before)
        else:
            self._before = self._before if self.page is self.equation else self.page
            self.tabs.setCurrentWidget(self.equation)
            if self._picture is None:
                self._ahead = True
                self.refresh(None)

    def _show_stage(self, stage: int) -> None:
        """Bring the picture of a stage to the front."""
        page = {stages.BATCH: self.batch, stages.VIEWS: self.batch, stages.LOSS: self.overview}.get(stage, self.space)
        self.tabs.setCurrentWidget(page)

    def _make_room(self) -> None:
        narrow = self.width() < NARROW * self.theme.scale
        self.board.set_compact(narrow)
        board = round((184 if narrow else 224) * self.theme.scale)
        self.board.setFixedWidth(board)
        room = self.width() - board - 24 - self.tabs.tabBar().sizeHint().width()
        self.toolbar.set_room(room / self.theme.scale)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._later.stop()


def prospect(config: RunConfig) -> RunPicture:
    """A run that has not begun, so that what a configuration means can be looked up."""
    picture = RunPicture("")
    picture.started = Started("", 0, config, "", False, "", "", 0, 0, 0)
    return picture


def _failure_text(failure: Failed, started: Started | None) -> str:
    """What went wrong and what to do; of a record that is only looked at: that this was then."""
    text = f"{failure.message} {failure.hint}".strip()
    recorded = started is not None and not started.live
    return f"From the record: this run ended at step {failure.step:,}. {text}" if recorded else text
