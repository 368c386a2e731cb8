"""The window on a real X display: it opens, paints, starts its worker, and closes without leaving anything behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 90.0
TICK_S = 0.1
PAINTED = 16  # colours; an empty window has one


def until(process: subprocess.Popen[str], seen: Callable[[], Any]) -> Any:
    """What `seen` returns once it is true; fails if the process ends or patience does."""
    for _ in range(int(PATIENCE_S / TICK_S)):
        if found := seen():
            return found
        try:
            process.wait(TICK_S)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(f"The window ended by itself with code {process.returncode}: {process.communicate()[1]}")
    process.kill()
    pytest.fail(f"It did not happen within {PATIENCE_S:.0f} s: {process.communicate()[1]}")


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [(), ("no-such-run/",)], ids=["alone", "on a path that is not there"])
def test_the_window_opens_works_and_closes(screen: Any, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
    environment |= {"DISPLAY": screen.name, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    environment.pop("WAYLAND_DISPLAY", None)
    command = [sys.executable, "-m", "app", *arguments]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        window = until(process, lambda: next((w for w in screen.windows() if "SSLViz" in w.title), None))
        until(process, lambda: screen.colours(window) > PAINTED)
        worker = until(process, lambda: [p for p in children(process) if "sslviz.engine" in " ".join(p.cmdline())])[0]
        loaded = {Path(m.path).name for m in psutil.Process(process.pid).memory_maps()}
        assert not {name for name in loaded if name.startswith("libtorch")}, "the window's process loaded torch"
        screen.ask_to_close(window)
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert "QThread: Destroyed" not in said
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    assert screen.windows() == []


def children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
