"""What changes at every tick asks for no layout, paints once, and does not move by itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app.widgets.curve_plot import CurvePlot
from app.widgets.network_diagram import example as diagram
from app.widgets.progress_line import BLOCK, ProgressLine
from app.widgets.series import Curve
from app.widgets.spectrum_plot import SpectrumPlot
from app.widgets.text_lines import TextLines
from app.widgets.theme import DARK, LIGHT


class Counter(QObject):
    """Events of a kind that a widget got."""

    def __init__(self, of: QWidget, kind: QEvent.Type) -> None:
        super().__init__(of)
        self.kind, self.count = kind, 0
        of.installEventFilter(self)

    def eventFilter(self, _of: QObject, event: QEvent) -> bool:
        self.count += event.type() == self.kind
        return False


def settle() -> None:
    for _ in range(4):
        QApplication.processEvents()


@pytest.fixture
def box(qtbot):
    widget = QWidget()
    QVBoxLayout(widget)
    qtbot.addWidget(widget)
    return widget


def test_another_text_asks_for_a_layout_only_where_lines_come_or_go(box):
    lines = TextLines("one")
    box.layout().addWidget(lines)
    box.show()
    settle()
    asked = Counter(box, QEvent.Type.LayoutRequest)
    lines.say("another, and a much longer one")
    lines.say_parts([("coloured", "#0072b2"), (" and not", "")])
    settle()
    assert asked.count == 0
    assert lines.text() == lines.accessibleName() == "coloured and not"
    lines.say("two\nlines")
    settle()
    assert asked.count == 1
    assert lines.height() == lines.sizeHint().height()


def test_parts_are_drawn_in_their_colours(qtbot):
    lines = TextLines()
    qtbot.addWidget(lines)
    lines.set_theme(LIGHT, "big")
    lines.say_parts([("■■", "#0072b2"), ("■■", "")])
    lines.resize(200, 30)
    lines.show()
    image = lines.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert {"#0072b2", LIGHT.text} <= seen
    lines.set_theme(DARK, "big", quiet=True)
    image = lines.grab().toImage()
    assert DARK.muted in {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_line_is_filled_as_far_as_it_is(qtbot, share):
    line = ProgressLine("Progress")
    qtbot.addWidget(line)
    line.set_theme(LIGHT)
    line.resize(400, 10)
    line.show()
    line.show_share(share)
    image = line.grab().toImage()
    filled = sum(image.pixelColor(x, 5).name() == LIGHT.accent for x in range(image.width()))
    assert filled / image.width() == pytest.approx(share, abs=0.02)


def test_the_line_wanders_while_it_does_not_know_and_somebody_looks(qtbot):
    line = ProgressLine("Progress")
    qtbot.addWidget(line)
    line.show_share(math.nan)
    assert not line._wander.isActive()
    line.show()
    assert line._wander.isActive()
    assert line._done(line.rect().toRectF()).width() == pytest.approx(BLOCK * line.width())
    line.hide()
    assert not line._wander.isActive()
    line.show()
    line.show_share(0.5)
    assert not line._wander.isActive()
    assert line.accessibleName() == "Progress: 50%"
    line.show_share(math.inf)
    assert math.isnan(line.share)
    line.hide()


def test_a_share_that_changes_no_pixel_is_not_painted(qtbot):
    line = ProgressLine("Progress")
    qtbot.addWidget(line)
    line.show()
    line.show_share(0.5)
    settle()
    painted = Counter(line, QEvent.Type.Paint)
    line.show_share(0.5001)
    settle()
    assert painted.count == 0
    line.show_share(0.6)
    settle()
    assert painted.count == 1


@pytest.mark.parametrize("what", ["curve", "spectrum"])
def test_new_values_are_painted_once_and_ask_for_no_layout(box, what):
    plot = CurvePlot("loss") if what == "curve" else SpectrumPlot()
    box.layout().addWidget(plot)
    box.resize(480, 240)

    def draw(k):
        if isinstance(plot, CurvePlot):
            plot.set_curves([Curve("loss", np.arange(50.0 + k), np.linspace(4.0, 3.0 - k, 50 + k), True)])
        else:
            plot.set_values(np.linspace(2.0 + k, 0.1, 30), k)

    draw(0)
    box.show()
    draw(1)
    settle()
    painted, asked = Counter(plot.plot.viewport(), QEvent.Type.Paint), Counter(box, QEvent.Type.LayoutRequest)
    for k in range(2, 6):
        draw(k)
        settle()
    assert painted.count == 4
    assert asked.count == 0


def test_a_diagram_looks_the_same_from_its_store_and_follows_its_theme(qtbot):
    view = diagram()
    qtbot.addWidget(view)
    view.resize(700, 300)
    view.show()
    settle()
    first = view.grab().toImage()
    assert view.grab().toImage() == first
    view.set_theme(DARK)
    dark = view.grab().toImage()
    assert dark != first
    view.set_theme(LIGHT)
    assert view.grab().toImage() == first
