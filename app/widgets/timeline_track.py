"""TimelineTrack: the snapshots of a run on a line, and a handle that goes from one to the next by pointer, wheel and keys."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.widgets.ink import colour, type_face
from app.widgets.theme import LIGHT, Theme

Scale = Literal["log", "even"]
SCALES: dict[Scale, str] = {
    "log": "Snapshots stand where their steps lie on a logarithmic scale, as they were taken",
    "even": "Each snapshot as far from the next",
}
NOTCH = 120
"""Of a wheel, in Qt's units."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the handle can stand. now: the run as it is, not a snapshot. missing: why a snapshot cannot be shown."""

    step: int
    now: bool = False
    missing: str = ""


def places(steps: Sequence[int], total: int, scale: Scale) -> list[float]:
    """Where ascending steps stand on the track, each in [0, 1]; `total` is the step at its end."""
    if scale == "even":
        return [k / (len(steps) - 1) for k in range(len(steps))] if len(steps) > 1 else [1.0] * len(steps)
    end = math.log1p(max(total, *steps, 1)) if steps else 1.0
    return [math.log1p(step) / end for step in steps]


class TimelineTrack(QWidget):
    """`moved` carries the number of the stop that the user moved to."""

    moved = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._wheel = LIGHT, 0
        self.total = 1
        self.scale: Scale = "log"
        self.stops: tuple[Stop, ...] = ()
        self.at = -1
        self._seen: object = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Snapshots of the run")
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    # What is shown -------------------------------------------------------------------------------------------------

    def set_stops(self, stops: Sequence[Stop], total: int) -> None:
        """The stops by rising step; the track ends at step `total`. What moves nothing by a pixel is not painted."""
        self.stops, self.total = tuple(stops), total
        self.at = min(self.at, len(stops) - 1)
        self._show()

    def set_at(self, at: int) -> None:
        """Put the handle on a stop; -1: on none."""
        self.at = at if at < len(self.stops) else -1
        self._show()

    def set_scale(self, scale: Scale) -> None:
        """How far stops are apart."""
        self.scale = scale
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme, self._seen = theme, None
        self.updateGeometry()
        self._show()

    def _show(self) -> None:
        seen = (self.at, tuple(round(2 * x) for x in self.xs()), tuple((s.now, s.missing) for s in self.stops))
        if seen != self._seen:
            self._seen = seen
            self.setAccessibleDescription(said(self.stops[self.at]) if self.at >= 0 else "none of them")
            self.update()

    # Geometry ------------------------------------------------------------------------------------------------------

    def _margin(self) -> float:
        return 14.0 * self._theme.scale

    def xs(self) -> list[float]:
        """Where the stops stand, in pixels."""
        left, wide = self._margin(), max(self.width() - 2 * self._margin(), 1.0)
        return [left + wide * at for at in places([s.step for s in self.stops], self.total, self.scale)]

    def _line(self) -> float:
        return 11.0 * self._theme.scale

    def sizeHint(self) -> QSize:
        letters = QFontMetrics(type_face(self._theme, "tiny")).height()
        return QSize(round(260 * self._theme.scale), round(2 * self._line()) + letters)

    def minimumSizeHint(self) -> QSize:
        return QSize(round(110 * self._theme.scale), self.sizeHint().height())

    def nearest(self, x: float) -> int:
        """The stop nearest to a pixel, -1 where there is none."""
        distances = [abs(x - at) for at in self.xs()]
        return distances.index(min(distances)) if distances else -1

    # Pointer and keys ----------------------------------------------------------------------------------------------

    def _go(self, to: int) -> None:
        to = min(max(to, 0), len(self.stops) - 1)
        if self.stops and to != self.at:
            self.set_at(to)
            self.moved.emit(to)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._go(self.nearest(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(self.nearest(event.position().x()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A notch is a snapshot: up is back."""
        self._wheel += event.angleDelta().y() or event.angleDelta().x()
        notches = int(self._wheel / NOTCH)
        self._wheel -= notches * NOTCH
        if notches:
            self._go(self.at - notches)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows: the snapshot before and after. Home, End: the first, and the run as it is."""
        back, on = (Qt.Key.Key_Left, Qt.Key.Key_Down), (Qt.Key.Key_Right, Qt.Key.Key_Up)
        key = Qt.Key(event.key())
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key in back or key in on:
            self._go(self.at + (1 if key in on else -1))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._go(0 if key == Qt.Key.Key_Home else len(self.stops) - 1)
        else:
            super().keyPressEvent(event)

    def event(self, event: object) -> bool:
        """The tooltip names the snapshot under the pointer."""
        if isinstance(event, QHelpEvent) and self.stops:
            stop = self.stops[self.nearest(event.pos().x())]
            QToolTip.showText(event.globalPos(), f"{said(stop)}. {stop.missing}".strip(), self)
            return True
        return bool(super().event(event))  # type: ignore[arg-type]  # Qt hands events only

    # Painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        self.paint(painter)
        painter.end()

    def paint(self, painter: QPainter) -> None:
        """Draw with `painter`, for figures too."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, xs, y = self._theme, self.xs(), self._line()
        painter.setPen(QPen(colour(theme.border), 3 * theme.scale))
        painter.drawLine(QPointF(self._margin(), y), QPointF(self.width() - self._margin(), y))
        if self.at > 0:
            painter.setPen(QPen(colour(theme.accent), 3 * theme.scale))
            painter.drawLine(QPointF(xs[0], y), QPointF(xs[self.at], y))
        for x, stop in zip(xs, self.stops, strict=True):
            self._draw_mark(painter, QPointF(x, y), stop)
        if self.at >= 0:
            self._draw_handle(painter, QPointF(xs[self.at], y))
        self._draw_words(painter, xs)

    def _draw_mark(self, painter: QPainter, where: QPointF, stop: Stop) -> None:
        theme, reach = self._theme, (4.0 if stop.now else 3.2) * self._theme.scale
        painter.setPen(QPen(colour(theme.warning if stop.missing else theme.muted), 1.4 * theme.scale))
        painter.setBrush(colour(theme.window))
        if stop.missing:
            for slope in (1, -1):
                tip = QPointF(reach, slope * reach)
                painter.drawLine(where - tip, where + tip)
        elif stop.now:
            tips = [QPointF(0, -reach), QPointF(reach, 0), QPointF(0, reach), QPointF(-reach, 0)]
            painter.drawPolygon([where + tip * 1.4 for tip in tips])
        else:
            painter.drawEllipse(where, reach, reach)

    def _draw_handle(self, painter: QPainter, where: QPointF) -> None:
        theme = self._theme
        painter.setPen(QPen(colour(theme.text if self.hasFocus() else theme.panel), 2))
        painter.setBrush(colour(theme.accent))
        painter.drawEllipse(where, 7.0 * theme.scale, 7.0 * theme.scale)

    def _draw_words(self, painter: QPainter, xs: Sequence[float]) -> None:
        """The steps below their marks, as many as fit: that of the handle, the ends, then the others from the right."""
        painter.setFont(type_face(self._theme, "tiny", bold=False))
        metrics, top = painter.fontMetrics(), 2 * self._line()
        for k, (left, wide) in self._words(xs, metrics).items():
            painter.setPen(colour(self._theme.text if k == self.at else self._theme.muted))
            painter.drawText(
                QRectF(left, top, wide + 2, metrics.height()), Qt.AlignmentFlag.AlignLeft, _short(self.stops[k])
            )

    def _words(self, xs: Sequence[float], metrics: QFontMetrics) -> dict[int, tuple[float, float]]:
        last = len(xs) - 1
        order = dict.fromkeys(k for k in (self.at, last, 0, *range(last, 0, -1)) if 0 <= k <= last)
        placed: dict[int, tuple[float, float]] = {}
        for k in order:
            wide = float(metrics.horizontalAdvance(_short(self.stops[k])))
            left = min(max(xs[k] - wide / 2, 0.0), self.width() - wide)
            if all(left > a + w + 6 or left + wide + 6 < a for a, w in placed.values()):
                placed[k] = (left, wide)
        return placed


def said(stop: Stop) -> str:
    """A stop in words."""
    return f"As it is now, step {stop.step:,}" if stop.now else f"Snapshot of step {stop.step:,}"


def _short(stop: Stop) -> str:
    return "now" if stop.now else f"{stop.step:,}"


def example() -> TimelineTrack:
    """Twelve snapshots of 1,600 steps, one of which is gone."""
    track = TimelineTrack()
    steps = (0, 1, 2, 3, 6, 12, 22, 40, 74, 137, 468)
    track.set_stops(
        [*(Stop(s, missing="Its file is gone." if s == 74 else "") for s in steps), Stop(1600, now=True)], 1600
    )
    track.set_at(9)
    return track


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 640, 60)
