"""System libraries that Qt's wheels do not bring, and the line that installs them.

Standard library only and imports nothing of this program, so that set-up can run this file before anything is installed:
`python sslviz/cli/libraries.py [--install] [USE ...]`.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Use = Literal["qt", "window", "text", "tests"]
USES: dict[Use, str] = {
    "qt": "Qt cannot be loaded",
    "window": "no window can be opened under X",
    "text": "text stays blank: no font was found",
    "tests": "the test in a real window is skipped",
}
"""What a library is for, by what happens without it."""


@dataclass(frozen=True, slots=True)
class Library:
    """One library (by soname), program, or "fonts", and the packages that bring it."""

    name: str
    apt: str
    dnf: str
    use: Use


LIBRARIES = (
    Library("libGL.so.1", "libgl1", "libglvnd-glx", "qt"),
    Library("libEGL.so.1", "libegl1", "libglvnd-egl", "qt"),
    Library("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon", "qt"),
    Library("libdbus-1.so.3", "libdbus-1-3", "dbus-libs", "qt"),
    Library("libfontconfig.so.1", "libfontconfig1", "fontconfig", "qt"),
    Library("libgthread-2.0.so.0", "libglib2.0-0", "glib2", "qt"),
    Library("libX11-xcb.so.1", "libx11-xcb1", "libX11-xcb", "window"),
    Library("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor", "window"),
    Library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11", "window"),
    Library("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm", "window"),
    Library("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms", "window"),
    Library("libxcb-randr.so.0", "libxcb-randr0", "libxcb", "window"),
    Library("libxcb-shape.so.0", "libxcb-shape0", "libxcb", "window"),
    Library("libxcb-sync.so.1", "libxcb-sync1", "libxcb", "window"),
    Library("libxcb-xfixes.so.0", "libxcb-xfixes0", "libxcb", "window"),
    Library("fonts", "fonts-dejavu-core", "dejavu-sans-fonts", "text"),
    Library("Xvfb", "xvfb", "xorg-x11-server-Xvfb", "tests"),
)
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
FONT_SUFFIXES = (".ttf", ".otf", ".ttc", ".pfb")


def missing(uses: Iterable[Use] = ("qt", "window", "text")) -> tuple[Library, ...]:
    """Those for `uses` that this system lacks, found by loading them. Empty on other systems than Linux."""
    if not sys.platform.startswith("linux"):
        return ()
    wanted = tuple(uses)
    return tuple(library for library in LIBRARIES if library.use in wanted and not _is_there(library))


def _is_there(library: Library) -> bool:
    if library.name == "fonts":
        return has_fonts()
    if library.use == "tests":
        return shutil.which(library.name) is not None
    try:
        ctypes.CDLL(library.name)
    except OSError:
        return False
    return True


def has_fonts() -> bool:
    """Whether any scalable font is installed; without one Qt draws text as nothing, without an error."""
    for folder in FONT_FOLDERS:
        for _, _, files in os.walk(Path(folder).expanduser()):
            if any(file.lower().endswith(FONT_SUFFIXES) for file in files):
                return True
    return False


def install_line(libraries: Iterable[Library]) -> str:
    """The exact command that installs them here; where the package tool is unknown, what to look for."""
    found = tuple(libraries)
    if shutil.which("apt-get"):
        return " ".join([*_sudo(), "apt-get install --yes", *_packages(library.apt for library in found)])
    if shutil.which("dnf"):
        return " ".join([*_sudo(), "dnf install --assumeyes", *_packages(library.dnf for library in found)])
    return "install the packages that hold " + ", ".join(library.name for library in found)


def _packages(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _sudo() -> list[str]:
    return [] if _is_root() else ["sudo"]


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def install(libraries: Iterable[Library]) -> bool:
    """Install them with apt where this process may; False where it may not or where it failed."""
    if not (_is_root() and shutil.which("apt-get")):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = _packages(library.apt for library in libraries)
    update = ["apt-get", "update", "--quiet"]
    fetch = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    # An index of one broken mirror fails the update, though what is needed may still be there.
    subprocess.run(update, env=environment, check=False)  # noqa: S603  a fixed command
    return subprocess.run(fetch, env=environment, check=False).returncode == 0  # noqa: S603  packages of the table above


def report(libraries: Iterable[Library]) -> str:
    """Sentences for people: what is missing, what that means, and the line that helps."""
    found = tuple(libraries)
    lines = [
        f"Missing: {', '.join(library.name for library in found if library.use == use)} ({meaning})."
        for use, meaning in USES.items()
        if any(library.use == use for library in found)
    ]
    return "\n".join([*lines, f"To install: {install_line(found)}"])


def main(argv: list[str] | None = None) -> int:
    """Check, install where asked and allowed, and say what is left; 1 if Qt cannot be loaded."""
    parser = argparse.ArgumentParser(description="Check the system libraries that the window needs.")
    parser.add_argument("uses", nargs="*", metavar="USE", help=f"of {', '.join(USES)}; all by default")
    parser.add_argument("--install", action="store_true", help="install what is missing, as root on Debian or Ubuntu")
    arguments = parser.parse_args(argv)
    uses = [use for use in USES if use in (arguments.uses or USES)]
    left = missing(uses)
    if left and arguments.install and install(left):
        left = missing(uses)
    if left:
        sys.stderr.write(report(left) + "\n")
    return int(any(library.use == "qt" for library in left))


if __name__ == "__main__":
    sys.exit(main())
