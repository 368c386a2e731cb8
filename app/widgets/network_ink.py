"""How boxes and arrows of a diagram of networks look: a form for each role and each kind, in the colours of the theme."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF

from app.widgets.ink import colour, mixed
from app.widgets.theme import Theme
from sslviz.spec.catalogue import LinkKind

DASH = [5.0, 3.0]
DOTS = [1.0, 3.0]


def ink_of(theme: Theme, what: str) -> str:
    """The colour of a role, of a kind of arrow, or of the gradient."""
    blue, orange, green, pink = theme.series[:4]
    return {
        "view": theme.muted, "trained": blue, "teacher": green, "memory": pink, "loss": orange,
        "data": theme.text, "stop": theme.text, "ema": green, "none": theme.muted, "gradient": orange,
    }[what]  # fmt: skip


def box(painter: QPainter, theme: Theme, role: str, rect: QRectF) -> None:
    """An empty box: views have corners, teachers a dashed border, memories are stacks, losses are round."""
    ink = ink_of(theme, role)
    pen = QPen(colour(ink), 2.0 * theme.scale)
    if role == "teacher":
        pen.setDashPattern([4.0, 2.5])
    painter.setPen(pen)
    painter.setBrush(colour(mixed(ink, theme.panel, 0.14)))
    radius = {"view": 0.0, "loss": min(rect.height() / 2, 20.0 * theme.scale)}.get(role, 7.0 * theme.scale)
    if role == "memory":
        shift = 4.0 * theme.scale
        painter.drawRoundedRect(rect.translated(shift, -shift), radius, radius)
    painter.drawRoundedRect(rect, radius, radius)


def arrow(painter: QPainter, theme: Theme, kind: LinkKind, way: QPainterPath, *, returns: bool = False) -> None:
    """An arrow of a kind along `way`; `returns`: with a thin dotted one back beside it."""
    ink, width = ink_of(theme, kind), (1.3 if kind == "none" else 2.2) * theme.scale
    pen = QPen(colour(ink, 0.6 if kind == "none" else 1.0), width)
    if kind in ("ema", "none"):
        pen.setDashPattern(DASH if kind == "ema" else DOTS)
    head = 8.0 * theme.scale
    painter.strokePath(_shortened(way, head), pen)
    _head(painter, way, head, ink, filled=kind != "none")
    if kind == "stop":
        _bars(painter, theme, way)
    if returns:
        _back(painter, theme, way)


def _shortened(way: QPainterPath, by: float) -> QPainterPath:
    """`way` without its end, which the head covers."""
    length = way.length()
    if length <= by:
        return way
    points = [way.pointAtPercent(way.percentAtLength((length - by * 0.7) * k / 40)) for k in range(41)]
    short = QPainterPath(points[0])
    for point in points[1:]:
        short.lineTo(point)
    return short


def _direction(way: QPainterPath, at: float) -> tuple[float, float]:
    """Unit vector of the way at a share of its length."""
    a, b = way.pointAtPercent(max(at - 0.02, 0.0)), way.pointAtPercent(min(at + 0.02, 1.0))
    length = math.hypot(b.x() - a.x(), b.y() - a.y()) or 1.0
    return (b.x() - a.x()) / length, (b.y() - a.y()) / length


def _head(painter: QPainter, way: QPainterPath, size: float, ink: str, *, filled: bool) -> None:
    tip, (dx, dy) = way.pointAtPercent(1.0), _direction(way, 1.0)
    back = QPointF(tip.x() - dx * size, tip.y() - dy * size)
    side = QPointF(-dy * size * 0.5, dx * size * 0.5)
    painter.setPen(QPen(colour(ink), 1.2))
    painter.setBrush(colour(ink) if filled else Qt.BrushStyle.NoBrush)
    painter.drawPolygon(QPolygonF([tip, back + side, back - side]))


def _bars(painter: QPainter, theme: Theme, way: QPainterPath) -> None:
    """Two slanting strokes across the middle."""
    middle, (dx, dy), size = way.pointAtPercent(0.5), _direction(way, 0.5), 8.0 * theme.scale
    across = QPointF((-dy + 0.35 * dx) * size, (dx + 0.35 * dy) * size)
    for ink, width in ((theme.panel, 6.5), (theme.warning, 3.2)):
        painter.setPen(QPen(colour(ink), width * theme.scale))
        for shift in (-2.8, 2.8):
            at = middle + QPointF(dx, dy) * (shift * theme.scale)
            painter.drawLine(at - across, at + across)


def _back(painter: QPainter, theme: Theme, way: QPainterPath) -> None:
    """The gradient: a thin dotted arrow from target to source, beside the way."""
    dx, dy = _direction(way, 0.5)
    apart = 6.0 * theme.scale
    shift = QPointF(0.0, apart) if abs(dx) >= abs(dy) else QPointF(apart, 0.0)
    gradient(painter, theme, way.translated(shift).toReversed())


def gradient(painter: QPainter, theme: Theme, beside: QPainterPath) -> None:
    """The arrow of a gradient along `beside`."""
    pen = QPen(colour(ink_of(theme, "gradient")), 1.6 * theme.scale)
    pen.setDashPattern([2.0, 2.0])
    painter.strokePath(_shortened(beside, 6.0 * theme.scale), pen)
    _head(painter, beside, 6.5 * theme.scale, ink_of(theme, "gradient"), filled=True)
