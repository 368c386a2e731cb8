"""LayerStrip: the layers of a network as numbered cells, of which any number is chosen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.widgets.ink import colour, mixed, type_face
from app.widgets.theme import LIGHT, Theme

TIP = (
    "Layers that are shown. Click: this one. Drag or Shift: up to here. Ctrl: one more or less. A: all, End: the last."
)
_SHIFT, _CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class LayerStrip(QWidget):
    """Counts from 0, shows numbers from 1. `changed` carries the chosen layers in order, at least one."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.total = 0
        self.chosen: tuple[int, ...] = ()
        self._anchor = self._at = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Layers")
        self.setToolTip(TIP)

    def set_layers(self, depth: int, chosen: Iterable[int]) -> None:
        """So many layers, of which these are chosen; nothing is sent."""
        self.total = depth
        self.chosen = tuple(sorted({layer for layer in chosen if 0 <= layer < depth}))
        self._at = self._anchor = self.chosen[-1] if self.chosen else 0
        self.setAccessibleDescription(", ".join(str(layer + 1) for layer in self.chosen))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        side = 22 * self._theme.scale
        return QSize(round(side * max(self.total, 4)), round(side + 2))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(60 * self._theme.scale), self.sizeHint().height())

    def box(self, layer: int) -> QRectF:
        """Where a layer is drawn."""
        wide = min((self.width() - 2) / max(self.total, 1), 26 * self._theme.scale)
        return QRectF(1 + layer * wide, 1, wide, self.height() - 2)

    # --- choosing

    def choose(self, layers: Iterable[int]) -> None:
        """Choose as the user does: sends what has changed."""
        wanted = tuple(sorted({layer for layer in layers if 0 <= layer < self.total}))
        if wanted and wanted != self.chosen:
            self.chosen = wanted
            self.setAccessibleDescription(", ".join(str(layer + 1) for layer in wanted))
            self.changed.emit(wanted)
        self.update()

    def _take(self, layer: int, modifiers: Qt.KeyboardModifier) -> None:
        self._at = layer
        if modifiers & _CTRL:
            self._anchor = layer
            self.choose(set(self.chosen) ^ {layer})
        elif modifiers & _SHIFT:
            self.choose(range(min(self._anchor, layer), max(self._anchor, layer) + 1))
        else:
            self._anchor = layer
            self.choose([layer])

    def _under(self, x: float) -> int:
        wide = self.box(0).width()
        return min(max(int((x - 1) // wide), 0), self.total - 1) if self.total else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.total and event.button() == Qt.MouseButton.LeftButton:
            self._take(self._under(event.position().x()), event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.total and event.buttons() & Qt.MouseButton.LeftButton and not event.modifiers() & _CTRL:
            self._take(self._under(event.position().x()), event.modifiers() | _SHIFT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: self._at - 1, Qt.Key.Key_Right: self._at + 1, Qt.Key.Key_Home: 0,
                 Qt.Key.Key_End: self.total - 1}  # fmt: skip
        key = Qt.Key(event.key())
        if key in steps and self.total:
            at = min(max(steps[key], 0), self.total - 1)
            if event.modifiers() & _CTRL:
                self._at = at  # Space then adds it or takes it away
                self.update()
            else:
                self._take(at, event.modifiers())
        elif key == Qt.Key.Key_Space:
            self._take(self._at, _CTRL)
        elif key == Qt.Key.Key_A:
            self.choose(range(self.total))
        else:
            super().keyPressEvent(event)

    def event(self, event: object) -> bool:
        """The tooltip names the layer under the pointer."""
        if isinstance(event, QHelpEvent) and self.total:
            name = f"layer {self._under(event.pos().x()) + 1} of {self.total}"
            QToolTip.showText(event.globalPos(), f"{name}. {TIP}", self)
            return True
        return bool(super().event(event))  # type: ignore[arg-type]  # Qt hands events only

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        theme, painter = self._theme, QPainter(self)
        quiet = mixed(theme.text, theme.panel, 0.07)
        painter.setFont(type_face(theme, "small" if self.box(0).width() >= 17 * theme.scale else "tiny"))
        widest = painter.fontMetrics().horizontalAdvance(str(self.total)) + 5
        every = max(1, -(-widest // max(round(self.box(0).width()), 1)))
        for layer in range(self.total):
            box, on = self.box(layer), layer in self.chosen
            painter.setPen(QPen(colour(theme.accent if on else theme.border), 1))
            painter.setBrush(colour(theme.accent if on else quiet))
            painter.drawRect(box)
            if (self.total - 1 - layer) % every == 0:
                painter.setPen(colour(theme.accent_text if on else theme.text))
                painter.drawText(box.adjusted(-9, 0, 9, 0), Qt.AlignmentFlag.AlignCenter, str(layer + 1))
        if self.hasFocus() and self.total:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour(theme.text), 2))
            painter.drawRect(self.box(self._at).adjusted(2, 2, -2, -2))
        painter.end()


def example() -> LayerStrip:
    """Twelve layers, the last three chosen."""
    strip = LayerStrip()
    strip.set_layers(12, (9, 10, 11))
    return strip


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 340, 40)
