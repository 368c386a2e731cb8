"""Menu bar and transport bar, made from the table of actions."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QToolButton

from app.shell.actions import DOCK, MENUS, SPECS, TOOLBAR, Actions

SEPARATED = (
    ("&File", "open_model"),
    ("&File", "open_picture"),
    ("&File", "export"),
    ("&File", "cache"),
    ("&File", "quit"),
    ("&Run", "reset"),
    ("&Run", "snapshot_back"),
    ("&Model", "stop_opening"),
    ("&View", "light"),
    ("&View", "presenter"),
)


class Chrome:
    """What frames the window: its menus, and the transport with slow motion at the end."""

    def __init__(self, window: QMainWindow, actions: Actions) -> None:
        self._actions = actions
        self.menus = {title: window.menuBar().addMenu(title) for title in MENUS}
        self.menus[DOCK] = QMenu(DOCK, window)
        for spec in SPECS:
            self.menus[spec.menu].addAction(actions[spec.name])
        for title, before in SEPARATED:
            self.menus[title].insertSeparator(actions[before])
        self.menus["&View"].insertMenu(actions["next_view"], self.menus[DOCK])
        self.within = QMenu("&Within a view", window)
        self.menus["&View"].insertMenu(actions["side_by_side"], self.within)
        self._views_end = self.menus["&View"].insertSeparator(self.within.menuAction())
        for menu in self.menus.values():
            menu.setToolTipsVisible(True)
        self.recent, self.samples = QMenu("Recent r&uns", window), QMenu("Open samp&le", window)
        self.menus["&File"].insertMenu(actions["paste"], self.samples)
        self.menus["&File"].insertMenu(actions["open_folder"], self.recent)
        self.slow = QMenu("Slo&w motion", window)
        self.slow.addActions(list(actions.speeds.values()))
        self.menus["&Run"].addMenu(self.slow)
        self.snapshots, self.models = QMenu("&Snapshot of the run", window), QMenu("&Model", window)
        for menu in (self.snapshots, self.models):
            menu.setToolTipsVisible(True)
            self.menus["&Model"].insertMenu(actions["stop_opening"], menu)
        self.transport = self._transport(window)

    def _transport(self, window: QMainWindow) -> QToolBar:
        bar = QToolBar("Transport", window)
        bar.setMovable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for name in TOOLBAR:
            bar.addAction(self._actions[name])
        self.slow_button = QToolButton(bar)
        self.slow_button.setText("Slow motion")
        self.slow_button.setToolTip("Steps a second, to watch each one")
        self.slow_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.slow_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.slow_button.setMenu(self.slow)
        bar.addWidget(self.slow_button)
        for button in bar.findChildren(QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        window.addToolBar(bar)
        return bar

    def add_view(self, action: QAction, title: str, offers: Sequence[QAction]) -> None:
        """One more view that can be shown, at the top of the View menu; what it offers stands in a menu of its own."""
        self.menus["&View"].insertAction(self._views_end, action)
        if offers:
            menu = self.within.addMenu(title)
            menu.setToolTipsVisible(True)
            menu.addActions(offers)
