"""The set-up behind every make target, on a tiny project of its own: made once, made anew when broken, moved or outdated."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "tiny"
version = "1.0"
[project.optional-dependencies]
dev = []
"""
BACKEND = """
import zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(f"{folder}/tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\nProvides-Extra: dev\\n")
        wheel.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: b\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    return "tiny-1.0-py3-none-any.whl"
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no make; pip installs the program there"),
]


QUICK_PYTHON = f"""
if [ "$1 $2" = "-m venv" ]; then
    {sys.executable} -m venv --without-pip "$3"
    echo {sysconfig.get_path("purelib")} >"$(echo "$3"/lib/python*/site-packages)/borrowed.pth"
else
    exec {sys.executable} "$@"
fi
"""
"""A Python whose new environments borrow the pip of this one, as unpacking pip anew takes most of a set-up's time."""


def fake(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def start(project: Path, **environment: str) -> subprocess.Popen[str]:
    python = fake(project.parent, "quick-python", QUICK_PYTHON)
    everything = {**os.environ, "PYTHON": str(python), **environment}
    command = [str(project / ".ci" / "setup")]
    return subprocess.Popen(command, env=everything, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def set_up(project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    with start(project, **environment) as process:
        try:
            said = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, *said)


def succeed(project: Path, **environment: str) -> str:
    done = set_up(project, **environment)
    assert done.returncode == 0, done.stderr
    return done.stderr


def make_project(folder: Path) -> Path:
    (folder / ".ci").mkdir(parents=True)
    (folder / "sslviz" / "cli").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "setup", folder / ".ci")
    # The system is the real set-up's matter; here, one on which nothing is missing.
    (folder / "sslviz" / "cli" / "libraries.py").write_text("")
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "backend.py").write_text(BACKEND)
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose .venv is ready."""
    folder = make_project(tmp_path_factory.mktemp("projects") / "first")
    assert "Installing the Python packages" in succeed(folder)
    return folder


def test_the_second_time_nothing_happens(project: Path) -> None:
    before = (project / ".venv" / "ready-dev").stat().st_mtime_ns
    assert succeed(project) == ""
    assert (project / ".venv" / "ready-dev").stat().st_mtime_ns == before


def test_a_changed_pyproject_installs_again_into_the_same_venv(project: Path) -> None:
    before = (project / ".venv" / "pyvenv.cfg").stat().st_mtime_ns
    (project / "pyproject.toml").write_text(PROJECT + "\n[tool.tiny]\nchanged = true\n")
    said = succeed(project)
    assert "Installing the Python packages" in said
    assert "anew" not in said
    assert (project / ".venv" / "pyvenv.cfg").stat().st_mtime_ns == before


def test_a_broken_venv_is_made_anew(project: Path) -> None:
    (project / ".venv" / "bin" / "python").unlink()
    assert "anew" in succeed(project)
    assert subprocess.run([project / ".venv" / "bin" / "python", "-c", "import tiny"], check=False).returncode == 0


def test_a_moved_checkout_gets_a_venv_of_its_own_place(project: Path) -> None:
    moved = shutil.copytree(project, project.with_name("moved"), symlinks=True)
    assert "anew" in succeed(moved)
    assert f"{moved}/.venv" in (moved / ".venv" / "bin" / "activate").read_text()


def test_a_set_up_that_was_cut_off_goes_on(project: Path) -> None:
    (project / ".venv" / "ready-dev").unlink()
    said = succeed(project)
    assert "Installing the Python packages" in said
    assert "anew" not in said


@pytest.mark.skipif(shutil.which("flock") is None, reason="flock is not installed: nothing keeps two set-ups apart")
def test_of_two_at_once_one_waits_and_finds_all_done(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    reached, go_on = tmp_path / "reached", tmp_path / "go-on"
    os.mkfifo(reached)
    os.mkfifo(go_on)
    # The first stops while it makes the .venv, and goes on once the second is on its way.
    stops = f'case "$2" in venv) echo >{reached}; read _ <{go_on};; esac\nexec {tmp_path / "quick-python"} "$@"'
    slow = fake(tmp_path, "slow-python", stops)
    with start(project, PYTHON=str(slow)) as first:
        reached.read_text()
        with start(project) as second:
            go_on.write_text("\n")
            said = [process.communicate(timeout=120)[1] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), said
    assert "Installing the Python packages" in said[0]
    assert said[1] == ""


def test_without_root_the_line_is_printed(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    fake(tmp_path, "id", "echo 1000")
    bare = fake(tmp_path, "python", f'case "$2" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"')
    done = set_up(project, PYTHON=str(bare), PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert done.returncode == 1
    assert "sudo apt-get install --yes python3" in done.stderr
    assert done.stderr.strip().endswith("-venv")
    assert not (project / ".venv").exists()


def test_an_old_python_is_refused_in_words(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    old = fake(tmp_path, "python", "exit 1")
    done = set_up(project, PYTHON=str(old))
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
