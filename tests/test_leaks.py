"""The leak check itself: it lets clean tests pass and fails one for every kind of thing left behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")

LEAKS = {
    "timer": ("timer", "t = QTimer(); t.setObjectName('forgotten'); t.start(50); KEPT.append(t)"),
    "qthread": ("QThread", "t = QThread(); t.setObjectName('forgotten'); t.start(); KEPT.append(t)"),
    "widget": ("widget QLabel", "w = QLabel('forgotten'); w.setWindowTitle('forgotten'); w.show(); KEPT.append(w)"),
    "thread": ("thread 'forgotten'", "threading.Thread(target=END.wait, name='forgotten', daemon=True).start()"),
    "process": ("process", "KEPT.append(subprocess.Popen([sys.executable, '-c', 'input() # forgotten'], stdin=-1))"),
}

CLEAN = {
    "cycle": "w = QLabel(); w.me = w",
    "deleted later": "w = QLabel(); w.deleteLater(); KEPT.append(w)",
    "stopped timer": "t = QTimer(); t.start(50); t.stop(); KEPT.append(t)",
    "one shot that fired": "t = QTimer(); t.setSingleShot(True); t.start(0); qtbot.waitSignal(t.timeout); KEPT.append(t)",
    "ended thread": "t = threading.Thread(target=str); t.start()",
    "closed by qtbot": "w = QLabel(); qtbot.addWidget(w); w.show(); KEPT.append(w)",
    "resource tracker": "from multiprocessing import resource_tracker; resource_tracker.ensure_running()",
    "quitting QThread": "t = QThread(); t.start(); t.quit(); KEPT.append(t)",
}

PRELUDE = """
import subprocess, sys, threading
from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QLabel
KEPT, END = [], threading.Event()


"""

END = """
def pytest_unconfigure():
    import test_planted as m
    m.END.set()
    for thing in m.KEPT:
        if isinstance(thing, m.QThread):
            thing.quit(), thing.wait()
        if isinstance(thing, m.subprocess.Popen):
            thing.kill(), thing.wait(), thing.stdin.close()
"""


def _pytest(folder: Path, bodies: dict[str, str], grace: str = "5.0") -> str:
    tests = "".join(
        f"def test_{name.replace(' ', '_')}(qtbot):\n    {body}\n\ndef test_after_{name.replace(' ', '_')}(qtbot): pass\n"
        for name, body in bodies.items()
    )
    (folder / "test_planted.py").write_text(PRELUDE + tests)
    (folder / "conftest.py").write_text(CONFTEST.read_text().replace("GRACE_S = 5.0", f"GRACE_S = {grace}") + END)
    (folder / "pytest.ini").write_text("[pytest]\nqt_api = pyside6\nfilterwarnings = error\n")
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    return subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, timeout=120).stdout


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of one test for every leak, each followed by a clean one."""
    return _pytest(tmp_path_factory.mktemp("leaky"), {name: body for name, (_, body) in LEAKS.items()}, grace="0.2")


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_fails_its_test_and_no_other(leaky: str, name: str) -> None:
    assert f"ERROR test_planted.py::test_{name} - Failed: This test left something alive" in leaky
    assert f"ERROR test_planted.py::test_after_{name}" not in leaky


@pytest.mark.parametrize("name", LEAKS)
def test_the_leak_is_named(leaky: str, name: str) -> None:
    kind, _ = LEAKS[name]
    section = leaky.split(f"ERROR at teardown of test_{name} ", 1)[1].split("ERROR at teardown", 1)[0]
    assert kind in section
    assert "forgotten" in section


def test_what_ends_by_itself_is_no_leak(tmp_path: Path) -> None:
    said = _pytest(tmp_path, CLEAN)
    assert f"= {2 * len(CLEAN)} passed in " in said, said
