"""LessonText: Markdown to read: a column that is not too wide, with room between its lines, in the colours of the theme."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.widgets.ink import colour, mixed
from app.widgets.lesson_type import LessonSize, lesson_face, text_width
from app.widgets.theme import LIGHT, Theme

LEADING = 132
"""Distance of two lines, in per cent of a line."""


class LessonText(QLabel):
    """A label whose height follows its width; hidden while it has nothing to say."""

    def __init__(
        self, text: str = "", *, size: LessonSize = "text", bold: bool = False, quiet: bool = False, wide: bool = False,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        """`wide`: for a line of words, not a column: as wide as there is room."""
        super().__init__(parent)
        self._theme, self._size, self._bold, self._quiet, self._wide = LIGHT, size, bold, quiet, wide
        if quiet:
            self.setObjectName("quiet")  # for the style sheet of the view around it
        self.markdown = ""
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setOpenExternalLinks(True)
        self.setMinimumWidth(10)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.say(text)

    def say(self, markdown: str) -> None:
        """Another text; without one the label takes no room."""
        if markdown != self.markdown or not markdown:
            self.markdown = markdown
            if not markdown or self.parentWidget() is not None:  # without one it would be a window for a moment
                self.setVisible(bool(markdown))
            self._set()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self._set()

    def heightForWidth(self, width: int) -> int:
        """A layout that is wider than the column asks for its own width, which the text does not get."""
        return super().heightForWidth(min(width, self.maximumWidth()))

    def _set(self) -> None:
        theme = self._theme
        palette = self.palette()
        palette.setColor(palette.ColorRole.WindowText, colour(theme.muted if self._quiet else theme.text))
        self.setPalette(palette)
        if not self._wide:
            self.setMaximumWidth(text_width(theme, self._size))
        face = lesson_face(theme, self._size, bold=self._bold)
        self.setFont(face)
        self.setText(typeset(self.markdown, face, theme) if self.markdown else "")


def typeset(markdown: str, face: QFont, theme: Theme) -> str:
    """Markdown as Qt's rich text, with room between the lines and between the paragraphs. Nothing is fetched for it."""
    document = QTextDocument()
    document.setDefaultFont(face)
    document.setMarkdown(markdown, QTextDocument.MarkdownFeature.MarkdownNoHTML)
    block = document.begin()
    while block.isValid():
        _space(block, face, theme)
        block = block.next()
    return document.toHtml()


def _space(block: QTextBlock, face: QFont, theme: Theme) -> None:
    cursor = QTextCursor(block)
    spaced = block.blockFormat()
    spaced.setLineHeight(LEADING, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    spaced.setTopMargin(0)
    item = block.textList() is not None
    spaced.setBottomMargin(round(face.pixelSize() * (0.3 if item else 0.75)) if block.next().isValid() else 0)
    cursor.setBlockFormat(spaced)
    for span in block.textFormats():
        look = QTextCharFormat(span.format)
        if look.isAnchor():
            look.setForeground(colour(theme.accent))
        elif look.fontFixedPitch():
            look.setFontFamilies([QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()])
            look.setProperty(QTextFormat.Property.FontPixelSize, round(0.92 * face.pixelSize()))
            look.setBackground(colour(mixed(theme.text, theme.panel, 0.08)))
        else:
            continue
        cursor.setPosition(block.position() + span.start)
        cursor.setPosition(block.position() + span.start + span.length, QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(look)


EXAMPLE = """Two views of one image are to be **alike**. What may differ between them, the network learns to *ignore*.

- crops hide where things are
- colour jitter hides `hue`

See [the paper](https://arxiv.org/abs/2002.05709)."""


def example() -> LessonText:
    """Two paragraphs and a list."""
    return LessonText(EXAMPLE)


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 420, 240)
