"""A lesson whose arms train in a second: its text, to be spoilt line by line, and the lesson itself."""

from __future__ import annotations

from pathlib import Path

from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.lesson import Lesson
from sslviz.spec.lesson_file import read_lesson

CATALOGUE = shipped_catalogue()
STEPS = 6

TEXT = f"""+++
number = 1
title = "What do augmentations teach?"
ends = "it finds *the* features"
changes = "crop, both"
method = "simclr"
data = "shapes"
seed = 0
views = ["train", "augment"]
equation = "simclr"

[settings]
data.preset = "lesson"
"data.count" = 120
data.image_size = 8
steps = {STEPS}
batch_size = 16
precision = "fp32"
snapshots = 1
width = 16
dim = 8

[[arms]]
name = "crop"
title = "Crops only"
[arms.settings]
augment.jitter = false

[[arms]]
name = "both"
title = "Crops and colour"

[[measures]]
name = "shape"
title = "Shape"
place = "probe"
of = "shape"
unit = "%"
lo = 0.0
hi = 1.0

[[measures]]
name = "hue"
title = "Hue"
place = "probe"
of = "hue"
unit = "%"

[[measures]]
name = "pixels"
title = "Hue, pixels"
place = "images"
of = "hue"
unit = "%"

[[measures]]
name = "loss"
title = "Loss"
place = "record"
of = "loss"

[[traces]]
column = "lr"
title = "Rate"

[prediction]
question = "Which tells shapes better?"
measure = "shape"
options = [
  {{ text = "Crops and colour", right = true }},
  {{ text = "Crops only", reply = "Colour alone tells its crops apart." }},
]

[[expectations]]
measure = "hue"
higher = "crop"
lower = ""
level = 0.0
says = "Crops keep colour."

[[expectations]]
measure = "shape"
higher = "random weights"
lower = "both"
by = 0.99
says = "Random weights are perfect."

[[sources]]
text = "Chen et al. 2020, arXiv:2002.05709"
toy = "32 px"
+++
# Question
What is kept?
# Set-up
Two runs.
# Why
```
# a comment, no heading
```
# What this does not show
All else.
# Notes for the lecturer
Ask first.
"""


def written(folder: Path, text: str = TEXT, name: str = "tiny") -> Path:
    """The file of a lesson in `folder`."""
    path = folder / f"{name}.md"
    path.write_text(text, encoding="utf-8")
    return path


def tiny_lesson(folder: Path, text: str = TEXT) -> Lesson:
    """The lesson, read from a file in `folder`."""
    return read_lesson(written(folder, text), CATALOGUE)


def line_of(words: str, text: str = TEXT) -> int:
    """The line, from 1, in which `words` stand first."""
    return text[: text.index(words)].count("\n") + 1
