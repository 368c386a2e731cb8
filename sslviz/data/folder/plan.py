"""Which images are used, for what, and in which order they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sslviz.data.folder.listing import Found, Listing
from sslviz.data.split import stratified_order


@dataclass(frozen=True)
class Plan:
    """The images in the order in which they are kept: those for training and for validation each in one piece."""

    found: tuple[Found, ...]
    labels: tuple[int, ...]  # -1 without classes
    class_names: tuple[str, ...]
    validation: str  # the split that validation images come from: "val", "test", or "" for a share of all
    remarks: tuple[str, ...]


def plan(listing: Listing, seed: int, limit: int) -> Plan:
    """What to do with what was found.

    With a train folder: val, or else test, is for validation (then it stands last), and where there is neither, a share of train is
    (then all stand in an order of which any front share is a fair sample). Without one, everything is pooled. `limit` > 0 keeps about
    so many images, in the same proportions.
    """
    remarks = list(listing.remarks)
    train = [one for one in listing.found if one.split == "train"]
    validation, held_out = _held_out(listing, train, remarks) if train else ("", [])
    pieces = [train or list(listing.found), held_out]
    class_names = tuple(sorted({one.label for piece in pieces for one in piece} - {""}))
    numbers = {name: k for k, name in enumerate(class_names)} | {"": -1}
    share = min(1.0, limit / sum(map(len, pieces))) if limit else 1.0
    ordered: list[Found] = []
    for piece in filter(None, pieces):
        order = stratified_order(np.array([numbers[one.label] for one in piece]), seed)
        ordered += [piece[k] for k in order[: max(2, round(share * len(piece)))]]
    return Plan(tuple(ordered), tuple(numbers[one.label] for one in ordered), class_names, validation, tuple(remarks))


def _held_out(listing: Listing, train: Sequence[Found], remarks: list[str]) -> tuple[str, list[Found]]:
    """The split that serves for validation and its images: the first of val and test that has classes in common with train."""
    classes = {one.label for one in train}
    for split in ("val", "test"):
        members = [one for one in listing.found if one.split == split]
        known = [one for one in members if one.label in classes]
        if known:
            if len(known) < len(members):
                remarks.append(
                    f"{len(members) - len(known):,} images of {split} in classes that train has not are left out"
                )
            return split, known
        if members:
            remarks.append(f"{split} has none of the classes of train and is not used")
    return "", []
