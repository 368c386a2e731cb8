"""A lesson made in code with made-up results, for the view alone and for its tests. Nothing in it was trained."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from app.panels.lessons.experiment import ArmRun, Experiment
from app.panels.lessons.records import columns_of
from app.panels.lessons.shelf import Case
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.lesson import Arm, Expectation, Lesson, Measure, Option, Prediction, Source, Trace
from sslviz.spec.lesson_file import mark, plan
from sslviz.spec.lesson_results import PIXELS, RANDOM, Band, Checked, LessonResults, Measured

STEPS = 240
SHAPE = {"crop": (0.50, 0.52, 0.49), "colour": (0.84, 0.82, 0.87), "both": (0.91, 0.93, 0.90)}
HUE = {"crop": (1.0, 0.99, 1.0), "colour": (0.41, 0.44, 0.40), "both": (0.77, 0.72, 0.79)}
BASELINES = {RANDOM: (0.62, 0.93), PIXELS: (0.80, 0.70)}


def example_lesson() -> Lesson:
    """What do augmentations teach?"""
    question = "Which of the three networks will tell **shapes** apart best?"
    options = (
        Option(
            "Crops only: shape is what a crop leaves.",
            False,
            "A crop leaves the colour too, and colour is the easier way to agree.",
        ),
        Option(
            "Colour only: without its colour a thing is its shape.",
            False,
            "It is close, but the place of the object still gives it away.",
        ),
        Option("Both together.", True, "Neither colour nor place is left as a shortcut: the shape is."),
    )
    return Lesson(
        "example", 1, "What do augmentations teach?", "It finds *the* features.", "crops, colour jitter, both", "simclr", "shapes",
        {"data.preset": "lesson", "data.count": 2000, "batch_size": 128, "steps": STEPS}, 0,
        (Arm("crop", "Crops only", {"augment.jitter": False}), Arm("colour", "Colour only", {"augment.crop": False}),
         Arm("both", "Crops and colour", {})),
        (Measure("shape", "Shape, linear probe", "probe", "shape", "%", 0.0, 1.0),
         Measure("hue", "Hue, linear probe", "probe", "hue", "%", 0.0, 1.0), Measure("loss", "Loss at the end", "record", "loss", "nats")),
        (Trace("loss", "Loss"), Trace("uniformity", "Alignment and uniformity", "alignment")),
        Prediction(question, options, "shape"),
        (Expectation("shape", "both", "crop", "Both augmentations together beat crops alone.", 0.1),
         Expectation("hue", "crop", "colour", "Crops alone keep the hue; colour jitter throws it away.", 0.2)),
        ("train", "augment"), "simclr",
        (Source("Chen et al. 2020, SimCLR, figure 5, [arXiv:2002.05709](https://arxiv.org/abs/2002.05709)", "ImageNet there, drawn shapes here"),
         Source("Tian et al. 2020, What makes for good views, [arXiv:2005.10243](https://arxiv.org/abs/2005.10243)")),
        SECTIONS_TEXT,
    )  # fmt: skip


SECTIONS_TEXT = {
    "Question": "SimCLR pulls two *views* of one image together and pushes all others apart. The views are made by **augmentations**: "
    "random crops, changes of colour.\n\nWhat does the network learn if you take one of them away?",
    "Set-up": "Three networks train on the same drawn shapes, from the same initial weights, in the same order of images. Only what "
    "may differ between two views of one image is another:\n\n- **Crops only**: each view shows another part\n- **Colour only**: each "
    "view has other colours\n- **Both**\n\nAfterwards a linear probe reads shape and hue from the frozen features.",
    "Why": "The loss is low when two views of one image agree and views of different images do not. The network may use *anything* that "
    "views share. A crop leaves the colours as they are, so the histogram of colours alone tells images apart: a **shortcut**.\n\nJitter "
    "takes the shortcut away, and what is left to agree on is the shape. What views do not share is thrown away: with jitter, hue goes.",
    "What this does not show": "- Which augmentations are best for *photographs*: there hue may be what a class is about.\n- That a lower "
    "loss is better: crops alone reach the lowest.\n- More than three seeds.",
    "Notes for the lecturer": "Let them vote by hands before you place the markers. Ask for the reason of the *second* most popular answer.",
}


def example_results(lesson: Lesson) -> LessonResults:
    """Three made-up seeds."""
    measured = [
        _measured(arm, measure, values)
        for measure, found in (("shape", SHAPE), ("hue", HUE))
        for arm, values in found.items()
    ]
    measured += [
        _measured(arm, "loss", (loss, loss + 0.02, loss - 0.03))
        for arm, loss in (("crop", 1.94), ("colour", 3.1), ("both", 4.59))
    ]
    measured += [
        _measured(name, measure, (values[k],) * 3)
        for name, values in BASELINES.items()
        for k, measure in enumerate(("shape", "hue"))
    ]
    bands = []
    for k, arm in enumerate(SHAPE):
        for column in columns_of(lesson):
            steps, values = _curve(k, column, STEPS)
            room = 0.04 * np.abs(values) + 0.02
            bands.append(
                Band(arm, column, *(tuple(each.tolist()) for each in (steps, values - room, values, values + room)))
            )
    checked = tuple(Checked(each.says, True, 0.2) for each in lesson.expectations)
    return LessonResults(
        lesson.name, mark(lesson), (0, 1, 2), 9 * 35.0, "a laptop with 2 cores", tuple(measured), tuple(bands), checked
    )


def _measured(arm: str, measure: str, values: tuple[float, ...]) -> Measured:
    mean, spread = float(np.mean(values)), float(np.std(values, ddof=1))
    half = 4.303 * spread / math.sqrt(len(values))
    return Measured(arm, measure, values, mean, mean - half, mean + half)


def _curve(
    k: int, column: str, last: int
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    steps = np.arange(0, last + 1, 8)
    way = 1 - np.exp(-steps / 70)
    ends = {
        "loss": (5.5, (1.94, 3.1, 4.59)),
        "alignment": (1.2, (0.2, 0.35, 0.5)),
        "uniformity": (-0.6, (-3.1, -2.8, -2.6)),
    }
    first, finals = ends[column]
    return steps, first + way * (finals[k] - first)


def example_case(catalogue: Catalogue) -> Case:
    """The lesson with its results and a record."""
    lesson = example_lesson()
    method = next(info for info in catalogue.methods if info.name == lesson.equation)
    return Case(lesson, plan(lesson, catalogue), mark(lesson), method, example_results(lesson), has_record=False)


def example_experiment(case: Case, *, done: int = 3, at: int = 96, seed: int = 0) -> Experiment:
    """`done` arms are trained, the one after them stands at a step; values are those of the first made-up seed."""
    arms = {}
    for k, arm in enumerate(case.lesson.arms):
        last = STEPS if k < done else at if k == done else 0
        columns = {name: _curve(k, name, last) for name in columns_of(case.lesson)} if last else {}
        values = {"shape": SHAPE[arm.name][0], "hue": HUE[arm.name][0], "loss": 2.0 + k} if k < done else {}
        run = ArmRun("done" if k < done else "training" if last else "waiting", f"runs/{arm.name}" if last else "", last,
                     0.13 * last, 0.13 * (STEPS - last), trained=k < done, values=values, columns=columns)  # fmt: skip
        arms[arm.name] = run if last else ArmRun()
    configs = {name: replace(config, seed=seed) for name, config in case.plan.configs.items()}
    return Experiment(case.lesson.name, seed, "live", configs, columns_of(case.lesson), arms)
