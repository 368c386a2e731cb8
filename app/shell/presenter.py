"""Presenter mode: full screen, large type, nothing around the view but the transport. Everything comes back on leaving."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QWidget

from app.shell.appearance import Appearance


class Presenter:
    """Remembers what was visible, hides it, and gives it back."""

    def __init__(self, window: QMainWindow, appearance: Appearance, clutter: tuple[QWidget, ...]) -> None:
        self._window = window
        self._appearance = appearance
        self._clutter = clutter
        self._was: list[bool] = []
        self._state = Qt.WindowState.WindowNoState
        self.is_on = False

    def toggle(self, on: bool) -> None:
        """Enter or leave."""
        if on == self.is_on:
            return
        self.is_on = on
        if on:
            self._was = [not widget.isHidden() for widget in self._clutter]
            self._state = self._window.windowState()
        for widget, was in zip(self._clutter, self._was, strict=True):
            widget.setVisible(was and not on)
        self._window.setWindowState(Qt.WindowState.WindowFullScreen if on else self._state)
        self._appearance.set_large(on)
