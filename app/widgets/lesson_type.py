"""Type of a lesson: larger than that of the tools, so that in presenter mode its text has 18 points and more."""

from __future__ import annotations

from typing import Literal

from PySide6.QtGui import QFont

from app.widgets.theme import Theme

LessonSize = Literal["label", "text", "lead", "large", "title"]
PIXELS: dict[LessonSize, float] = {"label": 13.0, "text": 15.0, "lead": 18.0, "large": 21.0, "title": 25.0}
"""Type sizes at scale 1; large type is 1.6 times that: 24 pixels of text are 18 points."""
MEASURE = 43.0
"""Width of a column of text in heights of its letters: about 75 characters, which the eye still finds its way back in."""


def lesson_face(theme: Theme, size: LessonSize = "text", *, bold: bool = False) -> QFont:
    """A font of one of the sizes."""
    font = QFont()
    font.setPixelSize(lesson_pixels(theme, size))
    font.setBold(bold)
    return font


def lesson_pixels(theme: Theme, size: LessonSize = "text") -> int:
    """Height of a type size in pixels."""
    return round(PIXELS[size] * theme.scale)


def text_width(theme: Theme, size: LessonSize = "text") -> int:
    """How wide a column of text is at most."""
    return round(MEASURE * max(PIXELS[size], PIXELS["text"]) * theme.scale)
