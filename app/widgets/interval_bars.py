"""IntervalBars: a few series of shares over named things, as horizontal bars with whiskers, each thing with its chance level."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.widgets.ink import colour, mixed, type_face
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped import wrapped

_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Bar:
    """One series' share of one thing in [0, 1], with its interval."""

    series: int
    value: float
    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class BarGroup:
    """A thing, its chance level (NaN: none), and its bars."""

    name: str
    chance: float
    bars: tuple[Bar, ...]


class IntervalBars(QWidget):
    """One axis from 0 to 100 %; series by colour and by their place in each group, named in a legend."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.groups: tuple[BarGroup, ...] = ()
        self.series: tuple[str, ...] = ()
        self.colours: tuple[int, ...] = ()
        self._message = ""
        self.setMouseTracking(True)
        self.setMinimumSize(120, 80)

    def set_groups(self, groups: Sequence[BarGroup], series: Sequence[str], colours: Sequence[int] = ()) -> None:
        """Show these; `colours` are places among the theme's series colours, one a series."""
        self.groups, self.series = tuple(groups), tuple(series)
        self.colours = tuple(colours) or tuple(range(len(series)))
        self.setAccessibleDescription("; ".join(self._say(group) for group in groups))
        self.update()

    def set_message(self, text: str) -> None:
        """What to say while there is nothing to draw."""
        self._message = text
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def table(self) -> tuple[list[str], list[list[float | str]]]:
        """Every bar as a line."""
        rows: list[list[float | str]] = [
            [group.name, self.series[bar.series], bar.value, bar.lo, bar.hi, group.chance]
            for group in self.groups
            for bar in group.bars
        ]
        return ["of", "series", "value", "lo", "hi", "chance"], rows

    def sizeHint(self) -> QSize:
        return QSize(round(320 * self._theme.scale), round((60 + 46 * max(len(self.groups), 2)) * self._theme.scale))

    def _say(self, group: BarGroup) -> str:
        told = ", ".join(
            f"{self.series[b.series]} {100 * b.value:.1f} % ({100 * b.lo:.1f}–{100 * b.hi:.1f})" for b in group.bars
        )
        chance = "" if math.isnan(group.chance) else f", chance {100 * group.chance:.1f} %"
        return f"{group.name}: {told}{chance}"

    # --- places

    def _field(self) -> QRectF:
        face = QFontMetricsF(type_face(self._theme, "small"))
        left = min(max((face.horizontalAdvance(g.name) for g in self.groups), default=0.0) + 10, 0.4 * self.width())
        top, foot = self._legend_height(face), face.height() + 6
        return QRectF(left, top, max(self.width() - left - 14, 1.0), max(self.height() - top - foot, 1.0))

    def _legend_height(self, face: QFontMetricsF) -> float:
        return face.height() * len(self._legend_lines(face)) + 8

    def _legend_lines(self, face: QFontMetricsF) -> list[list[int]]:
        """Series by lines that fit the width."""
        lines: list[list[int]] = [[]]
        used = 0.0
        for k, name in enumerate(self.series):
            width = face.horizontalAdvance(name) + 28
            if lines[-1] and used + width > self.width():
                lines.append([])
                used = 0.0
            lines[-1].append(k)
            used += width
        return lines

    def _band(self, k: int) -> QRectF:
        field = self._field()
        high = field.height() / max(len(self.groups), 1)
        return QRectF(field.x(), field.y() + k * high, field.width(), high)

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(type_face(self._theme, "small"))
        if not self.groups:
            painter.setPen(colour(self._theme.muted))
            room = QRectF(self.rect()).adjusted(12, 6, -12, -6)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)
        else:
            self._paint_axis(painter)
            self._paint_legend(painter)
            for k, group in enumerate(self.groups):
                self._paint_group(painter, self._band(k), group)
        painter.end()

    def _paint_axis(self, painter: QPainter) -> None:
        field, line = self._field(), painter.fontMetrics().height()
        face = painter.fontMetrics()
        room = field.width() / face.horizontalAdvance("100 %")
        for tick in _TICKS[:: 1 if room > 5.5 else 2 if room > 3.5 else 4]:
            x = field.x() + tick * field.width()
            painter.setPen(QPen(colour(mixed(self._theme.text, self._theme.panel, 0.12)), 1))
            painter.drawLine(QPointF(x, field.top()), QPointF(x, field.bottom()))
            painter.setPen(colour(self._theme.muted))
            text = f"{100 * tick:.0f} %"
            wide = painter.fontMetrics().horizontalAdvance(text)
            left = min(max(x - wide / 2, field.x()), self.width() - wide - 1)
            painter.drawText(QRectF(left, field.bottom() + 2, wide + 2, line), Qt.AlignmentFlag.AlignLeft, text)

    def _paint_legend(self, painter: QPainter) -> None:
        face = QFontMetricsF(painter.font())
        for r, line in enumerate(self._legend_lines(face)):
            x = 2.0
            for k in line:
                painter.fillRect(QRectF(x, r * face.height() + 4, 10, face.height() - 6), self._ink(k))
                painter.setPen(colour(self._theme.text))
                wide = face.horizontalAdvance(self.series[k])
                painter.drawText(
                    QRectF(x + 14, r * face.height(), wide + 4, face.height()),
                    Qt.AlignmentFlag.AlignVCenter,
                    self.series[k],
                )
                x += wide + 28

    def _ink(self, series: int) -> QColor:
        return colour(self._theme.series[self.colours[series] % len(self._theme.series)], 0.8)

    def _paint_group(self, painter: QPainter, band: QRectF, group: BarGroup) -> None:
        painter.setPen(colour(self._theme.text))
        name = wrapped(group.name, painter.fontMetrics(), int(band.x() - 8), lines=3)
        painter.drawText(
            QRectF(0, band.y(), band.x() - 6, band.height()),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            name,
        )
        room = band.adjusted(0, band.height() * 0.12, 0, -band.height() * 0.12)
        high = room.height() / max(len(group.bars), 1)
        for k, bar in enumerate(group.bars):
            self._paint_bar(painter, QRectF(room.x(), room.y() + k * high, room.width(), high * 0.86), bar)
        if math.isfinite(group.chance):
            painter.setPen(QPen(colour(self._theme.text), max(1.4, self._theme.scale), Qt.PenStyle.DotLine))
            x = band.x() + group.chance * band.width()
            painter.drawLine(QPointF(x, room.top() - 1), QPointF(x, room.bottom() + 1))

    def _paint_bar(self, painter: QPainter, room: QRectF, bar: Bar) -> None:
        if not math.isfinite(bar.value):
            return
        painter.fillRect(
            QRectF(room.x(), room.y(), room.width() * min(max(bar.value, 0.0), 1.0), room.height()),
            self._ink(bar.series),
        )
        painter.setPen(QPen(colour(self._theme.text), max(1.0, self._theme.scale)))
        left, right = (room.x() + room.width() * min(max(v, 0.0), 1.0) for v in (bar.lo, bar.hi))
        middle = room.center().y()
        painter.drawLine(QPointF(left, middle), QPointF(right, middle))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The numbers of the group under the pointer."""
        for k, group in enumerate(self.groups):
            if self._band(k).top() <= event.position().y() < self._band(k).bottom():
                QToolTip.showText(event.globalPosition().toPoint(), self._say(group), self)
                return
        QToolTip.hideText()


def example() -> IntervalBars:
    """Three factors of a run beside two baselines."""
    bars = IntervalBars()
    rows = {"shape": (0.6, 0.2, 0.3), "hue": (0.25, 0.5, 0.8), "background": (0.8, 0.3, 0.35)}
    groups = [
        BarGroup(name, 0.125, tuple(Bar(s, v, v - 0.02, v + 0.02) for s, v in enumerate(row)))
        for name, row in rows.items()
    ]
    bars.set_groups(groups, ("this run", "random weights", "raw pixels"))
    return bars


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
