"""The mailbox: latest wins, scalars merge, milestones keep their order, and a flood loses nothing."""

import threading

import numpy as np
import pytest

from sslviz.spec.events import Diagnosed, Event, Finished, Flipped, Peeked, Progressed, Scalars
from sslviz.spec.mailbox import Mailbox, merge_scalars


def scalars(*steps: int, run: str = "a", **columns: float) -> Scalars:
    values = np.array([[value * step for value in columns.values()] for step in steps], dtype=float)
    return Scalars(run, steps[-1], tuple(columns), np.array(steps, np.int64), values)


def progressed(step: int, run: str = "a") -> Progressed:
    return Progressed(run, step, 10, 0.0, 0.0, 0.0, 0.0, 0)


def peeked(step: int, name: str, run: str = "a") -> Peeked:
    return Peeked(run, step, name, {})


def kinds(events: list[Event]) -> list[tuple[str, int]]:
    return [(type(event).__name__, event.step) for event in events]


def test_newest_peek_of_each_name_and_run_wins() -> None:
    box = Mailbox()
    for event in (peeked(1, "views"), peeked(1, "sphere"), peeked(2, "views"), peeked(1, "views", "b")):
        box.put(event)
    assert [(e.run_id, e.step, e.name) for e in box.drain() if isinstance(e, Peeked)] == [
        ("a", 1, "sphere"), ("a", 2, "views"), ("b", 1, "views"),
    ]  # fmt: skip
    assert box.drain() == []


def test_newest_progress_of_each_run_wins() -> None:
    box = Mailbox()
    for event in (progressed(1), progressed(1, "b"), progressed(2)):
        box.put(event)
    assert [(e.run_id, e.step) for e in box.drain()] == [("b", 1), ("a", 2)]


def test_newer_peek_does_not_overtake_a_milestone() -> None:
    box = Mailbox()
    flip = Flipped("a", 5, "negatives", True, False)
    for event in (peeked(4, "views"), flip, peeked(6, "views")):
        box.put(event)
    assert kinds(box.drain()) == [("Flipped", 5), ("Peeked", 6)]


def test_waiting_scalars_become_one_chunk_with_gaps_where_not_measured() -> None:
    box = Mailbox()
    box.put(scalars(1, 2, loss=1.0))
    box.put(scalars(3, run="b", loss=1.0))
    box.put(scalars(3, knn=0.1, loss=1.0))
    first, other = box.drain()
    assert isinstance(first, Scalars)
    assert isinstance(other, Scalars)
    assert first.names == ("loss", "knn")
    assert first.step == 3
    np.testing.assert_array_equal(first.steps, [1, 2, 3])
    np.testing.assert_allclose(first.values, [[1, np.nan], [2, np.nan], [3, 0.3]])
    assert not first.values.flags.writeable
    assert other.run_id == "b"


def test_scalars_do_not_cross_a_milestone_of_their_run() -> None:
    box = Mailbox()
    box.put(scalars(1, loss=1.0))
    box.put(Finished("b", 9, "finished", ""))  # another run's
    box.put(scalars(2, loss=1.0))
    box.put(Flipped("a", 2, "tau", 0.1, 0.2))
    box.put(scalars(3, loss=1.0))
    assert kinds(box.drain()) == [("Scalars", 2), ("Finished", 9), ("Flipped", 2), ("Scalars", 3)]


def test_scalars_after_a_partial_drain_start_a_chunk_of_their_own() -> None:
    box = Mailbox()
    box.put(scalars(1, loss=1.0))
    assert kinds(box.drain(limit=1)) == [("Scalars", 1)]
    box.put(scalars(2, loss=1.0))
    assert kinds(box.drain()) == [("Scalars", 2)]


def test_drain_takes_no_more_than_asked_and_keeps_the_order() -> None:
    box = Mailbox()
    sent = [Diagnosed("a", step, "note", "") for step in range(7)]
    for event in sent:
        box.put(event)
    assert box.drain(3) + box.drain(3) + box.drain(3) == sent


def test_size_under_a_flood_is_bounded_by_names() -> None:
    box = Mailbox()
    for step in range(5_000):
        box.put(peeked(step, f"name {step % 4}"))
        box.put(progressed(step))
        box.put(scalars(step, loss=1.0))
    assert len(box) == 6


def test_no_milestone_and_no_row_is_lost_between_threads() -> None:
    box, writers, each = Mailbox(), 4, 500

    def write(run: str) -> None:
        for step in range(each):
            box.put(scalars(step, run=run, loss=1.0))
            box.put(peeked(step, "views", run))
            if step % 5 == 0:
                box.put(Diagnosed(run, step, "note", ""))
        box.put(Finished(run, each, "finished", ""))

    threads = [threading.Thread(target=write, args=(str(k),)) for k in range(writers)]
    for thread in threads:
        thread.start()
    got: list[Event] = []
    while sum(isinstance(event, Finished) for event in got) < writers:
        assert box.wait(30)
        got += box.drain(7)
    for thread in threads:
        thread.join()
    got += box.drain()
    for run in map(str, range(writers)):
        mine = [event for event in got if event.run_id == run]
        rows = np.concatenate([event.steps for event in mine if isinstance(event, Scalars)])
        np.testing.assert_array_equal(rows, np.arange(each))
        assert [event.step for event in mine if isinstance(event, Diagnosed)] == list(range(0, each, 5))
        assert next(e for e in reversed(mine) if isinstance(e, Peeked)).step == each - 1


def test_wait_ends_with_close_and_last_words_still_arrive() -> None:
    box = Mailbox()
    reader = threading.Thread(target=box.wait)
    reader.start()
    box.close()
    reader.join(30)
    assert not reader.is_alive()
    box.put(Finished("a", 1, "stopped", ""))
    assert box.wait(0)
    assert kinds(box.drain()) == [("Finished", 1)]


def test_wait_returns_false_when_nothing_comes() -> None:
    assert Mailbox().wait(0) is False


def test_merging_keeps_the_order_of_columns() -> None:
    merged = merge_scalars([scalars(1, b=1.0, a=2.0), scalars(2, a=2.0, b=1.0)])
    assert merged.names == ("b", "a")
    np.testing.assert_allclose(merged.values, [[1, 2], [2, 4]])


@pytest.mark.parametrize("limit", [0, 1, 100])
def test_an_empty_box_drains_to_nothing(limit: int) -> None:
    assert Mailbox().drain(limit) == []
