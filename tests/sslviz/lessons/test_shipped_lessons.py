"""Every lesson that ships fits, shows what it expects, and is small."""

import pytest

from sslviz.lessons.shipped import record_problems
from sslviz.spec.lesson_file import lessons, lessons_folder, recorded_folder, results_of
from tests.sslviz.lessons.tiny_lesson import CATALOGUE

NAMES = sorted(path.stem for path in lessons_folder().glob("*.md"))
LARGEST = 60_000
"""Bytes of a recorded arm."""


@pytest.fixture(scope="module")
def shipped():
    return {lesson.name: lesson for lesson in lessons(CATALOGUE)}


@pytest.mark.parametrize("name", NAMES)
def test_its_results_are_of_what_it_is_now(shipped, name):
    lesson = shipped[name]
    assert not list(record_problems(lesson, CATALOGUE))
    results = results_of(lesson)
    assert len(results.seeds) >= 3
    assert all(one.holds for one in results.checked)


@pytest.mark.parametrize("name", NAMES)
def test_its_records_are_small(shipped, name):
    for arm in shipped[name].arms:
        files = [path for path in recorded_folder(name, arm.name).rglob("*") if path.is_file()]
        assert 0 < sum(path.stat().st_size for path in files) <= LARGEST
