"""Makes the views after the first paint: one, then the event loop, then the next, so that the window answers in between."""

from __future__ import annotations

import traceback

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.shell.views import find_panels
from app.widgets.banner import Notice


class PanelMaker(QObject):
    """`made` carries each Panel, `troubled` a Notice on one that could not be opened, `complete` comes when all were tried."""

    made = Signal(object)
    troubled = Signal(object)
    complete = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._coming = find_panels()
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._make_next)

    def start(self) -> None:
        """Begin."""
        self._next.start()

    def _make_next(self) -> None:
        name, found = next(self._coming, ("", None))
        if found is None:
            self.complete.emit()
            return
        self._next.start()
        try:
            if isinstance(found, Exception):
                raise found
            self.made.emit(found(self._window))
        except Exception as error:  # noqa: BLE001  a broken view is reported; the others work
            details = "".join(traceback.format_exception(error))
            self.troubled.emit(Notice(f"The view {name!r} could not be opened: {error}", "The others work.", details))
