"""The harness behind `make bench`: what it prints, writes and returns, on small benchmarks of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).resolve().parents[1] / "benchmarks"

GOOD = """
from figure import Figure, median, ratio
def run(quick, data):
    return [
        ratio("fast / slow", [4.0, 9.0, 6.0], [2.0, 3.0, 3.0], target=1.5),
        median("gap", [3.0, 1.0, 2.0], "ms", target=2.5, better="lower", note=f"quick={quick} data={data and data.name}"),
        Figure("size", 12.0, "MB"),
    ]
"""
MISSED = "from figure import Figure\ndef run(quick, data): return [Figure('speed', 0.5, target=0.95)]\n"
BROKEN = "def run(quick, data): raise RuntimeError('no such luck')\n"


def bench(folder: Path, *options: str) -> tuple[subprocess.CompletedProcess[str], dict]:
    out = folder / "out" / "figures.json"
    command = [sys.executable, str(HARNESS), "--folder", str(folder), "--out", str(out), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done, json.loads(out.read_text()) if out.exists() else {}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bench_good.py").write_text(GOOD)
    return tmp_path


def test_medians_and_ratios_of_pairs_are_printed_and_written(folder: Path) -> None:
    done, record = bench(folder, "--quick", "--data", str(folder))
    assert done.returncode == 0, done.stderr
    lines = {line.split("  ")[2].strip(): line for line in done.stdout.splitlines() if line.startswith("    ")}
    assert "2.000 x" in lines["fast / slow"]
    assert "≥ 1.500 x" in lines["fast / slow"]
    assert "2 ms" in lines["gap"]
    assert "reached" in lines["gap"]
    figures = {figure["name"]: figure for figure in record["benchmarks"]["good"]["figures"]}
    assert figures["fast / slow"]["value"] == 2.0
    assert figures["fast / slow"]["details"] == {"ours": [4.0, 9.0, 6.0], "theirs": [2.0, 3.0, 3.0]}
    assert figures["gap"]["note"] == f"quick=True data={folder.name}"
    assert figures["size"]["reached"] is None
    assert record["machine"]["cores"] >= 1
    assert record["machine"]["packages"]["torch"]


def test_a_missed_target_is_said_and_returned(folder: Path) -> None:
    (folder / "bench_slow.py").write_text(MISSED)
    done, record = bench(folder)
    assert done.returncode == 1
    assert "MISSED" in done.stdout
    assert set(record["benchmarks"]) == {"good", "slow"}


def test_a_benchmark_that_fails_takes_no_other_with_it(folder: Path) -> None:
    (folder / "bench_broken.py").write_text(BROKEN)
    done, record = bench(folder)
    assert done.returncode == 1
    assert "no such luck" in done.stderr
    assert record["benchmarks"]["broken"]["error"]
    assert len(record["benchmarks"]["good"]["figures"]) == 3


def test_one_is_run_by_name_and_an_unknown_name_is_refused(folder: Path) -> None:
    (folder / "bench_broken.py").write_text(BROKEN)
    done, record = bench(folder, "--only", "good")
    assert done.returncode == 0
    assert list(record["benchmarks"]) == ["good"]
    done, _ = bench(folder, "--only", "god")
    assert done.returncode == 1
    assert "broken, good" in done.stderr
