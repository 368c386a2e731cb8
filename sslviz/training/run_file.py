"""run.toml: the configuration of a run and, beneath it, the surroundings in which it ran."""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
import tomli_w

from sslviz.spec.config import RunConfig, from_toml, to_toml
from sslviz.training.atomic import write_atomically
from sslviz.training.errors import TrainingError

NAME = "run.toml"


@dataclass(frozen=True, slots=True)
class Environment:
    """Where and on what a run ran: what "auto" turned out to be, and what a resumed run must find again."""

    device: str = ""
    threads: int = 0
    precision: str = ""
    fingerprint: str = ""  # of the data
    data_note: str = ""
    images: int = 0
    parameters: int = 0
    memory_bytes: int = 0
    class_names: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


def program_versions() -> dict[str, str]:
    """Versions that decide the numbers."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in ("sslviz", "torch", "numpy", "timm"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def without_computer(versions: Mapping[str, str]) -> dict[str, str]:
    """The versions as others may read them: of the platform, its name alone; the rest only tells one computer from another."""
    return {name: told.partition("-")[0] if name == "platform" else told for name, told in versions.items()}


def write_run_file(folder: Path, config: RunConfig, environment: Environment) -> None:
    """Write run.toml atomically; raises TrainingError."""
    below = tomli_w.dumps({"environment": msgspec.to_builtins(environment)})
    write_atomically(folder / NAME, f"{to_toml(config)}\n{below}".encode())


def read_run_file(folder: Path) -> tuple[RunConfig, Environment]:
    """The configuration and surroundings. Raises TrainingError (no run there) and SpecError (damaged, newer format)."""
    path = folder / NAME
    try:
        source = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise TrainingError(f"{folder} holds no run: there is no {NAME}.", "Choose the folder of a run.") from error
    except UnicodeDecodeError as error:
        raise TrainingError(f"{path} is damaged: it is not text.", "Restore the file or start a new run.") from error
    except OSError as error:
        raise TrainingError(f"{path} cannot be read ({error.strerror}).", "Make the folder readable.") from error
    config = from_toml(source)
    try:
        return config, msgspec.convert(tomllib.loads(source).get("environment", {}), Environment)
    except msgspec.ValidationError:
        return config, Environment()  # nothing that a run needs: only what it was


def describe_surroundings(environment: Environment) -> str:
    """Such as "cpu, 1 thread, fp32"."""
    plural = "" if environment.threads == 1 else "s"
    return f"{environment.device}, {environment.threads} thread{plural}, {environment.precision}"
