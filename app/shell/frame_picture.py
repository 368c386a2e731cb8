"""One picture of an animation: what a view shows, and below it where on the timeline that is."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap, QRegion
from PySide6.QtWidgets import QWidget

from app.widgets.ink import colour, type_face
from app.widgets.theme import Theme
from app.widgets.timeline_track import TimelineTrack

MARGIN = 8
WORDS = 0.4  # of the width, for the words
STRIP = 160
"""Pixels of the view's height that are painted at a time: a whole window would hold its event loop up for a tenth of a second."""


class FramePicture:
    """`widget` as it is, on the ground of `theme`; below it the words, and the track with its handle at the right.

    It is painted strip by strip, so that the window answers in between.
    """

    def __init__(self, widget: QWidget, track: TimelineTrack, words: str, theme: Theme) -> None:
        self._widget, self._track, self._words, self._theme = widget, track, words, theme
        ratio, self._wide, self._high = widget.devicePixelRatioF(), widget.width(), widget.height()
        high = self._high + track.height() + MARGIN
        self._picture = QPixmap(round(self._wide * ratio), round(high * ratio))
        self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(colour(theme.window))
        widget.render(
            self._picture, QPoint(), QRegion(0, 0, 1, 1)
        )  # what waits to be laid out is, before the first strip
        self._done = 0  # pixels of the view's height

    def go_on(self) -> bool:
        """Paint the next strip; False once all is there."""
        if self._done < self._high:
            high = min(STRIP, self._high - self._done)
            strip = QRegion(QRect(0, self._done, self._wide, high))
            self._widget.render(self._picture, QPoint(0, self._done), strip)
            self._done += high
            return True
        self._paint_foot()
        return False

    def image(self) -> QImage:
        """All that is painted so far; another thread may have it."""
        return self._picture.toImage()

    def _paint_foot(self) -> None:
        painter = QPainter(self._picture)
        painter.setFont(type_face(self._theme, "small", bold=True))
        painter.setPen(colour(self._theme.text))
        room, top = round(WORDS * self._wide), self._high + MARGIN // 2
        said = painter.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideMiddle, room)
        place = QRect(MARGIN, top, room, self._track.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, said)
        painter.translate(MARGIN + room, top)
        copy_of(self._track, self._wide - room - 2 * MARGIN, self._theme).paint(painter)
        painter.end()


def copy_of(track: TimelineTrack, wide: int, theme: Theme) -> TimelineTrack:
    """The same stops and handle on a track of another width."""
    made = TimelineTrack()
    made.set_theme(theme)
    made.set_scale(track.scale)
    made.set_stops(track.stops, track.total)
    made.set_at(track.at)
    made.resize(max(wide, made.minimumSizeHint().width()), track.height())
    return made
