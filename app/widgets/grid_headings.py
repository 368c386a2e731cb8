"""Headings above columns: the long ones where all of them fit, else short ones, else short ones in small type."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from app.widgets.ink import Size, type_face
from app.widgets.theme import Theme


def choose(
    theme: Theme, rooms: Sequence[QRectF], labels: Sequence[str], short: Sequence[str]
) -> tuple[Sequence[str], QFont]:
    """The labels and the font that fit `rooms`, or the least that there is."""
    brief = short or labels
    trials: tuple[tuple[Sequence[str], Size], ...] = ((labels, "small"), (brief, "small"), (brief, "tiny"))
    for words, size in trials:
        font = type_face(theme, size)
        if all(width_of(font, word) <= room.width() for word, room in zip(words, rooms, strict=False)):
            return words, font
    return brief, type_face(theme, "tiny")


def width_of(font: QFont, text: str) -> float:
    """Of the widest line, px."""
    face = QFontMetricsF(font)
    return max(face.horizontalAdvance(line) for line in text.split("\n"))


def paint(painter: QPainter, rooms: Sequence[QRectF], labels: Sequence[str], font: QFont) -> None:
    """Draw headings at the foot of their rooms; what is still too wide is cut with a mark."""
    painter.setFont(font)
    face = QFontMetricsF(font)
    foot = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
    for room, label in zip(rooms, labels, strict=False):
        lines = [face.elidedText(line, Qt.TextElideMode.ElideRight, room.width() + 1) for line in label.split("\n")]
        painter.drawText(room, foot, "\n".join(lines))
