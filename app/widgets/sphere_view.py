"""SphereView: embeddings on the unit circle or the unit sphere, with labels, partner lines, and how much variance is kept.

The sphere is drawn in orthographic projection and turned by dragging or with the arrow keys; its far side is fainter.
Around the circle a ring of bars shows how many points lie in each direction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.widgets.ink import colour, pixels, type_face
from app.widgets.theme import LIGHT, Theme

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BINS = 72


class SphereView(QWidget):
    """Points of unit length, (m, 2) and (m, 3); `three` chooses which of the two is shown."""

    picked = Signal(int)  # the point's row
    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.three, self.lines = False, False
        self.circle, self.sphere = np.empty((0, 2)), np.empty((0, 3))
        self.labels: Ints = np.empty(0, np.int64)
        self.pairs: Ints = np.empty(0, np.int64)
        self.kept: tuple[float, float] = (float("nan"), float("nan"))
        self.names: tuple[str, ...] = ()
        self.dimensions = 0
        self._turn = _rotation(0.5, 0.35)
        self._drag: QPointF | None = None
        self.marked: frozenset[int] = frozenset()
        self._hover = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(90, 90)

    # What is drawn -------------------------------------------------------------------------------------------------

    def set_points(self, circle: Floats, sphere: Floats, labels: Ints, pairs: Ints, kept: tuple[float, float], *,
                   names: Sequence[str] = (), dimensions: int = 0) -> None:  # fmt: skip
        """Points on circle (m, 2) and sphere (m, 3), labels (m,) with -1 for unknown, partner's row (m,), shares kept."""
        self.circle, self.sphere = np.asarray(circle, float), np.asarray(sphere, float)
        self.labels, self.pairs, self.kept = labels, pairs, kept
        self.names, self.dimensions = tuple(names), dimensions
        self._hover = -1
        self.update()

    def clear(self) -> None:
        """No points."""
        none = np.empty(0, np.int64)
        self.set_points(np.empty((0, 2)), np.empty((0, 3)), none, none, (float("nan"), float("nan")))

    def mark(self, rows: Sequence[int]) -> None:
        """Ring the points of these rows."""
        if frozenset(rows) != self.marked:
            self.marked = frozenset(rows)
            self.update()

    def show_sphere(self, on: bool) -> None:
        """The sphere, or the circle."""
        self.three, self._hover = on, -1
        self.update()

    def show_lines(self, on: bool) -> None:
        """Lines between the two views of an image."""
        self.lines = on
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.update()

    def table(self) -> tuple[list[str], list[list[float]]]:
        """Coordinates as shown, label and partner of each point."""
        xyz = self.sphere if self.three else self.circle
        return [*"xyz"[: xyz.shape[1]], "label", "partner"], np.column_stack([xyz, self.labels, self.pairs]).tolist()

    def caption(self) -> str:
        """What the projection keeps: "projected from 128 dimensions, keeps 41 %"."""
        share = self.kept[1 if self.three else 0]
        origin = f"projected from {self.dimensions} dimensions" if self.dimensions else "projected"
        return f"{origin}, keeps {100 * share:.0f} %" if np.isfinite(share) else origin

    def reading(self) -> str:
        """The point under the pointer, else what the projection keeps."""
        if not len(self.circle):
            return "not measured yet"
        return f"point {self._hover}: {self.name_of(self._hover)}" if self._hover >= 0 else self.caption()

    def name_of(self, row: int) -> str:
        """The label of a point in words."""
        label = int(self.labels[row])
        if label < 0:
            return "no label"
        return self.names[label] if label < len(self.names) else f"class {label}"

    # Places --------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(round(260 * self._theme.scale), round(240 * self._theme.scale))

    def _frame(self) -> tuple[QPointF, float]:
        """Centre and radius in pixels."""
        line, foot = pixels(self._theme, "small") * 1.5, self._legend_height()
        room = QRectF(0, line, self.width(), max(self.height() - line - foot, 10.0))
        return room.center(), min(room.width(), room.height()) / 2 * (0.95 if self.three else 0.78)

    def positions(self) -> tuple[Floats, Floats]:
        """Places on the widget (m, 2) in pixels and depth (m,), positive towards the viewer."""
        centre, radius = self._frame()
        turned = (
            self.sphere @ self._turn.T if self.three else np.column_stack([self.circle, np.zeros(len(self.circle))])
        )
        return np.array([centre.x(), centre.y()]) + radius * turned[:, :2] * [1, -1], turned[:, 2]

    # Painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        painter.setFont(type_face(theme, "small"))
        painter.setPen(colour(theme.text))
        line = pixels(theme, "small") * 1.5
        painter.drawText(QRectF(0, 0, self.width(), line), Qt.AlignmentFlag.AlignVCenter, self.reading())
        if len(self.circle):
            self._ground(painter)
            where, depth = self.positions()
            if self.lines:
                self._partner_lines(painter, where)
            self._points(painter, where, depth)
            self._legend(painter)
        painter.end()

    def _ground(self, painter: QPainter) -> None:
        centre, radius = self._frame()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour(self._theme.border), 1.2))
        painter.drawEllipse(centre, radius, radius)
        if not self.three:
            self._ring(painter, centre, radius)
            return
        for ring in _graticule():
            turned = ring @ self._turn.T  # (k, 3)
            front = turned[:-1, 2] > 0
            xy = np.array([centre.x(), centre.y()]) + radius * turned[:, :2] * [1, -1]
            for k in np.flatnonzero(front):
                painter.drawLine(QPointF(*xy[k]), QPointF(*xy[k + 1]))

    def _ring(self, painter: QPainter, centre: QPointF, radius: float) -> None:
        """Bars outside the circle: the share of the points in each direction."""
        angle = np.arctan2(self.circle[:, 1], self.circle[:, 0])
        counts, edges = np.histogram(angle, BINS, (-np.pi, np.pi))
        tall = radius * 0.24 * counts / max(counts.max(), 1)
        painter.setPen(QPen(colour(self._theme.muted, 0.7), max(2.0, radius * 2 * np.pi / BINS * 0.55),
                            Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))  # fmt: skip
        gap = radius * 0.05
        for middle, height in zip((edges[:-1] + edges[1:]) / 2, tall, strict=True):
            if height > 0:
                way = QPointF(float(np.cos(middle)), -float(np.sin(middle)))
                painter.drawLine(centre + way * (radius + gap), centre + way * (radius + gap + float(height)))

    def _partner_lines(self, painter: QPainter, where: Floats) -> None:
        painter.setPen(QPen(colour(self._theme.text, 0.35), 1.0))
        first = np.flatnonzero((self.pairs >= 0) & (self.pairs < len(where)) & (np.arange(len(where)) < self.pairs))
        painter.drawLines([QLineF(QPointF(*where[k]), QPointF(*where[self.pairs[k]])) for k in first])

    def _points(self, painter: QPainter, where: Floats, depth: Floats) -> None:
        size = 3.4 * self._theme.scale
        for k in np.argsort(depth, kind="stable"):
            label = int(self.labels[k])
            painter.setPen(QPen(colour(self._theme.panel), 0.6))
            painter.setBrush(colour(label_ink(self._theme, label), 0.9 if depth[k] >= 0 else 0.28))
            draw_shape(painter, QPointF(*where[k]), size * (1.9 if k == self._hover else 1.0), label)
        painter.setPen(QPen(colour(self._theme.text), 2.0 * self._theme.scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for k in self.marked:
            if k < len(where):
                painter.drawEllipse(QPointF(*where[k]), 2.2 * size, 2.2 * size)

    def _shown_labels(self) -> list[int]:
        return [int(label) for label in np.unique(self.labels)] if len(self.labels) else []

    def _legend_height(self) -> float:
        line = pixels(self._theme, "small") * 1.4
        return line * min(len(self._legend_rows()), 2) if len(self.circle) else 0.0

    def _legend_rows(self) -> list[list[int]]:
        room, rows, used = self.width(), [[]], 0.0  # type: tuple[int, list[list[int]], float]
        for label in self._shown_labels():
            wide = self._entry_width(label)
            if used + wide > room and rows[-1]:
                rows.append([])
                used = 0.0
            rows[-1].append(label)
            used += wide
        return rows

    def _entry_width(self, label: int) -> float:
        return (len(self._word(label)) * 0.62 + 2.2) * pixels(self._theme, "small")

    def _word(self, label: int) -> str:
        return "no label" if label < 0 else self.names[label] if label < len(self.names) else str(label)

    def _legend(self, painter: QPainter) -> None:
        line = pixels(self._theme, "small") * 1.4
        y = self.height() - self._legend_height() + line / 2
        for row in self._legend_rows()[:2]:
            x = (self.width() - sum(self._entry_width(label) for label in row)) / 2 + line * 0.4
            for label in row:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour(label_ink(self._theme, label)))
                draw_shape(painter, QPointF(x, y), 4 * self._theme.scale, label)
                painter.setPen(colour(self._theme.muted))
                box = QRectF(x + line * 0.5, y - line / 2, self.width(), line)
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self._word(label))
                x += self._entry_width(label)
            y += line

    # Turning and pointing ------------------------------------------------------------------------------------------

    def turn(self, right: float, up: float) -> None:
        """Turn the sphere by angles in radians."""
        self._turn = _rotation(right, up) @ self._turn
        self.update()

    def row_at(self, where: QPointF) -> int:
        """The nearest point within reach of a place, -1 where there is none."""
        if not len(self.circle):
            return -1
        places, depth = self.positions()
        far = np.hypot(places[:, 0] - where.x(), places[:, 1] - where.y()) + np.where(depth < 0, 3.0, 0.0)
        row = int(np.argmin(far))
        return row if far[row] <= 9 * self._theme.scale else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._drag = event.position()
        row = self.row_at(event.position())
        if row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(row)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is not None and self.three and event.buttons() & Qt.MouseButton.LeftButton:
            moved = event.position() - self._drag
            self._drag = event.position()
            _, radius = self._frame()
            self.turn(moved.x() / radius, moved.y() / radius)
            return
        hover = self.row_at(event.position())
        if hover != self._hover:
            self._hover = hover
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        del event
        self._drag = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        del event
        self.double_clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys turn the sphere."""
        turns = {
            Qt.Key.Key_Left: (-0.1, 0.0),
            Qt.Key.Key_Right: (0.1, 0.0),
            Qt.Key.Key_Up: (0.0, -0.1),
            Qt.Key.Key_Down: (0.0, 0.1),
        }
        by = turns.get(Qt.Key(event.key()))
        if by is None or not self.three:
            super().keyPressEvent(event)
        else:
            self.turn(*by)


def label_ink(theme: Theme, label: int) -> str:
    """The colour of a label; unknown ones are muted."""
    return theme.muted if label < 0 else theme.series[label % len(theme.series)]


def draw_shape(painter: QPainter, at: QPointF, size: float, label: int) -> None:
    """The marker of a label: circle, square, triangle, diamond in turn, so that colour is not the only difference."""
    kind = 0 if label < 0 else label % 4
    if kind == 0:
        painter.drawEllipse(at, size, size)
    elif kind == 1:
        painter.drawRect(QRectF(at.x() - size * 0.9, at.y() - size * 0.9, size * 1.8, size * 1.8))
    else:
        corners = [(0, -1.25), (1.15, 0.85), (-1.15, 0.85)] if kind == 2 else [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)]
        painter.drawPolygon(QPolygonF([QPointF(at.x() + x * size, at.y() + y * size) for x, y in corners]))


def _rotation(right: float, up: float) -> Floats:
    """Rotation (3, 3) by `right` about the vertical axis of the screen, then `up` about its horizontal one; radians."""
    a, b = right, up
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    turned: Floats = about_x @ about_y
    return turned


def _graticule() -> list[Floats]:
    """Three circles of latitude and three of longitude, each (49, 3)."""
    t = np.linspace(0, 2 * np.pi, 49)
    rings = [
        np.column_stack([np.cos(h) * np.cos(t), np.full(49, np.sin(h)), np.cos(h) * np.sin(t)]) for h in (-0.7, 0, 0.7)
    ]
    return rings + [
        np.column_stack([np.cos(t) * np.cos(a), np.sin(t), np.cos(t) * np.sin(a)])
        for a in (0, np.pi / 3, 2 * np.pi / 3)
    ]


def example(three: bool = True) -> SphereView:
    """Six groups of images, two views each."""
    rng = np.random.default_rng(0)
    labels = rng.integers(6, size=150)
    base = rng.normal(size=(6, 3))[labels] + rng.normal(size=(150, 3)) * 0.35
    sphere = np.concatenate([base, base + rng.normal(size=base.shape) * 0.15])
    circle = sphere[:, :2] / np.linalg.norm(sphere[:, :2], axis=1, keepdims=True)
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    view = SphereView()
    view.set_points(circle, sphere, np.tile(labels, 2), np.roll(np.arange(300), 150), (0.28, 0.41), dimensions=128,
                    names=("disc", "square", "triangle", "ring", "star", "cross"))  # fmt: skip
    view.show_sphere(three)
    return view


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
