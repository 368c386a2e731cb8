"""Checks the tree: only the agreed names at the top level, and no text that is true on one machine only."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

TOP = {
    "app", "sslviz", "models", "tests", "resources",
    "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile",
}  # fmt: skip
ONE_MACHINE = re.compile(
    r"(?<![\w.~{}])/(?:home|root|work|workspace|Users)/\w"  # somebody's folder
    r"|\b[A-Z]:\\Users\\\w"
    r"|\b(?:pypi\.org|pythonhosted\.org|piwheels\.org|download\.pytorch\.org|conda\.anaconda\.org|artifactory\.|jfrog\.io)"
)


def files(root: Path) -> list[Path]:
    """What git holds or would hold; everything but dot-folders where there is no git."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        found = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
        return sorted(path for path in found if not path.parts[0].startswith(".") and "__pycache__" not in path.parts)
    return sorted(Path(name) for name in listed if name and (root / name).is_file())


def problems(root: Path) -> list[str]:
    """One line for every file that does not belong or names a place of one machine."""
    found = []
    for path in files(root):
        if path.parts[0] not in TOP and not path.parts[0].startswith("."):
            found.append(f"{path}: the top level holds only {', '.join(sorted(TOP))} and dot-files")
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if (match := ONE_MACHINE.search(line)) and Path(__file__).name != path.name:
                found.append(f"{path}:{number}: names a place of one machine: {match.group()!r}")
    return found


if __name__ == "__main__":
    said = problems(Path(__file__).resolve().parent.parent)
    sys.stderr.write("".join(f"{line}\n" for line in said))
    sys.exit(bool(said))
