"""What stands around the tiles of a mosaic: names of rows and columns, words below tiles, and what the colours mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from app.widgets.heat_colours import TABLE
from app.widgets.ink import colour, type_face
from app.widgets.mosaic_layout import MosaicLayout
from app.widgets.raster import image_of
from app.widgets.theme import Theme

_CENTRE = Qt.AlignmentFlag.AlignCenter
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


def paint_title(painter: QPainter, layout: MosaicLayout, theme: Theme, title: str) -> None:
    """The name of the one map that is large."""
    painter.setPen(colour(theme.text))
    painter.setFont(type_face(theme, "small", bold=True))
    painter.drawText(layout.name(0, 0).adjusted(-400, 0, 400, 0), _CENTRE, title)


def paint_names(
    painter: QPainter, layout: MosaicLayout, theme: Theme, row: str, tiles: Sequence[str], number: int
) -> None:
    """The name of row `number`, and of its tiles where they do not stand above their columns already."""
    painter.setFont(type_face(theme, "small"))
    metrics = QFontMetricsF(painter.font())
    every = max(1, -(-round(metrics.height()) // max(round(layout.height + layout.needs.gap), 1)))
    if layout.needs.heading > 0 and row and (layout.lines > 1 or (layout.needs.rows - 1 - number) % every == 0):
        painter.setPen(colour(theme.text))
        _row_name(painter, layout.heading(number), row)
    if number and layout.lines == 1:
        return
    painter.setPen(colour(theme.muted))
    short = any(metrics.horizontalAdvance(name) + 6 > layout.name(number, 0).width() for name in tiles)
    names = (
        [name.rsplit(" ", 1)[-1] for name in tiles] if short else list(tiles)
    )  # "head 12" is "12" where there is little room
    widest = max(map(metrics.horizontalAdvance, names[:-1] or names), default=0.0) + 4
    step = max(1, -(-round(widest) // max(round(layout.name(number, 0).width()), 1))) if layout.lines == 1 else 1
    for column, words in enumerate(names):
        if column % step:
            continue
        room = layout.name(number, column).adjusted(0, 0, (step - 1) * layout.width / 2, 0)
        room.setLeft(room.left() - (step - 1) * layout.width / 2)
        painter.drawText(room, _CENTRE, metrics.elidedText(words, Qt.TextElideMode.ElideRight, room.width()))


def _row_name(painter: QPainter, room: QRectF, name: str) -> None:
    """At the left of a row; upright where there is little room."""
    metrics = QFontMetricsF(painter.font())
    if metrics.horizontalAdvance(name) > room.width() and metrics.horizontalAdvance(name) <= room.height():
        painter.save()
        painter.translate(room.center())
        painter.rotate(-90)
        painter.drawText(QRectF(-room.height() / 2, -room.width() / 2, room.height(), room.width()), _CENTRE, name)
        painter.restore()
        return
    short = max(metrics.height() - room.height(), 0.0) / 2
    flags = Qt.AlignmentFlag.AlignRight | _MIDDLE | Qt.TextFlag.TextWordWrap
    painter.drawText(room.adjusted(0, -short, 0, short), flags, name)


def longest_that_fits(worded: Sequence[Sequence[str]], metrics: QFontMetricsF, room: float) -> int:
    """Which of the words, long to short, fits everywhere; -1 where none does."""
    for k in range(min(map(len, worded), default=0)):
        if all(metrics.horizontalAdvance(words[k]) <= room for words in worded):
            return k
    return -1


@dataclass(frozen=True, slots=True)
class Foot:
    """The line at the bottom. `ends`: of the colours, in words; empty without a bar. `reading`: beside it."""

    ends: tuple[str, ...]
    reading: str

    def paint(self, painter: QPainter, room: QRectF, theme: Theme) -> None:
        """In the middle of `room`."""
        painter.setFont(type_face(theme, "small"))
        painter.setPen(colour(theme.muted))
        metrics = QFontMetricsF(painter.font())
        if not self.ends:
            painter.drawText(room, _CENTRE, metrics.elidedText(self.reading, Qt.TextElideMode.ElideRight, room.width()))
            return
        low, high = self.ends
        bar, (left, right) = min(90 * theme.scale, 0.2 * room.width()), map(metrics.horizontalAdvance, self.ends)
        rest = 18 + metrics.horizontalAdvance(self.reading) if self.reading else 0.0
        x = room.x() + max((room.width() - left - bar - right - 12 - rest) / 2, 0.0)
        field = QRectF(x + left + 6, room.y() + 0.2 * room.height(), bar, 0.6 * room.height())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(field, image_of(TABLE[None]))
        painter.drawText(QRectF(x, room.y(), left + 2, room.height()), _MIDDLE, low)
        painter.drawText(QRectF(field.right() + 6, room.y(), right + 2, room.height()), _MIDDLE, high)
        start = field.right() + right + 24
        free = max(room.right() - start, 0.0)
        words = metrics.elidedText(self.reading, Qt.TextElideMode.ElideRight, free)
        painter.drawText(QRectF(start, room.y(), free, room.height()), _MIDDLE, words)
