"""Tabs and stacks that fill their room do not have what is around them ask their pages how high they are."""

import pytest
from PySide6.QtWidgets import QLabel, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from app.widgets.filling import FillingStack, FillingTabs


def around(qtbot, filling):
    """A column with a label above and pages, one of which has text that wraps."""
    window, page = QWidget(), QLabel("words that wrap " * 20, wordWrap=True)
    column = QVBoxLayout(window)
    column.addWidget(QLabel("above"))
    column.addWidget(filling)
    filling.addTab(page, "page") if isinstance(filling, QTabWidget) else filling.addWidget(page)
    qtbot.addWidget(window)
    window.resize(300, 300)
    window.show()
    qtbot.waitExposed(window)
    return window


@pytest.mark.parametrize("kind", [FillingTabs, FillingStack])
def test_their_height_does_not_hang_on_the_text_of_a_page(qtbot, kind):
    filling = kind()
    window = around(qtbot, filling)
    assert not window.hasHeightForWidth()
    assert filling.height() > 200
    assert filling.currentWidget().height() > 150


@pytest.mark.parametrize("kind", [QTabWidget, QStackedWidget])
def test_qt_s_own_do(qtbot, kind):
    window = around(qtbot, kind())
    assert window.hasHeightForWidth()  # else there is no need for ours
