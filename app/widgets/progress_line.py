"""ProgressLine: how far something is, as a bar without words.

Qt's own bar costs half a millisecond a paint under a style sheet, and where it was once of unknown length it is painted sixty times
a second until it has moved on.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPalette, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.widgets.ink import colour
from app.widgets.theme import Theme

BUSY_MS = 120
BLOCK = 0.25
"""Of the bar, for the block that wanders where the length is unknown."""
SHOWN = 400
"""Steps of the bar that are told apart."""
STEPS = 24  # of the block's way from end to end


class ProgressLine(QWidget):
    """In the colours of the palette around it; a block wanders while the share is unknown."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """`name`: of what, for those who cannot see it."""
        super().__init__(parent)
        self._name, self._share, self._at = name, 0.0, 0
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._wander = QTimer(self, interval=BUSY_MS)
        self._wander.timeout.connect(self._go_on)

    @property
    def share(self) -> float:
        """What is done of all, in [0, 1]; NaN: unknown."""
        return self._share

    def show_share(self, share: float) -> None:
        """0 to 1; NaN: busy for an unknown time. What changes no pixel is not painted."""
        known, self._share = (
            self._share,
            round(SHOWN * min(max(share, 0.0), 1.0)) / SHOWN if math.isfinite(share) else math.nan,
        )
        self._pace()
        if math.isfinite(self._share) and self._share != known:
            self.setAccessibleName(f"{self._name}: {self._share:.0%}")
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours, where the application's own do not reach."""
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Mid, colour(theme.border))
        palette.setColor(QPalette.ColorRole.Highlight, colour(theme.accent))
        self.setPalette(palette)

    def _pace(self) -> None:
        wanders = math.isnan(self._share) and self.isVisible()
        if wanders != self._wander.isActive():
            self._wander.start() if wanders else self._wander.stop()
            self.setAccessibleName(self._name)
            self.update()

    def _go_on(self) -> None:
        self._at = (self._at + 1) % (2 * STEPS)
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._pace()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._wander.stop()

    def sizeHint(self) -> QSize:
        return QSize(120, max(self.fontMetrics().height() // 2, 6))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        bar = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        bar.setHeight(min(bar.height(), self.sizeHint().height()))
        bar.moveTop((self.height() - bar.height()) / 2)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        round_by = bar.height() / 2
        painter.setBrush(self.palette().color(QPalette.ColorRole.Mid))
        painter.drawRoundedRect(bar, round_by, round_by)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Highlight))
        painter.setClipRect(self._done(bar))
        painter.drawRoundedRect(bar, round_by, round_by)
        painter.end()

    def _done(self, bar: QRectF) -> QRectF:
        """The part of the bar that is filled."""
        start, share = 0.0, self._share
        if math.isnan(share):
            way = self._at if self._at < STEPS else 2 * STEPS - self._at
            start, share = (1 - BLOCK) * way / STEPS, BLOCK
        return QRectF(bar.left() + start * bar.width(), bar.top(), share * bar.width(), bar.height())


def example() -> ProgressLine:
    """A third is done."""
    line = ProgressLine("Progress")
    line.show_share(0.33)
    return line


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, height=30)
