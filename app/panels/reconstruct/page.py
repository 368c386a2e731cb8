"""The right of the view: the pictures with their loss, notes and caption; or why there are none, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app.panels.reconstruct import contents
from app.panels.reconstruct.hiding import Mask
from app.widgets.ink import type_face
from app.widgets.picture_row import PictureRow
from app.widgets.theme import Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.events import Array, Refused
from sslviz.spec.inspection import Rebuilt


class Figure(QWidget):
    """The pictures with all that is said of them, and what they show as numbers."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page

    def table(self) -> tuple[list[str], list[list[float]]]:
        """Every patch with its error."""
        answer = self._page.answer
        return contents.table(answer) if answer is not None else ([], [])

    def arrays(self) -> dict[str, Array]:
        """The pictures by name, (H, W, 3) uint8, the error of each patch and whether it was hidden, (h, w)."""
        answer = self._page.answer
        return {**answer.pictures, "errors": answer.errors, "hidden": answer.hidden} if answer is not None else {}


class Page(QStackedWidget):
    """`shipped`: the user wants to look at the masked autoencoder that ships."""

    shipped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answer: Rebuilt | None = None
        self.at = -1  # the step of its run that the next answer is of; negative: of none
        self.figure, self.row = Figure(self), PictureRow()
        self.heading, self.loss, self.patch = WrappedLabel(), WrappedLabel(), QLabel()
        self.notes, self.caption = WrappedLabel(), WrappedLabel(quiet=True)
        self.why, self.use_shipped = QLabel(), QPushButton("Look at the masked autoencoder that ships")
        self.details = QPushButton("Copy the details")
        self._trace = ""
        self.figure.setObjectName("figure")
        self.figure.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self.figure)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        for widget in (self.heading, self.loss, self.patch, self.row, self.notes, self.caption):
            column.addWidget(widget, int(widget is self.row))
        self.patch.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.addWidget(self.figure)
        self.addWidget(self._refusal())
        self.use_shipped.clicked.connect(self.shipped)
        self.details.clicked.connect(lambda: QGuiApplication.clipboard().setText(f"{self.why.text()}\n\n{self._trace}"))
        self.caption.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def _refusal(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        self.why.setWordWrap(True)
        self.why.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.why.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addStretch(1)
        column.addWidget(self.why)
        column.addSpacing(12)
        for button in (self.use_shipped, self.details):
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(2)
        return page

    def say(self, text: str) -> None:
        """A sentence in place of the pictures."""
        self.answer = None
        for label in (self.heading, self.loss, self.notes, self.caption):
            label.say("")
        self.patch.setText("")
        self.row.set_message(text)
        self.setCurrentIndex(0)

    def refuse(self, event: Refused, *, shipped: bool) -> None:
        """Why there is nothing to see, and what to do; with a way to the model that ships where that is another one."""
        self.answer, self._trace = None, event.trace
        self.why.setText(f"{event.message}\n\n{event.hint}".strip())
        self.use_shipped.setVisible(shipped)
        self.details.setVisible(bool(event.trace))
        self.setCurrentIndex(1)

    def show_answer(self, answer: Rebuilt, wanted: Mask | None) -> None:
        """Draw an answer; wanted (h, w): a mask that was painted since."""
        fresh = answer is not self.answer
        self.answer = answer
        self.row.set_pictures(
            tuple(contents.pictures(answer, wanted)), answer.hidden.shape, paintable="masked" in answer.pictures
        )
        if fresh:
            self.heading.say(answer.description.title + (f", step {self.at:,}" if self.at >= 0 else ""))
            self.notes.say("\n".join(answer.notes))
            self.caption.say(answer.caption)
            self.loss.say(contents.loss_words(answer))
        self.setCurrentIndex(0)

    def show_patch(self, words: str) -> None:
        """What there is to say of the patch below the pointer: in a line of its own, so that nothing moves while one paints."""
        self.patch.setText(words)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.row.set_theme(theme)
        self.heading.setFont(type_face(theme, "title", bold=True))
        self.loss.setFont(type_face(theme, "body"))
        self.patch.setFont(type_face(theme, "small"))
        self.notes.setFont(type_face(theme, "small"))
        self.caption.setFont(type_face(theme, "small"))
        self.why.setFont(type_face(theme, "title"))
        for button in (self.use_shipped, self.details):
            button.setFont(type_face(theme, "body"))
        self.figure.setStyleSheet(
            f"QWidget#figure {{ background: {theme.panel}; border: 1px solid {theme.border}; border-radius: 6px; }}"
        )
