"""Lessons: a question, a prediction, the experiment, what it shows and what not."""

from app.panels.lessons.panel import LessonsPanel

__all__ = ["LessonsPanel"]
