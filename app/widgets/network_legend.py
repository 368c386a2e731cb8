"""The legend of a diagram of networks: a sample and a word for every form that is in sight."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath

from app.widgets import network_ink
from app.widgets.ink import colour, type_face
from app.widgets.network import Arrow
from app.widgets.theme import Theme
from sslviz.spec.catalogue import Box

ROLES = {"trained": "trained", "teacher": "teacher", "memory": "memory", "loss": "loss"}
SAMPLE = 34
"""Width of a sample at scale 1."""
KINDS = {"data": "data", "gradient": "gradient returns", "ema": "weights follow (EMA)", "stop": "no gradient",
         "none": "switched off"}  # fmt: skip


def entries(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> list[tuple[str, str]]:
    """What there is to explain, as (form, words)."""
    kinds = {arrow.kind for arrow in arrows} | ({"gradient"} if any(arrow.returns for arrow in arrows) else set())
    roles = {box.role for box in boxes}
    return [*((kind, text) for kind, text in KINDS.items() if kind in kinds),
            *((role, text) for role, text in ROLES.items() if role in roles)]  # fmt: skip


def _rows(theme: Theme, width: float, found: list[tuple[str, str]]) -> list[list[tuple[str, str, float]]]:
    """Rows of (form, words, left edge)."""
    metrics, sample, gap = QFontMetrics(type_face(theme, "small")), SAMPLE * theme.scale, 14 * theme.scale
    rows: list[list[tuple[str, str, float]]] = [[]]
    x = 4.0
    for form, text in found:
        wide = sample + 5 + metrics.horizontalAdvance(text)
        if rows[-1] and x + wide > width:
            rows.append([])
            x = 4.0
        rows[-1].append((form, text, x))
        x += wide + gap
    return rows


def _line(theme: Theme) -> float:
    return QFontMetrics(type_face(theme, "small")).lineSpacing() + 4.0


def height(theme: Theme, width: float, boxes: Sequence[Box], arrows: Sequence[Arrow]) -> float:
    """What the legend needs in a diagram of `width`."""
    return _line(theme) * len(_rows(theme, width, entries(boxes, arrows)))


def paint(painter: QPainter, theme: Theme, room: QRectF, boxes: Sequence[Box], arrows: Sequence[Arrow]) -> None:
    """Draw the legend at the foot of `room`."""
    line, rows = _line(theme), _rows(theme, room.width(), entries(boxes, arrows))
    for k, row in enumerate(rows):
        top = room.bottom() - line * (len(rows) - k)
        for form, text, x in row:
            sample = QRectF(x, top, SAMPLE * theme.scale, line)
            _sample(painter, theme, form, sample)
            painter.setFont(type_face(theme, "small"))
            painter.setPen(colour(theme.text))
            words = QRectF(sample.right() + 5, top, room.width(), line)
            painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def _sample(painter: QPainter, theme: Theme, form: str, room: QRectF) -> None:
    if form in ROLES:
        network_ink.box(painter, theme, form, room.adjusted(2, 5, -4, -4))
        return
    y = room.center().y()
    way = QPainterPath(QPointF(room.left(), y))
    way.lineTo(QPointF(room.right(), y))
    match form:
        case "gradient":
            network_ink.gradient(painter, theme, way.toReversed())
        case "data" | "ema" | "stop" | "none":
            network_ink.arrow(painter, theme, form, way)
