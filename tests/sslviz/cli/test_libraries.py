"""System libraries: what counts as missing, and the line that is printed for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sslviz.cli import libraries
from sslviz.cli.libraries import Library, has_fonts, install_line, main, missing, report

REAL = Library("libc.so.6", "libc6", "glibc", "qt")
GONE = Library("libgone.so.7", "libgone7", "gone-libs", "qt")
GONE_TOO = Library("libxcb-gone.so.0", "libgone7", "xcb-gone", "window")
NO_PROGRAM = Library("Xgone", "xgone", "xgone-server", "tests")

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems bring all that Qt needs")


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "LIBRARIES", (REAL, GONE, GONE_TOO, NO_PROGRAM))


def tools(monkeypatch: pytest.MonkeyPatch, *names: str, root: bool = False) -> None:
    monkeypatch.setattr(libraries.shutil, "which", lambda name: f"bin/{name}" if name in names else None)
    monkeypatch.setattr(libraries.os, "geteuid", lambda: 0 if root else 1000, raising=False)


@linux
def test_only_what_does_not_load_is_missing_and_only_for_the_use_asked_for() -> None:
    assert missing() == (GONE, GONE_TOO)
    assert missing(["tests"]) == (NO_PROGRAM,)


def test_other_systems_miss_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert missing() == ()


def test_the_line_fits_the_system_and_names_a_package_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tools(monkeypatch, "apt-get")
    assert install_line([GONE, GONE_TOO]) == "sudo apt-get install --yes libgone7"
    tools(monkeypatch, "apt-get", root=True)
    assert install_line([GONE, NO_PROGRAM]) == "apt-get install --yes libgone7 xgone"
    tools(monkeypatch, "dnf")
    assert install_line([GONE, GONE_TOO]) == "sudo dnf install --assumeyes gone-libs xcb-gone"
    tools(monkeypatch)
    assert install_line([GONE]) == "install the packages that hold libgone.so.7"


def test_fonts_are_searched_below_the_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(libraries, "FONT_FOLDERS", (str(tmp_path),))
    (tmp_path / "truetype").mkdir()
    (tmp_path / "truetype" / "README").touch()
    assert not has_fonts()
    (tmp_path / "truetype" / "Sans.TTF").touch()
    assert has_fonts()


@linux
def test_only_a_missing_qt_library_stops(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["window", "tests"]) == 0
    assert main(["qt"]) == 1
    said = capsys.readouterr().err
    assert "Xgone (the test in a real window is skipped)" in said
    assert "libgone.so.7 (Qt cannot be loaded)" in said


def test_installing_needs_root_and_apt(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def record(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(libraries.subprocess, "run", record)
    tools(monkeypatch, "apt-get")
    assert not libraries.install([GONE])
    tools(monkeypatch, "dnf", root=True)
    assert not libraries.install([GONE])
    assert ran == []
    tools(monkeypatch, "apt-get", root=True)
    assert libraries.install([GONE, GONE_TOO])
    assert ran[-1][-1] == "libgone7"
    assert ran[0][:2] == ["apt-get", "update"]


def test_the_report_ends_with_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    tools(monkeypatch, "apt-get")
    assert report([GONE]).splitlines()[-1] == "To install: sudo apt-get install --yes libgone7"
