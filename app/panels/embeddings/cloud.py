"""Cloud: the points that are drawn, and what stands behind each of them. Headless."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.ma  # np.unique loads it when it is first called: 25 ms in which the first map would not be drawn
from numpy.typing import NDArray

from sslviz.spec.mapping import OWN_PATCH, Mapped, MappedRun

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Colours:
    """A value for each point: of named values their numbers, NaN unknown; a quantity where `names` is None."""

    values: Array
    names: tuple[str, ...] | None
    title: str
    about: str = ""

    def same(self, other: Colours) -> bool:
        """Whether both look alike."""
        heads = (self.names, self.title) == (other.names, other.title)
        return heads and np.array_equal(self.values, other.values, equal_nan=True)


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """n points; those of a run's snapshots stand one after the other, `times` times the same images."""

    points: Array  # (n, 2)
    index: Array  # (n,)
    patch: Array  # (n,)
    label: Array  # (n,)
    names: tuple[str, ...]
    grid: tuple[int, int] = (0, 0)

    def __len__(self) -> int:
        return len(self.points)

    @property
    def patches(self) -> bool:
        """Whether points are patches."""
        return bool(self.patch.max(initial=OWN_PATCH) > OWN_PATCH)

    @property
    def pictures(self) -> tuple[int, ...]:
        """The images behind the points, each once, in the order of the points."""
        return tuple(dict.fromkeys(self.index.tolist()))

    def row_of(self, index: int, patch: int = OWN_PATCH) -> int:
        """The first point of an image, or of one of its patches; -1 where it is not among them."""
        found = np.flatnonzero((self.index == index) & ((self.patch == patch) | (patch == OWN_PATCH)))
        return int(found[0]) if len(found) else -1

    def class_of(self, row: int) -> str:
        """The name of a point's class; "" where it is not known."""
        label = int(self.label[row])
        return self.names[label] if 0 <= label < len(self.names) else f"class {label}" if label >= 0 else ""

    def name_of(self, row: int) -> str:
        """What a point is, in a few words."""
        patch = int(self.patch[row])
        where = ""
        if patch != OWN_PATCH and self.grid[1]:
            where = f", row {patch // self.grid[1] + 1}, column {patch % self.grid[1] + 1}"
        return ", ".join(filter(None, [f"image {int(self.index[row]):,}{where}", self.class_of(row)]))

    def name_of_image(self, index: int) -> str:
        """An image of these points, in a few words."""
        row = self.row_of(index)
        return ", ".join(filter(None, [f"image {index:,}", self.class_of(row) if row >= 0 else ""]))

    def by_label(self) -> Colours:
        """The classes."""
        values = np.where(self.label >= 0, self.label, np.nan).astype(np.float32)
        names = self.names or tuple(f"class {k}" for k in range(int(max(self.label.max(initial=-1), -1)) + 1))
        about = "" if np.isfinite(values).any() else "These images have no labels."
        return Colours(values, names, "label", about)

    def by_picture(self) -> Colours:
        """Which image each patch is from."""
        order = {index: k for k, index in enumerate(self.pictures)}
        values = np.array([order[index] for index in self.index.tolist()], np.float32)
        return Colours(
            values, tuple(f"image {index:,}" for index in order), "picture", "Patches of one picture share a colour."
        )

    def groups(self) -> tuple[Array, tuple[str, ...]]:
        """Classes whose middles have a name on the map: of patches none, each picture is one class."""
        if not self.patches and self.names:
            return self.label, self.names
        return np.full(len(self), -1), ()

    def firsts(self, rows: Array) -> Array:
        """Of these points the first of each image, in their order."""
        _, at = np.unique(self.index[rows], return_index=True)
        found: Array = rows[np.sort(at)]
        return found

    def shares(self, rows: Array) -> str:
        """How many of these points belong to which class, the largest first."""
        labels, first, counts = np.unique(self.label[rows], return_index=True, return_counts=True)
        total = max(len(rows), 1)
        said = [f"{self.class_of(int(rows[first[k]])) or 'no label'} {100 * counts[k] / total:.0f}\u00a0%"
                for k in np.argsort(-counts, kind="stable")[: len(labels)]]  # fmt: skip
        return ", ".join(said)


def of_map(answer: Mapped) -> Cloud:
    """The points of one map."""
    return Cloud(answer.points, answer.index, answer.patch, answer.label, answer.names, answer.grid)


def of_frame(run: MappedRun, frame: int, grid: tuple[int, int]) -> Cloud:
    """The points after one snapshot."""
    return Cloud(run.points[frame], run.index, run.patch, run.label, run.names, grid)


def of_all_frames(run: MappedRun, grid: tuple[int, int]) -> tuple[Cloud, Colours]:
    """The points after every snapshot, one after the other, and the step of each."""
    times = len(run.steps)
    index, patch, label = (np.tile(array, times) for array in (run.index, run.patch, run.label))
    cloud = Cloud(run.points.reshape(-1, 2), index, patch, label, run.names, grid)
    steps = np.repeat(np.asarray(run.steps, np.float32), len(run.index))
    about = "Every image stands here once for each snapshot: from the first steps, dark, to the last, bright."
    return cloud, Colours(steps, None, "snapshot, step", about)


def patch_of(picture: Array, grid: tuple[int, int], patch: int, around: int = 0) -> Array:
    """The pixels (h, w, 3) of a patch, with so many patches around it; the whole picture where it has none."""
    rows, columns = grid
    if patch == OWN_PATCH or not rows * columns:
        return picture
    high, wide = picture.shape[0] / rows, picture.shape[1] / columns
    row, column = divmod(patch, columns)
    top, left = round(max(row - around, 0) * high), round(max(column - around, 0) * wide)
    bottom, right = round(min(row + 1 + around, rows) * high), round(min(column + 1 + around, columns) * wide)
    return picture[top : max(bottom, top + 1), left : max(right, left + 1)]
