"""Gauge: one measured value on a bar between two ends that are named, such as "collapse" and "spread evenly"."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.widgets.ink import colour, mixed, pixels, type_face
from app.widgets.theme import LIGHT, Theme


class Gauge(QWidget):
    """`lo` and `hi` are the reference values at the ends of the bar; a value beyond an end stays visible at that end.

    Of an end that nobody knows, math.inf, nothing is said, and the bar stays empty.
    """

    def __init__(self, title: str, lo: float, hi: float, low_word: str, high_word: str,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self.title, self.low_word, self.high_word = title, low_word, high_word
        self.lo, self.hi, self.value = lo, hi, math.nan
        self._theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(60)

    def set_value(self, value: float) -> None:
        """The measured value; NaN where there is none yet."""
        if value != self.value:
            self.value = value
            self.setAccessibleName(f"{self.title}: {self.text()}")
            self.update()

    def set_end(self, hi: float, high_word: str) -> None:
        """The upper reference, once it is known."""
        if (hi, high_word) != (self.hi, self.high_word):
            self.hi, self.high_word = hi, high_word
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """The value in words."""
        if not math.isfinite(self.value):
            return "–"
        return f"{self.value:.2f}" if abs(self.value) < 10 else f"{self.value:.1f}"

    def share(self) -> float:
        """Where the value stands on the bar, in [0, 1]; NaN where there is none."""
        span = self.hi - self.lo
        at = (self.value - self.lo) / span if math.isfinite(self.value) and 0 < span < math.inf else math.nan
        return min(max(at, 0.0), 1.0) if math.isfinite(at) else at

    def sizeHint(self) -> QSize:
        body, small = pixels(self._theme, "title"), pixels(self._theme, "small")
        return QSize(round(180 * self._theme.scale), round(1.35 * body + 1.35 * small + 16 * self._theme.scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, width = self._theme, self.width()
        head, foot = 1.35 * pixels(theme, "title"), 1.35 * pixels(theme, "small")
        painter.setPen(colour(theme.text))
        painter.setFont(type_face(theme, "body"))
        room = width - QFontMetrics(type_face(theme, "title", bold=True)).horizontalAdvance(self.text() + " ")
        title = painter.fontMetrics().elidedText(self.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(0, 0, width, head), Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(type_face(theme, "title", bold=True))
        painter.drawText(
            QRectF(0, 0, width, head), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self.text()
        )
        bar = QRectF(1, head + 4 * theme.scale, width - 2, 7 * theme.scale)
        self._bar(painter, bar)
        painter.setPen(colour(theme.muted))
        painter.setFont(type_face(theme, "small"))
        below = QRectF(0, bar.bottom() + 3, width, foot)
        if math.isfinite(self.value):  # before, the ends may not be known yet
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, f"{self.lo:g} {self.low_word}")
            end = f"{self.high_word} {self.hi:g}" if math.isfinite(self.hi) else ""
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, end)
        painter.end()

    def _bar(self, painter: QPainter, bar: QRectF) -> None:
        theme, share = self._theme, self.share()
        painter.setPen(QPen(colour(theme.border)))
        painter.setBrush(colour(mixed(theme.text, theme.panel, 0.10)))
        painter.drawRoundedRect(bar, 3, 3)
        if not math.isfinite(share):
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(theme.series[0]))
        painter.drawRoundedRect(QRectF(bar.x(), bar.y(), bar.width() * share, bar.height()), 3, 3)
        x, size = bar.x() + bar.width() * share, 6 * theme.scale
        painter.setBrush(colour(theme.text))
        painter.drawPolygon(QPolygonF([QPointF(x, bar.top() + 2), QPointF(x - size / 1.6, bar.top() - size + 2),
                                       QPointF(x + size / 1.6, bar.top() - size + 2)]))  # fmt: skip


def example() -> Gauge:
    """A healthy spread."""
    gauge = Gauge("std × √d", 0.0, 1.0, "collapse", "spread")
    gauge.set_value(0.87)
    return gauge


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, height=80)
