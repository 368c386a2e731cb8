"""Prompts: sentences that a model which has read captions chooses among, and the images that each of them fits best."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.widgets.image_grid import ImageGrid
from app.widgets.ink import type_face
from app.widgets.theme import LIGHT, Theme
from sslviz.spec.captions import SLOTS
from sslviz.spec.evaluation import Prompted

OWN = "my own sentences"
FIRST = ("a red star", "a blue circle")
LEFT = 250
WAITING = "Write sentences, one a line, and press Ask: each image goes to the sentence that it is nearest to."


class Prompts(QWidget):
    """`asked` carries the prompts and the factor whose values they name ("" for sentences of one's own), `image_chosen` the number of a
    validation image.
    """

    asked = Signal(object, str)
    image_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answer: Prompted | None = None
        self._marked = -1
        self.factor, self.lines = QComboBox(), Sentences()
        self.button, self.result, self.images = QPushButton("Ask"), QLabel(WAITING), ImageGrid()
        self.factor.addItems([OWN, *SLOTS])
        self.lines.setPlainText("\n".join(FIRST))
        self._lay_out()
        self._name()
        self.factor.currentIndexChanged.connect(lambda _: self._choose_factor())
        self.button.clicked.connect(self._ask)
        self.lines.entered.connect(self._ask)
        self.images.clicked.connect(self._clicked)
        self.set_theme(LIGHT)

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.factor, self.lines, self.button):
            column.addWidget(widget)
        right = QVBoxLayout()
        right.addWidget(self.result)
        right.addWidget(self.images, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(left)
        row.addLayout(right, 1)
        self._left = left
        self.result.setWordWrap(True)

    def _name(self) -> None:
        self.factor.setAccessibleName("What the sentences name")
        self.factor.setToolTip(
            "Sentences of your own, or the caption of each value of a factor: then it can be counted how often it is right"
        )
        self.lines.setAccessibleName("Sentences, one a line")
        self.lines.setToolTip("One sentence a line, in the words of the captions. Ctrl+Enter asks.")
        self.button.setToolTip("Which sentence is each validation image nearest to? (Ctrl+Enter)")

    def _choose_factor(self) -> None:
        """A factor's own captions are asked for at once; they can be edited then."""
        if self.factor.currentIndex() > 0:
            self.asked.emit((), self.factor.currentText())

    def _ask(self) -> None:
        prompts = tuple(line.strip() for line in self.lines.toPlainText().splitlines() if line.strip())
        factor = self.factor.currentText() if self.factor.currentIndex() > 0 else ""
        self.asked.emit(prompts, factor)

    def show_busy(self) -> None:
        """It is being worked on."""
        self.result.setText("Reading …")

    def show_problem(self, text: str) -> None:
        """Why there is no answer; the last one stays."""
        self.result.setText(text)

    def show_answer(self, answer: Prompted) -> None:
        """A row of pictures for each prompt, the best first."""
        self.answer = answer
        self.lines.setPlainText("\n".join(answer.prompts))
        labels = [f"{prompt}: {share:.0%}" for prompt, share in zip(answer.prompts, answer.taken, strict=True)]
        self.images.set_images([list(row) for row in answer.images], labels)
        self.images.set_tips(
            {
                (row, column): f"Validation image {answer.best[row, column]}: {answer.probability[row, column]:.1%}"
                for row in range(len(answer.prompts))
                for column in range(answer.best.shape[1])
            }
        )
        self.mark(self._marked)
        self.result.setText(_said(answer, self.factor.currentText()))

    def mark(self, index: int) -> None:
        """Outline a validation image wherever it is shown; -1 none."""
        self._marked = index
        best = self.answer.best.tolist() if self.answer else []
        self.images.mark([(r, c) for r, row in enumerate(best) for c, shown in enumerate(row) if shown == index])

    def _clicked(self, row: int, column: int) -> None:
        if self.answer is not None:
            self.image_chosen.emit(int(self.answer.best[row, column]))

    def clear(self) -> None:
        """Another run: forget the answer."""
        self.answer = None
        self.factor.setCurrentIndex(0)
        self.images.set_images([])
        self.result.setText(WAITING)

    def set_theme(self, theme: Theme) -> None:
        """Colours or type size changed."""
        self._left.setFixedWidth(round(LEFT * theme.scale))
        for widget in (self.factor, self.lines, self.button, self.result):
            widget.setFont(type_face(theme, "small"))
        self.images.set_theme(theme)


class Sentences(QPlainTextEdit):
    """A few lines of text; Ctrl+Enter says that they are done."""

    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self.entered.emit()
        else:
            super().keyPressEvent(event)


def _said(answer: Prompted, factor: str) -> str:
    """One sentence on the whole answer."""
    most = f"Of {answer.count:,} validation images, the share that goes to each sentence; its best {answer.best.shape[1]} at the right."
    if answer.right is None:
        return most
    known = "" if factor in answer.captioned else f" No caption of the training named the {factor}."
    score = answer.right
    return f"Right for {score.value:.1%} of {answer.count:,} images ({score.lo:.1%} to {score.hi:.1%}); always the commonest: {answer.chance:.1%}.{known}"
