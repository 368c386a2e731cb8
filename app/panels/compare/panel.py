"""The Compare panel: what is compared at the left, at the right one page for each way to compare.

Asks with `CompareModels` for records, and with `Attend`, `Rebuild`, `MapFeatures` and `EvaluateRun` for each side; computes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from app.bridge.asking import Asking
from app.bridge.bridge import is_live
from app.bridge.picture import RunPicture
from app.panels.base import PANELS, Panel, Selection
from app.panels.compare.chooser import Chooser
from app.panels.compare.chosen import SHIPPED, Chosen
from app.panels.compare.curves import REST_MS, Curves
from app.panels.compare.idle import idle_page
from app.panels.compare.looks import Looks
from app.panels.compare.maps import Maps
from app.panels.compare.page import Page
from app.panels.compare.rebuilds import Rebuilds
from app.panels.compare.tables import Tables
from app.widgets.figure_caption import of_run
from app.widgets.ink import sheet, type_face
from app.widgets.theme import Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.comparison import Comparison
from sslviz.spec.config import RunConfig
from sslviz.spec.description import Description
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.inspection import ListModels, ModelRef, PictureRef
from sslviz.spec.requests import ListRuns

LEFT, LEFT_LEAST = 290, 240
PACE_MS = 40
IDLE = (
    "Add two to four runs or models at the left: runs from the list, models that ship, snapshots of one run, or files."
)
RECORDS = "records"


@PANELS.register("compare")
class ComparePanel(Panel):
    """Two to four side by side."""

    name: ClassVar[str] = "compare"
    title: ClassVar[str] = "Compare"
    shortcut: ClassVar[str] = "Ctrl+7"
    idle_text: ClassVar[str] = IDLE

    # Making --------------------------------------------------------------------------------------------------------

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.chosen = Chosen()
        self.asking = Asking(self.next_id, self.requested.emit)
        self._listed = self._unread = False
        self._picture: RunPicture | None = None
        self._drawn_version = -1
        self._pace = QTimer(self, interval=PACE_MS, singleShot=True)
        self._pace.timeout.connect(self._ask)
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._rest.timeout.connect(self._follow)
        self.chooser, self.notes, self.tabs, self.stack = Chooser(), WrappedLabel(), QTabBar(), QStackedWidget()
        self.curves, self.tables = Curves(self.chosen, self.asking), Tables(self.chosen, self.asking)
        self.attention, self.rebuilds = Looks(self.chosen, self.asking), Rebuilds(self.chosen, self.asking)
        self.maps = Maps(self.chosen, self.asking)
        self.pages: tuple[Page, ...] = (self.curves, self.tables, self.attention, self.rebuilds, self.maps)
        self.idle = idle_page()
        self._lay_out()
        self._connect()
        self.chooser.source.show_ref(self.chosen.picture)
        self.show_page(self.curves.name)
        self._show()
        self.set_theme(self.theme)

    def _lay_out(self) -> None:
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("Ways to compare")
        for page in self.pages:
            self.tabs.addTab(page.title)
            self.stack.addWidget(page)
        self.figure_room = QWidget()
        column = QVBoxLayout(self.figure_room)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.notes)
        column.addWidget(self.idle, 1)
        column.addWidget(self.stack, 1)
        right = QVBoxLayout()
        right.addWidget(self.tabs)
        right.addWidget(self.figure_room, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self.chooser)
        row.addLayout(right, 1)
        self.setFocusProxy(self.chooser.add)

    def _connect(self) -> None:
        chooser = self.chooser
        chooser.added.connect(self.add)
        chooser.removed.connect(self.remove)
        chooser.shipped.connect(lambda: self.compare(SHIPPED))
        chooser.wanted.connect(self._list)
        chooser.refreshed.connect(self.read_again)
        chooser.picked.connect(self._picked)
        chooser.ratio_moved.connect(self._choose_ratio)
        chooser.seed_chosen.connect(self._choose_seed)
        self.tabs.currentChanged.connect(lambda index: self.show_page(self.pages[index].name))
        self.tables.cancelled.connect(self.requested)
        self.maps.selected.connect(self.selected)

    def offers(self) -> Sequence[QAction]:
        """The pages, and what can be added without the menu."""
        return self.actions_for({
            **{page.title.lower(): partial(self.show_page, page.name) for page in self.pages},
            "add the current model": self.add_current,
            " and ".join(model.source for model in SHIPPED): lambda: self.compare(SHIPPED),
            "read the records again": self.read_again, "clear the list": lambda: self.compare(()),
        })  # fmt: skip

    # What is compared ----------------------------------------------------------------------------------------------

    def add(self, model: ModelRef) -> None:
        """One more; the reason is shown where it cannot be."""
        problem = self.chosen.add(model)
        self.chooser.problem.say(problem)
        if not problem:
            self._changed()

    def add_current(self) -> None:
        """What the window looks at."""
        self.add(self.chooser.current)

    def remove(self, place: int) -> None:
        """One less."""
        self.chosen.remove(place)
        self._changed()

    def compare(self, models: Sequence[ModelRef]) -> None:
        """These from now on."""
        self.chosen.replace(models)
        self._changed()

    def read_again(self) -> None:
        """Records may have grown since, and models that train have learnt."""
        self._unread = True
        self._again(*self.pages)

    def _changed(self) -> None:
        self.chooser.problem.say("")
        self._unread = True
        self.asking.forget(RECORDS)
        for page in self.pages:
            page.forget()
        self._show()
        self._wish()

    # What the shell calls ------------------------------------------------------------------------------------------

    def refresh(self, picture: RunPicture | None) -> None:
        """A run that is compared and trains is drawn as it grows."""
        self._picture = picture
        folder = picture.started.folder if picture is not None and picture.started is not None else ""
        steps = [saved.step for saved in picture.snapshots] if picture is not None else []
        self.chooser.snapshots = tuple((step, ModelRef(folder, snapshot=step)) for step in steps) if folder else ()
        if not self._rest.isActive() and self._drawn_version != (picture.version if picture else -1):
            self._rest.start()

    def _follow(self) -> None:
        picture = self._picture
        place = self._place_of_run()
        if (
            picture is not None
            and place is not None
            and is_live(picture)
            and self.isVisible()
            and self.chosen.comparison
        ):
            self._drawn_version = picture.version
            names = [name for name in picture.table.names() if name in picture.table.measured]
            self.curves.follow(place, picture.table.series, names)

    def _place_of_run(self) -> int | None:
        """The side that is the run that is shown, as it is now."""
        started = self._picture.started if self._picture is not None else None
        if started is None or not started.folder:
            return None
        sides = self.chosen.sides
        return next(
            (k for k, side in enumerate(sides) if _same_folder(side.folder or side.model.source, started.folder)), None
        )

    def look_at(self, model: ModelRef, description: Description | None) -> None:
        """What "the current model" means."""
        del description
        self.chooser.current = model

    def configure(self, config: RunConfig, catalogue: Catalogue) -> None:
        """The data of the next run, for pictures by number and for maps of models that have none."""
        del catalogue
        if config.data != self.chosen.fallback:
            self.chosen.fallback = config.data
            if self.chooser.source.data is None:
                self.chooser.source.set_data(config.data)

    def show_picture(self, picture: PictureRef) -> None:
        """A picture that was chosen elsewhere."""
        if self.chosen.take_picture(picture):
            self.chooser.source.show_ref(self.chosen.picture)
            self._again(self.attention, self.rebuilds)

    def select(self, selection: Selection) -> None:
        """An image that was chosen elsewhere is ringed on the maps."""
        self.maps.show_selection(selection)

    def at_step(self, step: int | None) -> None:
        """The timeline moved: the cursor of the curves follows."""
        place = self._place_of_run()
        if place is not None:
            self.curves.point(place, step)

    def answered(self, event: Answered | Refused | Advanced) -> None:
        """Lists and records are ours, the rest goes to its page."""
        found = self.asking.take(event)
        if found is None:
            return
        side, request = found
        if side in ("runs", "models", RECORDS):
            self._take(side, event)
            return
        name, place = side.split(" ")[:2]
        page = next(page for page in self.pages if page.name == name)
        if int(place) < len(self.chosen.models):
            page.take(int(place), request, event)

    def figure(self) -> tuple[QWidget, str]:
        """The page in front, with what has to be said of it."""
        names = ", ".join(side.name for side in self.chosen.sides)
        return self.figure_room, f"Compare, {self.front.title.lower()}, {names}".replace("/", "-")

    def figure_caption(self) -> str:
        """Each side with its settings and seed."""
        sides = self.chosen.sides
        said = (of_run(side.config, side.folder, side.step) if side.config else side.model.source for side in sides)
        return "\n".join(f"{side.name}: {words}" for side, words in zip(sides, said, strict=True))

    def set_theme(self, theme: Theme) -> None:
        """Colours or type size changed."""
        super().set_theme(theme)
        self.setFont(type_face(theme))
        self.setStyleSheet(sheet(theme))
        self.tabs.setFont(type_face(theme, "body"))
        self.notes.setFont(type_face(theme, "body"))
        self.idle.set_theme(theme)
        self.chooser.set_theme(theme)
        for page in self.pages:
            page.set_theme(theme)
        self._share_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        scale = self.theme.scale
        self.chooser.setFixedWidth(round(max(LEFT_LEAST * scale, min(LEFT * scale, 0.26 * self.width()))))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._listed:
            self._listed = True
            self._list()
        self._wish()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pace.stop()

    def clear(self) -> None:
        """Another run is shown in the window: what is compared stays."""
        self.curves.point(0, None)

    # Asking --------------------------------------------------------------------------------------------------------

    @property
    def front(self) -> Page:
        """The page that is seen."""
        return self.pages[self.stack.currentIndex()]

    def show_page(self, name: str) -> None:
        """Bring a page to the front."""
        place = next(k for k, page in enumerate(self.pages) if page.name == name)
        self.stack.setCurrentIndex(place)
        self.tabs.setCurrentIndex(place)
        self.chooser.show_for(name)
        self._draw_front()
        self._wish()

    def _wish(self) -> None:
        """Ask in a moment, or once the view is seen."""
        if self.isVisible() and not self._pace.isActive():
            self._pace.start()

    def _ask(self) -> None:
        if not self.chosen.enough:
            return
        if self._unread:
            self._unread = False
            self.asking.ask(RECORDS, self.chosen.records)
        if self.front.due and self.chosen.comparison is not None:
            self.front.due = False
            self.front.ask()

    def _again(self, *pages: Page) -> None:
        for page in pages:
            page.forget()
        self._wish()

    def _list(self) -> None:
        self.asking.ask("runs", ListRuns)
        self.asking.ask("models", ListModels)

    def _take(self, side: str, event: Answered | Refused | Advanced) -> None:
        if isinstance(event, Refused):
            if side == RECORDS:
                self.chooser.problem.say(f"{event.message} {event.hint}".strip())
        elif isinstance(event, Answered) and isinstance(event.payload, Comparison):
            self.chosen.comparison = event.payload
            self._show()
            self._wish()
        elif isinstance(event, Answered) and isinstance(event.payload, tuple):
            self._take_list(side, event.payload)

    def _take_list(self, side: str, lines: tuple[object, ...]) -> None:
        if side == "runs":
            self.chooser.runs = lines  # type: ignore[assignment]  # what `ListRuns` answers
        else:
            self.chooser.models = lines  # type: ignore[assignment]  # what `ListModels` answers
        if self.chooser.menu.isVisible():
            self.chooser.fill_menu()

    def _show(self) -> None:
        """What is known of the sides, on every page."""
        self.chooser.show_sides(self.chosen.sides)
        found = self.chosen.comparison
        self.notes.say("\n".join(found.notes) if found else "")
        self.idle.setVisible(not self.chosen.enough)
        self.stack.setVisible(self.chosen.enough)
        for page in self.pages:
            page.stale = True
        self._draw_front()

    def _draw_front(self) -> None:
        """Pages are drawn when they are seen."""
        if self.front.stale:
            self.front.stale = False
            self.front.show_sides()

    # What the user does --------------------------------------------------------------------------------------------

    def _picked(self, picture: PictureRef) -> None:
        self.show_picture(picture)
        self.picture_chosen.emit(picture)

    def _choose_ratio(self, ratio: float) -> None:
        self.chosen.ratio = ratio
        self._again(self.rebuilds)

    def _choose_seed(self, seed: int) -> None:
        self.chosen.seed = seed
        self._again(self.rebuilds, self.maps)


def _same_folder(a: str, b: str) -> bool:
    return bool(a) and Path(a) == Path(b)
