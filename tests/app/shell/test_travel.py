"""Travelling through the snapshots of a run: what is opened, in which order, and what becomes of what cannot be."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest
from fake_worker import described
from PySide6.QtCore import QObject, Signal

from app.bridge.picture import RunPicture
from app.shell.current_model import CurrentModel
from app.shell.travel import Travel
from app.widgets.timeline_track import Stop
from sslviz.spec.config import RunConfig
from sslviz.spec.events import Answered, Progressed, Refused, SnapshotSaved, Started, StateChanged
from sslviz.spec.inspection import DescribeModel, ModelRef

RUN, FOLDER = "window-1", "/runs/first"


class Border(QObject):
    """What the bridge is to its users: questions go out, and are answered when the test says so."""

    changed, ready = Signal(object), Signal(object)

    def __init__(self):
        super().__init__()
        self.open, self.sent, self._next = [], [], 0

    def ask(self, build, reply):
        self._next += 1
        self.open.append((build(self._next), reply))
        return self._next

    def send(self, request):
        self.sent.append(request)

    @property
    def wanted(self):
        """Snapshots that are being opened."""
        return [r.model.snapshot for r, _ in self.open if isinstance(r, DescribeModel) and r.model.snapshot >= 0]

    def answer(self, *, refuse=""):
        """The first question about a snapshot is answered."""
        k = next(k for k, (r, _) in enumerate(self.open) if isinstance(r, DescribeModel) and r.model.snapshot >= 0)
        request, reply = self.open.pop(k)
        no = Refused("", 0, request.request_id, "TrainingError", refuse, "Choose another.")
        reply(no if refuse else Answered("", 0, request.request_id, described(request.model.source)))


class Run(QObject):
    """The run that is shown."""

    changed = Signal()

    def __init__(self):
        super().__init__()
        self.run_id, self.folder, self.is_live, self.picture = "", "", False, None

    def show(self, steps, last, *, live=False, run_id=RUN, folder=FOLDER):
        picture = RunPicture(run_id)
        picture.fold(Started(run_id, 0, RunConfig(steps=1000), folder, live, "cpu", "", 0, 0, 0))
        picture.fold(StateChanged(run_id, last, "running" if live else "finished"))
        for step in steps:
            picture.fold(SnapshotSaved(run_id, step, f"{folder}/{step}"))
        picture.fold(Progressed(run_id, last, 1000, 1.0, 1.0, 1.0, 1.0, 0))
        self.run_id, self.folder, self.is_live, self.picture = run_id, folder, live, picture
        self.changed.emit()


@pytest.fixture
def way(qapp):
    """A run with five snapshots that has ended, and whatever is heard of it."""
    border, run = Border(), Run()
    model = CurrentModel(border, run)
    travel = Travel(border, run, model)
    run.show((0, 1, 10, 100, 1000), 1000)
    stood, troubles = [], []
    travel.stood.connect(stood.append)
    travel.troubled.connect(troubles.append)
    return SimpleNamespace(border=border, run=run, model=model, travel=travel, stood=stood, troubles=troubles)


def test_the_end_of_a_run_is_its_last_snapshot(way):
    assert way.travel.stops == (*map(Stop, (0, 1, 10, 100)), Stop(1000, now=True))
    assert (way.travel.at, way.travel.step) == (4, None)


def test_a_run_that_trains_has_its_snapshots_and_itself(way):
    way.run.show((0, 1, 10), 10, live=True, run_id="window-2")
    assert way.travel.stops == (*map(Stop, (0, 1, 10)), Stop(10, now=True))
    assert way.travel.total == 1000


def test_without_snapshots_there_is_nothing(way):
    way.run.show((), 10, run_id="window-2")
    assert (way.travel.stops, way.travel.at) == ((), -1)
    way.travel.go(0)
    assert way.border.wanted == []


def test_a_snapshot_becomes_the_model_once_it_is_open(way):
    way.travel.go(2)
    assert (way.stood, way.travel.at, way.travel.is_arriving) == ([10], 2, True)
    assert way.model.ref.snapshot != 10
    way.border.answer()
    assert way.model.ref == ModelRef(FOLDER, snapshot=10)
    assert way.model.description is not None
    assert (way.stood, way.travel.at, way.travel.is_arriving) == ([10], 2, False)


def test_of_what_is_passed_over_only_the_newest_is_opened(way):
    for index in (3, 2, 1, 0):
        way.travel.go(index)
    assert way.border.wanted == [100]
    way.border.answer()
    assert way.border.wanted == [0]
    assert way.model.ref.snapshot != 100
    way.border.answer()
    assert way.model.ref.snapshot == 0
    assert way.stood == [100, 10, 1, 0]


def test_neighbours_are_opened_ahead_and_then_cost_nothing(way):
    way.travel.go(2)
    way.border.answer()
    for ahead in (100, 1):
        assert way.border.wanted == [ahead]
        way.border.answer()
    assert way.border.wanted == []
    way.travel.go(3)
    assert way.model.ref.snapshot == 100  # at once


def test_nothing_is_opened_ahead_while_a_run_trains(way):
    way.run.show((0, 1, 10), 20, live=True, run_id="window-2")
    way.travel.go(1)
    way.border.answer()
    assert way.border.wanted == []
    assert way.model.ref == ModelRef(FOLDER, snapshot=1)


def test_back_to_the_run_as_it_is(way):
    way.travel.go(2)
    way.border.answer()
    way.travel.go(4)
    assert (way.model.is_of_run, way.travel.step, way.travel.at) == (True, None, 4)
    assert way.stood[-1] is None


def test_back_to_the_run_while_a_snapshot_is_being_opened(way):
    way.travel.go(2)
    way.travel.go(4)
    way.border.answer()
    assert way.model.is_of_run
    assert way.stood == [10, None]


def test_a_snapshot_that_is_gone_is_told_once_and_the_model_stays(way):
    way.travel.go(3)
    way.border.answer()
    way.border.answer(refuse="There is no snapshot of step 10.")  # looked at ahead: nobody has asked for it
    assert way.troubles == []
    way.travel.go(1)
    way.border.answer(refuse="There is no snapshot of step 1.")
    assert [notice.message for notice in way.troubles] == ["There is no snapshot of step 1."]
    assert way.model.ref.snapshot == 100
    assert (way.travel.at, way.travel.step) == (3, 100)
    assert [stop.missing for stop in way.travel.stops[1:3]] == [f"There is no snapshot of step {s}." for s in (1, 10)]


def test_another_model_leaves_the_handle_on_nothing(way):
    way.travel.go(2)
    way.border.answer()
    way.model.show(ModelRef("other.pth"), described("other.pth"))
    assert (way.travel.at, way.travel.step) == (-1, None)
    assert way.stood == [10, None]


def test_a_snapshot_chosen_elsewhere_moves_the_handle(way):
    way.model.show(ModelRef(FOLDER, snapshot=100), described(FOLDER))
    assert (way.travel.at, way.stood) == (3, [100])


def test_a_choice_made_elsewhere_outdoes_what_is_being_opened(way):
    way.travel.go(2)
    way.model.show(ModelRef("other.pth"), described("other.pth"))
    way.border.answer()
    assert way.model.ref.source == "other.pth"


def test_the_network_that_was_chosen_is_kept(way):
    way.model.show(dataclasses.replace(way.model.run_ref(), network="student"), described(FOLDER))
    way.travel.go(1)
    way.border.answer()
    assert way.model.ref == ModelRef(FOLDER, network="student", snapshot=1)


def test_another_run_forgets_the_one_before(way):
    way.travel.go(2)
    way.run.show((0, 5), 5, run_id="window-2", folder="/runs/second")
    way.border.answer()  # of the run before
    assert way.model.ref.source == "/runs/second"
    assert (way.travel.stops, way.travel.at) == ((Stop(0), Stop(5, now=True)), 1)
    assert way.stood == [10, None]
