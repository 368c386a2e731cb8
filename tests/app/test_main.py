"""The entry point: which words open the window, which are commands, and what it says where no window can open."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import app.__main__ as entry
import app.shell
import sslviz.cli
from sslviz.cli import libraries
from sslviz.cli.libraries import LIBRARIES


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What the window or the command line was asked for, instead of doing it."""
    asked: list[str] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(app.shell, "start", lambda path: asked.append(f"window {path}".strip()) or 0)
    monkeypatch.setattr(sslviz.cli, "main", lambda words: asked.append(f"cli {' '.join(words)}") or 7)
    return asked


def test_no_argument_opens_the_window(opened: list[str]) -> None:
    assert entry.main([]) == 0
    assert opened == ["window"]


@pytest.mark.parametrize("word", ["train", "runs", "doctor", "--help", "--version", "trian"])
def test_a_command_goes_to_the_command_line_with_its_exit_code(opened: list[str], word: str) -> None:
    assert entry.main([word, "--quick"]) == 7
    assert opened == [f"cli {word} --quick"]


@pytest.mark.parametrize("path", ["first", "./runs", "some/run", "photos.zip"])
def test_a_path_opens_the_window_on_it(opened: list[str], tmp_path: Path, path: str) -> None:
    if path != "some/run":  # a path that is not there is the window's to explain
        (tmp_path / path).mkdir()
    assert entry.main([path]) == 0
    assert opened == [f"window {path}"]


@pytest.mark.parametrize("name", ["dino-shapes", "timm:vit_small_patch16_224.dino", "hf:facebook/dinov2-small"])
def test_a_models_name_opens_the_window_on_it(opened: list[str], name: str) -> None:
    assert entry.main([name]) == 0
    assert opened == [f"window {name}"]


def test_a_checkpoint_of_any_name_opens_the_window_on_it(opened: list[str], tmp_path: Path) -> None:
    (tmp_path / "odd name.download").touch()
    entry.main(["odd name.download"])
    assert opened == ["window odd name.download"]


def test_a_commands_name_means_the_command_even_beside_a_folder_of_that_name(opened: list[str], tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    entry.main(["runs"])
    assert opened == ["cli runs"]


def linux_without(monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def test_without_a_display_it_says_what_to_do(
    opened: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    linux_without(monkeypatch)
    assert entry.main([]) == 1
    said = capsys.readouterr().err
    assert "no display" in said
    assert "sslviz tour --out" in said
    assert opened == []


def test_a_missing_library_of_x_is_named_with_the_line(
    opened: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = tuple(library for library in LIBRARIES if "cursor" in library.name)
    monkeypatch.setattr(libraries, "missing", lambda _uses: lost)
    linux_without(monkeypatch, DISPLAY=":7")
    assert entry.main([]) == 1
    assert "libxcb-cursor.so.0" in capsys.readouterr().err
    linux_without(monkeypatch, WAYLAND_DISPLAY="wayland-0")
    assert entry.main([]) == 0
    assert opened == ["window"]


def test_a_qt_that_does_not_load_sends_to_the_doctor(
    opened: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "PySide6", None)
    for words in ([], ["tour"]):
        assert entry.main(words) == 1
        assert "sslviz doctor" in capsys.readouterr().err
    assert opened == []
