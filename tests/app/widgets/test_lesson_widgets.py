"""The widgets of a lesson: guesses by mouse and keys, bars, answers, steps, text, runs, paths, bands behind curves."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from app.widgets.curve_plot import CurvePlot
from app.widgets.guess_ink import MARGIN, WRAPPED, name_of
from app.widgets.guess_plot import Guessed, GuessPlot
from app.widgets.guess_scale import GuessScale, around, nice
from app.widgets.lesson_arms import ArmRow, ArmRows
from app.widgets.lesson_columns import Columns, SlidePage
from app.widgets.lesson_options import Answer, OptionList
from app.widgets.lesson_paths import Path, PathPlot
from app.widgets.lesson_text import LessonText, typeset
from app.widgets.lesson_trail import STEPS, StepTrail
from app.widgets.lesson_type import lesson_face, text_width
from app.widgets.plot_bands import Band
from app.widgets.series import Curve
from app.widgets.theme import DARK, LIGHT

ARMS = (("crop", "Crops only"), ("colour", "Colour only"), ("both", "Both"))
PERCENT = GuessScale("Shape", 0.0, 1.0, "%", 100.0)


@pytest.fixture
def plot(qtbot):
    made = GuessPlot()
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.ask(ARMS, PERCENT, {})
    made.show()
    made.setFocus()
    return made


def at(plot, k, value):
    field = plot.field()
    return QPoint(round(field.middle(k)), round(field.y(value)))


def test_of_a_long_name_every_word_is_shown_below_a_narrow_column(plot):
    long = (("a", "Both terms, crops only"), ("b", "Both terms, colours only"))
    for width in (700, 260):
        plot.resize(width, 400)
        plot.ask(long, PERCENT, {})
        field, face = plot.field(), QFontMetricsF(lesson_face(LIGHT, "label", bold=True))
        for k, (_, title) in enumerate(long):
            needed = face.boundingRect(QRectF(0, 0, field.width - 2 * MARGIN, 1e4), WRAPPED, name_of(k, title))
            assert needed.height() <= field.names <= plot.height() - field.plot.bottom()


# The axis --------------------------------------------------------------------------------------------------------------


def test_a_value_is_where_it_says_it_is():
    scale = GuessScale("uniformity", -4.0, 0.0)
    for value in (-4.0, -1.0, -0.2, 0.0):
        assert scale.value(scale.share(value)) == pytest.approx(value)
    assert scale.share(3.0) == 1.0
    assert scale.moved(-4.0, -5) == -4.0
    assert scale.base == 0.0
    assert GuessScale("loss", 2.0, 6.0).base == 2.0


@pytest.mark.parametrize(("scale", "value", "said"), [
    (PERCENT, 0.625, "62 %"), (GuessScale("std", 0.0, 1.2), 0.5, "0.50"), (GuessScale("rank", 1.0, 64.0), 12.34, "12.3"),
    (GuessScale("uniformity", -4.0, 0.0), -1.5, "−1.50"), (PERCENT, math.nan, "–"), (GuessScale("loss", 0, 6, "nats"), 4.59, "4.59 nats"),
])  # fmt: skip
def test_values_are_written_with_the_digits_of_the_axis(scale, value, said):
    assert scale.say(value) == said


def test_ticks_are_round_and_within():
    assert PERCENT.ticks() == pytest.approx((0, 0.2, 0.4, 0.6, 0.8, 1.0))
    ticks = GuessScale("", -3.7, 0.4).ticks()
    assert ticks == pytest.approx((-3, -2, -1, 0))
    assert [nice(step) for step in (0.13, 2.2, 7.0, 1.0)] == pytest.approx([0.2, 2.5, 10.0, 1.0])


def test_an_axis_around_values_holds_them_all():
    low, high = around([1.94, 4.59, math.nan])
    assert low < 1.94
    assert high > 4.59
    assert around([]) == (0.0, 1.0)
    assert around([2.0, 2.0])[0] < 2.0 < around([2.0, 2.0])[1]


# Guessing --------------------------------------------------------------------------------------------------------------


def test_a_marker_follows_the_pointer(plot, qtbot):
    heard = []
    plot.guessed.connect(lambda *each: heard.append(each))
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=at(plot, 1, 0.3))
    qtbot.mouseMove(plot, at(plot, 1, 0.7))
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton)
    assert heard[0] == ("colour", pytest.approx(0.3, abs=0.011))
    assert plot.guesses == {"colour": pytest.approx(0.7, abs=0.011)}
    qtbot.mouseMove(plot, at(plot, 1, 0.1))
    assert plot.guesses["colour"] > 0.6  # let go
    assert not plot.is_complete


def test_arrows_choose_a_run_and_move_its_marker(plot, qtbot):
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Right):
        qtbot.keyClick(plot, key)
    qtbot.keyClick(plot, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert plot.guesses == pytest.approx({"crop": 0.51, "colour": 0.49, "both": 0.60})
    assert plot.is_complete
    assert "Both: guess 60 %" in plot.accessibleDescription()


def test_after_the_reveal_guesses_stand(plot, qtbot):
    plot.guess("crop", 0.7)
    plot.reveal([Guessed("crop", 0.5, (0.49, 0.52))], [("raw pixels", 0.8)], "this run")
    plot.guess("crop", 0.2)
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=at(plot, 0, 0.1))
    qtbot.keyClick(plot, Qt.Key.Key_Up)
    assert plot.guesses == {"crop": 0.7}
    names, rows = plot.table()
    assert names == ["run", "guess", "value", "recorded seed 1", "recorded seed 2"]
    assert rows[0] == ["Crops only", 0.7, 0.5, 0.49, 0.52]
    assert rows[1][0] == "Colour only"
    assert all(math.isnan(value) for value in rows[1][1:])


def test_nothing_is_drawn_before_and_a_bar_as_high_as_its_value_after(plot):
    ink = QColor(LIGHT.series[0])

    def covered(value):
        where = at(plot, 0, value)
        found = plot.grab().toImage().pixelColor(where)
        return abs(found.red() - ink.red()) + abs(found.green() - ink.green()) + abs(found.blue() - ink.blue()) < 120

    assert not covered(0.2)
    plot.reveal([Guessed("crop", 0.5)], [], "this run")
    assert covered(0.2)
    assert covered(0.45)
    assert not covered(0.65)


def test_values_below_zero_hang_from_it(plot):
    plot.ask(ARMS, GuessScale("uniformity", -4.0, 0.0), {})
    plot.reveal([Guessed("crop", -3.0), Guessed("both", math.nan)], [("line", math.nan)], "this run", grow=True)
    field = plot.field()
    assert field.box(0, -3.0, 0.4).top() == pytest.approx(field.plot.top())
    assert field.box(0, -3.0, 0.4).bottom() == pytest.approx(field.y(-3.0))
    assert not plot.grab().isNull()


# Answers, steps, runs --------------------------------------------------------------------------------------------------


def test_an_answer_is_chosen_by_click_and_by_letter(qtbot):
    options = OptionList()
    qtbot.addWidget(options)
    chosen = []
    options.chosen.connect(chosen.append)
    options.show_answers([Answer("one"), Answer("two"), Answer("three")])
    options.resize(400, 300)
    options.show()
    qtbot.mouseClick(options.cards[2], Qt.MouseButton.LeftButton)
    options.choose(0)
    options.choose(7)
    assert chosen == [2, 0]
    assert [card.isChecked() for card in options.cards] == [True, False, False]
    options.show_answers([Answer("one", "Right", "Because.", right=True), Answer("two")], 1, open_=False)
    options.choose(0)
    assert chosen == [2, 0]
    assert options.cards[1].isChecked()
    assert options.cards[2].isHidden()
    assert "Right Because." in options.cards[0].accessibleName()


def test_a_locked_step_cannot_be_entered_and_says_why(qtbot):
    trail = StepTrail(STEPS)
    qtbot.addWidget(trail)
    went = []
    trail.chosen.connect(went.append)
    trail.show_state(1, [True] + [False] * 6, ["", "", "", *["First predict."] * 4])
    for button in trail.buttons:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert went == [0, 1, 2]
    assert trail.buttons[4].toolTip() == "Reveal: First predict."
    trail.show()
    trail.resize(260, 60)
    assert [button.title for button in trail.buttons if button.is_named] == ["Set-up"]
    trail.resize(1200, 60)
    assert all(button.is_named for button in trail.buttons)


def test_a_run_that_has_a_folder_can_be_shown(qtbot):
    rows = ArmRows()
    qtbot.addWidget(rows)
    shown = []
    rows.shown.connect(shown.append)
    rows.show_rows(
        [
            ArmRow("a", "A", "", 1.0, "done", "runs/a"),
            ArmRow("b", "B", "off", math.nan, "measures"),
            ArmRow("c", "C", ""),
        ]
    )
    rows._made[0].show.click()
    assert shown == ["runs/a"]
    assert [made.show.isHidden() for made in rows._made] == [False, True, True]
    assert [made.line.isHidden() for made in rows._made] == [False, False, True]
    rows.show_rows([ArmRow("a", "A", "")])
    assert rows._made[1].title.isHidden()


# Text ------------------------------------------------------------------------------------------------------------------


def test_markdown_is_set_with_the_colours_of_the_theme(qtbot):
    text = "See `hue` in [the paper](https://arxiv.org/abs/2002.05709), *now*.\n\n- one\n- two"
    light, dark = (typeset(text, lesson_face(theme), theme) for theme in (LIGHT, DARK))
    assert LIGHT.accent in light
    assert DARK.accent in dark
    assert "font-style:italic" in light
    assert light.count("<li") == 2
    assert "<script" not in typeset("<script>alert(1)</script> x", lesson_face(LIGHT), LIGHT)
    label = LessonText(text)
    qtbot.addWidget(label)
    label.set_theme(LIGHT)
    assert label.maximumWidth() == text_width(LIGHT)
    narrow, wide = label.heightForWidth(120), label.heightForWidth(600)
    assert narrow > wide
    label.say("")
    assert label.isHidden()


def test_in_presenter_mode_text_has_eighteen_points():
    assert lesson_face(dataclasses.replace(LIGHT, scale=1.6)).pixelSize() >= 18 * 96 / 72


# Plots -----------------------------------------------------------------------------------------------------------------


def test_a_band_stands_behind_its_curve_and_within_sight(qtbot):
    plot = CurvePlot("std")
    qtbot.addWidget(plot)
    plot.resize(400, 300)
    plot.show()
    x = np.arange(10.0)
    plot.set_curves([Curve("a", x, 0 * x + 1.0)])
    plot.set_bands([Band(0, x, 0 * x + 0.5, 0 * x + 3.0), Band(1, x[:0], x[:0], x[:0])])
    low, high = plot.plot.viewRange()[1]
    assert low < 0.5
    assert high > 3.0
    assert len(plot.bands.bands) == 1
    names, rows = plot.table()
    assert names == ["step", "a"]
    assert len(rows) == 10
    plot.set_theme(DARK)
    assert len(plot.bands.bands) == 1
    plot.clear()
    assert plot.bands.bands == ()


def test_paths_leave_out_what_was_not_measured(qtbot):
    plot = PathPlot("uniformity", "alignment")
    qtbot.addWidget(plot)
    plot.set_paths([Path("a", np.array([0.0, -1.0, math.nan]), np.array([1.0, 0.5, 0.2])), Path("b", np.empty(0), np.empty(0))],
                   [Path("a", np.array([-5.0]), np.array([2.0]))])  # fmt: skip
    assert plot.table()[1] == [["a", 0.0, 1.0], ["a", -1.0, 0.5]]
    (left, right), (bottom, top) = plot.plot.viewRange()
    assert left < -5.0 < 0.0 < right
    assert bottom < 0.5 < 2.0 < top
    plot.set_paths([])
    assert plot.legend.text() == "not measured yet"
    QApplication.processEvents()


# Columns ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wide", [True, False])
def test_a_picture_stays_in_sight_beside_a_text_that_scrolls(qtbot, wide):
    text, picture, content = QLabel("\n".join(["a long text"] * 80)), QLabel("a picture"), QWidget()
    column = QVBoxLayout(content)
    columns = Columns(picture, text, grows=picture)
    column.addWidget(columns)
    page = SlidePage(content)
    qtbot.addWidget(page)
    page.resize(1000 if wide else 500, 400)
    page.show()
    columns.set_room(300)
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() > 400)
    bar = page.verticalScrollBar()
    for value in (0, bar.maximum() // 2, bar.maximum(), 0):
        bar.setValue(value)
        top = picture.mapTo(page.viewport(), QPoint()).y()
        seen = top >= 0 and top + picture.height() <= page.viewport().height()
        assert seen == (wide or value == 0)
    if wide:
        bar.setValue(bar.maximum())
        page.resize(1010, 400)  # a new layout does not take it away
        assert picture.mapTo(page.viewport(), QPoint()).y() >= 0
