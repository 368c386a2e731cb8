"""Who may import whom: the contracts hold, each fails when it is broken, and light names load nothing heavy."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINTER = Path(sys.executable).with_name("lint-imports")

LIGHT = {"numpy", "msgspec", "psutil"}
CORE = {f"sslviz.{room}" for room in ("spec", "data", "nn", "methods", "metrics", "checkpoints", "inspect")}
ALLOWED = {
    "sslviz": {"sslviz"},  # its public names, which load lazily: a fresh interpreter shows that below
    "sslviz.spec": {"numpy", "msgspec", "tomli_w", "platformdirs"},
    "sslviz.data": {"sslviz.spec", "torch", "torchvision", "PIL", *LIGHT},
    "sslviz.nn": {"sslviz.spec", "torch", "timm", *LIGHT},
    "sslviz.methods": {"sslviz.spec", "sslviz.nn", "torch"},
    "sslviz.metrics": {"sslviz.spec", "torch", "sklearn", "scipy", *LIGHT},
    "sslviz.checkpoints": {"sslviz.spec", "sslviz.nn", "torch", "safetensors", "timm", *LIGHT},
    "sslviz.inspect": {
        *CORE,
        "sslviz.training",
        "torch",
        "umap",
        "pynndescent",
        "numba",
        "sklearn",
        "scipy",
        "skimage",
        "threadpoolctl",
        "PIL",
        "timm",
        "huggingface_hub",
        *LIGHT,
    },
    "sslviz.training": {*CORE, "torch", "safetensors", "lightning_fabric", "tomli_w", *LIGHT},
    "sslviz.evaluate": {*CORE, "sslviz.training", "torch", *LIGHT},
    "sslviz.lessons": {*CORE, "sslviz.training", "sslviz.evaluate", "torch", *LIGHT},
    "sslviz.library": {*CORE, "sslviz.training", "sslviz.evaluate", "torch", "PIL", *LIGHT},
    "sslviz.engine": {
        *CORE,
        "sslviz.training",
        "sslviz.evaluate",
        "sslviz.lessons",
        "torch",
        "lightning_fabric",
        "tqdm",
        *LIGHT,
    },
    "sslviz.cli": {
        *CORE,
        "sslviz.training",
        "sslviz.evaluate",
        "sslviz.lessons",
        "sslviz.library",
        "sslviz.engine",
        "torch",
        "PIL",
        "tqdm",
        "matplotlib",
        "ziamath",
        *LIGHT,
    },
    "app": {"sslviz.cli", "app.shell", "PySide6"},
    "app.bridge": {"sslviz.spec", "PySide6.QtCore", "numpy"},
    "app.widgets": {"sslviz.spec", "PySide6", "pyqtgraph", "scipy", "numpy"},
    "app.panels": {"sslviz.spec", "app.bridge", "app.widgets", "PySide6", "pyqtgraph", "numpy"},
    "app.shell": {"sslviz.spec", "app.bridge", "app.widgets", "app.panels", "PySide6", "pyqtgraph", "numpy"},
}
"""What each room may import besides the standard library and itself; a prefix stands for all below it."""

PLANTS = {
    "core-without-window": ("sslviz/spec/errors.py", "import PySide6"),
    "window-without-torch": ("app/widgets/theme.py", "import torch"),
    "window-knows-spec": ("app/bridge/picture.py", "import sslviz.nn"),
    "core-layers": ("sslviz/spec/params.py", "import sslviz.training"),
    "methods-alone": ("sslviz/methods/simclr.py", "import sslviz.data"),
    "methods-apart": ("sslviz/methods/planted.py", "import sslviz.methods.simclr"),
    "window-layers": ("app/widgets/theme.py", "import app.panels.base"),
    "panels-apart": ("app/panels/planted.py", "import app.panels.train"),
}
"""For every contract: a file, and a line that breaks it."""


def room_of(module: str) -> str:
    """ "sslviz.data" for "sslviz.data.cache"; the package itself for what lies right in it."""
    head = ".".join(module.split(".")[:2])
    return head if head in ALLOWED else module.partition(".")[0]


def imports(file: Path, module: str) -> Iterator[str]:
    """Every module that a file names in an import, wherever in the file it stands."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def violations(root: Path) -> list[str]:
    """Imports that the table does not allow, as "module imports other"."""
    found = []
    for file in sorted([*root.glob("sslviz/**/*.py"), *root.glob("app/**/*.py")]):
        module = ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        room = room_of(module)
        allowed = {*ALLOWED[room], *([room] if room.count(".") else [])}
        for name in imports(file, module):
            parts = name.split(".")
            prefixes = {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
            if parts[0] not in sys.stdlib_module_names and not prefixes & allowed:
                found.append(f"{module} imports {name}")
    return found


def copy_of_tree(folder: Path) -> Path:
    """The packages and their contracts, in a folder where they can be broken."""
    for package in ("sslviz", "app"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def plant(root: Path, path: str, line: str) -> None:
    """Append `line` to a file of the tree, which may be new."""
    with (root / path).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")


def lint(root: Path, *options: str) -> tuple[int, str]:
    """What import-linter says of a tree: its exit code and text."""
    command = [str(LINTER), "--config", "pyproject.toml", "--no-cache", *options]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def test_every_room_imports_only_what_the_table_allows() -> None:
    assert violations(ROOT) == []


def test_every_folder_of_the_packages_is_in_the_table() -> None:
    rooms = {f"{p.parent.name}.{p.name}" for name in ("sslviz", "app") for p in (ROOT / name).iterdir() if p.is_dir()}
    shipped = {"sslviz._shipped"}
    assert {room for room in rooms if not room.endswith("__pycache__")} - shipped <= set(ALLOWED)


@pytest.mark.parametrize(
    ("path", "line", "said"),
    [
        ("app/bridge/picture.py", "from PySide6.QtWidgets import QLabel", "PySide6.QtWidgets.QLabel"),
        ("sslviz/spec/params.py", "def f():\n    import scipy.stats", "scipy.stats"),
        ("sslviz/nn/heads.py", "from sslviz import data", "sslviz.data"),
        ("sslviz/methods/base.py", "from ..metrics import rank", "sslviz.metrics.rank"),
    ],
)
def test_the_table_refuses_a_planted_import(tmp_path: Path, path: str, line: str, said: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    shutil.copy(ROOT / path, tmp_path / path)
    plant(tmp_path, path, line)
    module = path.removesuffix(".py").replace("/", ".")
    assert violations(tmp_path) == [f"{module} imports {said}"]


def test_the_contracts_hold() -> None:
    code, said = lint(ROOT)
    assert code == 0, said


@pytest.mark.parametrize("contract", PLANTS)
def test_a_contract_fails_on_a_planted_import(tmp_path: Path, contract: str) -> None:
    root = copy_of_tree(tmp_path)
    path, line = PLANTS[contract]
    plant(root, path, line)
    code, said = lint(root, "--contract", contract)
    assert code == 1, said
    importer = path.removesuffix(".py").replace("/", ".")
    assert f"{importer} -> {line.removeprefix('import ')}" in said


def test_every_contract_is_tried() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert {contract["id"] for contract in settings["contracts"]} == set(PLANTS)


HEAVY = ("torch", "torchvision", "timm", "sklearn", "umap", "numba", "lightning_fabric", "scipy")
QT = ("PySide6", "pyqtgraph")


@pytest.mark.parametrize(
    ("statement", "banned"),
    [
        ("import sslviz, sslviz.spec, sslviz.cli", (*HEAVY, *QT)),
        ("from app.__main__ import main; main(['--version'])", (*HEAVY, *QT)),
        ("import sslviz.engine", (*HEAVY, *QT)),
        ("import app.shell; app.shell.start", HEAVY),
    ],
)
def test_a_fresh_interpreter_loads_nothing_heavy(statement: str, banned: tuple[str, ...]) -> None:
    code = f"import sys\ntry:\n    {statement}\nexcept SystemExit:\n    pass\nprint(*(n for n in {banned} if n in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == ""
