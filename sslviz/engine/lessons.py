"""Measuring an arm of a lesson by the run that was its experiment, from the run's folder."""

from __future__ import annotations

from pathlib import Path

from sslviz.engine.desk import Job
from sslviz.engine.shelf import Shelf
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.lesson import ArmMeasured, MeasureArm
from sslviz.spec.lesson_file import find_lesson


def arm_measured(request: MeasureArm, job: Job, shelf: Shelf) -> ArmMeasured:
    """The payload that `MeasureArm` promises. Refused before anything is loaded where the run is not that arm, trained to its end."""
    from sslviz.evaluate.images import Watch
    from sslviz.lessons.arms import require_arm
    from sslviz.lessons.measure import measure_arm

    catalogue = shipped_catalogue()
    lesson, folder = find_lesson(catalogue, request.lesson), Path(request.folder)
    config = require_arm(lesson, request.arm, folder, catalogue)
    title = lesson.arm(request.arm).title
    splits = shelf.get(config.data, progress=job.advance, cancelled=job.is_given_up)
    watch = Watch(lambda share: job.advance(share, f"measuring: {title}"), job.is_given_up)
    return ArmMeasured(lesson.name, request.arm, measure_arm(lesson, folder, splits, watch))
