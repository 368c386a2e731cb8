"""What a warning is followed by: the change that still stands, or the switch that was off from the beginning."""

from __future__ import annotations

import pytest

from sslviz.spec.events import Diagnosed, Flipped
from sslviz.spec.params import ParamInfo
from sslviz.spec.suspects import flip_text, suspicion

NEGATIVES = ParamInfo("negatives", "bool", True, "negatives")
IBOT = ParamInfo("ibot", "bool", False, "iBOT term")
WARNING = Diagnosed("r", 300, "warning", "Collapsed: one point.")


def flips(*changes):
    return [Flipped("r", step, name, before, after) for step, name, before, after in changes]


def said(*changes, begun=None, diagnosis=WARNING, live=True):
    begun = begun or {"negatives": True, "ibot": False}
    return suspicion(diagnosis, flips(*changes), begun, [NEGATIVES, IBOT], live=live)


def test_the_switch_that_was_flipped_before_is_named_with_its_step_and_what_to_do():
    text = said((180, "negatives", True, False))
    assert text.startswith("Changed before this: negatives → off at step 180.")
    assert "Change it back" in text


def test_a_switch_is_named_before_a_number_and_the_last_of_two_numbers():
    assert "negatives → off" in said((180, "negatives", True, False), (200, "tau", 0.2, 0.5))
    assert "lr → 0.5 at step 1,200" in said(
        (100, "tau", 0.2, 0.5), (1200, "optimiser.lr", 0.1, 0.5), diagnosis=Diagnosed("r", 2000, "warning", "Diverged: ...")
    )  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        [(180, "negatives", True, False), (250, "negatives", False, True)],  # changed back
        [(400, "negatives", True, False)],  # after the warning
        [(100, "steps", 500, 900)],  # moves no weight
        [],
    ],
)
def test_what_cannot_be_behind_it_is_not_named(changes):
    assert said(*changes) == ""


def test_a_run_that_began_without_its_switch_is_told_so():
    assert said(begun={"negatives": False}) == (
        "The run began with negatives off. Switch it on and see whether it recovers."
    )
    assert said(begun={"negatives": True, "ibot": False}) == ""  # off is how it usually is


def test_of_a_run_that_has_ended_only_the_cause_is_told():
    assert said((180, "negatives", True, False), live=False) == "Changed before this: negatives → off at step 180."
    assert said(begun={"negatives": False}, live=False) == "The run began with negatives off."


@pytest.mark.parametrize("level", ["good", "note"])
def test_only_a_warning_is_followed(level):
    assert said((180, "negatives", True, False), diagnosis=Diagnosed("r", 300, level, "Learning: ...")) == ""


def test_the_text_of_a_flip_names_the_last_part_of_a_setting():
    assert flip_text(Flipped("r", 3, "augment.colour_jitter", True, False)) == "colour jitter → off"
