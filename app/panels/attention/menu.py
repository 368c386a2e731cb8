"""What the Attention view offers to menus, to the palette and to the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction

from app.panels.attention.modes import MODES
from sslviz.spec.inspection import CLASS_QUERY

if TYPE_CHECKING:
    from app.panels.attention.panel import AttentionPanel

Action = Callable[[], object]


def actions(panel: AttentionPanel) -> list[QAction]:
    """One for every way to look, and for what the keyboard does."""
    offered: dict[str, Action] = {
        mode.title if mode.title.isupper() else mode.title.lower(): partial(panel.toolbar.set_mode, name)
        for name, mode in MODES.items()
    }
    offered |= {
        "random weights beside the model (W)": panel.toggle_random,
        "look from the class token (C)": lambda: panel.look_from(CLASS_QUERY),
        "next picture (Page down)": lambda: panel.sight.source.step(1),
        "picture before (Page up)": lambda: panel.sight.source.step(-1),
    }
    return panel.actions_for(offered)


def keys(panel: AttentionPanel) -> dict[Qt.Key, Action]:
    """What single keys do while the view has the focus."""
    return {
        Qt.Key.Key_C: lambda: panel.look_from(CLASS_QUERY),
        Qt.Key.Key_W: panel.toggle_random,
        Qt.Key.Key_PageUp: lambda: panel.sight.source.step(-1),
        Qt.Key.Key_PageDown: lambda: panel.sight.source.step(1),
    }
