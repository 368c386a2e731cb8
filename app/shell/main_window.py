"""The main window: method rail and runs at the left, views in the middle, inspector at the right, status below.

It owns no knowledge of training: `Draft` holds what the next run will be, `CurrentRun` the run that is shown, `Bridge` the worker.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QDockWidget,
    QFileDialog,
    QInputDialog,
    QMainWindow,
    QMenu,
    QSplitter,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.bridge.bridge import Bridge
from app.bridge.routes import Reply
from app.bridge.worker import WorkerLost
from app.panels.base import Panel, Selection
from app.shell import dialogs, run_display, steering, troubles
from app.shell.actions import MENUS, SPECS, TOOLBAR, Actions, plain
from app.shell.appearance import Appearance
from app.shell.commands import all_commands
from app.shell.current_run import CurrentRun
from app.shell.data_chooser import is_data
from app.shell.draft import Draft
from app.shell.inspector import Inspector
from app.shell.presenter import Presenter
from app.shell.rail import MethodRail, RunsList
from app.shell.settings import recent_runs, remember_run
from app.shell.views import Views, find_panels
from app.widgets import icons
from app.widgets.banner import Banner, Notice
from app.widgets.palette import Palette
from app.widgets.status import StatusBar
from app.widgets.theme import Theme
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import RunConfig
from sslviz.spec.events import Answered, Failed, Finished, Refused, WorkerReady
from sslviz.spec.requests import ListRuns

LAYOUT = 1  # version of the saved layout; another is ignored
CLOSE_WITHIN_S = 30.0
SIZE = QSize(1360, 860)


class MainWindow(QMainWindow):
    """One window on one worker. `painted` comes once, after the first paint; the worker is started then."""

    painted = Signal()

    def __init__(self, bridge: Bridge, appearance: Appearance, settings: QSettings, catalogue: Catalogue) -> None:
        super().__init__()
        self.setWindowTitle("SSLViz")
        self.setAcceptDrops(True)
        self.bridge, self.appearance, self.settings = bridge, appearance, settings
        self.draft = Draft(catalogue, self)
        self.current = CurrentRun(bridge, self.draft, self)
        self._was_painted = False
        self._seen_flips = 0
        self._adopted = ""
        self.panel_actions: list[QAction] = []
        self._make_parts()
        self._make_actions()
        self._make_panels()
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
        self.status = StatusBar(self)
        self.setStatusBar(self.status)
        middle = QWidget(self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.views, 1)
        self.setCentralWidget(middle)
        left = QSplitter(Qt.Orientation.Vertical, self)
        left.setChildrenCollapsible(False)
        left.addWidget(self.rail)
        left.addWidget(self.runs)
        left.setStretchFactor(0, 2)
        left.setStretchFactor(1, 3)
        self.left_dock = self._dock("Methods and runs", left, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.right_dock = self._dock("Inspector", self.inspector, Qt.DockWidgetArea.RightDockWidgetArea)
        self.palette_box = Palette(self)

    def _dock(self, title: str, content: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(title)
        dock.setWidget(content)
        dock.setTitleBarWidget(QWidget(dock))  # the docks hide by their actions; a title would only take room
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.addDockWidget(area, dock)
        return dock

    def _make_actions(self) -> None:
        self.actions_table = Actions(self._handlers(), self)
        self.actions_table.add_speeds(self.current.set_speed)
        self.addActions(list(self.actions_table.by_name.values()))  # shortcuts live on while the menu bar is hidden
        menus = {title: self.menuBar().addMenu(title) for title in MENUS}
        for spec in SPECS:
            menus[spec.menu].addAction(self.actions_table[spec.name])
        self._views_menu = menus["&View"]
        self.recent = QMenu("Recent r&uns", self)
        self.recent.aboutToShow.connect(self._fill_recent)
        menus["&File"].insertMenu(self.actions_table["cache"], self.recent)
        self.slow = QMenu("S&low motion", self)
        self.slow.addActions(list(self.actions_table.speeds.values()))
        menus["&Run"].addMenu(self.slow)
        for name, before in (("&File", "quit"), ("&View", "light"), ("&View", "presenter"), ("&View", "show_rail")):
            menus[name].insertSeparator(self.actions_table[before])
        self._make_toolbar()

    def _make_toolbar(self) -> None:
        self.transport = QToolBar("Transport", self)
        self.transport.setObjectName("Transport")
        self.transport.setMovable(False)
        self.transport.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for name in TOOLBAR:
            self.transport.addAction(self.actions_table[name])
        self.slow_button = QToolButton(self.transport)
        self.slow_button.setText("Slow motion")
        self.slow_button.setToolTip("Steps a second, to watch each one")
        self.slow_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.slow_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.slow_button.setMenu(self.slow)
        self.transport.addWidget(self.slow_button)
        self.addToolBar(self.transport)
        for button in self.transport.findChildren(QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _handlers(self) -> dict[str, Callable[[], object]]:
        data = self.inspector.data
        return {
            "open_run": self._ask_run, "open_folder": data.ask_folder, "open_zip": data.ask_zip,
            "cache": lambda: dialogs.CacheDialog(self, self.bridge).open(), "quit": self.close,
            "train": self.current.start, "pause": self.current.pause_or_go_on,
            "step": lambda: self.current.control("step"), "stop": lambda: self.current.control("stop"),
            "resume": self.current.resume, "reset": self.current.reset, "new_seed": self.current.new_seed,
            "side_by_side": self.views.move_to_other_side, "in_tabs": self.views.in_tabs,
            "light": lambda: self._choose_theme("light"), "dark": lambda: self._choose_theme("dark"),
            "system": lambda: self._choose_theme("system"),
            "presenter": lambda: self.set_presenting(not self.presenter.is_on),
            "show_rail": lambda: self._toggle(self.left_dock), "show_inspector": lambda: self._toggle(self.right_dock),
            "reset_layout": self.reset_layout, "palette": self.open_palette, "search": self._focus_search,
            "shortcuts": self._show_shortcuts, "doctor": lambda: dialogs.show_doctor(self),
            "about": lambda: dialogs.AboutDialog(self).open(),
        }  # fmt: skip

    def _make_panels(self) -> None:
        self.presenter = Presenter(
            self, self.appearance, (self.left_dock, self.right_dock, self.status, self.menuBar())
        )
        for name, found in find_panels():
            if isinstance(found, Exception):
                details = "".join(traceback.format_exception(found))
                self.trouble(Notice(f"The view {name!r} could not be opened: {found}", "The others work.", details))
            else:
                self._add_panel(found())

    def _add_panel(self, panel: Panel) -> None:
        panel.use_ids(self.bridge.claim_ids(panel.answered))
        panel.requested.connect(self.bridge.send)
        panel.config_changed.connect(self._configured_by_panel)
        panel.selected.connect(self._select)
        self.views.add(panel)
        action = QAction(f"View: {panel.title}", self)
        action.setShortcut(panel.shortcut or f"Ctrl+{len(self.panel_actions) + 1}")
        name = panel.name
        action.triggered.connect(lambda _checked: self.views.show_panel(name))
        self.panel_actions.append(action)
        self.addAction(action)
        self._views_menu.insertAction(self.actions_table["side_by_side"], action)

    def _connect(self) -> None:
        self.bridge.ready.connect(self._worker_ready)
        self.bridge.lost.connect(self._worker_lost)
        self.bridge.failed.connect(self._failed)
        self.bridge.finished.connect(self._finished)
        self.bridge.changed.connect(self._tick)
        self.current.changed.connect(self._run_changed)
        self.draft.changed.connect(self._draft_changed)
        self.appearance.changed.connect(self._themed)
        self.views.switched.connect(self._views_switched)
        self.rail.chosen.connect(self.draft.choose_method)
        self.runs.opened.connect(self.current.open)
        self.runs.resumed.connect(self.current.resume)
        self.runs.revealed.connect(lambda folder: QDesktopServices.openUrl(QUrl.fromLocalFile(folder)))
        self.runs.renamed.connect(self._rename)
        self.runs.refreshed.connect(self.list_runs)
        self.inspector.troubled.connect(self.trouble)
        self.inspector.train.connect(self.actions_table["train"].trigger)
        self.painted.connect(self.bridge.start)

    # --- layout, theme ---

    def _restore(self) -> None:
        self.resize(SIZE)
        geometry, state = self.settings.value("window/geometry"), self.settings.value("window/state")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        if not (isinstance(state, QByteArray) and self.restoreState(state, LAYOUT)):
            self.reset_layout()
        self._show_checks()

    def reset_layout(self) -> None:
        """Every part back in its place."""
        self.left_dock.show()
        self.right_dock.show()
        self.transport.show()
        self.views.in_tabs()
        self._size_docks()
        self._show_checks()

    def _size_docks(self) -> None:
        character = self.fontMetrics().averageCharWidth()
        self.resizeDocks([self.left_dock, self.right_dock], [32 * character, 58 * character], Qt.Orientation.Horizontal)

    def _toggle(self, dock: QDockWidget) -> None:
        dock.setVisible(dock.isHidden())
        self._show_checks()

    def _show_checks(self) -> None:
        self.actions_table["show_rail"].setChecked(not self.left_dock.isHidden())
        self.actions_table["show_inspector"].setChecked(not self.right_dock.isHidden())
        self.actions_table["presenter"].setChecked(self.presenter.is_on)
        self.actions_table[self.appearance.choice].setChecked(True)

    def _choose_theme(self, choice: str) -> None:
        self.settings.setValue("window/theme", choice)
        self.appearance.choose(choice)

    def _themed(self, theme: Theme) -> None:
        side = round(18 * theme.scale)
        self.transport.setIconSize(QSize(side, side))
        self.actions_table.set_theme(theme)
        self.slow_button.setIcon(icons.icon("slow", theme.text, theme.border))
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
        self._show_transport()
        self.list_runs()

    def _show_catalogue(self) -> None:
        self.rail.show_methods(self.draft.catalogue.methods, self.draft.config.method)

    def _worker_lost(self, report: WorkerLost) -> None:
        picture = self.current.picture
        folder = self.current.folder
        hurt = picture is not None and picture.failure is not None and picture.failure.kind == "WorkerLost"
        resume = (lambda: self.current.resume(folder)) if hurt else None
        self.trouble(troubles.of_lost_worker(report, self.bridge.start, resume, Path(folder).name))
        self._show_transport()

    def _failed(self, failed: Failed) -> None:
        if failed.run_id:
            picture = self.bridge.pictures[failed.run_id]
            folder = picture.started.folder if picture.started else ""
            self.trouble(troubles.of_run(failed, self.draft, self.current, folder))
        else:
            self.trouble(troubles.of_worker(failed))

    def _finished(self, _finished: Finished) -> None:
        self.list_runs()

    def trouble(self, notice: Notice) -> None:
        """Show what went wrong, and what to do."""
        self.banner.show_notice(notice)

    # --- runs ---

    def list_runs(self) -> None:
        """Ask for the runs that are there."""
        self.bridge.ask(ListRuns, self._show_runs)

    def _show_runs(self, reply: Reply) -> None:
        if isinstance(reply, Answered):
            self.runs.show_runs(reply.payload, self.draft.catalogue, self.current.folder)
        elif isinstance(reply, Refused) and reply.kind not in ("Superseded", "WorkerLost"):
            self.trouble(Notice(reply.message, reply.hint, reply.trace))

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
            self.list_runs()
        for flip in picture.flips[self._seen_flips :]:
            self.inspector.mirror(flip.name, flip.after)
        self._seen_flips = len(picture.flips)

    def _show_run(self) -> None:
        run_display.show_status(self.status, self.current.picture)
        self._show_transport()
        self.inspector.show_locks()
        self._refresh_views()

    def _show_transport(self) -> None:
        can_train = self.bridge.is_ready and bool(self.draft.catalogue.methods)
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
        start = str(Path(self.current.folder).parent) if self.current.folder else ""
        if path := QFileDialog.getExistingDirectory(self, "A run folder", start):
            self.open_path(path)

    def _fill_recent(self) -> None:
        self.recent.clear()
        for folder in recent_runs(self.settings):
            action = self.recent.addAction(Path(folder).name)
            action.triggered.connect(lambda _checked, folder=folder: self.current.open(folder))
        self.recent.addAction("None yet").setVisible(self.recent.isEmpty())

    def _rename(self, folder: str) -> None:
        if folder == self.current.folder and self.current.is_live:
            self.trouble(Notice("A run that trains cannot be renamed.", "Stop it first; it can be resumed after."))
            return
        name, accepted = QInputDialog.getText(self, "Rename the run", "New name", text=Path(folder).name)
        if accepted and name.strip():
            self._move(Path(folder), name.strip())

    def _move(self, folder: Path, name: str) -> None:
        target = folder.parent / name
        if Path(name).name != name or target.exists():
            self.trouble(Notice(f"The run cannot be called {name!r}.", "Choose a name that is free and has no slash."))
            return
        try:
            folder.rename(target)
        except OSError as error:
            self.trouble(Notice(f"The run could not be renamed: {error.strerror}.", "Check who owns its folder."))
        self.list_runs()

    def open_palette(self) -> None:
        """Ctrl+K."""
        self.palette_box.open(all_commands(self))

    def reveal_setting(self, key: str) -> None:
        """Bring a setting into view and give it the keyboard."""
        self.right_dock.show()
        self._show_checks()
        self.inspector.reveal(key)

    def _focus_search(self) -> None:
        self.right_dock.show()
        self._show_checks()
        self.inspector.search.setFocus()
        self.inspector.search.selectAll()

    def _show_shortcuts(self) -> None:
        actions = (*self.actions_table.by_name.values(), *self.panel_actions)
        keyed = [(keys, plain(action.text())) for action in actions if (keys := action.shortcut().toString())]
        lines = [
            f"{keys:<24}{text}"
            for keys, text in (*keyed, ("Space", "Train, pause or go on"), ("Esc", "Leave presenter mode"))
        ]
        dialogs.show_text(self, "Keyboard shortcuts", "\n".join(lines))

    # --- Qt's events ---

    def paintEvent(self, event: QPaintEvent) -> None:
        """The first paint is out: now the worker may start."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

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
        self.settings.setValue("window/state", self.saveState(LAYOUT))
        self.settings.sync()
        self.hide()
        self.bridge.close(CLOSE_WITHIN_S)
        self.appearance.restore()
        super().closeEvent(event)
