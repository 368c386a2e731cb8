"""Layouts of docked views as trees: every move leaves a tidy one, and what is written down comes back."""

from __future__ import annotations

import random

import pytest

from app.widgets.dock_tree import (
    SIDES,
    Split,
    Tabs,
    beside,
    boxes,
    completed,
    from_text,
    groups,
    into_tabs,
    moved,
    neighbour,
    single,
    to_text,
)

NAMES = tuple("abcdef")


def names(tree) -> list[str]:
    return [name for group in groups(tree) for name in group.names]


def is_tidy(tree, across=None) -> bool:
    """No empty group, no split of one, none inside one of its own way, shares of 1, a front that is there."""
    if isinstance(tree, Tabs):
        return bool(tree.names) and tree.front in tree.names
    whole = abs(sum(tree.shares) - 1) < 1e-9 and min(tree.shares) > 0 and len(tree.shares) == len(tree.parts) > 1
    return whole and tree.across != across and all(is_tidy(part, tree.across) for part in tree.parts)


def test_a_view_leaves_its_tabs_to_each_side():
    for side, across, first in (
        ("left", True, "c"),
        ("right", True, "a"),
        ("above", False, "c"),
        ("below", False, "a"),
    ):
        tree = moved(single(NAMES), "c", side)
        assert isinstance(tree, Split)
        assert (tree.across, names(tree)[0], tree.shares) == (across, first, (0.5, 0.5))


def test_one_that_is_alone_joins_its_neighbour_or_goes_to_the_rim():
    tree = moved(single("abc"), "c", "right")
    assert moved(tree, "c", "left") == Tabs(("a", "b", "c"), "c")
    assert moved(tree, "c", "below") == Split(False, (Tabs(("a", "b"), "a"), Tabs(("c",), "c")), (0.5, 0.5))
    assert moved(Tabs(("a",), "a"), "a", "left") == Tabs(("a",), "a")


def test_three_columns_are_one_split_and_share_the_room():
    tree = beside(moved(single("abc"), "c", "right"), "b", "c", "left")
    assert tree == Split(True, (Tabs(("a",), "a"), Tabs(("b",), "b"), Tabs(("c",), "c")), (0.5, 0.25, 0.25))


def test_the_neighbour_has_the_longest_common_border():
    low = Split(False, (Tabs(("b",), "b"), Tabs(("c",), "c")), (0.3, 0.7))
    tree = Split(True, (Tabs(("a",), "a"), low), (0.5, 0.5))
    assert neighbour(tree, "a", "right") == Tabs(("c",), "c")
    assert neighbour(tree, "c", "above") == Tabs(("b",), "b")
    assert neighbour(tree, "b", "left") == Tabs(("a",), "a")
    assert neighbour(tree, "a", "left") is neighbour(tree, "a", "above") is None
    assert dict(boxes(tree))[Tabs(("c",), "c")] == (0.5, 0.3, 1.0, 1.0)


def test_a_view_joins_tabs_at_a_place_and_the_next_one_takes_its_own():
    tree = Split(True, (Tabs(("a", "b", "c"), "b"), Tabs(("d", "e"), "d")), (0.5, 0.5))
    joined = into_tabs(tree, "b", "e", 1)
    assert joined == Split(True, (Tabs(("a", "c"), "c"), Tabs(("d", "b", "e"), "b")), (0.5, 0.5))


@pytest.mark.parametrize("seed", range(20))
def test_any_number_of_moves_keeps_every_view_and_a_tidy_tree(seed):
    draw, tree = random.Random(seed), single(NAMES)  # noqa: S311  moves, not secrets
    for _ in range(60):
        name, other, side = draw.choice(NAMES), draw.choice((*NAMES, "")), draw.choice(SIDES)
        ways = (
            moved(tree, name, side),
            beside(tree, name, other, side),
            into_tabs(tree, name, other or name, draw.randint(-1, 1)),
        )
        tree = draw.choice(ways)
        assert sorted(names(tree)) == list(NAMES)
        assert is_tidy(tree)
    back = from_text(to_text(tree))
    assert [group.names for group in groups(back)] == [group.names for group in groups(tree)]


def test_views_that_a_layout_lacks_join_its_first_group_behind_what_is_in_front():
    tree = Split(True, (Tabs(("a",), "a"), Tabs(("b",), "b")), (0.5, 0.5))
    assert completed(tree, "abc") == Split(True, (Tabs(("a", "c"), "a"), Tabs(("b",), "b")), (0.5, 0.5))
    assert completed(Tabs(()), "ab") == Tabs(("a", "b"), "a")


@pytest.mark.parametrize(
    "text",
    ["", "None", "[]", "7", "{", '{"tabs": [], "front": ""}', '{"tabs": [1], "front": ""}', '{"tabs": "ab"}',
     '{"across": true, "parts": [{"tabs": ["a"], "front": "a"}], "shares": []}',
     '{"across": true, "parts": [{"tabs": ["a"], "front": "a"}, {"tabs": ["a"], "front": "a"}], "shares": [0.5, 0.5]}',
     '{"across": true, "parts": [{"tabs": ["a"], "front": "a"}, {"tabs": ["b"], "front": "b"}], "shares": [-1, 2]}',
     '{"across": true, "parts": [' * 20],
)  # fmt: skip
def test_what_is_no_layout_is_none(text):
    assert from_text(text) is None


def test_a_front_that_is_not_there_is_the_first():
    assert from_text('{"tabs": ["a", "b"], "front": "gone"}') == Tabs(("a", "b"), "a")
