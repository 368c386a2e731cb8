"""A widget as a picture file: PNG, or SVG where the name ends so."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

FORMATS = "PNG (*.png);;SVG (*.svg)"
"""For a file dialog."""


def save_picture(widget: QWidget, path: Path, title: str) -> None:
    """Write what `widget` shows to `path`; OSError where that cannot be done."""
    if path.suffix.lower() == ".svg":
        _save_svg(widget, path, title)
    elif not widget.grab().save(str(path)):
        raise OSError(f"{path} could not be written.")


def _save_svg(widget: QWidget, path: Path, title: str) -> None:
    from PySide6.QtSvg import QSvgGenerator

    writer = QSvgGenerator()
    writer.setFileName(str(path))
    writer.setSize(widget.size())
    writer.setViewBox(widget.rect())
    writer.setTitle(title)
    painter = QPainter()
    if not painter.begin(writer):
        raise OSError(f"{path} could not be written.")
    widget.render(painter, QPoint())
    painter.end()
