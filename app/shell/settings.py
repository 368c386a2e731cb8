"""What the window remembers between starts: theme, geometry, recent runs, the last folders used."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QSettings

from sslviz.spec.places import config_folder

RECENT = 12


def open_settings() -> QSettings:
    """The program's own file of settings, INI on every system; in the folder that SSLVIZ_CONFIG names, where it names one."""
    if os.environ.get("SSLVIZ_CONFIG"):
        return QSettings(str(config_folder() / "sslviz.ini"), QSettings.Format.IniFormat)
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "sslviz", "sslviz")


def recent_runs(settings: QSettings) -> list[str]:
    """Folders of runs that were shown last, newest first; without those that are gone: deleted, renamed, never begun."""
    return [folder for folder in _remembered(settings) if Path(folder).exists()]


def _remembered(settings: QSettings) -> list[str]:
    stored = settings.value("runs/recent")
    if isinstance(stored, list):
        return [str(folder) for folder in stored]
    return [stored] if isinstance(stored, str) and stored else []  # INI keeps a list of one as its element


def remember_run(settings: QSettings, folder: str) -> None:
    """Put a run's folder first in the list."""
    others = [other for other in _remembered(settings) if other != folder]
    settings.setValue("runs/recent", [folder, *others][:RECENT])
