"""The desk gives every job exactly one answer; the newest of a kind wins; what is given up stops."""

import threading

import pytest

from sslviz.engine.desk import Desk, Job
from sslviz.spec.errors import Cancelled, SSLVizError
from sslviz.spec.events import Advanced, Answered, Refused


class Gate:
    """Work that waits to be let through, or to be given up."""

    def __init__(self):
        self.entered, self.open = threading.Event(), threading.Event()

    def __call__(self, job):
        self.entered.set()
        while not self.open.wait(0.01):
            if job.is_given_up():
                raise Cancelled("Given up.")
        return "through"


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.close()
    for thread in desk.threads():
        thread.join(30)


def answers(inbox):
    return {e.request_id: getattr(e, "kind", "answered") for e in inbox if isinstance(e, Answered | Refused)}


def put(desk, inbox, request_id, work=lambda job: None, lane="quick", **more):
    desk.put(lane, Job("kind", work, inbox.put, request_id, **more))


def test_a_payload_comes_back(desk, inbox):
    put(desk, inbox, 1, lambda job: (1, 2))
    assert inbox.wait(Answered) == Answered("", 0, 1, (1, 2))


def test_the_newest_that_waits_wins_and_older_ones_are_refused(desk, inbox):
    gate = Gate()
    put(desk, inbox, 1, gate)
    gate.entered.wait(30)
    for request_id in (2, 3, 4):
        put(desk, inbox, request_id, newest_wins=True)
    gate.open.set()
    inbox.wait(lambda e: isinstance(e, Answered) and e.request_id == 4)
    assert answers(inbox) == {1: "answered", 2: "Superseded", 3: "Superseded", 4: "answered"}


def test_without_newest_wins_all_are_answered_in_order(desk, inbox):
    for request_id in (1, 2, 3):
        put(desk, inbox, request_id)
    inbox.wait(Answered, count=3)
    assert [event.request_id for event in inbox] == [1, 2, 3]


def test_work_about_something_else_is_given_up_for_a_newer_request(desk, inbox):
    old, same = Gate(), Gate()
    put(desk, inbox, 1, old, lane="slow", newest_wins=True, about="cifar10")
    old.entered.wait(30)
    put(desk, inbox, 2, same, newest_wins=True, about="shapes")
    inbox.wait(Refused)
    same.entered.wait(30)
    put(desk, inbox, 3, newest_wins=True, about="shapes")  # the same thing: 2 may finish
    same.open.set()
    inbox.wait(lambda e: isinstance(e, Answered) and e.request_id == 3)
    assert answers(inbox) == {1: "Superseded", 2: "answered", 3: "answered"}


def test_cancel_reaches_what_waits_and_what_is_being_done(desk, inbox):
    gate = Gate()
    put(desk, inbox, 1, gate)
    gate.entered.wait(30)
    put(desk, inbox, 2)
    desk.cancel(2)
    desk.cancel(1)
    inbox.wait(Refused, count=2)
    assert answers(inbox) == {1: "Cancelled", 2: "Cancelled"}


def test_work_that_does_not_look_up_is_refused_all_the_same(desk, inbox):
    entered, go = threading.Event(), threading.Event()
    put(desk, inbox, 1, lambda job: (entered.set(), go.wait(30)))
    entered.wait(30)
    desk.cancel(1)
    go.set()
    assert inbox.wait(Refused).kind == "Cancelled"


def test_lanes_do_not_wait_for_each_other(desk, inbox):
    gate = Gate()
    put(desk, inbox, 1, gate, lane="slow")
    gate.entered.wait(30)
    put(desk, inbox, 2, lane="quick")
    assert inbox.wait(Answered).request_id == 2
    gate.open.set()


def test_a_failure_is_the_answer_and_the_lane_lives_on(desk, inbox):
    def fail(job):
        raise SSLVizError("It broke.", "Mend it.")

    put(desk, inbox, 1, fail)
    put(desk, inbox, 2)
    refused = inbox.wait(Refused)
    assert (refused.kind, refused.message, refused.hint) == ("SSLVizError", "It broke.", "Mend it.")
    assert "in fail" in refused.trace
    inbox.wait(Answered)


def test_closing_answers_everything(inbox):
    desk, gate = Desk(), Gate()
    put(desk, inbox, 1, gate)
    gate.entered.wait(30)
    put(desk, inbox, 2)
    desk.close()
    put(desk, inbox, 3)
    inbox.wait(Refused, count=3)
    assert answers(inbox) == {1: "Closed", 2: "Closed", 3: "Closed"}
    for thread in desk.threads():
        thread.join(30)


def test_progress_is_told_a_few_times_a_second(desk, inbox):
    def work(job):
        for k in range(10_000):
            job.advance(k / 10_000, "decoding")

    put(desk, inbox, 1, work)
    inbox.wait(Answered)
    told = [event for event in inbox if isinstance(event, Advanced)]
    assert 1 <= len(told) < 1_000
    assert told[0] == Advanced("", 0, 1, 0.0, "decoding")


def test_a_part_tells_its_share_of_the_whole(desk, inbox):
    def work(job):
        with job.within(0.5, 0.75, "step 3: "):
            job.advance(0.4, "features")
        job._told = 0.0
        with job.within(0.75, 1.0):
            job.advance(float("nan"), "opening")
        job._told = 0.0
        job.advance(0.9, "done")

    put(desk, inbox, 1, work)
    inbox.wait(Answered)
    told = [(event.fraction, event.text) for event in inbox if isinstance(event, Advanced)]
    assert told == [(0.6, "step 3: features"), (0.75, "opening"), (0.9, "done")]


def test_it_knows_for_how_long_there_was_nothing_to_do(desk, inbox):
    gate = Gate()
    put(desk, inbox, 1, gate)
    assert gate.entered.wait(30)
    assert desk.idle_s() == 0
    gate.open.set()
    inbox.wait(Answered)
    inbox_seen, quiet = len(inbox), threading.Event()
    while desk.idle_s() == 0:  # the lane lets go of a job after its answer
        quiet.wait(0.001)
    assert len(inbox) == inbox_seen


def test_nobody_is_told_about_a_job_without_an_id(desk, inbox):
    put(desk, inbox, 0, lambda job: job.advance(0.5, ""))
    put(desk, inbox, 1)
    inbox.wait(Answered)
    assert len(inbox) == 1


def test_a_storm_of_requests_gives_each_exactly_one_answer(desk, inbox):
    def ask(first):
        for request_id in range(first, first + 100):
            put(desk, inbox, request_id, newest_wins=True, about=request_id % 3)
            if request_id % 7 == 0:
                desk.cancel(request_id)

    threads = [threading.Thread(target=ask, args=(1 + 100 * k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    inbox.wait(lambda event: True, count=400)
    assert sorted(event.request_id for event in inbox) == list(range(1, 401))
