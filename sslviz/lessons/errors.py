"""The one exception of this room."""

from __future__ import annotations

from sslviz.spec.errors import SSLVizError


class LessonError(SSLVizError):
    """A run is not what a lesson's arm asks for, or its images lack what is to be measured."""
