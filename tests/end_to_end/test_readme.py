"""README's commands do what it says: every line after `$` in a ```console block, in order, in one empty folder.

`make run` and `make test` are tried too, in this checkout; the tests do not call themselves.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)
LINES = [
    line.removeprefix("$ ").split("  #")[0].strip()
    for block in BLOCKS
    for line in block.splitlines()
    if line[:2] == "$ "
]
COMMANDS = [line for line in LINES if line.startswith("sslviz ") and not line.startswith("sslviz tour")]
MAKE = [line for line in LINES if line.startswith("make ")]
HAS_MAKE = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def environment(**more: str) -> dict[str, str]:
    """A terminal without a display, in which `sslviz` is on the path."""
    ours = (
        "MAKE",
        "MFLAGS",
        "ARGS",
        "TOUR",
        "QT_",
        "DISPLAY",
        "WAYLAND",
    )  # of a make that runs these tests, of a display
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **more}


def run(words: list[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        words, cwd=folder, env=environment(**more), capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}"
    return done


def test_every_shell_line_is_of_a_kind_that_is_tried() -> None:
    kinds = ("sslviz", "make ", "pip install .", "git clone ", "cd ")
    assert [line for line in LINES if not line.startswith(kinds)] == []
    assert {"sslviz train", "sslviz runs", "sslviz plot", "sslviz doctor"} <= {
        " ".join(c.split()[:2]) for c in COMMANDS
    }
    assert {"make run", "make test"} <= set(MAKE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the reader types."""
    return tmp_path_factory.mktemp("reader")


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_works_as_written(folder: Path, command: str) -> None:
    done = run(shlex.split(command), folder)
    assert "Traceback" not in done.stderr
    words = shlex.split(command)
    if "--out" in words:
        out = folder / words[words.index("--out") + 1]
        assert out.stat().st_size > 0
        assert out.is_dir() or out.stat().st_size > 1_000


@pytest.mark.slow
@pytest.mark.parametrize("block", re.findall(r"^```python\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL))
def test_python_works_as_written(tmp_path: Path, block: str) -> None:
    done = run([sys.executable, "-W", "error", "-c", block], tmp_path)
    assert "Traceback" not in done.stderr
    for written in re.findall(r'savefig\("([^"]+)"\)', block):
        assert (tmp_path / written).stat().st_size > 1_000
    for run_folder in re.findall(r'out="([^"]+)"', block):
        assert (tmp_path / run_folder / "metrics.csv").is_file()


@HAS_MAKE
@pytest.mark.slow
def test_make_run_without_a_display_draws_every_view(tmp_path: Path) -> None:
    done = run(["make", "run", f"TOUR={tmp_path / 'tour'}", "ARGS=--quick"], ROOT)
    assert "no display" in done.stdout
    pictures = sorted((tmp_path / "tour").rglob("*.png"))
    assert len(pictures) >= 6, done.stdout
    assert all(picture.stat().st_size > 10_000 for picture in pictures)


@HAS_MAKE
def test_make_test_sets_up_and_runs_pytest() -> None:
    planned = run(["make", "--dry-run", "test"], ROOT).stdout.splitlines()
    assert planned[0].strip() == ".ci/setup dev"
    assert planned[-1].split()[:3] == [".venv/bin/python", "-m", "pytest"]


@HAS_MAKE
@pytest.mark.skipif(not (ROOT / ".venv").exists(), reason="the tests run outside of make's .venv")
def test_a_second_set_up_does_nothing() -> None:
    run(["make", "setup"], ROOT)
    again = run(["make", "setup"], ROOT)
    assert again.stdout == ""
    assert "Installing" not in again.stderr


@HAS_MAKE
@pytest.mark.parametrize("line", MAKE)
def test_every_make_line_names_a_target(line: str) -> None:
    run([*shlex.split(line), "--dry-run"], ROOT)


def test_pictures_that_it_shows_are_there() -> None:
    shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", TEXT)
    assert shown
    assert [path for path in shown if not (ROOT / path).is_file()] == []
