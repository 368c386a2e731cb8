"""NetworkDiagram: a method's networks as boxes and arrows: who gets data, who gets gradient, who follows by EMA, where it stops.

Every kind of arrow has a form of its own, so that colour is never the only difference, and a legend in words.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from PySide6.QtCore import QEasingCurve, QRectF, QSize, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPaintEngine, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from app.widgets import network_ink, network_legend
from app.widgets.ink import colour, pixels, type_face
from app.widgets.network import Arrow, told
from app.widgets.network_layout import Placed, place, routes
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped import wrapped
from sslviz.spec.catalogue import Box

GLOW_MS = 2_400
"""How long an arrow that changed stays marked."""
MARGIN = 12
"""Room beside a title in its box, in pixels at scale 1."""
LARGEST = 30
"""Type in boxes, in pixels at scale 1."""


class NetworkDiagram(QWidget):
    """`set_network` draws; arrows whose kind differs from what was drawn before are marked for a moment."""

    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.boxes: tuple[Box, ...] = ()
        self.arrows: tuple[Arrow, ...] = ()
        self.changed: frozenset[int] = frozenset()
        self._drawn: Hashable = None
        self._pixels = QPixmap()
        self._glow = QVariantAnimation(self, startValue=1.0, endValue=0.0, duration=GLOW_MS)
        self._glow.setEasingCurve(QEasingCurve.Type.InQuad)
        self._glow.valueChanged.connect(lambda _share: self.update())
        self.setMinimumSize(120, 80)

    def set_network(self, boxes: Sequence[Box], arrows: Sequence[Arrow]) -> None:
        """Show these boxes and arrows; nothing happens where they are the same."""
        boxes, arrows = tuple(boxes), tuple(arrows)
        if (boxes, arrows) == (self.boxes, self.arrows):
            return
        same = boxes == self.boxes and len(arrows) == len(self.arrows)
        flipped = frozenset(k for k, arrow in enumerate(arrows) if same and arrow.kind != self.arrows[k].kind)
        self.boxes, self.arrows = boxes, arrows
        self.setAccessibleName("Diagram of the networks")
        self.setAccessibleDescription(told(boxes, arrows))
        if flipped or not same:
            self.changed = flipped
            self._glow.stop()
        if flipped and self.isVisible():
            self._glow.start()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.update()

    def hideEvent(self, event: object) -> None:
        """Nothing moves where nobody looks."""
        del event
        self._glow.stop()

    def sizeHint(self) -> QSize:
        return QSize(round(560 * self._theme.scale), round(240 * self._theme.scale))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        del event
        self.double_clicked.emit()

    # Places --------------------------------------------------------------------------------------------------------

    def placed(self) -> Placed:
        """Where the boxes stand in the widget's present size."""
        foot = network_legend.height(self._theme, self.width(), self.boxes, self.arrows)
        room = QRectF(6, 2, max(self.width() - 12.0, 10.0), max(self.height() - foot - 6.0, 10.0))
        return place(self.boxes, room)

    def _type(self, placed: Placed) -> int:
        """The largest type in which every title fits into its box, in pixels."""
        least = pixels(self._theme, "tiny") - 2
        for size in range(round(LARGEST * self._theme.scale), least, -1):
            if all(self._fits(box, placed.rects[box.name], size) for box in self.boxes):
                return size
        return least

    def _fits(self, box: Box, rect: QRectF, size: int) -> bool:
        font = type_face(self._theme, bold=True)
        font.setPixelSize(size)
        metrics = QFontMetrics(font)
        lines = self._lines(box, rect, metrics)
        return "…" not in lines and metrics.lineSpacing() * (lines.count("\n") + 1) <= rect.height() - 4

    def _lines(self, box: Box, rect: QRectF, metrics: QFontMetrics) -> str:
        """A title in lines that fit its box, broken behind hyphens too where it must be."""
        room = round(rect.width() - MARGIN * self._theme.scale * (1.6 if box.role == "loss" else 1.0))
        lines = wrapped(box.title, metrics, room, 4)
        broken = wrapped(box.title.replace("-", "- "), metrics, room, 4)
        return lines if "…" not in lines else broken.replace("- ", "-")

    # Painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        if not self.boxes:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.changed:
            ways = routes(self.boxes, self.arrows, self.placed())
            for k in self.changed:
                self._mark(painter, ways[k])
        if painter.paintEngine().type() == QPaintEngine.Type.Raster:
            painter.drawPixmap(0, 0, self._picture())
        else:  # lines stay lines in a saved figure
            self._draw(painter)
        painter.end()

    def _picture(self) -> QPixmap:
        """All but the marks; finding type that fits and ways around boxes takes longer than a paint may."""
        sharp = self.devicePixelRatioF()
        key = (self._theme, self.boxes, self.arrows, self.size().toTuple(), sharp)
        if key != self._drawn:
            self._drawn, self._pixels = key, QPixmap(self.size() * sharp)
            self._pixels.setDevicePixelRatio(sharp)
            self._pixels.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._pixels)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw(painter)
            painter.end()
        return self._pixels

    def _draw(self, painter: QPainter) -> None:
        placed = self.placed()
        ways = routes(self.boxes, self.arrows, placed)
        for arrow, way in zip(self.arrows, ways, strict=True):
            network_ink.arrow(painter, self._theme, arrow.kind, way, returns=arrow.returns)
        size = self._type(placed)
        for box in self.boxes:
            self._box(painter, box, placed.rects[box.name], size)
        for arrow, way in zip(self.arrows, ways, strict=True):
            if arrow.label:
                self._label(painter, way, arrow.label)
        network_legend.paint(painter, self._theme, QRectF(self.rect()), self.boxes, self.arrows)

    def _mark(self, painter: QPainter, way: QPainterPath) -> None:
        share = float(self._glow.currentValue()) if self._glow.state() == QVariantAnimation.State.Running else 0.0
        if share > 0:
            pen = QPen(colour(self._theme.accent, 0.55 * share), 16 * self._theme.scale)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.strokePath(way, pen)

    def _box(self, painter: QPainter, box: Box, rect: QRectF, size: int) -> None:
        network_ink.box(painter, self._theme, box.role, rect)
        font = type_face(self._theme, bold=True)
        font.setPixelSize(size)
        painter.setFont(font)
        painter.setPen(colour(self._theme.text))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._lines(box, rect, QFontMetrics(font)))

    def _label(self, painter: QPainter, way: QPainterPath, text: str) -> None:
        font = type_face(self._theme, "small", bold=True)
        painter.setFont(font)
        metrics = QFontMetrics(font)
        middle = way.pointAtPercent(0.5)
        room = QRectF(0, 0, metrics.horizontalAdvance(text) + 8, metrics.height() + 2)
        room.moveCenter(middle)
        room.moveLeft(min(max(room.left(), 0.0), self.width() - room.width()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(self._theme.panel, 0.92))
        painter.drawRoundedRect(room, 3, 3)
        painter.setPen(colour(network_ink.ink_of(self._theme, "ema")))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)


def example() -> NetworkDiagram:
    """A student and a teacher that follows it."""
    diagram = NetworkDiagram()
    boxes = (
        Box("x0", "view 1", 0, 0, "view"), Box("x1", "view 2", 0, 1, "view"), Box("f", "encoder", 1, 0),
        Box("t", "teacher's encoder", 1, 1, "teacher"), Box("q", "predictor", 2, 0), Box("loss", "distance", 3, 0, "loss"),
        Box("m", "queue", 2, 1, "memory"),
    )  # fmt: skip
    diagram.set_network(boxes, (
        Arrow("x0", "f", "data", False), Arrow("f", "q", "data", True), Arrow("q", "loss", "data", True),
        Arrow("x1", "t", "data", False), Arrow("f", "t", "ema", False, "EMA 0.996"), Arrow("t", "m", "stop", False),
        Arrow("m", "loss", "none", False),
    ))  # fmt: skip
    return diagram


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 760, 320)
