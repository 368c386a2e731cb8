"""The main window: method rail and runs at the left, views in the middle, inspector at the right, status below.

It knows nothing of training: `Draft` holds what the next run will be, `CurrentRun` the run that is shown, `Bridge` the
worker; the window connects them to what is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow

from app.bridge.bridge import Bridge
from app.bridge.worker import WorkerLost
from app.panels.base import Panel, Selection
from app.shell import dialogs, run_display, steering, troubles
from app.shell.actions import Actions, plain
from app.shell.appearance import Appearance
from app.shell.chrome import Chrome
from app.shell.commands import all_commands
from app.shell.current_run import CurrentRun
from app.shell.data_chooser import is_data
from app.shell.draft import Draft
from app.shell.frame import Frame
from app.shell.inspector import Inspector
from app.shell.panel_maker import PanelMaker
from app.shell.presenter import Presenter
from app.shell.rail import MethodRail, RunsList
from app.shell.run_files import RunFiles
from app.shell.settings import remember_run
from app.shell.views import Views
from app.widgets import icons
from app.widgets.banner import Banner, Notice
from app.widgets.palette import Palette
from app.widgets.status import StatusBar
from app.widgets.theme import Theme
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import RunConfig
from sslviz.spec.events import Failed, WorkerReady

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
        self._was_painted = False
        self._unseen = QTimer(self, singleShot=True)
        self._unseen.timeout.connect(self._first_paint)
        self._seen_flips = 0
        self._adopted = ""
        self._make_parts()
        self._make_actions()
        self._maker = PanelMaker(self)
        self._connect()
        self._restore()
        self._themed(appearance.theme)
        self._show_catalogue()
        self._run_changed()

    # --- making ---

    def _make_parts(self) -> None:
        self.banner = Banner(self)
        self.views = Views(self)
        self.rail = MethodRail(self)
        self.runs = RunsList(self)
        self.inspector = Inspector(self.bridge, self.draft, self.current, self)
        self.frame = Frame(self.banner, (self.rail, self.runs), self.views, self.inspector)
        self.setCentralWidget(self.frame)
        self.status = StatusBar(self)
        self.setStatusBar(self.status)
        self.palette_box = Palette(self)
        self.files = RunFiles(self.bridge, self.draft, self.current, self.runs, self.settings)
        clutter = (self.frame.left, self.frame.right, self.status, self.menuBar())
        self.presenter = Presenter(self, self.appearance, clutter)

    def _make_actions(self) -> None:
        self.actions_table = Actions(self._handlers(), self)
        self.actions_table.add_speeds(self.current.set_speed)
        self.addActions(list(self.actions_table.by_name.values()))  # shortcuts live on while the menu bar is hidden
        self.chrome = Chrome(self, self.actions_table)
        self.chrome.recent.aboutToShow.connect(lambda: self.files.fill_recent(self.chrome.recent))
        self.panel_actions: list[QAction] = []

    def _handlers(self) -> dict[str, Callable[[], object]]:
        data = self.inspector.data
        return {
            "open_run": self._ask_run, "open_folder": data.ask_folder, "open_zip": data.ask_zip,
            "export": self._export, "cache": lambda: dialogs.CacheDialog(self, self.bridge).open(), "quit": self.close,
            "train": self.current.start, "pause": self.current.pause_or_go_on,
            "step": lambda: self.current.control("step"), "stop": lambda: self.current.control("stop"),
            "resume": self.files.resume, "reset": self.current.reset, "new_seed": self.current.new_seed,
            "side_by_side": self.views.move_to_other_side, "in_tabs": self.views.in_tabs,
            "light": lambda: self._choose_theme("light"), "dark": lambda: self._choose_theme("dark"),
            "system": lambda: self._choose_theme("system"),
            "presenter": lambda: self.set_presenting(not self.presenter.is_on),
            "show_rail": lambda: self.frame.toggle(self.frame.left),
            "show_inspector": lambda: self.frame.toggle(self.frame.right),
            "reset_layout": self.reset_layout, "palette": self.open_palette, "search": self._focus_search,
            "shortcuts": self._show_shortcuts, "doctor": lambda: dialogs.show_doctor(self),
            "about": lambda: dialogs.AboutDialog(self).open(),
        }  # fmt: skip

    def _add_panel(self, panel: Panel) -> None:
        panel.use_ids(self.bridge.claim_ids(panel.answered))
        panel.requested.connect(self.bridge.send)
        panel.config_changed.connect(self._configured_by_panel)
        panel.selected.connect(self._select)
        panel.wishes_changed.connect(self._wishes_changed)
        self.views.add(panel)
        action = QAction(f"View: {panel.title}", self)
        action.setShortcut(panel.shortcut or f"Ctrl+{len(self.views.panels)}")
        for each in (action, *panel.offers()):
            each.triggered.connect(lambda _checked, name=panel.name: self.views.show_panel(name))
            self.panel_actions.append(each)
            self.addAction(each)
            self.chrome.add_view(each)
        panel.set_theme(self.appearance.theme)
        panel.configure(self.draft.config, self.draft.catalogue)
        self._views_switched()

    def _connect(self) -> None:
        self.bridge.ready.connect(self._worker_ready)
        self.bridge.lost.connect(self._worker_lost)
        self.bridge.failed.connect(self._failed)
        self.bridge.finished.connect(self.files.look)
        self.bridge.changed.connect(self._tick)
        self.current.changed.connect(self._run_changed)
        self.draft.changed.connect(self._draft_changed)
        self.appearance.changed.connect(self._themed)
        self.views.switched.connect(self._views_switched)
        self.frame.shown.connect(self._show_checks)
        self.rail.chosen.connect(self.draft.choose_method)
        self.files.troubled.connect(self.trouble)
        self.inspector.troubled.connect(self.trouble)
        self.inspector.train.connect(self.actions_table["train"].trigger)
        self.painted.connect(self.bridge.start)
        self.painted.connect(self._maker.start)
        self._maker.made.connect(self._add_panel)
        self._maker.troubled.connect(self.trouble)
        self._maker.complete.connect(self.complete)

    # --- layout and look ---

    def _restore(self) -> None:
        self.resize(SIZE.boundedTo(self.screen().availableSize()))
        geometry = self.settings.value("window/geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        self.frame.restore(self.settings)
        self._show_checks()

    def reset_layout(self) -> None:
        """Every part back in its place."""
        self.views.in_tabs()
        self.frame.reset()

    def _show_checks(self) -> None:
        self.actions_table["show_rail"].setChecked(not self.frame.left.isHidden())
        self.actions_table["show_inspector"].setChecked(not self.frame.right.isHidden())
        self.actions_table["presenter"].setChecked(self.presenter.is_on)
        self.actions_table[self.appearance.choice].setChecked(True)

    def _choose_theme(self, choice: str) -> None:
        self.settings.setValue("window/theme", choice)
        self.appearance.choose(choice)

    def _themed(self, theme: Theme) -> None:
        side = round(18 * theme.scale)
        self.chrome.transport.setIconSize(QSize(side, side))
        self.chrome.slow_button.setIcon(icons.icon("slow", theme.text, theme.border))
        self.actions_table.set_theme(theme)
        self.inspector.set_theme(theme)
        self.banner.set_theme(theme)
        self.status.resize_fields()
        for panel in self.views.panels.values():
            panel.set_theme(theme)

    def set_presenting(self, on: bool) -> None:
        """Presenter mode on or off."""
        self.presenter.toggle(on)
        self._show_checks()
        self.setFocus()

    # --- the worker ---

    def _worker_ready(self, ready: WorkerReady) -> None:
        self.draft.use_catalogue(ready.catalogue)
        self.inspector.use_devices(ready.devices)
        self._show_catalogue()
        self.status.show_fields(device=", ".join(ready.devices))
        self.status.show_message("Ready")
        self._show_run()
        self.files.look()

    def _show_catalogue(self) -> None:
        self.rail.show_methods(self.draft.catalogue.methods, self.draft.config.method)

    def _worker_lost(self, report: WorkerLost) -> None:
        picture, folder = self.current.picture, self.current.folder
        hurt = picture is not None and picture.failure is not None and picture.failure.kind == "WorkerLost"
        resume = (lambda: self.current.resume(folder)) if hurt else None
        self.trouble(troubles.of_lost_worker(report, self.bridge.start, resume, Path(folder).name))
        self._show_transport()

    def _failed(self, failed: Failed) -> None:
        if not failed.run_id:
            self.trouble(troubles.of_worker(failed))
            return
        started = self.bridge.pictures[failed.run_id].started
        if started is None or started.live:  # that a run once failed is no news: the views say it with the record
            self.inspector.show_problem(failed.field, f"{failed.message} {failed.hint}".strip())
            self.trouble(troubles.of_run(failed, self.draft, self.current, started.folder if started else ""))

    def trouble(self, notice: Notice) -> None:
        """Show what went wrong, and what to do."""
        self.banner.show_notice(notice)

    # --- the run that is shown ---

    def _run_changed(self) -> None:
        self._seen_flips = 0
        self._adopted = ""
        folder = self.current.folder
        if folder:
            remember_run(self.settings, folder)
        self.setWindowTitle(f"{Path(folder).name} – SSLViz" if folder else "SSLViz")
        for panel in self.views.panels.values():
            panel.clear()
        self._show_run()

    def _tick(self, touched: frozenset[str]) -> None:
        if self.current.run_id in touched:
            self._adopt()
            self._show_run()

    def _adopt(self) -> None:
        """The inspector follows the run that is shown: its configuration once, its flips as they come."""
        picture = self.current.picture
        if picture is None or picture.started is None:
            return
        if self._adopted != picture.run_id:
            self._adopted = picture.run_id
            self.draft.adopt(picture.started.config)
            self.files.look()
        for flip in picture.flips[self._seen_flips :]:
            self.inspector.mirror(flip.name, flip.after)
        self._seen_flips = len(picture.flips)

    def _show_run(self) -> None:
        run_display.show_status(self.status, self.current.picture)
        self._show_transport()
        self.inspector.show_locks()
        self._refresh_views()

    def _show_transport(self) -> None:
        can_train = bool(self.draft.catalogue.methods)  # before the worker is up the run waits for it
        run_display.show_transport(
            self.actions_table, self.current.picture, can_train=can_train, can_resume=self.current.can_resume
        )
        again = "Train anew" if self.current.is_live else "Train"
        self.inspector.show_start(again, self.actions_table["train"].shortcut(), can_train, "The worker is starting …")

    def _refresh_views(self) -> None:
        if not self.isMinimized():
            for panel in self.views.visible():
                panel.refresh(self.current.picture)

    def _views_switched(self) -> None:
        self.current.watch(self.views.wishes())
        self._refresh_views()

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

    def _select(self, selection: Selection) -> None:
        for panel in self.views.panels.values():
            panel.select(selection)

    # --- what the menus do ---

    def open_path(self, path: str) -> None:
        """A run folder is opened; a folder or zip of images becomes the data of the next run."""
        target = Path(path).expanduser().absolute()
        if (target / "run.toml").exists():
            self.current.open(str(target))
        elif is_data(target):
            self.inspector.data.choose(str(target))
        else:
            problem = f"{target.name} is neither a run folder nor images that can be read here."
            self.trouble(Notice(problem, "Open a folder with run.toml, a folder of images, or a zip of images."))

    def _ask_run(self) -> None:
        if path := self.files.ask_folder(self):
            self.open_path(path)

    def _export(self) -> None:
        if shown := self.views.in_front():
            dialogs.ask_export(self, *shown.figure(), self.trouble)

    def open_palette(self) -> None:
        """Ctrl+K."""
        self.palette_box.open(all_commands(self))

    def reveal_setting(self, key: str) -> None:
        """Bring a setting into view and give it the keyboard."""
        self.frame.right.show()
        self._show_checks()
        self.inspector.reveal(key)

    def _focus_search(self) -> None:
        self.frame.right.show()
        self._show_checks()
        self.inspector.search.setFocus()
        self.inspector.search.selectAll()

    def _show_shortcuts(self) -> None:
        actions = (*self.actions_table.by_name.values(), *self.panel_actions)
        keyed = [(keys, plain(action.text())) for action in actions if (keys := action.shortcut().toString())]
        keyed += [("Space", "Train, pause or go on"), ("Esc", "Leave presenter mode")]
        dialogs.show_text(self, "Keyboard shortcuts", "\n".join(f"{keys:<24}{text}" for keys, text in keyed))

    # --- Qt's events ---

    def paintEvent(self, event: QPaintEvent) -> None:
        """The first paint is out: now the worker may start."""
        super().paintEvent(event)
        if not self._was_painted:
            self._unseen.start(0)

    def showEvent(self, event: QShowEvent) -> None:
        """A window whose parts cover it wholly is never painted itself: it counts as painted soon after it is shown."""
        super().showEvent(event)
        if not self._was_painted:
            self._unseen.start(UNSEEN_MS)

    def _first_paint(self) -> None:
        self._was_painted = True
        self.painted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space where nothing else wants it: train, pause, go on. Esc leaves presenter mode."""
        if event.key() == Qt.Key.Key_Escape and self.presenter.is_on:
            self.set_presenting(False)
        elif event.key() == Qt.Key.Key_Space:
            self.actions_table["pause" if self.current.is_live else "train"].trigger()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped: runs, folders and zips of images."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the first file that was dropped."""
        path = next(url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile())
        event.acceptProposedAction()
        self.open_path(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout, let the worker save what trains, and end it."""
        self.set_presenting(False)
        self.settings.setValue("window/geometry", self.saveGeometry())
        self.frame.save(self.settings)
        self.settings.sync()
        self.hide()
        self.bridge.close(CLOSE_WITHIN_S)
        self.appearance.restore()
        super().closeEvent(event)
