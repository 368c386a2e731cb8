"""Show one widget in a window of its own, as `python -m app.widgets.NAME` does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from PySide6.QtWidgets import QApplication, QWidget

from app.widgets.ink import sheet, type_face
from app.widgets.theme import THEMES, Theme

View = TypeVar("View", bound=QWidget)


def show_alone(make: Callable[[], QWidget], width: int = 720, height: int = 480) -> None:
    """Run the event loop until the window is closed. Arguments: `light` or `dark`, and a scale of type such as 1.6."""
    app = QApplication.instance() or QApplication(sys.argv)
    theme, widget = theme_from(sys.argv[1:]), make()
    widget.setFont(type_face(theme))
    widget.setStyleSheet(sheet(theme) + f"QWidget {{ background: {theme.panel}; }}")
    widget.set_theme(theme)  # type: ignore[attr-defined]  # every widget of this room has it
    widget.resize(width, height)
    widget.show()
    app.exec()


def show_view(
    make: Callable[[], View], width: int = 1280, height: int = 760, then: Callable[[View], object] | None = None
) -> None:
    """As `show_alone`, with a view that styles itself. then: called with it once it is shown; what comes back lives as long."""
    app = QApplication.instance() or QApplication(sys.argv)
    view = make()
    view.set_theme(theme_from(sys.argv[1:]))  # type: ignore[attr-defined]  # every view has it
    view.setAutoFillBackground(True)
    view.resize(width, height)
    view.show()
    kept = then(view) if then is not None else None  # noqa: F841 # such as who plays events into it
    app.exec()


def theme_from(words: list[str]) -> Theme:
    """The theme that words such as ["dark", "1.6"] ask for; light at scale 1 without any."""
    theme = next((THEMES[word] for word in words if word in THEMES), THEMES["light"])
    scale = next((float(word) for word in words if word.replace(".", "", 1).isdigit()), theme.scale)
    return replace(theme, scale=scale)
