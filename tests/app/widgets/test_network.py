"""The diagram says who gets data and gradient as the switches stand, its arrows run where no box is, and flips are marked."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from PySide6.QtCore import QPointF, QRectF

from app.widgets.network import arrows, told
from app.widgets.network_diagram import NetworkDiagram, example
from app.widgets.network_layout import place, routes
from app.widgets.network_legend import entries
from app.widgets.theme import LIGHT
from sslviz.spec.catalogue import Box, Link, shipped_catalogue

BOXES = (
    Box("x", "view", 0, 0, "view"), Box("f", "encoder", 1, 0), Box("q", "predictor", 2, 0), Box("loss", "loss", 3, 0, "loss"),
    Box("y", "other view", 0, 1, "view"), Box("t", "teacher", 1, 1, "teacher"),
)  # fmt: skip
LINKS = (
    Link("x", "f"), Link("f", "q", switch="predictor"), Link("f", "loss", "none", switch="predictor", off="data"),
    Link("q", "loss", switch="predictor"), Link("y", "t"), Link("f", "t", "ema", switch="momentum"),
    Link("t", "loss", "stop", switch="stop", off="data"),
)  # fmt: skip
ON = {"predictor": True, "stop": True, "momentum": 0.996}
WITH_DIAGRAM = [info for info in shipped_catalogue().methods if info.boxes]


def returning(values):
    return {(arrow.source, arrow.target) for arrow in arrows(BOXES, LINKS, values) if arrow.returns}


def test_gradient_returns_along_data_to_whatever_is_learnt_and_nowhere_else():
    assert returning(ON) == {("f", "q"), ("q", "loss")}


def test_without_stop_gradient_it_reaches_the_teacher():
    assert returning({**ON, "stop": False}) == {("f", "q"), ("q", "loss"), ("t", "loss")}


def test_without_the_predictor_it_goes_straight():
    assert returning({**ON, "predictor": False}) == {("f", "loss")}


@pytest.mark.parametrize(("momentum", "kind"), [(0.996, "ema"), (0, "none"), (0.0, "none")])
def test_a_switch_that_is_a_number_is_off_at_nought(momentum, kind):
    assert arrows(BOXES, LINKS, {**ON, "momentum": momentum})[5].kind == kind


def test_the_label_is_on_arrows_of_weights_alone():
    labels = [arrow.label for arrow in arrows(BOXES, LINKS, ON, "EMA 0.996")]
    assert labels == ["", "", "", "", "", "EMA 0.996", ""]


def test_it_is_told_in_words():
    text = told(BOXES, arrows(BOXES, LINKS, ON))
    assert "encoder is followed by teacher" in text
    assert "teacher without gradient to loss" in text
    assert "predictor to loss, gradient returns" in text


def test_links_to_boxes_that_are_not_there_are_left_out():
    assert arrows(BOXES, (Link("x", "nobody"),), {}) == ()


def test_the_legend_explains_what_is_in_sight_and_nothing_else():
    forms = {form for form, _ in entries(BOXES, arrows(BOXES, LINKS, ON))}
    assert forms == {"data", "gradient", "ema", "stop", "none", "trained", "teacher", "loss"}
    assert {form for form, _ in entries(BOXES[:1], ())} == set()


@pytest.mark.parametrize("info", WITH_DIAGRAM, ids=lambda info: info.name)
@pytest.mark.parametrize("room", [QRectF(0, 0, 640, 190), QRectF(0, 0, 1400, 700)], ids=["small", "large"])
def test_boxes_lie_apart_and_arrows_end_at_their_boxes(info, room):
    placed = place(info.boxes, room)
    for one, other in itertools.combinations(placed.rects.values(), 2):
        assert not one.intersects(other)
    assert all(room.adjusted(-1, -1, 1, 1).contains(rect) for rect in placed.rects.values())
    drawn = arrows(info.boxes, info.links, {})
    for arrow, way in zip(drawn, routes(info.boxes, drawn, placed), strict=True):
        for name, share in ((arrow.source, 0.0), (arrow.target, 1.0)):
            assert placed.rects[name].adjusted(-1, -1, 1, 1).contains(way.pointAtPercent(share))


@pytest.mark.parametrize("info", WITH_DIAGRAM, ids=lambda info: info.name)
def test_no_arrow_runs_through_a_box_that_it_does_not_belong_to(info):
    placed = place(info.boxes, QRectF(0, 0, 900, 320))
    drawn = arrows(info.boxes, info.links, {})
    for arrow, way in zip(drawn, routes(info.boxes, drawn, placed), strict=True):
        others = [
            rect.adjusted(2, 2, -2, -2)
            for name, rect in placed.rects.items()
            if name not in (arrow.source, arrow.target)
        ]
        for k in range(101):
            point: QPointF = way.pointAtPercent(k / 100)
            assert not any(rect.contains(point) for rect in others), (arrow.source, arrow.target)


def test_a_flip_marks_the_arrows_that_changed_and_nothing_else_does(qtbot):
    diagram = NetworkDiagram()
    qtbot.addWidget(diagram)
    diagram.show()
    diagram.set_network(BOXES, arrows(BOXES, LINKS, ON, "EMA 0.99"))
    assert diagram.changed == frozenset()
    diagram.set_network(BOXES, arrows(BOXES, LINKS, ON, "EMA 0.991"))
    assert diagram.changed == frozenset()
    diagram.set_network(BOXES, arrows(BOXES, LINKS, {**ON, "stop": False}, "EMA 0.991"))
    assert diagram.changed == {6}
    diagram.set_network(BOXES, arrows(BOXES, LINKS, {**ON, "stop": False}, "EMA 0.992"))
    assert diagram.changed == {6}


def test_titles_grow_with_the_room(qtbot):
    diagram = example()
    qtbot.addWidget(diagram)
    sizes = []
    for width, height in ((420, 200), (1500, 800)):
        diagram.resize(width, height)
        sizes.append(diagram._type(diagram.placed()))
    assert sizes[0] < sizes[1]
    diagram.set_theme(dataclasses.replace(LIGHT, scale=1.6))
    assert diagram._type(diagram.placed()) > sizes[1]
