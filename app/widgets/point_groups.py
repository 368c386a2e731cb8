"""Where the middle of each class lies on a map, and its name and picture there: placed so that none covers another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPen

from app.widgets.ink import colour, type_face
from app.widgets.theme import Theme

MOST = 40
"""Classes whose middles are named: of more than that only the largest."""
SIDE = 34.0
"""Of a picture, in pixels at scale 1."""
PAD = 3.0
_AROUND = [(0.0, 0.0), *((dx * far, dy * far) for far in (0.75, 1.3) for dx, dy in
           ((0, -1), (0, 1), (-1, 0), (1, 0), (-1, -1), (1, -1), (-1, 1), (1, 1)))]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """A class: its number, its name, how many points, the mean of their places, and the point nearest to that."""

    code: int
    name: str
    count: int
    x: float
    y: float
    row: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a group's label goes, around which its name and, above it, its picture are."""

    group: Group
    box: QRectF
    anchor: QPointF
    image: QImage | None


def groups_of(points: NDArray[Any], code: NDArray[Any], names: Sequence[str]) -> list[Group]:
    """Of finite points (n, 2) with numbers of names (n,), others left out; the largest first."""
    fits = np.isfinite(points).all(1) & (code >= 0) & (code < len(names))
    rows = np.flatnonzero(fits)
    rows = rows[np.argsort(code[rows], kind="stable")]
    ends = np.searchsorted(code[rows], np.arange(len(names) + 1))
    found = []
    for k, name in enumerate(names):
        own = rows[ends[k] : ends[k + 1]]
        if len(own):
            middle = points[own].mean(0, dtype=np.float64)
            nearest = own[int(((points[own] - middle) ** 2).sum(1).argmin())]
            found.append(Group(k, name, len(own), float(middle[0]), float(middle[1]), int(nearest)))
    return sorted(found, key=lambda group: -group.count)[:MOST]


def moved(groups: Sequence[Group], points: NDArray[Any], code: NDArray[Any]) -> list[Group]:
    """The same classes of the same points, which stand elsewhere; their pictures stay. Cheap enough for every frame."""
    fits = np.isfinite(points[:, 0]) & np.isfinite(points[:, 1]) & (code >= 0)
    if not fits.all():
        points, code = points[fits], code[fits]
    most = max((group.code for group in groups), default=0) + 1
    counts = np.maximum(np.bincount(code, minlength=most), 1)
    x, y = (np.bincount(code, weights=points[:, axis], minlength=most) / counts for axis in (0, 1))
    return [replace(group, x=float(x[group.code]), y=float(y[group.code])) for group in groups]


def side_of(theme: Theme) -> float:
    """Of a picture above a name; in large type it leaves more of the map to see."""
    return SIDE * min(theme.scale, 1.25)


def place(groups: Sequence[tuple[Group, QPointF]], theme: Theme, room: QRectF,
          picture: Callable[[int], QImage | None]) -> list[Placed]:  # fmt: skip
    """Labels at the anchors, or beside them; without its picture where only that fits, left out where nothing does."""
    metrics = QFontMetricsF(type_face(theme, "small", bold=True))
    side, pad = side_of(theme), PAD * theme.scale
    placed: list[Placed] = []
    for group, anchor in groups:
        image = picture(group.row)
        wide = metrics.horizontalAdvance(group.name) + 2 * pad
        plain = QSizeF(wide, metrics.height() + pad)
        full = QSizeF(max(wide, side + 2 * pad), plain.height() + side + pad)
        for size, shown in ((full, image), (plain, None)) if image is not None else ((plain, None),):
            box = _free(anchor, size, room, [other.box for other in placed])
            if box is not None:
                placed.append(Placed(group, box, anchor, shown))
                break
    return placed


def _free(anchor: QPointF, size: QSizeF, room: QRectF, taken: Sequence[QRectF]) -> QRectF | None:
    for dx, dy in _AROUND:
        middle = anchor + QPointF(dx * size.width(), dy * size.height())
        box = QRectF(middle - QPointF(size.width() / 2, size.height() / 2), size)
        if room.contains(box) and not any(box.intersects(other) for other in taken):
            return box
    return None


def paint(painter: QPainter, placed: Sequence[Placed], theme: Theme, colours: Sequence[str]) -> None:
    """Labels with a rim in their class's colour, and a line to the middle where they had to give way."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(type_face(theme, "small", bold=True))
    for label in placed:
        ink = colour(colours[label.group.code % len(colours)])
        painter.setPen(QPen(ink, 1.6 * theme.scale))
        if not label.box.contains(label.anchor):
            painter.drawLine(label.anchor, label.box.center())
    for label in placed:
        _paint_one(painter, label, theme, colours[label.group.code % len(colours)])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _paint_one(painter: QPainter, label: Placed, theme: Theme, ink: str) -> None:
    painter.setPen(QPen(colour(ink), 1.6 * theme.scale))
    painter.setBrush(colour(theme.panel, 0.9))
    painter.drawRoundedRect(label.box, 3, 3)
    text = QRectF(label.box)
    if label.image is not None:
        side, pad = side_of(theme), PAD * theme.scale
        at = QRectF(label.box.center().x() - side / 2, label.box.top() + pad, side, side)
        draw_inside(painter, label.image, at)
        text.setTop(at.bottom())
    painter.setPen(colour(theme.text))
    painter.drawText(text, Qt.AlignmentFlag.AlignCenter, label.group.name)


def draw_inside(painter: QPainter, image: QImage, box: QRectF) -> None:
    """A picture as large as fits into a box, its proportions kept; enlarged pixels stay squares."""
    grown = min(box.width() / image.width(), box.height() / image.height())
    size = QSizeF(image.width() * grown, image.height() * grown)
    corner = box.center() - QPointF(size.width() / 2, size.height() / 2)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, grown < 1)
    painter.drawImage(QRectF(corner, size), image)
