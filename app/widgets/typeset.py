"""Typeset: a formula from an SVG that was made beforehand, in the colours and the type size of the theme."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.widgets.ink import Size, colour, monospaced, pixels
from app.widgets.theme import LIGHT, Theme

MADE_FOR = 24.0
"""Type size in the units of the SVG."""
LARGER = 1.25
"""Formulas are set so much larger than the words beside them: their indices are small."""
WIDEST = 60
"""Characters of LaTeX in a line, where there is no picture."""


class Typeset(QWidget):
    """Shows a formula, smaller where there is less room; its LaTeX where there is no picture of it."""

    def __init__(self, size: Size = "body", *, centred: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._size, self._centred = LIGHT, size, centred
        self._svg, self.latex = b"", ""
        self._renderer = QSvgRenderer(self)
        self._renderer.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def set_formula(self, svg: bytes, latex: str) -> None:
        """`svg` with everything in black, b"" for none; `latex`: what it is of, told to screen readers."""
        if (svg, latex) != (self._svg, self.latex):
            self._svg, self.latex = svg, latex
            self.setAccessibleName(latex)
            self.setToolTip("" if svg else "This was not typeset: its LaTeX is shown.")
            self._colour()

    @property
    def is_typeset(self) -> bool:
        """Whether a picture is shown, not LaTeX."""
        return bool(self._svg) and self._renderer.isValid()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self._colour()

    def _colour(self) -> None:
        if self._svg:
            self._renderer.load(QByteArray(self._svg.replace(b'"black"', f'"{self._theme.text}"'.encode())))
        self.updateGeometry()
        self.update()

    def _face(self) -> QFont:
        return monospaced(self._theme, "small")

    def sizeHint(self) -> QSize:
        """Of the formula in the theme's type."""
        if not self.is_typeset:
            metrics = QFontMetrics(self._face())
            wide = metrics.averageCharWidth() * min(len(self.latex) + 1, WIDEST)
            return QSize(wide, metrics.lineSpacing() * (len(self.latex) // WIDEST + 1) + 2)
        whole = self._renderer.viewBoxF().size() * (LARGER * pixels(self._theme, self._size) / MADE_FOR)
        return QSize(round(whole.width()) + 2, round(whole.height()) + 2)

    def minimumSizeHint(self) -> QSize:
        whole = self.sizeHint()
        return QSize(
            min(whole.width(), round(60 * self._theme.scale)), min(whole.height(), round(40 * self._theme.scale))
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        if self.is_typeset:
            self._renderer.render(painter, self.place())
        else:
            painter.setFont(self._face())
            painter.setPen(colour(self._theme.text))
            painter.drawText(
                QRectF(self.rect()), Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWrapAnywhere, self.latex
            )
        painter.end()

    def place(self) -> QRectF:
        """Where the formula is drawn."""
        whole = self.sizeHint()
        scale = min(self.width() / whole.width(), self.height() / whole.height(), 1.0)
        wide, high = whole.width() * scale, whole.height() * scale
        left = (self.width() - wide) / 2 if self._centred else 0.0
        return QRectF(left, (self.height() - high) / 2, wide, high)


def example() -> Typeset:
    """A fraction that was typeset by hand."""
    bar = b'<rect x="0" y="18" width="60" height="2" fill="black"/><rect x="20" y="2" width="20" height="12" fill="black"/>'
    formula = Typeset("big", centred=True)
    formula.set_formula(
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 40">' + bar + b"</svg>", r"\frac{1}{\;}"
    )
    return formula


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 300, 120)
