"""One picture of an animation: what a view shows, and below it where on the timeline that is."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from app.widgets.ink import colour, type_face
from app.widgets.theme import Theme
from app.widgets.timeline_track import TimelineTrack

MARGIN = 8
WORDS = 0.4  # of the width, for the words


def frame_picture(widget: QWidget, track: TimelineTrack, words: str, theme: Theme) -> QPixmap:
    """`widget` as it is, on the ground of `theme`; below it the words, and the track with its handle at the right."""
    seen = widget.grab()
    ratio = seen.devicePixelRatio()
    wide, high = round(seen.width() / ratio), round(seen.height() / ratio)
    foot = track.height() + MARGIN
    picture = QPixmap(round(wide * ratio), round((high + foot) * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(colour(theme.window))
    painter = QPainter(picture)
    painter.drawPixmap(QPoint(0, 0), seen)
    painter.setFont(type_face(theme, "small", bold=True))
    painter.setPen(colour(theme.text))
    room = round(WORDS * wide)
    said = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, room)
    painter.drawText(QRect(MARGIN, high + MARGIN // 2, room, track.height()), Qt.AlignmentFlag.AlignVCenter, said)
    painter.translate(MARGIN + room, high + MARGIN // 2)
    copy_of(track, wide - room - 2 * MARGIN, theme).paint(painter)
    painter.end()
    return picture


def copy_of(track: TimelineTrack, wide: int, theme: Theme) -> TimelineTrack:
    """The same stops and handle on a track of another width."""
    made = TimelineTrack()
    made.set_theme(theme)
    made.set_scale(track.scale)
    made.set_stops(track.stops, track.total)
    made.set_at(track.at)
    made.resize(max(wide, made.minimumSizeHint().width()), track.height())
    return made
