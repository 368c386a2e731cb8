"""A lesson is read as it is written; whatever does not fit is refused with the file, the line and a remedy."""

import dataclasses
import shutil

import pytest

from sslviz.spec import lesson_file
from sslviz.spec.errors import SpecError
from sslviz.spec.lesson import Option
from sslviz.spec.lesson_file import find_lesson, lessons, mark, measured_file, plan, read_lesson, results_of
from sslviz.spec.lesson_results import LessonResults, Measured, from_json, to_json
from tests.sslviz.lessons.tiny_lesson import CATALOGUE, TEXT, line_of, tiny_lesson, written


def test_a_lesson_is_what_its_file_says(tmp_path):
    lesson = tiny_lesson(tmp_path)
    assert (lesson.name, lesson.number, lesson.method) == ("tiny", 1, "simclr")
    assert lesson.settings["data.preset"] == "lesson"
    assert lesson.settings["data.count"] == 120
    assert [arm.name for arm in lesson.arms] == ["crop", "both"]
    assert lesson.prediction.options[0] == Option("Crops and colour", right=True)
    assert lesson.sections["Why"].startswith("```\n# a comment")
    assert lesson.measure("shape").hi == 1.0


def test_arms_are_runs_with_the_settings_of_the_lesson_their_own_and_the_seed(tmp_path):
    lesson = tiny_lesson(tmp_path)
    configs = plan(lesson, CATALOGUE, seed=5).configs
    assert [config.seed for config in configs.values()] == [5, 5]
    assert [config.augmentation.views[0].jitter for config in configs.values()] == [False, True]
    assert {config.data.dials["count"] for config in configs.values()} == {120}
    assert plan(lesson, CATALOGUE).configs["crop"].seed == lesson.seed


WRONG = {
    'number = 1\n': ("number = 0\n", "Number lessons from 1"),
    'ends = "it': ('end = "it', "Did you mean ends?"),
    'title = "What do augmentations teach?"': ("title = 3", "title is a whole number. It takes text."),
    'method = "simclr"': ('method = "simclear"', "Did you mean simclr?"),
    'data = "shapes"': ('data = "folder"', "no data set called 'folder'"),
    "seed = 0": ("seed = -1", "It takes a whole number from 0"),
    'views = ["train", "augment"]': ('views = ["train", "argument"]', "Did you mean augment?"),
    'equation = "simclr"': ('equation = "simpler"', "no typeset equation"),
    'data.preset = "lesson"': ('data.preset = "lessons"', "It takes one of general"),
    '"data.count" = 120': ('"data.cuont" = 120', "Did you mean data.count"),
    "steps = 6": ("steps = 0", "steps = 0 is out of range"),
    "batch_size = 16": ("batch_size = 16.5", "It takes a whole number"),
    'precision = "fp32"': ("threads = 1", "It is set by whoever runs it."),
    'name = "crop"': ('name = "Crop it"', "Use small letters"),
    "augment.jitter = false": ("augment.jiter = false", "Did you mean augment.jitter"),
    "augment.jitter = false\n": ("augment.jitter = true\n", "are the same run"),
    'name = "both"': ('name = "crop"', "Two arms are called 'crop'."),
    'title = "Crops and colour"': ('title = " "', "is empty"),
    'title = "Shape"\n': ("", "There is no 'title' in measures[0]. Add title"),
    'place = "probe"\nof = "shape"': ('place = "prob"\nof = "shape"', "It takes record, probe, images."),
    'of = "shape"': ('of = "form"', "no factor 'form'"),
    "lo = 0.0\nhi = 1.0": ("lo = 0.5\nhi = 0.1", "An axis cannot go from 0.5 to 0.1"),
    "hi = 1.0": ("hi = 100.0", "Write 0.25 for 25 %."),
    'of = "loss"': ('of = "los"', "Did you mean loss"),
    'column = "lr"': ('column = "loss"', "different quantities"),
    'measure = "shape"\noptions': ('measure = "form"\noptions', "There is no measure called 'form'."),
    ', right = true': ("", "None of the options is right"),
    ', reply = "Colour alone tells its crops apart."': ("", "Nothing is said to those"),
    'measure = "hue"\nhigher': ('measure = "huge"\nhigher', "There is no measure called 'huge'."),
    'higher = "crop"': ('higher = "corp"', "Did you mean crop?"),
    'higher = "crop"\nlower = ""': ('higher = "crop"\nlower = "both"', "A level is compared with one arm."),
    'higher = "crop"\n': ('higher = "raw pixels"\n', "nothing is trained otherwise"),
    "level = 0.0\n": ("", "compares with nothing"),
    "level = 0.0": ("level = 20.0", "is no share"),
    'lower = "both"\n': ('lower = "random weights"\n', "with itself"),
    "by = 0.99": ("by = -0.1", "Give by = 0 or more."),
    'says = "Crops keep colour."': ('says = ""', "Write what is to be shown there."),
    "[[sources]]": ("[[source]]", "Did you mean sources?"),
    "# Set-up": ("# Setup", "'Set-up' is due here"),
    "All else.": ("", "The section 'What this does not show' is empty"),
}  # fmt: skip
"""What is spoilt, how, and words of what is said of it."""


@pytest.mark.parametrize(("there", "instead", "said"), [(there, *rest) for there, rest in WRONG.items()])
def test_what_does_not_fit_is_told_with_its_line_and_a_remedy(tmp_path, there, instead, said):
    assert there in TEXT
    spoilt = TEXT.replace(there, instead, 1)
    with pytest.raises(SpecError) as refused:
        read_lesson(written(tmp_path, spoilt), CATALOGUE)
    error = refused.value
    assert said in str(error)
    assert error.message.startswith("tiny.md, line ")
    assert error.hint.endswith((".", "?"))
    line = int(error.message.removeprefix("tiny.md, line ").partition(":")[0])
    start = TEXT[: TEXT.index(there)].count("\n") + 1
    assert start - 6 <= line <= start + there.count("\n") + 1, error.message


def test_lines_are_exact(tmp_path):
    for there, instead in (("dim = 8", "dime = 8"), ("hi = 1.0", "hi = 7.0"), ("right = true", "rihgt = true")):
        with pytest.raises(SpecError, match=f"line {line_of(there)}: "):
            read_lesson(written(tmp_path, TEXT.replace(there, instead)), CATALOGUE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: it has no header"),
        (TEXT.replace("number = 1", "number = = 1"), "line 2: Invalid value"),
        (TEXT.replace('toy = "32 px"', 'toy = "32 px'), f"line {line_of('toy')}: "),
        (TEXT[: TEXT.index("# Notes")], "there is no section 'Notes for the lecturer'"),
        (TEXT + "# More\n", "nothing more is due"),
        (TEXT.replace("# Question", "Hello\n# Question"), "text before the first heading"),
        (TEXT.replace("arms]]", "arm]]"), "There is no key 'arm' here. Did you mean arms?"),
        (TEXT.replace('views = ["train", "augment"]', "views = []"), "The lesson has no views."),
        (TEXT.replace('"train", "augment"', '"train", "train"'), "named twice"),
        (TEXT.replace("[settings]", "settings = 3\n[other]"), "There is no key 'other'"),
        (TEXT.replace("dim = 8", "seed = 8"), "It is set by the key `seed`."),
    ],
)  # fmt: skip
def test_files_that_are_no_lessons_are_refused(tmp_path, text, said):
    with pytest.raises(SpecError) as refused:
        read_lesson(written(tmp_path, text), CATALOGUE)
    assert said in str(refused.value)


def test_unreadable_files_are_refused(tmp_path):
    with pytest.raises(SpecError, match="cannot be read"):
        read_lesson(tmp_path / "none.md", CATALOGUE)
    (tmp_path / "latin.md").write_bytes(b"+++\ntitle = 'caf\xe9'\n+++\n")
    with pytest.raises(SpecError, match="not text in UTF-8"):
        read_lesson(tmp_path / "latin.md", CATALOGUE)
    with pytest.raises(SpecError, match="no plain word"):
        read_lesson(written(tmp_path, name="My lesson"), CATALOGUE)


def test_line_ends_of_windows_are_read(tmp_path):
    path = tmp_path / "tiny.md"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode())
    assert read_lesson(path, CATALOGUE) == tiny_lesson(tmp_path)


def test_loss_is_traced_where_it_is_one_quantity(tmp_path):
    same = TEXT.replace('column = "lr"', 'column = "loss"').replace("augment.jitter = false", "optimiser.lr = 0.01")
    assert tiny_lesson(tmp_path, same).traces[0].column == "loss"


def test_the_mark_is_of_what_is_trained_and_measured(tmp_path):
    lesson = tiny_lesson(tmp_path)
    assert mark(lesson) == mark(tiny_lesson(tmp_path, TEXT.replace("Crops only", "Cuts").replace("All else", "Much")))
    for there, instead in (("steps = 6", "steps = 7"), ('of = "hue"', 'of = "size"'), ("jitter", "flip")):
        assert mark(lesson) != mark(tiny_lesson(tmp_path, TEXT.replace(there, instead, 1)))


def test_results_belong_to_the_lesson_as_it_was(tmp_path):
    lesson = tiny_lesson(tmp_path)
    assert results_of(lesson, tmp_path) is None
    one = Measured("crop", "shape", (0.1, float("nan")), float("nan"), 0.0, 1.0)
    results = LessonResults("tiny", mark(lesson), (0, 1), 1.0, "cpu", (one,), (), ())
    path = measured_file("tiny", tmp_path)
    path.parent.mkdir()
    path.write_bytes(to_json(results))
    found = results_of(lesson, tmp_path)
    assert repr(found) == repr(results)
    path.write_bytes(to_json(dataclasses.replace(results, mark="older")))
    assert results_of(lesson, tmp_path) is None
    with pytest.raises(SpecError, match="sslviz lesson verify tiny"):
        from_json(b"{}", "tiny")


def test_lessons_are_listed_by_number_and_found_by_name(tmp_path, monkeypatch):
    shutil.copytree(lesson_file.shipped("resources") / "equations", tmp_path / "resources" / "equations")
    folder = tmp_path / "resources" / "lessons"
    folder.mkdir()
    monkeypatch.setattr(lesson_file, "shipped", lambda name: tmp_path / name)
    assert lessons(CATALOGUE) == ()
    written(folder, TEXT.replace("number = 1", "number = 2"), "beta")
    written(folder, TEXT, "gamma")
    assert [lesson.name for lesson in lessons(CATALOGUE)] == ["gamma", "beta"]
    assert find_lesson(CATALOGUE, "beta").number == 2
    with pytest.raises(SpecError, match="Did you mean beta"):
        find_lesson(CATALOGUE, "betta")
    written(folder, TEXT, "alpha")
    with pytest.raises(SpecError, match="are both lesson 1"):
        lessons(CATALOGUE)
