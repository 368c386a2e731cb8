"""The doctor: what it finds, what it says of a broken part, and that it changes nothing unless told to."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from sslviz.cli import doctor, probes
from sslviz.cli.doctor import add_arguments, examine, run
from sslviz.cli.libraries import LIBRARIES
from sslviz.cli.probes import Probe, probe_qt, probe_torch, probe_worker

TORCH = Probe({"torch": "2.0", "torchvision": "0.2", "threads": 3, "built_for_cuda": "", "mps": False, "cuda": []})
QT = Probe({"qt": "6.1", "platform": "xcb", "screens": [[1920, 1080, 1.0]]})
WORKER = Probe({"seconds": 1.5, "devices": ["cpu"]})


@pytest.fixture
def fine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A computer on which everything works, without trying it."""
    monkeypatch.setattr(doctor, "probe_torch", lambda: TORCH)
    monkeypatch.setattr(doctor, "probe_qt", lambda: QT)
    monkeypatch.setattr(doctor, "probe_worker", lambda: WORKER)
    monkeypatch.setattr(doctor, "missing", lambda: ())
    return monkeypatch


def finding(section: str, name: str) -> doctor.Finding:
    return next(f for f in examine() if (f.section, f.name) == (section, name))


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_a_fine_computer_is_usable(fine: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments()) == 0
    said = capsys.readouterr().out
    assert "runs use 3 unless told otherwise" in said
    assert "screen 1920 x 1080" in said
    assert "ready after 1.5 s" in said
    assert "✗" not in said.replace("see ✗", "")


@pytest.mark.parametrize(
    ("probe", "section", "name"),
    [("probe_torch", "Devices", "torch"), ("probe_qt", "Window", "Qt"), ("probe_worker", "Worker", "start")],
)
def test_a_part_that_does_not_load_is_a_problem_with_a_remedy(
    fine: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], probe: str, section: str, name: str
) -> None:
    fine.setattr(doctor, probe, lambda: Probe(problem="ImportError: libfoo.so.1"))
    said = finding(section, name)
    assert said.level == "problem"
    assert "libfoo.so.1" in said.text
    assert said.hint
    assert run(arguments("--json")) == 1
    assert json.loads(capsys.readouterr().out)["usable"] is False


def test_a_missing_library_comes_with_the_line(fine: pytest.MonkeyPatch) -> None:
    cursor = next(library for library in LIBRARIES if "cursor" in library.name)
    fine.setattr(doctor, "missing", lambda: (cursor,))
    fine.setenv("DISPLAY", ":0")
    fine.delenv("WAYLAND_DISPLAY", raising=False)
    said = finding("Window", cursor.name)
    assert said.level == "problem"
    assert cursor.apt in said.hint or cursor.dnf in said.hint or cursor.name in said.hint
    fine.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert finding("Window", cursor.name).level == "note"


def test_no_display_is_worth_a_note_but_no_problem(fine: pytest.MonkeyPatch) -> None:
    fine.setattr(doctor, "probe_qt", lambda: Probe({**QT.found, "platform": "offscreen"}))
    assert finding("Window", "display").level == "note"


def test_a_gpu_is_named_with_its_memory(fine: pytest.MonkeyPatch) -> None:
    cuda = [{"name": "Great GPU", "memory": 24_000_000_000}]
    fine.setattr(doctor, "probe_torch", lambda: Probe({**TORCH.found, "cuda": cuda}))
    assert finding("Devices", "cuda:0").text == "Great GPU, 24 GB"


def test_little_and_no_space_are_told_apart(fine: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = type("Usage", (), {"free": 0})
    fine.setattr(doctor.shutil, "disk_usage", lambda _: usage)
    for free, level in ((50_000_000, "problem"), (1_000_000_000, "note"), (50_000_000_000, "ok")):
        usage.free = free
        assert doctor._space("runs", tmp_path / "not" / "there").level == level
    assert not (tmp_path / "not").exists()


def test_a_place_that_cannot_be_written_names_the_variable(fine: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fine.setattr(doctor.os, "access", lambda *_: False)
    said = doctor._space("cache", tmp_path)
    assert said.level == "problem"
    assert "SSLVIZ_CACHE" in said.hint


def test_the_cache_is_emptied_only_when_told_to(
    fine: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fine.setenv("SSLVIZ_CACHE", str(tmp_path))
    from sslviz.data import cache

    folder = cache.entries_folder() / "an-entry"
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text("{}")
    assert run(arguments("--quick")) == 0
    assert folder.exists()
    assert run(arguments("--quick", "--clear-cache")) == 0
    assert not folder.exists()
    assert "emptied" in capsys.readouterr().out


def test_runs_are_counted(fine: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "run.toml").touch()
    (tmp_path / "other").mkdir()
    fine.setenv("SSLVIZ_RUNS", str(tmp_path))
    assert finding("Places", "runs").text.endswith("free, 1 run")


def test_probes_answer_truly_here() -> None:
    assert probe_torch().found["threads"] >= 1
    assert probe_qt().found["platform"] == "offscreen"


def test_a_probe_that_ends_its_process_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "QT", "import os; os.abort()")
    assert "code" in probe_qt().problem
    monkeypatch.setattr(probes, "QT", "import nothing_of_this_name")
    assert "nothing_of_this_name" in probe_qt().problem


def test_the_worker_starts_and_ends() -> None:
    probe = probe_worker()
    assert probe.problem == ""
    assert "cpu" in probe.found["devices"]


def test_a_worker_that_dies_at_once_is_a_problem_not_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    dying = ["python", "-c", "import sys; sys.exit('no luck today')"]
    monkeypatch.setattr(probes, "worker_command", lambda _: dying)
    assert probe_worker().problem == "no luck today"
