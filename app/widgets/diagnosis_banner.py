"""DiagnosisBanner: one plain sentence on how the representation is doing, with a sign whose shape tells its level."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.widgets.ink import colour, mixed, pixels, type_face
from app.widgets.theme import LIGHT, Theme

Level = Literal["good", "note", "warning"]
WORDS: dict[Level, str] = {"good": "Healthy", "note": "Note", "warning": "Warning"}


class LevelSign(QWidget):
    """Circle with a tick (good), square with an i (note), triangle with an exclamation mark (warning)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self.level = LIGHT, "note"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_level(self, level: Level) -> None:
        """Which of the three signs."""
        self.level = level
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and size."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        side = round(26 * self._theme.scale)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        theme = self._theme
        ink = {"good": theme.good, "note": theme.note, "warning": theme.warning}[self.level]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(colour(ink))
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.level == "good":
            painter.drawEllipse(box)
            self._tick(painter, box)
        else:
            self._letter(painter, box)
        painter.end()

    def _tick(self, painter: QPainter, box: QRectF) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour(self._theme.panel), box.width() * 0.12))
        points = [(0.27, 0.53), (0.44, 0.70), (0.74, 0.34)]
        painter.drawPolyline(
            QPolygonF([QPointF(box.x() + x * box.width(), box.y() + y * box.height()) for x, y in points])
        )

    def _letter(self, painter: QPainter, box: QRectF) -> None:
        if self.level == "note":
            painter.drawRoundedRect(box, 4, 4)
        else:
            painter.drawPolygon(QPolygonF([QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft()]))
            box = box.adjusted(0, box.height() * 0.22, 0, 0)
        painter.setPen(colour(self._theme.panel))
        painter.setFont(type_face(self._theme, "body", bold=True))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "i" if self.level == "note" else "!")


class DiagnosisBanner(QWidget):
    """Sign, the level in a word, and the sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.sign, self.sentence = LevelSign(), QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence.setMinimumWidth(40)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("diagnosis")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.addWidget(self.sign)
        layout.addWidget(self.sentence, 1)
        self.level: Level = "note"
        self.set_theme(LIGHT)

    def set_diagnosis(self, level: Level, text: str) -> None:
        """Show a sentence and the sign of its level; the same ones again cost nothing."""
        if (level, text) == (self.level, self.sentence.text()):
            return
        self.level = level
        self.sign.set_level(level)
        self.sentence.setText(text)
        self.setAccessibleName(f"{WORDS[level]}: {text}")
        self._paint()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.sign.set_theme(theme)
        self._paint()

    def _paint(self) -> None:
        theme = self._theme
        ink = {"good": theme.good, "note": theme.note, "warning": theme.warning}[self.level]
        self.setStyleSheet(
            f"QWidget#diagnosis {{ background: {mixed(ink, theme.panel, 0.12)}; border-left: {round(4 * theme.scale)}px solid {ink};"
            f" border-radius: 4px; }} QLabel {{ color: {theme.text}; font-size: {pixels(theme, 'title')}px; background: transparent;"
            f" font-weight: {'bold' if self.level == 'warning' else 'normal'}; }}")  # fmt: skip


def example() -> DiagnosisBanner:
    """A warning."""
    banner = DiagnosisBanner()
    banner.set_diagnosis(
        "warning", "all images are moving to one point (std × √d = 0.08): the representation is collapsing."
    )
    return banner


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, height=60)
