"""`sslviz doctor`: what this computer has, what is missing, and the line that helps. Works where torch or Qt does not load."""

from __future__ import annotations

import argparse
import dataclasses
import importlib.metadata
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sslviz.cli.libraries import USES, Use, install_line, missing
from sslviz.cli.probes import Probe, probe_qt, probe_torch, probe_worker
from sslviz.spec.errors import SSLVizError
from sslviz.spec.places import cache_folder, data_folder, runs_folder, shipped
from sslviz.spec.quantities import counted, size_text

EXAMPLES = """examples:
  sslviz doctor
  sslviz doctor --quick --json
  sslviz doctor --clear-cache"""

PACKAGES = ("sslviz", "torch", "torchvision", "timm", "lightning-fabric", "numpy", "scikit-learn", "umap-learn",
            "PySide6-Essentials", "pyqtgraph")  # fmt: skip
LITTLE_SPACE = 2_000_000_000
NO_SPACE = 100_000_000
MARKS = {"ok": "✓", "note": "•", "problem": "✗"}

Level = Literal["ok", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `level` "problem" means that a main part does not work, "note" that something is worth knowing."""

    section: str
    name: str
    text: str
    level: Level = "ok"
    hint: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz doctor`."""
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--quick", action="store_true", help="do not start the worker process")
    parser.add_argument("--clear-cache", action="store_true", help="empty the cache of decoded images first")


def run(arguments: argparse.Namespace) -> int:
    """Examine and print; 0 if everything main works, else 1."""
    notes = [_clear()] if arguments.clear_cache else []
    findings = [*notes, *examine(with_worker=not arguments.quick)]
    usable = not any(finding.level == "problem" for finding in findings)
    if arguments.json:
        plain = [dataclasses.asdict(finding) for finding in findings]
        print(json.dumps({"usable": usable, "findings": plain}, indent=2, ensure_ascii=False))
    else:
        print(_as_text(findings, usable))
    return 0 if usable else 1


def main(argv: Sequence[str] | None = None) -> int:
    """The doctor alone: `python -m sslviz.cli.doctor`."""
    parser = argparse.ArgumentParser(prog="sslviz doctor", description="Say what works here and what is missing.")
    add_arguments(parser)
    return run(parser.parse_args(argv))


def examine(*, with_worker: bool = True) -> list[Finding]:
    """Everything, in the order in which it is printed. Never raises: what cannot be found out is a finding too."""
    with ThreadPoolExecutor(3) as pool:
        torch, qt = pool.submit(probe_torch), pool.submit(probe_qt)
        worker = pool.submit(probe_worker) if with_worker else None
        findings = [*_versions(), *_devices(torch.result()), *_window(qt.result()), *_places()]
        return [*findings, *(_worker(worker.result()) if worker else ())]


def _versions() -> Iterator[Finding]:
    yield Finding("Versions", "Python", f"{platform.python_version()}, {sys.executable}")
    yield Finding("Versions", "system", f"{platform.platform()}, {platform.machine()}")
    for package in PACKAGES:
        try:
            yield Finding("Versions", package, importlib.metadata.version(package))
        except importlib.metadata.PackageNotFoundError:
            alone = package == "sslviz"
            text = "used from its folder, not installed" if alone else "not installed"
            hint = "" if alone else "Install the program again: pip install ."
            yield Finding("Versions", package, text, "note" if alone else "problem", hint)


def _devices(probe: Probe) -> Iterator[Finding]:
    if probe.problem:
        yield Finding("Devices", "torch", f"does not load: {probe.problem}", "problem",
                      "Install it again: pip install --force-reinstall torch torchvision")  # fmt: skip
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Finding("Devices", "cpu", f"{cores} cores; runs use {probe.found['threads']} unless told otherwise")
    for k, device in enumerate(probe.found["cuda"]):
        yield Finding("Devices", f"cuda:{k}", f"{device['name']}, {size_text(device['memory'])}")
    if probe.found["mps"]:
        yield Finding("Devices", "mps", "Apple GPU")
    if not probe.found["cuda"] and shutil.which("nvidia-smi"):
        built = probe.found["built_for_cuda"]
        text = f"there is an NVIDIA driver, but torch does not see a GPU ({'made for CUDA ' + built if built else 'made for the CPU only'})"
        yield Finding("Devices", "cuda", text, "note", "Install a torch that is made for the driver's CUDA version.")


def _window(probe: Probe) -> Iterator[Finding]:
    lost = missing()
    for use, meaning in USES.items():
        if names := [library.name for library in lost if library.use == use]:
            hint = install_line(library for library in lost if library.use == use)
            yield Finding("Window", ", ".join(names), f"missing: {meaning}", _severity(use), hint)
    if probe.problem:
        hint = install_line(lost) if lost else "Install it again: pip install --force-reinstall PySide6-Essentials"
        yield Finding("Window", "Qt", f"does not load: {probe.problem}", "problem", hint)
        return
    where = "; ".join(f"{w} x {h} at scale {scale:g}" for w, h, scale in probe.found["screens"])
    yield Finding("Window", "Qt", f"{probe.found['qt']}, platform {probe.found['platform']}, screen {where}")
    if probe.found["platform"] == "offscreen":
        yield Finding("Window", "display", "none: no window can be shown", "note",
                      "`sslviz tour --out FOLDER` draws every view without one; every command works.")  # fmt: skip


def _severity(use: Use) -> Level:
    shown = bool(os.environ.get("DISPLAY")) and not os.environ.get("WAYLAND_DISPLAY")
    return "problem" if use in ("qt", "text") or (use == "window" and shown) else "note"


def _places() -> Iterator[Finding]:
    yield _own_files()
    yield _cache()
    yield _space("downloaded data", data_folder())
    runs = runs_folder()
    count = sum(1 for _ in runs.glob("*/run.toml"))
    yield dataclasses.replace(space := _space("runs", runs), text=f"{space.text}, {counted(count, 'run')}")


def _own_files() -> Finding:
    try:
        return Finding("Places", "program", f"{shipped('resources').parent}")
    except SSLVizError as error:
        return Finding("Places", "program", error.message, "problem", error.hint)


def _cache() -> Finding:
    space = _space("cache", cache_folder())
    try:
        from sslviz.data import describe_cache

        summary = describe_cache()
    except (ImportError, OSError, SSLVizError) as error:
        return dataclasses.replace(space, text=f"{space.text}; cannot be read: {error}", level="problem")
    size = f"{summary.entries} entries, {size_text(summary.size_bytes)}"
    hint = space.hint or ("To empty it: sslviz doctor --clear-cache" if summary.entries else "")
    return dataclasses.replace(space, text=f"{space.text}, {size}", hint=hint)


def _clear() -> Finding:
    try:
        from sslviz.data import clear_cache

        summary = clear_cache()
    except (ImportError, OSError, SSLVizError) as error:
        return Finding("Places", "cache", f"could not be emptied: {error}", "problem")
    return Finding("Places", "cache", f"emptied: {summary.folder}")


def _space(name: str, folder: Path) -> Finding:
    """Whether `folder`, or what it would be made in, can be written to and has room."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    text = f"{folder}, {size_text(free)} free"
    if not os.access(there, os.W_OK):
        variable = f"SSLVIZ_{'DATA' if 'data' in name else name.upper()}"
        return Finding("Places", name, f"{text}; cannot be written to", "problem", f"Set {variable} to another folder.")
    if free < NO_SPACE:
        return Finding("Places", name, text, "problem", "Free some space: nothing can be saved.")
    return Finding("Places", name, text, "note" if free < LITTLE_SPACE else "ok")


def _worker(probe: Probe) -> Iterator[Finding]:
    if probe.problem:
        yield Finding("Worker", "start", f"does not start: {probe.problem}", "problem",
                      "Run `python -X faulthandler -c 'import torch, sslviz.engine'` to see where.")  # fmt: skip
        return
    text = f"ready after {probe.found['seconds']:.1f} s, devices {', '.join(probe.found['devices'])}"
    yield Finding("Worker", "start", text)


def _as_text(findings: list[Finding], usable: bool) -> str:
    lines: list[str] = []
    for section in dict.fromkeys(finding.section for finding in findings):
        lines += ["", section] if lines else [section]
        for finding in (f for f in findings if f.section == section):
            lines.append(f"  {MARKS[finding.level]} {finding.name:<19} {finding.text}")
            lines += [f"      {finding.hint}"] if finding.hint else []
    verdict = "Everything that SSLViz needs is here." if usable else "SSLViz does not fully work here: see ✗ above."
    return "\n".join([*lines, "", verdict])


if __name__ == "__main__":
    sys.exit(main())
