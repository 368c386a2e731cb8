"""Every view can be opened by itself, in the theme and type that its words ask for."""

import importlib
import pkgutil

import pytest
from PySide6.QtWidgets import QApplication

import app.panels
from app.panels.base import Panel

ROOMS = [module.name for module in pkgutil.iter_modules(app.panels.__path__) if module.ispkg]


@pytest.mark.parametrize("room", ROOMS)
def test_a_view_opens_alone(room, qtbot, monkeypatch):
    seen = []

    def look(*_):
        for view in QApplication.topLevelWidgets():
            if isinstance(view, Panel) and view.isVisible():
                qtbot.addWidget(view)
                seen.append((view.name, view.theme.name, view.theme.scale, min(view.width(), view.height()) > 600))

    monkeypatch.setattr("sys.argv", ["view", "dark", "1.2"])
    monkeypatch.setattr(QApplication, "exec", look)
    importlib.import_module(f"app.panels.{room}.__main__").main()
    assert seen == [(room, "dark", 1.2, True)]
