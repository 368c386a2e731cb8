"""The list of lessons: what each asks, what is changed in it, how long it takes, and how far the user is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.panels.lessons import words
from app.panels.lessons.session import STAGES, Session
from app.panels.lessons.shelf import Case
from app.widgets.ink import colour, mixed
from app.widgets.lesson_columns import SlidePage
from app.widgets.lesson_text import LessonText
from app.widgets.lesson_type import lesson_face, text_width
from app.widgets.pressed_card import PressedCard
from app.widgets.theme import LIGHT, Theme

WELCOME = "Each lesson asks a question, lets you predict, and then trains the answer before your eyes."


class LessonCard(PressedCard):
    """One lesson, as a card to press."""

    def __init__(self, case: Case, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.case = case
        lesson = case.lesson
        self.title, self.detail = LessonText(lesson.title, size="lead", bold=True), LessonText(size="label", quiet=True)
        self.state = LessonText(size="label", bold=True)
        self.hold((self.title, self.detail, self.state))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(f"Open lesson {lesson.number}")

    def show_session(self, session: Session | None) -> None:
        """How far the user is in it."""
        lesson = self.case.lesson
        cost = words.in_all(self.case)
        recorded = "a recorded run ships with it" if self.case.has_record else ""
        live = f"{len(lesson.arms)} runs{f', {cost}' if cost else ''}"
        self.detail.say(" · ".join(filter(None, (f"You change: {lesson.changes}", live, recorded))))
        self.state.say(_state(session))
        self.setAccessibleName(
            f"Lesson {lesson.number}: {lesson.title} {self.detail.markdown} {self.state.markdown}".strip()
        )

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.set_face(theme, (64, 12, 16, 12))
        self.setMaximumWidth(text_width(theme) + round(80 * theme.scale))
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        theme, scale = self._theme, self._theme.scale
        hot = self.underMouse() or self.hasFocus()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour(theme.accent if hot else theme.border), (2.0 if hot else 1.0) * scale))
        painter.setBrush(colour(mixed(theme.accent, theme.panel, 0.07) if hot else theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 8 * scale, 8 * scale)
        painter.setFont(lesson_face(theme, "title", bold=True))
        painter.setPen(colour(theme.accent))
        box = QRectF(0, 0, 64 * scale, self.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(self.case.lesson.number))
        painter.end()


def _state(session: Session | None) -> str:
    if session is None or not session.furthest:
        return ""
    if session.experiment is not None and session.experiment.is_under_way:
        return "Its runs train now"
    if session.done()[-2]:
        return "✓ Done"
    return f"Begun: {STAGES[session.stage]}"


class ContentsPage(SlidePage):
    """`opened` carries the name of a lesson. Up and down walk over the cards."""

    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__(content, parent)
        self.theme: Theme = LIGHT
        self.heading, self.welcome = LessonText("Lessons", size="title", bold=True), LessonText(WELCOME, quiet=True)
        self.problem = LessonText(size="label")
        self.cards: list[LessonCard] = []
        self.column = QVBoxLayout(content)
        for label in (self.heading, self.welcome, self.problem):
            self.column.addWidget(label)
        self.column.addStretch(1)

    def show_cases(self, cases: Sequence[Case], problems: Sequence[str]) -> None:
        """These lessons; `problems` are of those that cannot be read."""
        for card in self.cards:
            self.column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = []
        for case in cases:
            card = LessonCard(case)
            card.clicked.connect(lambda _checked, name=case.lesson.name: self.opened.emit(name))
            self.column.insertWidget(self.column.count() - 1, card)
            card.set_theme(self.theme)
            self.cards.append(card)
        nothing = "There are no lessons here. Install the program again." if not cases and not problems else ""
        self.problem.say("\n\n".join(problems) or nothing)

    def show_sessions(self, sessions: Mapping[str, Session]) -> None:
        """How far the user is in each."""
        for card in self.cards:
            card.show_session(sessions.get(card.case.lesson.name))

    def focus_on(self, name: str) -> None:
        """The keyboard goes to a lesson's card, or to the first."""
        card = next(
            (card for card in self.cards if card.case.lesson.name == name), self.cards[0] if self.cards else None
        )
        if card is not None:
            card.setFocus()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.theme = theme
        self.column.setContentsMargins(*(round(side * theme.scale) for side in (8, 10, 14, 10)))
        self.column.setSpacing(round(12 * theme.scale))
        for label in (self.heading, self.welcome, self.problem):
            label.set_theme(theme)
        for card in self.cards:
            card.set_theme(theme)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down walk; Return opens."""
        here = next((k for k, card in enumerate(self.cards) if card.hasFocus()), -1)
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        if step and self.cards:
            card = self.cards[min(max(here + step, 0), len(self.cards) - 1)]
            card.setFocus()
            self.ensureWidgetVisible(card)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and here >= 0:
            self.cards[here].click()
        else:
            super().keyPressEvent(event)
