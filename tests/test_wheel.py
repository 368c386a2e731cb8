"""The wheel: what it holds, and that an installed copy finds what ships with it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as `pip install .` builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_both_packages_and_what_ships(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(path.relative_to(ROOT)) for room in ("sslviz", "app") for path in (ROOT / room).rglob("*.py")}
    assert modules <= names
    for folder in ("resources", "models"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert f"sslviz/_shipped/{path.relative_to(ROOT)}" in names


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert tops == {"sslviz", "app", f"sslviz-{version}.dist-info"}


def test_the_wheel_names_its_command_and_licence(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    info = next(name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name)
    assert "sslviz = app.__main__:main" in archive.read(f"{info}/entry_points.txt").decode()
    assert "SSLViz contributors" in archive.read(f"{info}/licenses/LICENSE").decode()


def test_an_installed_copy_finds_resources_and_models(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "from pathlib import Path; import sslviz; from sslviz.spec.places import shipped\n"
        "print(Path(sslviz.__file__).parent); print(shipped('resources')); print(shipped('models'))"
    )
    command = [sys.executable, "-c", code]
    # The unpacked wheel comes first on the path, before the checkout that the tests run in.
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "site")}, capture_output=True, text=True, check=True
    )
    package = tmp_path / "site" / "sslviz"
    assert done.stdout.split() == [
        str(package),
        *(str(package / "_shipped" / name) for name in ("resources", "models")),
    ]
