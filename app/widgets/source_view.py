"""SourceView: Python source to read, select and copy, lightly coloured."""

from __future__ import annotations

from PySide6.QtGui import QFontMetrics, QGuiApplication, QSyntaxHighlighter, QTextCharFormat
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from app.widgets.code_colours import Kind, Span, spans
from app.widgets.ink import colour, mixed, monospaced
from app.widgets.theme import LIGHT, Theme


class _Highlighter(QSyntaxHighlighter):
    """Paints the spans of each line."""

    def __init__(self, view: QPlainTextEdit) -> None:
        super().__init__(view.document())
        self.spans: dict[int, list[Span]] = {}
        self.formats: dict[Kind, QTextCharFormat] = {}

    def highlightBlock(self, text: str) -> None:
        del text
        for span in self.spans.get(self.currentBlock().blockNumber(), ()):
            self.setFormat(span.start, span.length, self.formats[span.kind])


class SourceView(QPlainTextEdit):
    """Read-only; lines are not broken, as in an editor."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.source = ""
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setAccessibleName("Source of the loss")
        self.setPlaceholderText("The source comes with the worker.")
        self._highlighter = _Highlighter(self)
        self.set_theme(LIGHT)

    def set_source(self, source: str) -> None:
        """Show `source`; nothing happens where it is the same."""
        if source != self.source:
            self.source = source
            self._highlighter.spans = spans(source)
            self.setPlainText(source)

    def copy_all(self) -> None:
        """The whole source to the clipboard."""
        QGuiApplication.clipboard().setText(self.source)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        font = monospaced(theme, "small")
        self.setFont(font)
        self.setTabStopDistance(4 * QFontMetrics(font).horizontalAdvance(" "))
        self.setStyleSheet(f"QPlainTextEdit {{ background: {theme.plot}; color: {theme.text}; "
                           f"selection-background-color: {theme.accent}; selection-color: {theme.accent_text}; }}")  # fmt: skip
        self._highlighter.formats = _formats(theme)
        self._highlighter.rehighlight()


def _formats(theme: Theme) -> dict[Kind, QTextCharFormat]:
    """Few colours; keywords and defined names are bold and comments slanted too."""
    inks: dict[Kind, str] = {
        "keyword": theme.series[0], "name": theme.text, "text": theme.good, "comment": theme.muted,
        "number": mixed(theme.series[3], theme.text, 0.85),
    }  # fmt: skip
    formats = {}
    for kind, ink in inks.items():
        made = QTextCharFormat()
        made.setForeground(colour(ink))
        made.setFontWeight(700 if kind in ("keyword", "name") else 400)
        made.setFontItalic(kind == "comment")
        formats[kind] = made
    return formats


def example() -> SourceView:
    """A function."""
    view = SourceView()
    view.set_source('def chance(n: int) -> float:\n    """ln(2N - 1)."""\n    return math.log(2 * n - 1)  # nats\n')
    return view


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 520, 160)
