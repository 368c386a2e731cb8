"""Tabs and stacks of pages that fill the room they get.

Qt would ask every page, seen or not, how high it were at every width, as soon as any of them holds text that wraps: with many
pages that is tens of milliseconds whenever a label somewhere changes, to find a height that nobody gives it.
"""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QTabWidget


class FillingTabs(QTabWidget):
    """Tabs whose height does not depend on their width."""

    def hasHeightForWidth(self) -> bool:
        return False


class FillingStack(QStackedWidget):
    """A stack whose height does not depend on its width."""

    def hasHeightForWidth(self) -> bool:
        return False
