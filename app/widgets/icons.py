"""Icons drawn by code: they follow the palette and stay sharp at any size."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

SIDE = 64  # every icon is drawn in a square of this many pixels and scaled down

Draw = Callable[[QPainter], None]


def _polygon(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in points]))


def _start(p: QPainter) -> None:
    _polygon(p, (18, 10), (54, 32), (18, 54))


def _pause(p: QPainter) -> None:
    p.drawRect(QRectF(16, 12, 11, 40))
    p.drawRect(QRectF(37, 12, 11, 40))


def _step(p: QPainter) -> None:
    _polygon(p, (14, 12), (42, 32), (14, 52))
    p.drawRect(QRectF(45, 12, 8, 40))


def _first(p: QPainter) -> None:
    p.drawRect(QRectF(11, 12, 8, 40))
    _polygon(p, (50, 12), (22, 32), (50, 52))


def _back(p: QPainter) -> None:
    _polygon(p, (38, 10), (48, 10), (28, 32), (48, 54), (38, 54), (18, 32))


def _on(p: QPainter) -> None:
    _polygon(p, (26, 10), (16, 10), (36, 32), (16, 54), (26, 54), (46, 32))


def _last(p: QPainter) -> None:
    _polygon(p, (14, 12), (42, 32), (14, 52))
    p.drawRect(QRectF(45, 12, 8, 40))


def _stop(p: QPainter) -> None:
    p.drawRect(QRectF(14, 14, 36, 36))


def _arc(p: QPainter) -> None:
    pen = QPen(p.brush().color(), 7)
    p.save()
    p.setPen(pen)
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawArc(QRectF(13, 13, 38, 38), 60 * 16, 285 * 16)
    p.restore()


def _reset(p: QPainter) -> None:
    _arc(p)
    _polygon(p, (34, 4), (54, 14), (36, 28))


def _seed(p: QPainter) -> None:
    pen = QPen(p.brush().color(), 6)
    p.save()
    p.setPen(pen)
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawRoundedRect(QRectF(11, 11, 42, 42), 8, 8)
    p.restore()
    for x, y in ((23, 23), (41, 23), (32, 32), (23, 41), (41, 41)):
        p.drawEllipse(QPointF(x, y), 4.2, 4.2)


def _resume(p: QPainter) -> None:
    p.drawRect(QRectF(10, 12, 8, 40))
    _polygon(p, (24, 12), (54, 32), (24, 52))


def _slow(p: QPainter) -> None:
    pen = QPen(p.brush().color(), 6)
    p.save()
    p.setPen(pen)
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawEllipse(QRectF(10, 10, 44, 44))
    p.drawLine(QPointF(32, 32), QPointF(32, 19))
    p.drawLine(QPointF(32, 32), QPointF(42, 38))
    p.restore()


def _lock(p: QPainter) -> None:
    p.drawRoundedRect(QRectF(14, 28, 36, 28), 5, 5)
    pen = QPen(p.brush().color(), 6)
    p.save()
    p.setPen(pen)
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawArc(QRectF(20, 8, 24, 36), 0, 180 * 16)
    p.restore()


def _undo(p: QPainter) -> None:
    pen = QPen(p.brush().color(), 7)
    p.save()
    p.setPen(pen)
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawArc(QRectF(12, 18, 40, 36), -40 * 16, 200 * 16)
    p.restore()
    _polygon(p, (2, 26), (26, 24), (12, 44))


DRAWINGS: dict[str, Draw] = {
    "start": _start,
    "pause": _pause,
    "step": _step,
    "first": _first,
    "back": _back,
    "on": _on,
    "last": _last,
    "stop": _stop,
    "reset": _reset,
    "seed": _seed,
    "resume": _resume,
    "slow": _slow,
    "lock": _lock,
    "undo": _undo,
}


def pixmap(name: str, colour: str, side: int = SIDE) -> QPixmap:
    """One icon in one colour, `side` pixels wide."""
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(side / SIDE, side / SIDE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    DRAWINGS[name](painter)
    painter.end()
    return picture


def icon(name: str, colour: str, faded: str) -> QIcon:
    """An icon for actions: `colour` while it can be used, `faded` while not."""
    made = QIcon(pixmap(name, colour))
    made.addPixmap(pixmap(name, faded), QIcon.Mode.Disabled)
    return made
