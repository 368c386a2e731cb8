"""The process of the window: the application object, the one funnel for errors, the way out."""

from __future__ import annotations

import signal
import sys
from types import TracebackType

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.bridge.bridge import Bridge
from app.bridge.worker import Command
from app.shell import troubles
from app.shell.appearance import FOLLOW, Appearance
from app.shell.main_window import MainWindow
from app.shell.settings import open_settings
from sslviz.spec.catalogue import Catalogue, from_json
from sslviz.spec.errors import SpecError
from sslviz.spec.places import shipped
from sslviz.spec.wire import worker_command


def make_application() -> QApplication:
    """The one QApplication of this process, made where there is none."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("sslviz")
    application.setApplicationDisplayName("SSLViz")
    return application


def shipped_catalogue() -> Catalogue:
    """The generated copy that feeds the first paint; empty where it is missing or of another version: the worker's comes soon."""
    try:
        return from_json((shipped("resources") / "catalogue.json").read_bytes())
    except (OSError, SpecError, ValueError):
        return Catalogue()


def make_window(application: QApplication, command: Command = worker_command) -> MainWindow:
    """A window with its bridge, not shown yet. The worker starts after the first paint."""
    settings = open_settings()
    appearance = Appearance(application, str(settings.value("window/theme", FOLLOW)))
    window = MainWindow(Bridge(command=command), appearance, settings, shipped_catalogue())
    window.bridge.setParent(window)
    appearance.setParent(window)
    return window


def keep_on_screen(window: MainWindow) -> None:
    """A window that is larger than its screen fills it instead. Only once it is shown is it known how much its frame adds."""
    room = window.screen().availableSize()
    if window.frameGeometry().size().boundedTo(room) != window.frameGeometry().size():
        window.setWindowState(window.windowState() | Qt.WindowState.WindowMaximized)


def run(path: str) -> int:
    """Open the window and stay until it is closed."""
    application = make_application()
    window = make_window(application)

    def funnel(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        window.trouble(troubles.of_exception(kind, error, trace))

    sys.excepthook = funnel
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: window.close())  # Python runs it at the bridge's next tick
    window.painted.connect(lambda: keep_on_screen(window))
    if path:
        window.painted.connect(lambda: window.open_path(path))  # after the worker was started
    else:
        window.welcome.begin()
    window.show()
    return application.exec()
