"""Toggle: a large switch that says "on" or "off" in words, by the side of the knob and by colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.widgets.ink import colour, mixed, type_face
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped import wrapped

LINES = 3


class Toggle(QAbstractButton):
    """A checkable button; Space flips it."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.setText(text)
        self.setCheckable(True)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self._fit_height()
        self.update()

    def _pill(self) -> QRectF:
        high = round(20 * self._theme.scale)
        return QRectF(2, (self.height() - high) / 2, round(2.15 * high), high)

    def sizeHint(self) -> QSize:
        high = round(28 * self._theme.scale)
        words = QFontMetrics(type_face(self._theme, "body", bold=True)).horizontalAdvance(self.text())
        return QSize(round(2 + 43 * self._theme.scale + 8 + words + 4), high)

    def minimumSizeHint(self) -> QSize:
        return QSize(round(90 * self._theme.scale), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A label that needs more lines gets the height for them."""
        super().resizeEvent(event)
        self._fit_height()

    def _fit_height(self) -> None:
        metrics = QFontMetrics(type_face(self._theme, "body", bold=True))
        room = round(self.width() - self._pill().right() - 10)
        lines = wrapped(self.text(), metrics, room, LINES).count("\n") + 1
        self.setFixedHeight(max(self.sizeHint().height(), lines * metrics.lineSpacing() + 2))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        theme, on, pill = self._theme, self.isChecked(), self._pill()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self.isEnabled() else 0.5)
        ground = theme.accent if on else mixed(theme.text, theme.panel, 0.14)
        painter.setBrush(colour(ground))
        painter.setPen(QPen(colour(theme.accent if on or self.hasFocus() or self.underMouse() else theme.muted), 1.2))
        radius = pill.height() / 2
        painter.drawRoundedRect(pill, radius, radius)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(theme.accent_text if on else theme.text))
        x = pill.right() - radius if on else pill.left() + radius
        painter.drawEllipse(QPointF(x, pill.center().y()), radius * 0.68, radius * 0.68)
        painter.setPen(colour(theme.accent_text if on else theme.text))
        painter.setFont(type_face(theme, "tiny", bold=True))
        words = (
            pill.adjusted(radius * 0.55, 0, -radius * 1.75, 0)
            if on
            else pill.adjusted(radius * 1.75, 0, -radius * 0.4, 0)
        )
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, "on" if on else "off")
        self._label(painter, pill)
        painter.end()

    def _label(self, painter: QPainter, pill: QRectF) -> None:
        font = type_face(self._theme, "body", bold=True)
        room = QRectF(pill.right() + 8, 0, max(self.width() - pill.right() - 10, 1.0), self.height())
        painter.setPen(colour(self._theme.text))
        painter.setFont(font)
        shown = wrapped(self.text(), QFontMetrics(font), int(room.width()), LINES)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
        if self.hasFocus():
            painter.setPen(QPen(colour(self._theme.accent), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(room.adjusted(-3, 3, -1, -3))


def example() -> Toggle:
    """Switched on."""
    toggle = Toggle("negatives")
    toggle.setChecked(True)
    return toggle


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 240, 60)
