"""Expected use, by keyboard on a real display with the real worker: train, flip a switch, stop, close, open again, find it, resume."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0
TICK_S = 0.5


class User:
    """One start of the program, and someone at its keyboard."""

    def __init__(self, screen: Any, folder: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
        environment.pop("WAYLAND_DISPLAY", None)
        environment |= {
            "DISPLAY": screen.name, "PYTHONPATH": str(ROOT), "SSLVIZ_RUNS": str(folder / "runs"),
            "XDG_CONFIG_HOME": str(folder / "config"), "SSLVIZ_CACHE": str(folder / "cache"),
        }  # fmt: skip
        self.screen, self.environment = screen, environment
        command = [sys.executable, "-m", "app"]
        self.process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)

    def until(self, seen: Callable[[], Any], what: str, keys: str = "") -> Any:
        """What `seen` returns once it is true; `keys` are pressed again and again until then."""
        for _ in range(int(PATIENCE_S / TICK_S)):
            if found := seen():
                return found
            if keys:
                self.press(keys)
            try:
                self.process.wait(TICK_S)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"The window ended by itself: {self.process.communicate()[1]}")
        self.process.kill()
        pytest.fail(f"Not within {PATIENCE_S:.0f} s: {what}. {self.process.communicate()[1]}")

    def window(self) -> Any:
        return next((w for w in self.screen.windows() if "SSLViz" in w.title), None)

    def title(self) -> str:
        window = self.window()
        return window.title if window else ""

    def press(self, *keys: str) -> None:
        self._xdotool("windowfocus", "--sync", str(self.window().id))
        self._xdotool("key", "--delay", "30", *keys)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", "30", text)

    def _xdotool(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self.environment, check=True, capture_output=True, timeout=30)

    def close(self) -> None:
        self.screen.ask_to_close(self.window())
        _, said = self.process.communicate(timeout=PATIENCE_S)
        assert self.process.returncode == 0, said
        assert "Traceback" not in said


def rows(run: Path) -> int:
    """Steps on record."""
    table = run / "metrics.csv"
    return max(0, len(table.read_text().splitlines()) - 1) if table.exists() else 0


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("xdotool") is None, reason="xdotool is not installed: nobody can press the keys")
def test_a_new_user_trains_flips_stops_closes_and_resumes(screen: Any, tmp_path: Path) -> None:
    user = User(screen, tmp_path)
    user.until(user.window, "the window")
    user.until(lambda: "simclr" in user.title(), "Train answers", keys="ctrl+r")
    # A key that was pressed twice started two runs: the first was stopped before its first step, and goes.
    folders = tmp_path / "runs"
    run = user.until(lambda: next((path for path in folders.glob("*/") if rows(path) > 3), None), "the first steps")
    user.press("ctrl+k")
    user.type("negatives")
    user.press("Return", "space")
    user.until(lambda: "negatives" in (run / "events.jsonl").read_text(), "the flip on record")
    user.until((run / "checkpoint.safetensors").exists, "the save", keys="ctrl+period")
    user.close()
    done = rows(run)
    again = User(screen, tmp_path)
    again.until(again.window, "the window, again")
    again.press("ctrl+k")
    again.type("simclr shapes")
    again.press("Return")
    again.until(lambda: run.name in again.title(), "the run, opened from the palette")
    again.until(lambda: rows(run) > done + 2, "the run going on", keys="ctrl+shift+r")
    again.close()
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [run.name]
    header, *lines = (run / "metrics.csv").read_text().splitlines()
    steps = [int(line.split(",")[header.split(",").index("step")]) for line in lines]
    assert steps == sorted(set(steps))
