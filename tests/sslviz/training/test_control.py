"""RunControl: nothing asked for is lost, and nobody waits for ever."""

from __future__ import annotations

import threading
import time

from sslviz.training import RunControl


def test_a_running_run_may_always_step() -> None:
    control = RunControl()
    assert control.claim_step()
    assert control.claim_step()


def test_single_steps_add_up_and_pause_takes_them_back() -> None:
    control = RunControl()
    control.step()
    control.step()
    assert control.paused
    assert [control.claim_step() for _ in range(3)] == [True, True, False]
    control.step()
    control.pause()
    assert not control.claim_step()
    control.resume()
    assert control.claim_step()


def test_stop_wins() -> None:
    control = RunControl()
    control.step()
    control.stop()
    assert control.stopping
    assert not control.claim_step()


def test_settings_are_handed_out_once_in_order_when_due() -> None:
    control = RunControl()
    control.set("a", 1)
    control.set("later", 2, at=5)
    control.set("b", 3)
    assert [s.name for s in control.take_settings(0)] == ["a", "b"]
    assert control.take_settings(4) == ()
    assert [s.name for s in control.take_settings(9)] == ["later"]
    assert control.take_settings(9) == ()


def test_every_wish_wakes_a_waiting_run() -> None:
    wishes = (
        RunControl.pause, RunControl.resume, RunControl.step, RunControl.stop, lambda c: c.set("a", 1),
        lambda c: c.set_speed(3.0), lambda c: c.watch(("views",)),
    )  # fmt: skip
    for wish in wishes:
        control = RunControl()
        version = control.version
        waiter = threading.Thread(target=control.wait, args=(version,))
        waiter.start()
        wish(control)
        waiter.join(5)
        assert not waiter.is_alive()


def test_a_wish_between_looking_and_waiting_is_not_slept_through() -> None:
    control = RunControl()
    version = control.version
    control.resume()
    control.wait(version)  # returns at once


def test_slow_motion_waits_until_the_next_step_is_due() -> None:
    control = RunControl()
    control.set_speed(50.0)
    version = control.version
    begun = time.perf_counter()
    assert control.pace(begun, version)
    assert time.perf_counter() - begun >= 0.02
    assert control.pace(begun - 1.0, version), "long due"


def test_slow_motion_is_interrupted_by_a_wish() -> None:
    control = RunControl()
    control.set_speed(1e-9)
    version = control.version
    timer = threading.Timer(0.01, control.stop)
    timer.start()
    assert not control.pace(time.perf_counter(), version)
    timer.join()


def test_speeds_that_are_no_speeds_are_full_speed() -> None:
    for speed in (0.0, -3.0, float("nan")):
        control = RunControl()
        control.set_speed(speed)
        assert control.pace(time.perf_counter(), control.version)


def test_wishes_from_many_threads_are_all_kept() -> None:
    control = RunControl()
    threads = [threading.Thread(target=lambda k=k: [control.set(f"{k}-{i}", i) for i in range(200)]) for k in range(4)]
    for thread in threads:
        thread.start()
    taken: list[str] = []
    while any(thread.is_alive() for thread in threads):
        taken += [s.name for s in control.take_settings(0)]
    taken += [s.name for s in control.take_settings(0)]
    assert len(taken) == len(set(taken)) == 800
