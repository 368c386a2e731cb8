"""Attention while the timeline moves: what is drawn stays until its answer comes, and what nobody sees is not made."""

from __future__ import annotations

import dataclasses

from app.panels.attention.example import DESCRIPTION
from app.panels.attention.looking import Looking, control_of
from app.panels.attention.sight import Sight
from sslviz.spec.evaluation import LAST
from sslviz.spec.inspection import ModelRef, PictureRef

RUN = ModelRef("/runs/first")


def at(step):
    return dataclasses.replace(RUN, snapshot=step)


def test_a_snapshot_of_the_same_run_keeps_layers_query_and_size():
    state = Looking(RUN, picture=PictureRef(sample="shapes 1", size=(64, 64)))
    state.layers, state.query = (2,), 5
    for ref in (at(10), at(100), dataclasses.replace(RUN, run_id="window-1")):
        assert not state.take_model(ref)
        assert (state.layers, state.query, state.picture.size) == ((2,), 5, (64, 64))
    assert state.take_model(ModelRef("/runs/second"))
    assert (state.layers, state.query) == ((-1,), -1)


def test_live_runs_without_a_folder_are_told_apart():
    state = Looking(ModelRef("", run_id="a"))
    assert state.take_model(ModelRef("", run_id="b"))


def test_random_weights_are_the_same_of_all_snapshots():
    assert control_of(at(10)) == control_of(at(100)) == dataclasses.replace(RUN, random=True, snapshot=LAST)


def test_the_card_of_the_model_is_made_once_it_is_looked_at(qtbot):
    sight = Sight()
    qtbot.addWidget(sight)
    sight.set_model(DESCRIPTION)
    assert sight.model.description is None
    sight.setCurrentWidget(sight.model)
    assert sight.model.description is DESCRIPTION
    other = dataclasses.replace(DESCRIPTION, sha256="ab" * 32)
    sight.set_model(other)
    assert sight.model.description is other
