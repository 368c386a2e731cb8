"""Gauges, sign, spectrum, sphere, pairs, switches, stages and cards: each shows its values and tells what was done."""

from __future__ import annotations

import csv
import dataclasses
import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QSplitter

from app.widgets.card import Card
from app.widgets.curve_plot import CurvePlot
from app.widgets.dashboard import Dashboard, arrangements_held
from app.widgets.diagnosis_banner import DiagnosisBanner
from app.widgets.gauge import Gauge
from app.widgets.ink import mixed, rgb
from app.widgets.pair_card import PairCard
from app.widgets.pair_grid import LEAST_SIDE, PairGrid
from app.widgets.series import Curve
from app.widgets.spectrum_plot import FLOOR, SpectrumPlot, logarithm
from app.widgets.sphere_view import SphereView
from app.widgets.stage_strip import Stage, StageStrip
from app.widgets.switchboard import Control, Switchboard
from app.widgets.theme import DARK, LIGHT
from app.widgets.value_slider import ValueSlider
from sslviz.spec.params import ParamInfo


@pytest.fixture
def shown(qtbot):
    def show(widget, width=320, height=260):
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        return widget

    return show


def share_of(image: QImage, name: str, tolerance: int = 12) -> float:
    """Share of the pixels that differ from a colour by no more than `tolerance` in any channel, without sign."""
    buffer = np.frombuffer(image.convertToFormat(QImage.Format.Format_RGB888).constBits(), np.uint8)
    pixels = buffer.reshape(image.height(), -1)[:, : 3 * image.width()].reshape(-1, 3).astype(int)
    return float((np.abs(pixels - np.array(rgb(name))).max(1) <= tolerance).mean())


# Gauge and sign ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "share"), [(-0.5, 0), (0, 0), (0.25, 0.25), (1, 1), (1.4, 1)])
def test_a_gauge_fills_by_its_value(shown, value, share):
    gauge = shown(Gauge("std × √d", 0.0, 1.0, "collapse", "even"), 300, 60)
    gauge.set_value(value)
    assert gauge.share() == share
    filled, empty = (
        share_of(gauge.grab().toImage(), ink, 3) for ink in (LIGHT.series[0], mixed(LIGHT.text, LIGHT.panel, 0.1))
    )
    assert filled / (filled + empty) == pytest.approx(share, abs=0.08)


def test_a_gauge_without_a_value_is_empty(shown):
    gauge = shown(Gauge("std × √d", 0.0, 1.0, "collapse", "even"), 300, 60)
    assert gauge.text() == "–"
    assert share_of(gauge.grab().toImage(), LIGHT.series[0]) == 0


def test_of_an_end_that_nobody_knows_nothing_is_said(shown):
    gauge = shown(Gauge("RankMe", 1.0, math.inf, "direction", "all of"), 300, 60)
    gauge.set_value(17.4)
    assert gauge.text() == "17.4"
    assert math.isnan(gauge.share())
    assert share_of(gauge.grab().toImage(), LIGHT.series[0]) == 0


def test_the_levels_differ_in_shape_not_in_colour_alone(shown):
    banner = shown(DiagnosisBanner(), 400, 50)
    shapes = {}
    for level in ("good", "note", "warning"):
        banner.set_diagnosis(level, "a sentence")
        image = banner.sign.grab().toImage()
        ground = image.pixelColor(0, 0)
        side = image.width()
        shapes[level] = tuple(image.pixelColor(x, y) != ground for x in range(0, side, 2) for y in range(0, side, 2))
    assert len(set(shapes.values())) == 3


# Spectrum ------------------------------------------------------------------------------------------------------------


def test_the_spectrum_is_drawn_on_a_logarithmic_scale_over_the_first(shown):
    plot = shown(SpectrumPlot())
    first, later = np.array([10.0, 1.0, 0.1]), np.array([100.0, 1e-3, 0.0])
    plot.set_values(first, 0)
    plot.set_values(later, 50)
    assert plot.curve.getData()[1].tolist() == pytest.approx([2, -3, np.log10(FLOOR * 100)])
    assert plot.ghost.getData()[1].tolist() == pytest.approx([1, 0, -1])
    assert plot.table()[1][1] == [2, 1e-3]
    assert logarithm(np.zeros(3)).tolist() == [0, 0, 0]
    plot.clear()
    assert plot.legend.text() == "not measured yet"


# Sphere --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def sphere(shown):
    view = shown(SphereView(), 400, 400)
    circle = np.array([[1.0, 0], [0, 1], [-1, 0], [0, -1]])
    solid = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, -1]])
    view.set_points(circle, solid, np.array([0, 1, 2, -1]), np.array([1, 0, 3, 2]), (0.28, 0.41), names=("disc", "ring"),
                    dimensions=128)  # fmt: skip
    return view


def test_points_lie_on_the_circle_with_up_up(sphere):
    places, _ = sphere.positions()
    centre, radius = sphere._frame()
    assert np.hypot(places[:, 0] - centre.x(), places[:, 1] - centre.y()) == pytest.approx(radius)
    assert places[0, 0] > places[2, 0]
    assert places[1, 1] < places[3, 1]


def test_the_share_kept_is_printed_for_circle_and_sphere(sphere):
    assert sphere.reading() == "projected from 128 dimensions, keeps 28 %"
    sphere.show_sphere(True)
    assert sphere.reading() == "projected from 128 dimensions, keeps 41 %"


def test_dragging_turns_the_sphere_and_keeps_lengths(sphere, qtbot):
    sphere.show_sphere(True)
    before = sphere.positions()[0]
    qtbot.mousePress(sphere, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    qtbot.mouseMove(sphere, QPoint(260, 180))
    assert np.abs(sphere.positions()[0] - before).max() > 5
    assert sphere._turn @ sphere._turn.T == pytest.approx(np.eye(3), abs=1e-9)


def test_a_point_says_its_label_and_can_be_picked(sphere, qtbot):
    place = QPointF(*sphere.positions()[0][1])
    assert sphere.row_at(place) == 1
    with qtbot.waitSignal(sphere.picked) as caught:
        qtbot.mouseClick(sphere, Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert caught.args == [1]
    assert [sphere.name_of(k) for k in range(4)] == ["disc", "ring", "class 2", "no label"]


def test_labels_differ_by_shape(shown):
    def inked(label):
        view = shown(SphereView(), 200, 200)
        view.set_theme(dataclasses.replace(LIGHT, scale=4.0))
        view.set_points(np.array([[0.0, 1]]), np.array([[0.0, 1, 0]]), np.array([label]), np.array([0]), (1.0, 1.0))
        view.resize(300, 300)
        image, place = view.grab().toImage(), view.positions()[0][0].astype(int)
        ink = rgb(LIGHT.series[label])
        seen = image.pixelColor(int(place[0]) - 10, int(place[1]) - 10)
        return max(abs(a - b) for a, b in zip((seen.red(), seen.green(), seen.blue()), ink, strict=True)) < 40

    assert inked(1)  # a square reaches its corner
    assert not inked(0)  # a circle does not
    assert not inked(2)  # nor a triangle


def test_partner_lines_appear_on_demand(sphere):
    before = sphere.grab().toImage()
    sphere.show_lines(True)
    assert sphere.grab().toImage() != before


# Pairs ---------------------------------------------------------------------------------------------------------------


def test_partner_stands_above_partner_and_pixels_are_the_images(shown, qtbot):
    grid = shown(PairGrid(), 400, 300)
    images = np.zeros((2, 5, 4, 4, 3), np.uint8)
    for view in range(2):
        for k in range(5):
            images[view, k] = (40 * k + 20, 100 * view + 50, 7)
    grid.set_views(images)
    picture = grid.grab().toImage()
    for view in range(2):
        for k in range(5):
            centre = grid.box(view, k).center().toPoint()
            seen = picture.pixelColor(centre)
            assert (seen.red(), seen.green(), seen.blue()) == tuple(images[view, k, 0, 0])
            assert grid.place_at(QPointF(centre)) == k
    assert grid.box(0, 3).bottom() == pytest.approx(grid.box(1, 3).top())
    with qtbot.waitSignal(grid.chosen) as caught:
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.box(1, 3).center().toPoint())
    assert caught.args == [3]


def test_where_room_is_scarce_fewer_pairs_are_shown_large(shown):
    grid = shown(PairGrid(), 260, 300)
    grid.set_views(np.zeros((2, 64, 8, 8, 3), np.uint8))
    assert 1 <= grid.shown() < 64
    assert grid.box(0, 0).width() >= LEAST_SIDE
    last = grid.box(1, grid.shown() - 1)
    assert last.bottom() <= grid.height()
    assert last.right() <= grid.width()
    grid.resize(2000, 1400)
    assert grid.shown() == 64


def test_a_pair_shows_both_pictures_and_their_cosine(shown):
    card = shown(PairCard(), 300, 220)
    red, blue = np.zeros((2, 4, 4, 3), np.uint8)
    red[..., 0], blue[..., 2] = 200, 210
    card.set_pair(red, blue, ("view 1 of image 0", "view 2 of image 3"), -0.25, "strangers")
    image = card.grab().toImage()
    assert share_of(image, "#c80000", 0) > 0.05
    assert share_of(image, "#0000d2", 0) > 0.05
    assert card.sentence() == "strangers: cosine -0.250"


# Switches ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def board(shown):
    made = shown(Switchboard(), 260, 320)
    made.set_controls([
        Control("negatives", ParamInfo("negatives", "bool", True, "negatives", up="they push", down="nothing pushes"), "method"),
        Control("tau", ParamInfo("tau", "float", 0.2, "temperature", 0.01, 2.0, "log", up="alike", down="closest"), "method"),
        Control("augment.blur", ParamInfo("blur", "bool", True, "blur", down="sharp"), "views", "it never acts"),
    ])  # fmt: skip
    return made


def test_a_switch_sends_its_name_and_value_and_says_what_the_next_flip_does(board, qtbot):
    assert board.effects["negatives"].text() == "off: nothing pushes"
    with qtbot.waitSignal(board.changed) as caught:
        qtbot.mouseClick(board.widgets["negatives"], Qt.MouseButton.LeftButton)
    assert caught.args == ["negatives", False]
    assert board.effects["negatives"].text() == "on: they push"
    assert board.effects["augment.blur"].text() == "it never acts"


def test_a_slider_of_the_board_sends_its_name_and_value(board, qtbot):
    with qtbot.waitSignal(board.changed) as caught:
        board.widgets["tau"].slider.setValue(0)
    assert caught.args == ["tau", 0.01]


def test_values_of_the_run_are_shown_without_being_sent(board, qtbot):
    with qtbot.assertNotEmitted(board.changed):
        board.set_values({"negatives": False, "tau": 0.5})
    assert not board.widgets["negatives"].isChecked()
    assert board.widgets["tau"].value == 0.5


def test_a_switch_just_flipped_waits_for_the_run_but_a_refusal_takes_it_back(board):
    board.set_values({"negatives": True})
    board.widgets["negatives"].click()
    board.set_values({"negatives": True})
    assert not board.widgets["negatives"].isChecked()
    board.set_values({"negatives": True}, force=True)
    assert board.widgets["negatives"].isChecked()


def test_a_finished_run_cannot_be_flipped(board):
    board.set_live(False)
    assert not any(widget.isEnabled() for widget in board.widgets.values())


def test_a_slider_sends_once_it_rests_on_a_logarithmic_scale(shown, qtbot):
    slider = shown(ValueSlider("temperature", 0.01, 1.0, log=True), 240, 60)
    slider.set_value(0.1)
    assert slider.slider.value() == 100
    sent = []
    slider.changed.connect(sent.append)
    slider.slider.setSliderDown(True)
    slider.slider.setValue(150)
    slider.slider.setValue(200)
    assert sent == []
    slider.slider.setSliderDown(False)
    slider.slider.sliderReleased.emit()
    assert sent == [1.0]
    with qtbot.waitSignal(slider.changed):
        slider.slider.setValue(0)
    assert sent == [1.0, 0.01]


# Stages --------------------------------------------------------------------------------------------------------------


def test_stages_show_shapes_where_they_fit_and_the_walk_ends_on_the_last(shown, qtbot):
    strip = shown(StageStrip(), 900, 40)
    strip.set_stages([Stage("batch", "256 images", "a"), Stage("encoder", "512 × 128", "b"), Stage("loss", "", "c")])
    assert [b.text() for b in strip.buttons] == ["batch  256 images", "encoder  512 × 128", "loss"]
    strip.resize(180, 40)
    assert [b.text() for b in strip.buttons] == ["batch", "encoder", "loss"]
    strip.play()
    qtbot.waitUntil(lambda: strip.active == 2)
    assert [b.isChecked() for b in strip.buttons] == [False, False, True]
    with qtbot.waitSignal(strip.chosen) as caught:
        qtbot.mouseClick(strip.buttons[1], Qt.MouseButton.LeftButton)
    assert caught.args == [1]
    assert strip.active == 1


# Cards ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def dashboard(shown):
    def card(title):
        plot = CurvePlot("y")
        plot.set_x_label("step")
        plot.set_curves([Curve("loss", np.array([1.0, 2.0]), np.array([0.1, 1 / 3]))])
        return Card(title, plot, caption="not comparable", about="never comparable")

    return shown(Dashboard([[card("a"), card("b")], [card("c"), card("d")]]), 900, 700)


def test_nothing_is_torn_down_while_the_application_changes_its_look(dashboard):
    cards = list(dashboard.cards)
    gone = []
    for splitter in dashboard.findChildren(QSplitter):
        for k in range(splitter.count()):
            splitter.handle(k).destroyed.connect(lambda: gone.append(True))
    with arrangements_held():
        dashboard.arrange([cards])
        dashboard.arrange([[card] for card in cards])
        assert not gone
    assert gone  # a splitter that loses a card lets its handle go at once
    tops = [card.mapTo(dashboard, QPoint()).y() for card in cards]
    assert tops == sorted(set(tops))  # as was asked last


def test_a_card_takes_all_the_room_and_gives_it_back(dashboard, qtbot):
    small = dashboard.cards[1].width()
    qtbot.mouseDClick(dashboard.cards[1], Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    assert [card.isVisible() for card in dashboard.cards] == [False, True, False, False]
    assert dashboard.cards[1].width() > 1.8 * small
    qtbot.keyClick(dashboard, Qt.Key.Key_Escape)
    assert all(card.isVisible() for card in dashboard.cards)


def test_a_double_click_on_a_plot_enlarges_its_card_once(dashboard, qtbot):
    view = dashboard.cards[1].body.plot.viewport()
    centre = view.rect().center()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=centre)
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=centre)
    assert dashboard.enlarged is dashboard.cards[1]


def test_pictures_and_numbers_are_saved(dashboard, tmp_path):
    card = dashboard.cards[0]
    card.save_picture(tmp_path / "a.png")
    card.save_picture(tmp_path / "a.svg")
    card.save_table(tmp_path / "a.csv")
    assert QImage(str(tmp_path / "a.png")).width() == card.width()
    assert b"<svg" in (tmp_path / "a.svg").read_bytes()
    rows = list(csv.reader((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()))
    assert rows == [["step", "loss"], ["1.0", "0.1"], ["2.0", repr(1 / 3)]]


@pytest.mark.parametrize("name", ["no/such/folder/a.png", "no/such/folder/a.svg"])
def test_a_place_that_cannot_be_written_is_an_error(dashboard, tmp_path, name):
    with pytest.raises(OSError, match="could not be written"):
        dashboard.cards[0].save_picture(tmp_path / name)


def test_a_low_card_leaves_its_caption_to_the_question_mark(dashboard):
    card = dashboard.cards[0]
    assert card.caption.isVisible()
    dashboard.resize(900, 320)
    assert not card.caption.isVisible()
    assert "never comparable" in card.about.toolTip()


def test_the_buttons_of_a_card_name_what_it_shows_now(qtbot):
    card = Card("")
    qtbot.addWidget(card)
    card.set_title("Loss, step 300")
    card.set_caption("not comparable between methods")
    assert card.about.accessibleName() == card.about.toolTip() == "Loss, step 300: not comparable between methods"
    assert card.larger.accessibleName() == "Enlarge Loss, step 300, or put it back (double click)"
    card.set_about("the mean over a batch")
    assert card.about.toolTip() == "Loss, step 300: the mean over a batch"


def test_cards_wear_the_theme(dashboard):
    dashboard.set_theme(DARK)
    assert share_of(dashboard.cards[0].body.grab().toImage(), DARK.panel) > 0.5


def test_a_dashboard_paints_its_cards_one_after_the_other(qtbot):
    cards = [Card(f"card {number}") for number in range(4)]
    dashboard = Dashboard([cards[:2], cards[2:]])
    qtbot.addWidget(dashboard)
    dashboard.show()
    assert [card.updatesEnabled() for card in cards] == [True, False, False, False]
    qtbot.waitUntil(lambda: all(card.updatesEnabled() for card in cards))
    dashboard.hide()
    dashboard.show()
    dashboard.hide()
    assert all(card.updatesEnabled() for card in cards), "a page that is turned away holds nothing back"
