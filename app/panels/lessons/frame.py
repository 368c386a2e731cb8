"""LessonFrame: what stands around the pages of a lesson: title and steps above, the way back and on below."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from app.panels.lessons.page import strong_style
from app.panels.lessons.session import PREDICT, STAGES, Session
from app.widgets.lesson_text import LessonText
from app.widgets.lesson_title import LessonTitle
from app.widgets.lesson_trail import StepTrail
from app.widgets.lesson_type import lesson_face
from app.widgets.theme import LIGHT, Theme

TOOLS = (
    ("All lessons", "Back to the list of lessons", "list"),
    ("Start over", "Clear the prediction and its outcome, for the next class", "start over"),
    ("Notes", "Notes for the lecturer, in a window of their own", "notes"),
    ("Present", "Full screen, large type; Esc leaves (F5)", "present"),
)
START_OVER = 1
"""Its place among the tools."""
GAP = 8
"""Pixels between two tools."""


class LessonFrame(QWidget):
    """`stepped` carries where the user wants to go; `asked`: "list", "notes", "present", "start over"."""

    stepped = Signal(int)
    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = LIGHT
        self.stage = 0
        self.title, self.hint = LessonTitle(), LessonText(size="label", quiet=True, wide=True)
        self.trail, self.stack = StepTrail(STAGES), QStackedWidget()
        self.tools = [self._tool(text, tip, partial(self.asked.emit, word)) for text, tip, word in TOOLS]
        self.more = self._tool("⋯", "Start over, notes, present", self._show_menu)
        self.back, self.next = QPushButton("← Back"), QPushButton("Next →")
        self.next.setObjectName("strong")
        self.back.setToolTip("The page before (Left, Page up)")
        self.next.setToolTip("The next page (Right, Page down, or a clicker)")
        self._lay_out()
        self.trail.chosen.connect(self.stepped)
        self.back.clicked.connect(lambda _checked: self.stepped.emit(self.stage - 1))
        self.next.clicked.connect(lambda _checked: self.stepped.emit(self.stage + 1))

    def _tool(self, text: str, tip: str, run: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda _checked: run())
        return button

    def menu(self) -> QMenu:
        """The tools as a menu, where there is no room for them."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, _, word in TOOLS[1:]:
            menu.addAction(text, partial(self.asked.emit, word))
        return menu

    def _show_menu(self) -> None:
        self.menu().popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _lay_out(self) -> None:
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.title, 1)
        for tool in (*self.tools, self.more):
            head.addWidget(tool)
        for button in (self.back, self.next):
            button.setAutoDefault(True)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
        foot.addWidget(self.back)
        foot.addStretch(1)
        foot.addWidget(self.hint, 1000, Qt.AlignmentFlag.AlignVCenter)
        foot.addWidget(self.next)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.addLayout(head)
        self.column.addWidget(self.trail)
        self.column.addWidget(self.stack, 1)
        self.column.addLayout(foot)

    def show_session(self, session: Session) -> None:
        """Where one stands, and where one can go."""
        lesson, locked = session.case.lesson, session.locked()
        self.stage = session.stage
        self.title.say(f"{lesson.number} · {lesson.title}")
        self._fold()
        self.trail.show_state(self.stage, session.done(), locked)
        last = self.stage + 1 == len(STAGES)
        self.next.setText("All lessons" if last else f"{STAGES[self.stage + 1]} →")
        self.next.setEnabled(last or not locked[self.stage + 1])
        self.back.setVisible(self.stage > 0)
        why = "" if last else locked[self.stage + 1]
        self.hint.say((session.still_to_predict() or why) if self.stage == PREDICT else why)

    def offer_back(self, taken: bool) -> None:
        """What was cleared by starting over can be taken back until something else is done."""
        self.tools[START_OVER].setText("Take back" if taken else TOOLS[START_OVER][0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        """The whole title comes first: where it needs the room, all tools but the first are in a menu."""
        needed = self.title.sizeHint().width() + sum(tool.sizeHint().width() + GAP for tool in self.tools)
        roomy = self.width() >= needed
        for tool in self.tools[1:]:
            tool.setVisible(roomy)
        self.more.setVisible(not roomy)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.theme = theme
        self.column.setSpacing(round(8 * theme.scale))
        self.setStyleSheet(strong_style(theme))
        for widget in (self.title, self.hint, self.trail):
            widget.set_theme(theme)
        for tool in (*self.tools, self.more):
            tool.setFont(lesson_face(theme, "label"))
        for button, strong in ((self.back, False), (self.next, True)):
            button.setFont(lesson_face(theme, "text", bold=strong))
        self._fold()
