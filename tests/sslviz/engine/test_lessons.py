"""`MeasureArm`: answered with every measure of the lesson, refused where the run is not the arm."""

import math
import pickle

import pytest

from sslviz.engine import Engine
from sslviz.spec import lesson_file
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.lesson import ArmMeasured, MeasureArm
from sslviz.spec.lesson_file import plan
from sslviz.training import RunControl, TrainingRun
from tests.sslviz.lessons.tiny_lesson import CATALOGUE, tiny_lesson


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """The tiny lesson, as one that ships."""
    monkeypatch.setattr(lesson_file, "lessons_folder", lambda: tmp_path)
    return tiny_lesson(tmp_path)


def test_an_arm_is_measured_and_another_run_is_refused(lesson, inbox, tmp_path):
    folder = tmp_path / "run"
    TrainingRun("a", plan(lesson, CATALOGUE, 3).configs["both"], folder, lambda event: None, RunControl()).run()
    with Engine(inbox.put, threads=1) as engine:
        engine.submit(MeasureArm(1, "tiny", "both", str(folder)))
        found = inbox.wait(lambda e: isinstance(e, Answered | Refused) and e.request_id == 1).payload
        assert pickle.loads(pickle.dumps(found)) == found
        assert isinstance(found, ArmMeasured)
        assert (found.lesson, found.arm) == ("tiny", "both")
        assert list(found.values) == [measure.name for measure in lesson.measures]
        assert not any(math.isnan(value) for value in found.values.values())
        assert any(isinstance(e, Advanced) and e.request_id == 1 for e in inbox)
        for request_id, (name, arm, said) in enumerate(
            (("tiny", "crop", "another augmentation"), ("tiny", "none", "no arm"), ("tony", "crop", "no lesson")), 2
        ):
            engine.submit(MeasureArm(request_id, name, arm, str(folder)))
            answer = inbox.wait(lambda e, k=request_id: isinstance(e, Answered | Refused) and e.request_id == k)
            assert said in answer.message
            assert answer.hint
