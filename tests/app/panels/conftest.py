"""The Train panel, shown, and a way to draw it to the end."""

from __future__ import annotations

import pytest

from app.bridge.example_run import example_catalogue
from app.panels.train import TrainPanel
from sslviz.spec.config import RunConfig


@pytest.fixture
def panel(qtbot):
    made = TrainPanel()
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.configure(RunConfig(), example_catalogue())
    made.show()
    return made


@pytest.fixture
def draw(panel, qtbot):
    """Refresh, and wait until every piece of the page in front is drawn."""

    def refresh(picture, page=None):
        if page is not None:
            panel.tabs.setCurrentWidget(page)
        panel.refresh(picture)
        qtbot.waitUntil(lambda: not panel._due and not panel._later.isActive())

    return refresh
