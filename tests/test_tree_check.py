"""The check of the tree that `make lint` ends with: it passes here and finds what is planted."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_spec = importlib.util.spec_from_file_location("check_tree", ROOT / ".ci" / "check_tree.py")
assert _spec is not None
assert _spec.loader is not None
check_tree = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(check_tree)

HOME = "/" + "home/ada/images"
HOST = "https://" + "pypi" + ".org/simple"


def test_this_tree_passes() -> None:
    assert check_tree.problems(ROOT) == []


NEEDS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.mark.parametrize("git", [pytest.param(True, marks=NEEDS_GIT), False])
def test_a_stray_name_and_a_place_of_one_machine_are_found(tmp_path: Path, git: bool) -> None:
    if git:
        subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
        (tmp_path / ".gitignore").write_text("app/ignored.txt\n")
    (tmp_path / "notes.txt").write_text("stray")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").write_text(f"# fine\nDATA = '{HOME}'\n")
    (tmp_path / "README.md").write_text(f"from {HOST}, see https://example.org{HOME}\n")
    (tmp_path / "app" / "picture.png").write_bytes(b"\x89PNG\xff" + HOME.encode())
    if git:
        (tmp_path / "app" / "ignored.txt").write_text(HOME)
    said = "\n".join(check_tree.problems(tmp_path))
    assert said.count("\n") == 2, said
    assert "notes.txt: the top level holds only" in said
    assert "app/a.py:2: names a place of one machine" in said
    assert "README.md:1: names a place of one machine" in said
