"""The main window: methods, runs and models at the left, views in the middle, inspector at the right, status below.

It knows nothing of training: `Draft` holds what the next run will be, `CurrentRun` the run that is shown, `CurrentModel` what is
looked into, `Bridge` the worker. The window makes the parts and connects them; `Following` and `Looking` keep them in step.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDesktopServices, QKeyEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow

from app.bridge.bridge import Bridge
from app.panels.base import Panel
from app.shell import samples_menu, steering
from app.shell.actions import Actions
from app.shell.appearance import Appearance
from app.shell.chrome import Chrome
from app.shell.commands import all_commands
from app.shell.current_model import CurrentModel
from app.shell.current_run import CurrentRun
from app.shell.draft import Draft
from app.shell.following import Following
from app.shell.frame import Frame
from app.shell.galleries import Galleries
from app.shell.handlers import handlers
from app.shell.inspector import Inspector
from app.shell.lesson_runs import LessonRuns, join
from app.shell.looking import Looking
from app.shell.models_list import ModelsList
from app.shell.opening import Opening
from app.shell.panel_maker import PanelMaker
from app.shell.presenter import Presenter
from app.shell.rail import MethodRail, RunsList
from app.shell.run_files import RunFiles
from app.shell.selection import Selecting
from app.shell.timeline import Timeline
from app.shell.views import Views
from app.shell.welcome import Welcome
from app.widgets import icons
from app.widgets.banner import Banner, Notice
from app.widgets.palette import Palette
from app.widgets.status import StatusBar
from app.widgets.theme import Theme
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import RunConfig

CLOSE_WITHIN_S = 30.0
SIZE = QSize(1440, 900)
UNSEEN_MS = 1_000


class MainWindow(QMainWindow):
    """One window on one worker. `painted` comes once, after the first paint: then the worker is started and the views are
    made, one at a time; `complete` comes when all are there.
    """

    painted = Signal()
    complete = Signal()

    def __init__(self, bridge: Bridge, appearance: Appearance, settings: QSettings, catalogue: Catalogue) -> None:
        super().__init__()
        self.setWindowTitle("SSLViz")
        self.setAcceptDrops(True)
        self.bridge, self.appearance, self.settings = bridge, appearance, settings
        self.draft = Draft(catalogue, self)
        self.current = CurrentRun(bridge, self.draft, self)
        self.model = CurrentModel(bridge, self.current, self)
        self._was_painted = False
        self._unseen = QTimer(self, singleShot=True)
        self._unseen.timeout.connect(self._first_paint)
        self._make_parts()
        self._make_actions()
        self._maker = PanelMaker(self)
        self.following = Following(self)
        self.looking = Looking(self.model, self.views, self)
        self.selecting = Selecting(self.views, self.looking, self.status, self)
        self.timeline = Timeline(self)
        self.galleries, self.welcome = Galleries(self), Welcome(self)
        self.lesson_runs = LessonRuns(self.bridge, self.current, self.draft, self)
        self._connect()
        self._restore()
        self._themed(appearance.theme)
        self.following.show_catalogue()
        self.following.run_changed()

    # --- making ---

    def _make_parts(self) -> None:
        self.banner = Banner(self)
        self.views = Views(self)
        self.rail = MethodRail(self)
        self.runs = RunsList(self)
        self.models = ModelsList(self)
        self.inspector = Inspector(self.bridge, self.draft, self.current, self)
        self.frame = Frame(self.banner, (self.rail, self.runs, self.models), self.views, self.inspector)
        self.setCentralWidget(self.frame)
        self.status = StatusBar(self)
        self.setStatusBar(self.status)
        self.palette_box = Palette(self)
        self.files = RunFiles(self.bridge, self.draft, self.current, self.runs, self.settings)
        self.opening = Opening(self)
        clutter = (self.frame.left, self.frame.right, self.status, self.menuBar())
        self.presenter = Presenter(self, self.appearance, clutter)

    def _make_actions(self) -> None:
        self.actions_table = Actions(handlers(self), self)
        self.actions_table.add_speeds(self.current.set_speed)
        self.addActions(list(self.actions_table.by_name.values()))  # shortcuts live on while the menu bar is hidden
        self.chrome = Chrome(self, self.actions_table)
        self.chrome.recent.aboutToShow.connect(lambda: self.files.fill_recent(self.chrome.recent))
        self.chrome.snapshots.aboutToShow.connect(lambda: self.models.fill_snapshots(self.chrome.snapshots))
        self.chrome.samples.aboutToShow.connect(lambda: samples_menu.fill(self.chrome.samples, self))
        self.chrome.models.aboutToShow.connect(lambda: self.models.fill_menu(self.chrome.models))
        self.panel_actions: list[QAction] = []

    def _add_panel(self, panel: Panel) -> None:
        panel.use_ids(self.bridge.claim_ids(panel.answered))
        panel.requested.connect(self.bridge.send)
        panel.config_changed.connect(self._configured_by_panel)
        panel.wishes_changed.connect(self._wishes_changed)
        self.views.add_panel(panel)
        action = QAction(f"View: {panel.title}", self)
        action.setShortcut(panel.shortcut or f"Ctrl+{len(self.views.panels)}")
        offers = panel.offers()
        for each in (action, *offers):
            each.triggered.connect(lambda _checked, name=panel.name: self.views.show_panel(name))
            self.panel_actions.append(each)
            self.addAction(each)
        self.chrome.add_view(action, panel.title, offers)
        panel.set_theme(self.appearance.theme)
        panel.configure(self.draft.config, self.draft.catalogue)
        self.looking.add(panel)
        self.selecting.add(panel)
        self.timeline.add(panel)
        self.galleries.add(panel)
        join(panel, self.lesson_runs, self)
        self._views_switched()

    def _connect(self) -> None:
        self.draft.changed.connect(self._draft_changed)
        self.appearance.changed.connect(self._themed)
        self.views.switched.connect(self._views_switched)
        self.frame.shown.connect(self._show_checks)
        self.rail.chosen.connect(self.draft.choose_method)
        self.files.troubled.connect(self.trouble)
        self.inspector.troubled.connect(self.trouble)
        self.inspector.data.relieved.connect(self.banner.withdraw)
        self.inspector.train.connect(self.actions_table["train"].trigger)
        self._connect_opening()
        self.painted.connect(self.bridge.start)
        self.painted.connect(self._maker.start)
        self._maker.made.connect(self._add_panel)
        self._maker.troubled.connect(self.trouble)
        self._maker.complete.connect(self.complete)
        self._maker.complete.connect(
            gc.freeze
        )  # what stays as long as the window is not searched for cycles: 50 ms each time

    def _connect_opening(self) -> None:
        self.opening.run.connect(self.current.open)
        self.opening.images.connect(self.inspector.data.choose)
        self.opening.model.connect(self.model.open)
        self.opening.picture.connect(self.looking.show_picture)
        for part in (self.opening, self.model, self.timeline):
            part.troubled.connect(self.trouble)
        self.models.chosen.connect(self.model.open)
        self.models.following.connect(self.model.show_run)
        self.models.detailed.connect(self.actions_table["model_details"].trigger)
        self.models.revealed.connect(lambda path: QDesktopServices.openUrl(QUrl.fromLocalFile(path)))
        self.status.model.clicked.connect(self.actions_table["model_details"].trigger)

    # --- layout and look ---

    def _restore(self) -> None:
        self.resize(SIZE.boundedTo(self.screen().availableSize()))
        geometry = self.settings.value("window/geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        self.frame.restore(self.settings)
        self.views.restore(self.settings)
        self._show_checks()

    def reset_layout(self) -> None:
        """Every part back in its place."""
        self.views.gather()
        self.timeline.set_wanted(True)
        self.frame.reset()

    def _show_checks(self) -> None:
        self.actions_table["show_rail"].setChecked(not self.frame.left.isHidden())
        self.actions_table["show_inspector"].setChecked(not self.frame.right.isHidden())
        self.actions_table["presenter"].setChecked(self.presenter.is_on)
        self.actions_table[self.appearance.choice].setChecked(True)

    def _themed(self, theme: Theme) -> None:
        side = round(18 * theme.scale)
        self.chrome.transport.setIconSize(QSize(side, side))
        self.chrome.slow_button.setIcon(icons.icon("slow", theme.text, theme.border))
        self.actions_table.set_theme(theme)
        self.inspector.set_theme(theme)
        self.banner.set_theme(theme)
        self.welcome.set_theme(theme)
        self.status.resize_fields()
        for panel in self.views.panels.values():
            panel.set_theme(theme)

    def set_presenting(self, on: bool) -> None:
        """Presenter mode on or off."""
        self.presenter.toggle(on)
        self._show_checks()
        front = self.views.in_front()
        (front if front is not None and front.turns else self).setFocus()

    # --- what parts of the window ask of it ---

    def trouble(self, notice: Notice) -> None:
        """Show what went wrong, and what to do."""
        self.banner.show_notice(notice)

    def refresh_views(self) -> None:
        """Let the views that are in sight draw the run."""
        if not self.isMinimized():
            for panel in self.views.visible():
                panel.refresh(self.current.picture)

    def _views_switched(self) -> None:
        self.current.watch(self.views.wishes())
        self.refresh_views()

    def _wishes_changed(self) -> None:
        self.current.watch(self.views.wishes())

    # --- the draft ---

    def _draft_changed(self) -> None:
        self.rail.show_current(self.draft.config.method)
        for panel in self.views.panels.values():
            panel.configure(self.draft.config, self.draft.catalogue)

    def _configured_by_panel(self, config: RunConfig) -> None:
        before = self.draft.config
        self.draft.adopt(config)
        for name, value in steering.changed_views(before.augmentation, config.augmentation):
            self.current.set_param(name, value)

    # --- what the menus do ---

    def open_path(self, word: str) -> None:
        """Open a run, a model, a picture or images, whichever `word` names; of a model its name is enough."""
        self.opening.open(word)

    def open_palette(self) -> None:
        """Ctrl+K."""
        self.palette_box.open(all_commands(self))

    def reveal_setting(self, key: str) -> None:
        """Bring a setting into view and give it the keyboard."""
        self.frame.right.show()
        self._show_checks()
        self.inspector.reveal(key)

    def focus_search(self) -> None:
        """The keyboard goes to the search field of the inspector."""
        self.frame.right.show()
        self._show_checks()
        self.inspector.search.setFocus()
        self.inspector.search.selectAll()

    # --- Qt's events ---

    def paintEvent(self, event: QPaintEvent) -> None:
        """The first paint is out: now the worker may start."""
        super().paintEvent(event)
        if not self._was_painted:
            self._unseen.start(0)

    def showEvent(self, event: QShowEvent) -> None:
        """A window whose parts cover it wholly is never painted itself: it counts as painted soon after it is shown."""
        super().showEvent(event)
        self.opening.watch()
        if not self._was_painted:
            self._unseen.start(UNSEEN_MS)

    def _first_paint(self) -> None:
        self._was_painted = True
        self.painted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space where nothing else wants it: train, pause, go on. Esc leaves presenter mode, else lets go of the selection."""
        if event.key() == Qt.Key.Key_Escape and self.presenter.is_on:
            self.set_presenting(False)
        elif event.key() == Qt.Key.Key_Escape and self.selecting.clear():
            event.accept()
        elif event.key() == Qt.Key.Key_Space:
            self.actions_table["pause" if self.current.is_live else "train"].trigger()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout, let the worker save what trains, and end it."""
        self.set_presenting(False)
        self.settings.setValue("window/geometry", self.saveGeometry())
        self.frame.save(self.settings)
        self.views.save(self.settings)
        self.welcome.remember()
        self.settings.sync()
        self.hide()
        self.bridge.close(CLOSE_WITHIN_S)
        self.appearance.restore()
        gc.unfreeze()
        super().closeEvent(event)
