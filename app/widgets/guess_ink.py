"""How a GuessPlot is painted: the axis, the markers of the guesses, the bars with the seeds of the record, and the lines beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF

from app.widgets.guess_scale import GuessScale
from app.widgets.ink import colour, mixed
from app.widgets.lesson_type import lesson_face
from app.widgets.plot_face import GLYPHS
from app.widgets.theme import Theme

WRAPPED = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
BAR, GHOST = 0.40, 0.62
"""Widths of a bar and of a guess, as shares of the column."""
MARGIN = 3.0
"""Pixels beside a name within its column."""
NAME_LINES = 4
"""At most so many lines of a name are shown."""
INVITATION = "Drag each marker to where you expect it to end, or move it with the arrow keys."


@dataclass(frozen=True, slots=True)
class Column:
    """One run: NaN for what is not known. `shown`: the outcome is out; `marked`: the keys move its marker."""

    title: str
    guess: float
    value: float
    seeds: tuple[float, ...]
    shown: bool
    marked: bool


@dataclass(frozen=True, slots=True)
class Field:
    """The plot's place, its scale, how many columns share it, the height of a line of type and that of the names below."""

    plot: QRectF
    scale: GuessScale
    count: int
    line: float
    names: float

    @property
    def width(self) -> float:
        """Of a column."""
        return self.plot.width() / max(self.count, 1)

    def y(self, value: float) -> float:
        """Height of a value on screen."""
        return self.plot.bottom() - self.scale.share(value) * self.plot.height()

    def middle(self, k: int) -> float:
        """Of column k."""
        return self.plot.left() + (k + 0.5) * self.width

    def box(self, k: int, value: float, share: float) -> QRectF:
        """From where bars begin to a value, over a share of the column."""
        wide, top, base = share * self.width, self.y(value), self.y(self.scale.base)
        return QRectF(self.middle(k) - wide / 2, min(top, base), wide, abs(base - top))


def paint(painter: QPainter, theme: Theme, field: Field, columns: Sequence[Column], lines: Sequence[tuple[str, float]],
          words: str, grown: float) -> None:  # fmt: skip
    """Everything; bars have `grown` so far, in [0, 1]."""
    painter.setFont(lesson_face(theme, "label"))
    revealed = any(column.shown for column in columns)
    if revealed:
        _legend(painter, theme, field, words)
    _axis(painter, theme, field)
    for k, column in enumerate(columns):
        _title(painter, theme, field, k, column)
        if column.shown:
            _outcome(painter, theme, field, k, column, grown)
        else:
            _marker(painter, theme, field, k, column)
    _lines(painter, theme, field, lines)
    if not revealed and columns and all(math.isnan(column.guess) for column in columns):
        _invite(painter, theme, field)


def name_of(k: int, title: str) -> str:
    """What stands below column k: the mark that its curve has, and what the run is called."""
    return f"{GLYPHS[k % len(GLYPHS)]} {title}"


def height_of_names(theme: Theme, titles: Sequence[str], width: float) -> float:
    """Pixels that the names need below columns of that width, bold as the marked one is."""
    face = QFontMetricsF(lesson_face(theme, "label", bold=True))
    room = QRectF(0, 0, max(width - 2 * MARGIN, 1.0), 1e4)
    needed = [face.boundingRect(room, WRAPPED, name_of(k, title)).height() for k, title in enumerate(titles)]
    return min(max(needed, default=0.0), NAME_LINES * face.lineSpacing())


def ink_of(theme: Theme, k: int) -> str:
    """The colour of run k: as its curve has."""
    return theme.series[k % len(theme.series)]


def _legend(painter: QPainter, theme: Theme, field: Field, words: str) -> None:
    """What is drawn how."""
    x, y, size = 4.0, 2.0, field.line
    face = QFontMetricsF(painter.font())
    for kind, text in (("bar", words), ("guess", "your guess"), ("seed", "recorded seeds")):
        swatch = QRectF(x, y + 0.22 * size, 0.9 * size, 0.56 * size)
        _swatch(painter, theme, swatch, kind)
        painter.setPen(colour(theme.muted))
        painter.drawText(QPointF(swatch.right() + 0.35 * size, y + face.ascent()), text)
        x = swatch.right() + 0.35 * size + face.horizontalAdvance(text) + size


def _swatch(painter: QPainter, theme: Theme, box: QRectF, kind: str) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if kind == "bar":
        painter.fillRect(box, colour(theme.muted, 0.75))
    elif kind == "guess":
        painter.setPen(_dashed(theme, theme.text))
        painter.drawLine(QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y()))
        _diamond(painter, theme, box.center(), 0.34 * box.height())
    else:
        _dot(painter, theme, box.center())


def _axis(painter: QPainter, theme: Theme, field: Field) -> None:
    plot = field.plot
    for tick in field.scale.ticks(max(3, min(6, round(plot.height() / (2.2 * field.line))))):
        y = field.y(tick)
        painter.setPen(QPen(colour(mixed(theme.text, theme.panel, 0.13)), 1))
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        painter.setPen(colour(theme.muted))
        box = QRectF(0, y - field.line / 2, plot.left() - 7 * theme.scale, field.line)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, field.scale.say(tick))
    painter.setPen(QPen(colour(theme.muted), max(1.0, theme.scale)))
    base = field.y(field.scale.base)
    painter.drawLine(QPointF(plot.left(), base), QPointF(plot.right(), base))


def _title(painter: QPainter, theme: Theme, field: Field, k: int, column: Column) -> None:
    """Glyph and name below the column."""
    painter.setFont(lesson_face(theme, "label", bold=column.marked))
    left, top = field.middle(k) - field.width / 2 + MARGIN, field.plot.bottom() + 6 * theme.scale
    box = QRectF(left, top, field.width - 2 * MARGIN, field.names)
    words = name_of(k, column.title)
    painter.setPen(colour(theme.text))
    needed = painter.boundingRect(box, WRAPPED, words)
    painter.drawText(box, WRAPPED, words)
    painter.setFont(lesson_face(theme, "label"))
    if column.shown and math.isfinite(column.guess):
        painter.setPen(colour(theme.muted))
        below = QRectF(box.left(), needed.bottom(), box.width(), 1.2 * field.line)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, f"guess {field.scale.say(column.guess)}")


# Before -----------------------------------------------------------------------------------------------------------------------


def _marker(painter: QPainter, theme: Theme, field: Field, k: int, column: Column) -> None:
    """The place of a guess: a hollow bar with a handle on top; without one a dotted handle half way up."""
    known = math.isfinite(column.guess)
    value = column.guess if known else field.scale.value(0.5)
    ink = ink_of(theme, k) if known else theme.muted
    room = QRectF(field.middle(k) - 0.46 * field.width, field.plot.top(), 0.92 * field.width, field.plot.height())
    if column.marked:
        painter.setPen(QPen(colour(theme.accent), 1.5 * theme.scale))
        painter.setBrush(colour(theme.accent, 0.06))
        painter.drawRoundedRect(room, 6, 6)
    if known:
        painter.setPen(_dashed(theme, ink))
        painter.setBrush(colour(ink, 0.10))
        painter.drawRect(field.box(k, value, GHOST))
    _handle(
        painter,
        theme,
        QPointF(field.middle(k), field.y(value)),
        GHOST * field.width,
        ink,
        field.scale.say(value) if known else "?",
    )


def _handle(painter: QPainter, theme: Theme, at: QPointF, wide: float, ink: str, words: str) -> None:
    face = QFontMetricsF(lesson_face(theme, "text", bold=True))
    high = face.height() * 1.12
    wide = max(wide, min(face.horizontalAdvance(words) + 2.2 * high, wide / GHOST))
    pill = QRectF(at.x() - wide / 2, at.y() - high / 2, wide, high)
    empty = words == "?"
    painter.setPen(
        QPen(colour(ink), max(1.5, 1.5 * theme.scale), Qt.PenStyle.DashLine if empty else Qt.PenStyle.SolidLine)
    )
    painter.setBrush(colour(theme.panel) if empty else colour(ink))
    painter.drawRoundedRect(pill, high / 2, high / 2)
    painter.setPen(colour(ink if empty else mixed(theme.panel, ink, 0.97)))
    painter.setFont(lesson_face(theme, "text", bold=True))
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, f"▴ {words} ▾" if empty else words)
    painter.setFont(lesson_face(theme, "label"))


def _invite(painter: QPainter, theme: Theme, field: Field) -> None:
    """What to do, while nothing is guessed."""
    painter.setPen(colour(theme.muted))
    painter.setFont(lesson_face(theme, "text"))
    box = QRectF(field.plot.left(), field.plot.top() + 4, field.plot.width(), 3 * field.line)
    painter.drawText(box, WRAPPED, INVITATION)


# After ------------------------------------------------------------------------------------------------------------------------


def _outcome(painter: QPainter, theme: Theme, field: Field, k: int, column: Column, grown: float) -> None:
    ink, base = ink_of(theme, k), field.scale.base
    if math.isfinite(column.value):
        painter.fillRect(field.box(k, base + grown * (column.value - base), BAR), colour(ink, 0.85))
    if grown >= 1.0:
        _seeds(painter, theme, field, k, column)
    if math.isfinite(column.guess):
        _guess(painter, theme, field, k, column)
    if grown >= 1.0:
        _value(painter, theme, field, k, column)


def _guess(painter: QPainter, theme: Theme, field: Field, k: int, column: Column) -> None:
    """A dashed line across the column with a diamond at its left end."""
    y, half = field.y(column.guess), GHOST * field.width / 2
    painter.setPen(_dashed(theme, theme.text))
    painter.drawLine(QPointF(field.middle(k) - half, y), QPointF(field.middle(k) + half, y))
    _diamond(painter, theme, QPointF(field.middle(k) - half, y), 5.0 * theme.scale)


def _seeds(painter: QPainter, theme: Theme, field: Field, k: int, column: Column) -> None:
    """Beside the bar: a dot for each seed of the record, on a strip from the lowest to the highest."""
    known = [value for value in column.seeds if math.isfinite(value)]
    if not known:
        return
    x = field.middle(k) + (BAR / 2 + 0.055) * field.width
    top, bottom = field.y(max(known)), field.y(min(known))
    wide = 9.0 * theme.scale
    strip = QRectF(x - wide / 2, top - wide / 2, wide, bottom - top + wide)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(theme.muted, 0.28))
    painter.drawRoundedRect(strip, wide / 2, wide / 2)
    for value in known:
        _dot(painter, theme, QPointF(x, field.y(value)))


def _value(painter: QPainter, theme: Theme, field: Field, k: int, column: Column) -> None:
    """The number above the bar, clear of the guess."""
    painter.setFont(lesson_face(theme, "text", bold=True))
    high = QFontMetricsF(painter.font()).height()
    top = field.y(column.value) if math.isfinite(column.value) else field.y(field.scale.base)
    below_zero = math.isfinite(column.value) and column.value < field.scale.base
    y = top + 2 if below_zero else top - high - 2
    guess = field.y(column.guess) if math.isfinite(column.guess) else -1e9
    if y - 2 < guess < y + high + 2:
        y = guess + 3 if below_zero else guess - high - 3
    y = min(max(y, field.plot.top() - high - 4), field.plot.bottom() - high)
    text = field.scale.say(column.value)
    wide = QFontMetricsF(painter.font()).horizontalAdvance(text) + 8
    box = QRectF(field.middle(k) - wide / 2, y, wide, high)
    painter.fillRect(box, colour(theme.panel, 0.78))
    painter.setPen(colour(theme.text))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.setFont(lesson_face(theme, "label"))


def _lines(painter: QPainter, theme: Theme, field: Field, lines: Sequence[tuple[str, float]]) -> None:
    """Levels to read the bars against, named at the right; names keep clear of each other."""
    known = sorted(((label, value) for label, value in lines if math.isfinite(value)), key=lambda line: -line[1])
    room_left, last = field.plot.right() + 8 * theme.scale, -1e9
    face = QFontMetricsF(painter.font())
    for label, value in known:
        y = field.y(value)
        painter.setPen(QPen(colour(theme.muted), max(1.2, 1.2 * theme.scale), Qt.PenStyle.DashDotLine))
        painter.drawLine(QPointF(field.plot.left(), y), QPointF(field.plot.right(), y))
        top = max(y - field.line, last)
        wide = painter.device().width() - room_left - 2
        painter.setPen(colour(theme.muted))
        painter.drawText(
            QPointF(room_left, top + face.ascent()), face.elidedText(label, Qt.TextElideMode.ElideRight, wide)
        )
        painter.drawText(QPointF(room_left, top + field.line + face.ascent()), field.scale.say(value))
        last = top + 2 * field.line


def _dashed(theme: Theme, ink: str) -> QPen:
    return QPen(colour(ink), max(1.6, 1.6 * theme.scale), Qt.PenStyle.DashLine)


def _diamond(painter: QPainter, theme: Theme, at: QPointF, size: float) -> None:
    painter.setPen(QPen(colour(theme.panel), 1))
    painter.setBrush(colour(theme.text))
    corners = ((0, -size), (size, 0), (0, size), (-size, 0))
    painter.drawPolygon(QPolygonF([QPointF(at.x() + x, at.y() + y) for x, y in corners]))


def _dot(painter: QPainter, theme: Theme, at: QPointF) -> None:
    painter.setPen(QPen(colour(theme.panel), 1))
    painter.setBrush(colour(theme.text))
    painter.drawEllipse(at, 3.4 * theme.scale, 3.4 * theme.scale)
