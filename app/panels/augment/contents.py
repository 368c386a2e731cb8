"""From an answer to `AugmentImages` to what the grid shows: rows of pictures, headings, tooltips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from app.widgets.grid_layout import Cell
from app.widgets.recipe_text import view_columns
from sslviz.spec.augmentation import OPERATIONS, Augmentation, ViewRecipe
from sslviz.spec.params import describe

Answer = Mapping[str, NDArray[Any]]
LABELS = {info.name: info.label for info in describe(ViewRecipe)}
SHORT = {"crop": "crop", "flip": "flip", "jitter": "jitter", "grayscale": "gray", "blur": "blur", "solarise": "solar."}
LONGEST = 16


@dataclass(frozen=True, slots=True)
class Contents:
    """What `ImageGrid.set_images` takes, and what its cells are called."""

    rows: list[list[NDArray[Any]]]
    row_labels: list[str]
    column_labels: list[str]
    short_labels: list[str]
    tips: dict[Cell, str]

    def name(self, row: int, column: int) -> str:
        """A cell in words, as in "view 2 of image 1234, circle"."""
        column_label = self.column_labels[column].replace("\n", ", ")
        return f"{column_label} of {self.row_labels[row].replace(chr(10), ', ')}"


def views(answer: Answer, augmentation: Augmentation) -> Contents:
    """The original, then every view in order."""
    height, width = answer["originals"].shape[1:3]
    columns = view_columns(augmentation, (height, width))
    rows = [
        [original, *(answer[column.array][k, column.place] for column in columns)]
        for k, original in enumerate(answer["originals"])
    ]
    tips = {(-1, 0): "The training image as it is"}
    tips |= {(-1, c): _recipe_tip(augmentation, column.recipe) for c, column in enumerate(columns, 1)}
    titles = ["original", *(column.title for column in columns)]
    return _contents(answer, rows, titles, ["orig.", *(column.short for column in columns)], tips)


def alone(answer: Answer, augmentation: Augmentation) -> Contents:
    """The original, then each operation of the first recipe by itself."""
    view = augmentation.views[0]
    rows = [
        [original, *(answer[f"alone_{name}"][k] for name in OPERATIONS)]
        for k, original in enumerate(answer["originals"])
    ]
    used = {name: getattr(view, name) and getattr(view, f"{name}_p", 1.0) > 0 for name in OPERATIONS}
    titles = [LABELS[name] if used[name] else f"{LABELS[name]}\n(not used)" for name in OPERATIONS]
    tips = {
        (-1, c): f"{LABELS[name]} alone, at its strength in the recipe, on every image"
        for c, name in enumerate(OPERATIONS, 1)
    }
    short = [SHORT[name] if used[name] else f"{SHORT[name]}\n(off)" for name in OPERATIONS]
    return _contents(answer, rows, ["original", *titles], ["orig.", *short], tips)


def _recipe_tip(augmentation: Augmentation, recipe: int) -> str:
    """What happens to a view, as "crop, flip in 50 %, colour jitter in 80 %"."""
    view = augmentation.views[recipe]
    parts = []
    for name in OPERATIONS:
        chance = getattr(view, f"{name}_p", 1.0)
        if getattr(view, name) and chance > 0:
            parts.append(LABELS[name] if chance == 1 else f"{LABELS[name]} in {100 * chance:.3g} %")
    return ", ".join(parts) or "nothing is done to it"


def _contents(answer: Answer, rows: list[list[NDArray[Any]]], titles: list[str], short: list[str],
              tips: dict[Cell, str]) -> Contents:  # fmt: skip
    labels = [_image_name(answer, k) for k in range(len(rows))]
    contents = Contents(rows, labels, titles, short, tips)
    for r, row in enumerate(rows):
        for c in range(len(row)):
            tips[r, c] = f"{contents.name(r, c)}. Click to choose this image in every view."
    return contents


def _image_name(answer: Answer, k: int) -> str:
    label, names = int(answer["labels"][k]), answer.get("class_names", ())
    name = f"\n{str(names[label])[:LONGEST]}" if 0 <= label < len(names) else ""
    return f"image {int(answer['indices'][k])}{name}"
