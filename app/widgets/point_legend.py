"""PointLegend: what the colours of a map mean, and how many points each has. One entry alone can be shown, by pointer or keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from app.widgets.ink import colour, type_face
from app.widgets.point_colours import STEPS, PointColours, plain, scale_colours, shown_colours
from app.widgets.theme import LIGHT, Theme

Entry = tuple[int, str, int]
"""Code, name, points."""
GAP = 6.0
MOST_WIDE = 240.0
"""Of the widget, in pixels at scale 1: longer names are cut, and told in full by a tooltip."""


class PointLegend(QWidget):
    """`shown` carries the codes that are not to be faded, None for all. A click keeps an entry alone, another lets all back in;
    with Ctrl it is added or taken away."""

    shown = Signal(object)  # frozenset[int] | None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._colours: PointColours = plain(0)
        self._entries: list[Entry] = []
        self.kept: frozenset[int] | None = None
        self._under = -1  # number of the entry under the pointer or the keyboard
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Legend of the map")

    def set_colours(self, colours: PointColours) -> None:
        """What to explain; nothing is kept alone any more."""
        self._colours, self._entries = colours, colours.entries()
        self.kept, self._under = None, -1
        self.setAccessibleDescription("; ".join(f"{name}: {count:,} points" for _, name, count in self._entries))
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    # Layout ---------------------------------------------------------------------------------------------------------

    def _line(self) -> float:
        return QFontMetricsF(type_face(self._theme, "small")).lineSpacing() + 4 * self._theme.scale

    def _top(self) -> float:
        """Where the entries begin: below the title, and the bar of a quantity."""
        title = self._line() if self._colours.title else 0.0
        return title + (0.0 if self._colours.names else 2.2 * self._line())

    def box(self, entry: int) -> QRectF:
        """The line of an entry."""
        return QRectF(0, self._top() + entry * self._line(), self.width(), self._line())

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(type_face(self._theme, "small"))
        bold = QFontMetricsF(type_face(self._theme, "small", bold=True))
        wide = [bold.horizontalAdvance(self._colours.title) + 2 * GAP]
        wide += [
            self._swatch() + metrics.horizontalAdvance(f"{name}  {count:,}") + 3 * GAP
            for _, name, count in self._entries
        ]
        wide += [] if self._colours.names else [metrics.horizontalAdvance(" – ".join(self._colours.ends())) + 4 * GAP]
        most = MOST_WIDE * self._theme.scale
        return QSize(round(min(max(wide), most)), round(self._top() + len(self._entries) * self._line() + GAP))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _swatch(self) -> float:
        return 11.0 * self._theme.scale

    # Painting -------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colour(self._theme.text))
        painter.setFont(type_face(self._theme, "small", bold=True))
        metrics = QFontMetricsF(painter.font())
        title = metrics.elidedText(self._colours.title, Qt.TextElideMode.ElideRight, self.width() - GAP)
        painter.drawText(QRectF(GAP, 0, self.width() - GAP, self._line()), Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(type_face(self._theme, "small"))
        if not self._colours.names:
            self._paint_scale(painter)
        inks = shown_colours(self._colours, self._theme)
        for k, entry in enumerate(self._entries):
            self._paint_entry(painter, k, entry, inks[entry[0]])
        painter.end()

    def _paint_scale(self, painter: QPainter) -> None:
        line = self._line()
        bar = QRectF(GAP, (line if self._colours.title else 0) + 2, self.width() - 2 * GAP, 0.8 * line)
        blend = QLinearGradient(bar.topLeft(), bar.topRight())
        for k, name in enumerate(scale_colours(self._theme)):
            blend.setColorAt(k / (STEPS - 1), QColor(name))
        painter.fillRect(bar, blend)
        ends = bar.translated(0, bar.height() + 2)
        painter.setPen(colour(self._theme.text))
        for text, side in zip(
            self._colours.ends(), (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight), strict=True
        ):
            painter.drawText(ends, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_entry(self, painter: QPainter, k: int, entry: Entry, ink: str) -> None:
        code, name, count = entry
        box, side = self.box(k), self._swatch()
        if k == self._under:
            painter.setPen(QPen(colour(self._theme.accent), 1.4 * self._theme.scale))
            painter.setBrush(colour(self._theme.accent, 0.12))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 3, 3)
        pale = self.kept is not None and code not in self.kept
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(ink, 0.25 if pale else 1.0))
        painter.drawEllipse(QPointF(GAP + side / 2, box.center().y()), side / 2, side / 2)
        metrics = QFontMetricsF(painter.font())
        number = f"{count:,}"
        text = box.adjusted(side + 2 * GAP, 0, -GAP, 0)
        painter.setPen(colour(self._theme.muted))
        painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, number)
        painter.setPen(colour(self._theme.muted if pale else self._theme.text))
        room = text.width() - metrics.horizontalAdvance(number) - GAP
        said = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, said)

    # Mouse and keyboard ---------------------------------------------------------------------------------------------

    def _at(self, event: QMouseEvent) -> int:
        k = int((event.position().y() - self._top()) // self._line())
        return k if 0 <= k < len(self._entries) else -1

    def _go(self, k: int) -> None:
        if k != self._under:
            self._under = k
            self.setToolTip("{1}: {2:,} points".format(*self._entries[k]) if k >= 0 else "")
            self._tell()

    def _tell(self) -> None:
        self.shown.emit(frozenset({self._entries[self._under][0]}) if self._under >= 0 else self.kept)
        self.update()

    def keep(self, entry: int, *, add: bool = False) -> None:
        """Keep an entry alone, or let all back in where it was so; `add`: add it to those that are kept, or take it away."""
        code = self._entries[entry][0]
        if not add:
            self.kept = None if self.kept == frozenset({code}) else frozenset({code})
        else:
            self.kept = (self.kept or frozenset()) ^ {code} or None
        self._tell()

    def keep_all(self) -> None:
        """Nothing is faded."""
        self.kept = None
        self._tell()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go(self._at(event))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._go(-1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._go(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        k = self._at(event)
        if k >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.keep(k, add=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = event.key(), len(self._entries) - 1
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and last >= 0:
            step = 1 if key == Qt.Key.Key_Down else -1
            self._go(min(max(self._under + step, 0), last))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._under >= 0:
            self.keep(self._under, add=key == Qt.Key.Key_Space)
        elif key == Qt.Key.Key_Escape and (self._under >= 0 or self.kept is not None):
            self._under = -1
            self.keep_all()
        else:
            super().keyPressEvent(event)


def example() -> PointLegend:
    """Three kinds of fruit."""
    from app.widgets.point_colours import colours_of

    legend = PointLegend()
    legend.set_colours(colours_of([0, 0, 1, 2, 2, 2, -1], ["apple", "pear", "plum"], "fruit"))
    return legend


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 200, 160)
