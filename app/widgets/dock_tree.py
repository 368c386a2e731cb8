"""How views are docked, without a widget: groups of tabs, beside or above each other, as a tree that can be written down.

A tree never holds an empty group, nor a split of one part, nor a split within one that goes the same way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Side = Literal["left", "right", "above", "below"]
SIDES: tuple[Side, ...] = ("left", "right", "above", "below")
DEEPEST = 8
"""Splits within splits; a file that holds more is not one of ours."""
Box = tuple[float, float, float, float]
"""Left, top, right and bottom in shares of the whole."""


@dataclass(frozen=True, slots=True)
class Tabs:
    """A group of views, of which `front` is seen."""

    names: tuple[str, ...]
    front: str = ""


@dataclass(frozen=True, slots=True)
class Split:
    """Parts beside each other where `across`, else one above another. shares: of the room, adding up to 1."""

    across: bool
    parts: tuple[Tree, ...]
    shares: tuple[float, ...]


Tree = Tabs | Split


def groups(tree: Tree) -> Iterator[Tabs]:
    """All groups, from the left and from the top."""
    if isinstance(tree, Tabs):
        yield tree
    else:
        for part in tree.parts:
            yield from groups(part)


def group_of(tree: Tree, name: str) -> Tabs:
    """The group that holds a view."""
    return next(group for group in groups(tree) if name in group.names)


def boxes(tree: Tree, box: Box = (0.0, 0.0, 1.0, 1.0)) -> Iterator[tuple[Tabs, Box]]:
    """Where each group lies."""
    if isinstance(tree, Tabs):
        yield tree, box
        return
    axis, at = (0, box[0]) if tree.across else (1, box[1])
    length = box[axis + 2] - box[axis]
    for part, share in zip(tree.parts, tree.shares, strict=True):
        inner = list(box)
        inner[axis], inner[axis + 2] = at, at + share * length
        yield from boxes(part, (inner[0], inner[1], inner[2], inner[3]))
        at += share * length


def neighbour(tree: Tree, name: str, side: Side) -> Tabs | None:
    """The group on that side of the one that holds `name`, where several are the one with the longest common border."""
    own = next(box for group, box in boxes(tree) if name in group.names)
    axis, far = (0, 2) if side in ("left", "right") else (1, 3)
    edge, meets = (own[axis], far) if side in ("left", "above") else (own[far], axis)

    def border(box: Box) -> float:
        return min(own[3 - axis], box[3 - axis]) - max(own[1 - axis], box[1 - axis])

    touching = [(border(box), group) for group, box in boxes(tree) if abs(box[meets] - edge) < 1e-6]
    touching = [(length, group) for length, group in touching if length > 1e-6]
    return max(touching, key=lambda pair: pair[0])[1] if touching else None


# Moving ------------------------------------------------------------------------------------------------------------


def into_tabs(tree: Tree, name: str, other: str, at: int = -1) -> Tree:
    """`name` joins the group of `other`, in front, as tab number `at` (-1: the last)."""
    rest = _without(tree, name)
    if name == other or rest is None:
        return tree

    def join(group: Tabs) -> Tree:
        place = len(group.names) if at < 0 else at
        return Tabs((*group.names[:place], name, *group.names[place:]), name)

    return _changed(rest, other, join)


def beside(tree: Tree, name: str, other: str, side: Side) -> Tree:
    """`name` gets a group of its own on a side of the group of `other`, half of its room; `other` "": of everything."""
    rest = _without(tree, name)
    if rest is None or (other == name and group_of(tree, name).names == (name,)):
        return tree
    if other == name:  # it leaves its own group
        other = next(each for each in group_of(tree, name).names if each != name)

    def halve(part: Tree) -> Tree:
        pair = (Tabs((name,), name), part) if side in ("left", "above") else (part, Tabs((name,), name))
        return Split(side in ("left", "right"), pair, (0.5, 0.5))

    return _tidy(_changed(rest, other, halve) if other else halve(rest))


def moved(tree: Tree, name: str, side: Side) -> Tree:
    """What the arrow keys do: a view leaves its group to that side; one that is alone joins the neighbour there, or goes to the edge."""
    if len(group_of(tree, name).names) > 1:
        return beside(tree, name, name, side)
    other = neighbour(tree, name, side)
    return into_tabs(tree, name, other.names[0]) if other else beside(tree, name, "", side)


def single(names: Iterable[str], front: str = "") -> Tabs:
    """All in one group."""
    together = tuple(names)
    return Tabs(together, front or (together[0] if together else ""))


def completed(tree: Tree, names: Iterable[str]) -> Tree:
    """The views that the tree lacks become the last tabs of its first group, behind what is in front."""
    if isinstance(tree, Split):
        lacking = [name for name in names if name not in _names(tree)]
        return replace(tree, parts=(completed(tree.parts[0], (*_names(tree.parts[0]), *lacking)), *tree.parts[1:]))
    together = (*tree.names, *(name for name in names if name not in tree.names))
    return Tabs(together, tree.front or (together[0] if together else ""))


def _names(tree: Tree) -> tuple[str, ...]:
    return tuple(name for group in groups(tree) for name in group.names)


def _changed(tree: Tree, name: str, change: Callable[[Tabs], Tree]) -> Tree:
    """The tree with the group that holds `name` changed."""
    if isinstance(tree, Tabs):
        return change(tree) if name in tree.names else tree
    return replace(tree, parts=tuple(_changed(part, name, change) for part in tree.parts))


def _without(tree: Tree, name: str) -> Tree | None:
    """The tree without a view; None where nothing is left."""
    if isinstance(tree, Tabs):
        names = tuple(each for each in tree.names if each != name)
        if not names:
            return None
        place = min(tree.names.index(name), len(names) - 1) if name in tree.names else 0  # the next one takes its place
        return Tabs(names, tree.front if tree.front in names else names[place])
    kept = [(_without(part, name), share) for part, share in zip(tree.parts, tree.shares, strict=True)]
    left = [(part, share) for part, share in kept if part is not None]
    return _tidy(Split(tree.across, tuple(p for p, _ in left), tuple(s for _, s in left))) if left else None


def _tidy(tree: Tree) -> Tree:
    """One part stands for itself, splits that go the same way are one, and shares add up to 1."""
    if isinstance(tree, Tabs):
        return tree
    parts: list[Tree] = []
    shares: list[float] = []
    for part, share in zip(map(_tidy, tree.parts), tree.shares, strict=True):
        same = isinstance(part, Split) and part.across == tree.across
        parts += part.parts if same and isinstance(part, Split) else [part]
        shares += [share * inner for inner in part.shares] if same and isinstance(part, Split) else [share]
    if len(parts) == 1:
        return parts[0]
    return Split(tree.across, tuple(parts), normalised(shares))


def normalised(shares: Sequence[float]) -> tuple[float, ...]:
    """Shares that add up to 1; equal ones where there is nothing to go by."""
    total = sum(shares)
    return tuple(share / total for share in shares) if total > 0 else (1 / len(shares),) * len(shares)


# Writing -----------------------------------------------------------------------------------------------------------


def to_text(tree: Tree) -> str:
    """As JSON."""
    return json.dumps(_plain(tree), ensure_ascii=False)


def _plain(tree: Tree) -> dict[str, Any]:
    if isinstance(tree, Tabs):
        return {"tabs": list(tree.names), "front": tree.front}
    return {
        "across": tree.across,
        "parts": [_plain(part) for part in tree.parts],
        "shares": [round(s, 4) for s in tree.shares],
    }


def from_text(text: str) -> Tree | None:
    """What `to_text` wrote; None for anything else."""
    try:
        tree = _read(json.loads(text), DEEPEST)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    names = _names(tree)
    return _tidy(tree) if len(set(names)) == len(names) and all(group.names for group in groups(tree)) else None


def _read(plain: Any, depth: int) -> Tree:
    if "tabs" in plain:
        names = tuple(plain["tabs"])
        if not all(isinstance(name, str) for name in names):
            raise TypeError
        return Tabs(names, plain["front"] if plain["front"] in names else next(iter(names), ""))
    shares = tuple(float(share) for share in plain["shares"])
    if not depth or not plain["parts"] or len(shares) != len(plain["parts"]) or not all(0 < s <= 1 for s in shares):
        raise ValueError
    return Split(bool(plain["across"]), tuple(_read(part, depth - 1) for part in plain["parts"]), shares)
