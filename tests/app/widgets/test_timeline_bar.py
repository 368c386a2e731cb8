"""The strip of snapshots: where marks stand, how the handle moves, and how it plays."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.widgets.timeline_bar import SPEEDS, TimelineBar
from app.widgets.timeline_track import Stop, places

STEPS = (0, 1, 10, 100)
STOPS = (*map(Stop, STEPS), Stop(1000, now=True))


@pytest.fixture
def bar(qtbot):
    made = TimelineBar()
    qtbot.addWidget(made)
    made.resize(1200, made.sizeHint().height())
    made.set_stops(STOPS, 1000)
    made.show()
    made.heard = []
    made.moved.connect(made.heard.append)
    return made


def press(qtbot, bar, x):
    qtbot.mousePress(bar.track, Qt.MouseButton.LeftButton, pos=QPoint(round(x), 10))
    qtbot.mouseRelease(bar.track, Qt.MouseButton.LeftButton, pos=QPoint(round(x), 10))


def test_marks_stand_by_their_steps_or_evenly():
    log = places(STEPS, 1000, "log")
    assert log == pytest.approx([0.0, *(math.log1p(step) / math.log1p(1000) for step in STEPS[1:])])
    assert places(STEPS, 1000, "even") == pytest.approx([0, 1 / 3, 2 / 3, 1])
    for scale in ("log", "even"):
        assert places((), 5, scale) == []
        assert len(places((7,), 7, scale)) == 1
    assert places((0,), 0, "log") == [0.0]
    assert places((0, 50), 10, "log")[-1] == 1.0  # a run that went on longer than it was told


def test_a_press_takes_the_nearest_and_a_drag_goes_on(qtbot, bar):
    xs = bar.track.xs()
    press(qtbot, bar, xs[2] + 3)
    assert (bar.heard, bar.at) == ([2], 2)
    for x in (xs[3], xs[4] + 50):
        where, left = QPointF(x, 10), Qt.MouseButton.LeftButton
        none, nothing = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(bar.track, QMouseEvent(QEvent.Type.MouseMove, where, where, none, left, nothing))
    assert bar.heard == [2, 3, 4]


@pytest.mark.parametrize(("key", "to"), [("Left", 1), ("Right", 3), ("Home", 0), ("End", 4), ("Down", 1), ("Up", 3)])
def test_keys_walk(qtbot, bar, key, to):
    bar.set_at(2, "")
    qtbot.keyClick(bar.track, getattr(Qt.Key, f"Key_{key}"))
    assert bar.heard == [to]


def test_at_the_ends_keys_and_buttons_stay(qtbot, bar):
    bar.set_at(0, "")
    qtbot.keyClick(bar.track, Qt.Key.Key_Left)
    bar.set_at(4, "")
    qtbot.keyClick(bar.track, Qt.Key.Key_Right)
    assert bar.heard == []
    assert not bar.buttons["on"].isEnabled()
    assert not bar.buttons["now"].isEnabled()
    assert bar.buttons["back"].isEnabled()


def test_the_wheel_goes_a_snapshot_a_notch(bar):
    bar.set_at(2, "")
    for turned in (60, 60, -120, -120):
        event = QWheelEvent(
            QPoint(20, 10), QPoint(20, 10), QPoint(), QPoint(0, turned), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(bar.track, event)
    assert bar.heard == [1, 2, 3]


def test_it_plays_to_the_end_and_stands(qtbot, bar):
    bar.set_speed(SPEEDS[-1])
    bar.set_at(2, "")
    bar.play(True)
    qtbot.waitUntil(lambda: not bar.is_playing)
    assert bar.heard == [3, 4]
    bar.play(True)  # from the end it begins anew
    assert bar.heard[2] == 0
    bar.play(False)


def test_it_loops_leaves_out_what_is_missing_and_waits_for_what_is_not_seen(qtbot, bar):
    bar.set_stops([*map(Stop, (0, 1)), Stop(10, missing="gone"), Stop(100)], 100)
    bar.buttons["loop"].setChecked(True)
    bar.set_speed(SPEEDS[-1])
    bar.set_at(1, "")
    held = []
    bar.holds = lambda: len(held) < 2 and not held.append(1)
    bar.play(True)
    qtbot.waitUntil(lambda: len(bar.heard) >= 4)
    bar.play(False)
    assert bar.heard[:4] == [3, 0, 1, 3]
    assert len(held) == 2


def test_a_hidden_strip_does_not_play(bar):
    bar.set_at(0, "")
    bar.play(True)
    assert bar.is_playing
    bar.hide()
    assert not bar.is_playing


def test_moving_by_hand_ends_playing(qtbot, bar):
    bar.set_at(0, "")
    bar.play(True)
    qtbot.keyClick(bar.track, Qt.Key.Key_Right)
    assert not bar.is_playing


def test_space_l_and_plus(qtbot, bar):
    bar.set_at(0, "")
    qtbot.keyClick(bar.track, Qt.Key.Key_Space)
    assert bar.is_playing
    qtbot.keyClick(bar.track, Qt.Key.Key_Space)
    assert not bar.is_playing
    qtbot.keyClick(bar.track, Qt.Key.Key_L)
    assert bar.loops
    before = bar.speed_now
    qtbot.keyClick(bar.track, Qt.Key.Key_Plus)
    assert bar.speed_now > before


def test_nothing_and_one_stop_are_no_trouble(qtbot, bar):
    for stops in ((), (Stop(5),)):
        bar.set_stops(stops, 5)
        bar.set_at(len(stops) - 1, "")
        bar.play(True)
        for key in (Qt.Key.Key_Left, Qt.Key.Key_End):
            qtbot.keyClick(bar.track, key)
        assert not bar.is_playing
        assert not bar.grab().isNull()
    assert bar.heard == []


def test_words_keep_their_room(bar):
    bar.set_at(1, "step 1,000 of 1,000")
    wide = bar.words.width()
    bar.set_at(0, "step 1 of 1,000")
    assert bar.words.width() == wide
