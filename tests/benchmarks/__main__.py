"""Runs the benchmarks: `make bench [DATA=PATH] [ONLY=NAME] [QUICK=1]`, or `python tests/benchmarks --help`.

Every file bench_NAME.py beside this one has `run(quick: bool, data: Path | None) -> list[Figure]`. Each runs in a process of its
own, one after the other, so that thread counts, memory and warm caches of one do not touch the next.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from sslviz.engine.environment import OPENMP

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGES = ("torch", "torchvision", "timm", "numpy", "PySide6-Essentials", "pyqtgraph", "kornia", "lightly")
COLUMNS = (14, 14, 34, 9)


def main() -> int:
    """Run what was asked for; 1 if a benchmark failed or a target was missed."""
    arguments = _arguments()
    if arguments.one:
        return _run_one(arguments)
    names = _names(arguments.folder, arguments.only)
    if not names:
        sys.stderr.write(f"There is no benchmark called {arguments.only!r}. There are: {_all(arguments.folder)}.\n")
        return 1
    print(f"Measuring {', '.join(names)} on {_processor()}\n")
    print(_row("", "measured", "target", "range of the samples"))
    results = {name: _spawn(name, arguments) for name in names}
    _write(arguments.out, results, arguments)
    figures = [figure for result in results.values() for figure in result["figures"]]
    failed = [name for name, result in results.items() if result["error"]]
    missed = [figure["name"] for figure in figures if figure["reached"] is False]
    print(
        f"\n{len(figures)} figures, {len(missed)} below their target, {len(failed)} benchmarks failed: {arguments.out}"
    )
    return int(bool(failed or missed))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Measure, compare, and print ratios.")
    parser.add_argument("--data", type=Path, help="a zip or folder of real images, such as CIFAR-10's")
    parser.add_argument("--only", default="", help="names of benchmarks, with commas; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter repetitions: a trial, not a result")
    parser.add_argument("--out", type=Path, default=ROOT / ".benchmarks" / "figures.json", help="the JSON file")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the bench_*.py files lie")
    parser.add_argument("--one", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def _all(folder: Path) -> str:
    return ", ".join(path.stem.removeprefix("bench_") for path in sorted(folder.glob("bench_*.py")))


def _names(folder: Path, only: str) -> list[str]:
    """The benchmarks asked for, in the order asked; every one if nothing was. Empty if one of them is unknown."""
    known = [name for name in _all(folder).split(", ") if name]
    asked = [name.strip().removeprefix("bench_") for name in only.split(",") if name.strip()]
    return known if not asked else asked if set(asked) <= set(known) else []


def _run_one(arguments: argparse.Namespace) -> int:
    """In the benchmark's own process: run it and write its figures."""
    sys.path[:0] = [str(arguments.folder.resolve()), str(HERE), str(ROOT)]
    module = importlib.import_module(f"bench_{arguments.one}")
    figures = module.run(arguments.quick, arguments.data.resolve() if arguments.data else None)
    plain = [{**dataclasses.asdict(figure), "reached": figure.reached} for figure in figures]
    arguments.out.write_text(json.dumps(plain))
    return 0


def _spawn(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run one benchmark in a new process, print its rows, and return its figures."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        command = [sys.executable, __file__, "--one", name, "--out", str(out), "--folder", str(arguments.folder)]
        command += ["--data", str(arguments.data)] if arguments.data else []
        command += ["--quick"] if arguments.quick else []
        environment = {**OPENMP, **os.environ}
        code = subprocess.run(command, env=environment, check=False).returncode
        figures = json.loads(out.read_text()) if out.exists() else []
    error = f"ended with code {code}" if code else ""
    print(_row(f"{name}  ({time.monotonic() - began:.0f} s){'  ' + error.upper() if error else ''}"), flush=True)
    for figure in figures:
        print(_figure_row(figure), flush=True)
    return {"figures": figures, "error": error, "seconds": time.monotonic() - began}


def _figure_row(figure: dict[str, Any]) -> str:
    unit = figure["unit"]
    mark = {True: "reached", False: "MISSED", None: ""}[figure["reached"]]
    bound = {"higher": "≥", "lower": "≤"}[figure["better"]]
    target = "" if figure["target"] is None else f"{bound} {_number(figure['target'], unit)}"
    samples = figure["samples"]
    spread = f"{_number(min(samples), unit)} to {_number(max(samples), unit)}, n = {len(samples)}" if samples else ""
    note = f"\n      {figure['note']}" if figure["note"] else ""
    return _row(f"    {figure['name']}", _number(figure["value"], unit), target, spread, mark) + note


def _number(value: float, unit: str) -> str:
    digits = f"{value:.3f}" if unit == "x" else f"{value:.4g}" if abs(value) < 10_000 else f"{value:.0f}"
    return f"{digits} {unit}"


def _row(name: str, *cells: str) -> str:
    return (f"{name:<56}" + "".join(f"{c:>{w}}" for c, w in zip(cells, COLUMNS, strict=False))).rstrip()


def _machine() -> dict[str, Any]:
    """Facts without which a figure says little."""
    return {
        "processor": _processor(),
        "cores": len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "load": os.getloadavg() if hasattr(os, "getloadavg") else None,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _write(out: Path, results: dict[str, dict[str, Any]], arguments: argparse.Namespace) -> None:
    record = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "quick": arguments.quick,
        "data": arguments.data.name if arguments.data else None,
        "machine": _machine(),
        "benchmarks": results,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    sys.exit(main())
