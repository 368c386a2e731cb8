"""OptionList: a few answers, each a card with its letter; one can be chosen, later the right one is ticked and replies stand below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from app.widgets.ink import colour, mixed
from app.widgets.lesson_text import LessonText
from app.widgets.lesson_type import lesson_face
from app.widgets.pressed_card import PressedCard
from app.widgets.theme import LIGHT, Theme

RIGHT, CHOSEN = "right", "your answer"


@dataclass(frozen=True, slots=True)
class Answer:
    """A text in Markdown; `verdict` and `reply` are for once the outcome is out."""

    text: str
    verdict: str = ""
    reply: str = ""
    right: bool = False


class OptionCard(PressedCard):
    """One answer."""

    def __init__(self, letter: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.letter, self.answer = letter, Answer("")
        self.is_open = True
        self.setCheckable(True)
        self.text_label, self.verdict, self.reply = (
            LessonText(),
            LessonText(size="label", bold=True),
            LessonText(size="label"),
        )
        self.hold((self.text_label, self.verdict, self.reply))
        self._grid.setRowStretch(3, 1)
        self.set_theme(LIGHT)

    def show_answer(self, answer: Answer, *, open_: bool) -> None:
        """What it says; `open_`: it can be chosen."""
        self.answer = answer
        self.text_label.say(answer.text)
        self.verdict.say(answer.verdict)
        self.reply.say(answer.reply)
        self.is_open = open_
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not open_)  # disabled, it would be pale
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if open_ else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if open_ else Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(
            " ".join(filter(None, (f"Answer {self.letter}:", answer.text, answer.verdict, answer.reply)))
        )
        self._colour()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.set_face(theme, (48, 9, 12, 9))
        self._colour()
        self.updateGeometry()

    def _colour(self) -> None:
        ink = self._theme.good if self.answer.right else self._theme.text
        self.verdict.setStyleSheet(f"color: {ink}; background: transparent;")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        theme, scale = self._theme, self._theme.scale
        strong = self.isChecked() or self.answer.right
        edge = theme.good if self.answer.right else theme.accent if strong else theme.border
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(
            QPen(colour(theme.text if self.hasFocus() else edge), (2.0 if strong or self.hasFocus() else 1.0) * scale)
        )
        painter.setBrush(colour(mixed(edge, theme.panel, 0.10) if strong else theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 7 * scale, 7 * scale)
        side = 26 * scale
        disc = QRectF(11 * scale, 8 * scale, side, side)
        painter.setPen(QPen(colour(edge if strong else theme.muted), 1.5 * scale))
        painter.setBrush(colour(edge) if strong else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(disc)
        painter.setFont(lesson_face(theme, "label", bold=True))
        painter.setPen(colour(mixed(theme.panel, edge, 0.97) if strong else theme.muted))
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, "✓" if self.answer.right else self.letter)
        painter.end()


class OptionList(QWidget):
    """`chosen` carries the place of the answer that the user gave. Its letter on the keyboard, or its number, chooses one too."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.cards: list[OptionCard] = []
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.chosen)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addStretch(1)

    def show_answers(self, answers: Sequence[Answer], chosen: int = -1, *, open_: bool = True) -> None:
        """These answers; `chosen` is the one that was given (-1: none), `open_`: another can be given."""
        while len(self.cards) < len(answers):
            card = OptionCard(chr(ord("A") + len(self.cards)), self)
            card.set_theme(self._theme)
            self._group.addButton(card, len(self.cards))
            self._column.insertWidget(len(self.cards), card)
            self.cards.append(card)
        self._group.setExclusive(False)
        for k, card in enumerate(self.cards):
            card.setVisible(k < len(answers))
            card.setChecked(k == chosen)
            if k < len(answers):
                card.show_answer(answers[k], open_=open_)
        self._group.setExclusive(True)

    def choose(self, k: int) -> None:
        """As if answer k were clicked; nothing where there is none or none can be given."""
        if 0 <= k < len(self.cards) and self.cards[k].is_open and not self.cards[k].isHidden():
            self.cards[k].setFocus()  # one card is marked, not the chosen one and another
            self.cards[k].click()

    def place_of(self, event: QKeyEvent) -> int:
        """The answer that a key stands for, -1 for none."""
        word = event.text().upper()
        places = {card.letter: k for k, card in enumerate(self.cards)} | {str(k + 1): k for k in range(len(self.cards))}
        return places.get(word, -1)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self._column.setSpacing(round(8 * theme.scale))
        for card in self.cards:
            card.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()


def example() -> OptionList:
    """Two answers, the second of which is right."""
    options = OptionList()
    options.show_answers([Answer("It finds *the* features.", CHOSEN, "There is no such thing: it depends on the views."),
                          Answer("It keeps what the views share.", RIGHT, "", right=True)], 0, open_=False)  # fmt: skip
    return options


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 420, 200)
