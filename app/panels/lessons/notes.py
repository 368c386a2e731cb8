"""Notes for the lecturer, in a window of their own: it can stand on the laptop while the lesson is on the projector."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.panels.lessons.session import STAGES, Session
from app.widgets.ink import sheet
from app.widgets.lesson_columns import SlidePage
from app.widgets.lesson_text import LessonText
from app.widgets.theme import Theme


class NotesWindow(QWidget):
    """What the lecturer should know, the predicted answer, and which step comes next. Hidden, never shown unasked."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Notes for the lecturer")
        self.title, self.where = LessonText(size="lead", bold=True), LessonText(size="label", quiet=True)
        self.text = LessonText()
        content = QWidget()
        column = QVBoxLayout(content)
        for label in (self.title, self.where, self.text):
            column.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        column.addStretch(1)
        self.page = SlidePage(content)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(self.page)
        self.resize(460, 520)

    def show_session(self, session: Session) -> None:
        """The notes of this lesson, and where it stands."""
        lesson, stage = session.case.lesson, session.stage
        self.title.say(f"Lesson {lesson.number}: {lesson.title}")
        following = f"; next: {STAGES[stage + 1]}" if stage + 1 < len(STAGES) else ""
        right = next((option.text for option in lesson.prediction.options if option.right), "")
        self.where.say(f"On screen: {STAGES[stage]}{following}.  \nThe right answer: {right}")
        self.text.say(lesson.sections["Notes for the lecturer"])

    def set_theme(self, theme: Theme) -> None:
        """Colours and type: never large, as it is read from near by."""
        self.setStyleSheet(sheet(theme) + f"QWidget {{ background: {theme.panel}; }}")
        for label in (self.title, self.where, self.text):
            label.set_theme(theme)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes it."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)
