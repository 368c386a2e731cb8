"""`sslviz lesson`: the list, a page, an experiment carried out, verified and checked."""

import json
import shutil

import pytest

from sslviz.cli import lesson as lesson_command
from sslviz.spec import lesson_file
from tests.sslviz.lessons.tiny_lesson import TEXT, line_of, written

HOPEFUL = TEXT.replace("by = 0.99", "by = 0.0").replace(
    '"random weights"\nlower = "both"', '"both"\nlower = ""\nlevel = 0.0'
)


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A folder of lessons in the place of those that ship."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    for module in (lesson_file, lesson_command):
        monkeypatch.setattr(module, "lessons_folder", lambda: folder)
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs of the tiny lesson with seeds 0 and 1."""
    from sslviz.cli import main

    folder = tmp_path_factory.mktemp("verified")
    path = written(folder, HOPEFUL)
    words = ["lesson", "verify", str(path), "--seeds", "2", "--threads", "1", "--quiet", "--out", str(folder / "runs")]
    assert main(words) == 0
    return folder


def test_the_list_says_what_there_is(command, shipped, runs):
    assert "No lessons" in command("lesson").out
    written(shipped, HOPEFUL)
    assert "not yet" in command("lesson").out
    shutil.copytree(runs / "measured", shipped / "measured")
    out = command("lesson").out
    assert "What do augmentations teach?" in out
    assert "2 seeds" in out
    assert json.loads(command("lesson", "--json").out)[0]["name"] == "tiny"


def test_a_page_has_everything_and_the_answer_comes_last(command, runs):
    out = command("lesson", runs / "tiny.md").out
    for words in ("Ends the belief that", "Crops and colour", "random weights", "holds: Crops keep colour.",
                  "Student's 95 % interval over the seeds 0, 1", "Ask first.", "arXiv:2002.05709", "augment.jitter off"):  # fmt: skip
        assert words in out
    places = [out.index(words) for words in ("QUESTION", "PREDICT", "WHAT IT SHOWS", "Not so.", "WHY", "SOURCES")]
    assert places == sorted(places)
    plain = json.loads(command("lesson", runs / "tiny.md", "--json").out)
    assert plain["results"]["seeds"] == [0, 1]


def test_a_lesson_without_results_says_how_to_get_them(command, tmp_path):
    assert "sslviz lesson verify tiny" in command("lesson", written(tmp_path)).out


def test_run_trains_all_arms_and_compares_with_the_band(command, runs, tmp_path):
    out = tmp_path / "kept"
    shutil.copytree(runs / "runs" / "tiny" / "seed-1" / "crop", out / "seed-1" / "crop")
    result = command("lesson", "run", runs / "tiny.md", "--seed", 1, "--threads", 1, "--out", out)
    assert result.code == 0, result.err
    assert "tiny, seed 1: Crops and colour" in result.err
    assert "seed 1: Crops only" not in result.err  # it was whole
    assert "shown: Crops keep colour." in result.out
    assert "within" in result.out
    assert (out / "seed-1" / "both" / "metrics.csv").is_file()
    plain = json.loads(command("lesson", "run", runs / "tiny.md", "--seed", 1, "--out", out, "--json").out)
    assert plain["seed"] == 1
    assert [one["holds"] for one in plain["expectations"]] == [True, True]


def test_verify_fails_where_an_expectation_does_not_hold(command, runs, tmp_path):
    shutil.copytree(runs / "runs", tmp_path / "runs")
    path = written(tmp_path, TEXT)
    result = command("lesson", "verify", path, "--seeds", 2, "--quiet", "--out", tmp_path / "runs")
    assert result.code == 1
    assert "does not show in every seed: Random weights are perfect." in result.err
    assert "DOES NOT HOLD" in result.out
    checked = command("lesson", "check", path)
    assert checked.code == 1
    assert "this did not show: Random weights are perfect." in checked.err


def test_check_reads_every_file(command, shipped, runs):
    written(shipped, HOPEFUL)
    result = command("lesson", "check")
    assert result.code == 1
    assert "never verified" in result.err
    assert "sslviz lesson verify tiny." in result.err
    for name in ("measured", "recorded"):
        shutil.copytree(runs / name, shipped / name)
    assert command("lesson", "check").out == "tiny: fine.\n"
    written(shipped, HOPEFUL.replace("dim = 8", "dim = 0"))
    result = command("lesson", "check")
    assert result.code == 2
    assert f"tiny.md, line {line_of('dim = 8', HOPEFUL)}: dim = 0 is out of range." in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing",), "no lesson called 'nothing'"),
        (("run",), "One lesson is to be named."),
        (("run", "a", "b"), "One lesson is to be named."),
        (("--seed", "3"), "--seed is for run."),
        (("run", "a", "--seeds", "3"), "--seeds is for verify."),
        (("check", "--out", "x"), "--out is for run and verify."),
        (("verify", "--seeds", "1"), "A band takes several seeds."),
        (("nowhere.md",), "nowhere.md cannot be read"),
    ],
)
def test_misuse_is_told(command, shipped, words, said):
    written(shipped)
    result = command("lesson", *words)
    assert result.code == 2
    assert said in result.err
