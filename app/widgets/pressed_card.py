"""PressedCard: a button that is a card of texts below each other, as high as they need in its width."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from app.widgets.lesson_text import LessonText
from app.widgets.theme import LIGHT, Theme


class PressedCard(QAbstractButton):
    """The texts let the pointer through; whoever derives from it paints the card."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._labels: tuple[LessonText, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setSpacing(3)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hold(self, labels: Sequence[LessonText]) -> None:
        """Put the texts into it, the first at the top."""
        self._labels = tuple(labels)
        for row, label in enumerate(labels):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self._grid.addWidget(label, row, 0)

    def set_face(self, theme: Theme, room: tuple[int, int, int, int]) -> None:
        """Colours and type of the texts; room: px at scale 1 left, above, right of and below them."""
        self._theme = theme
        self._grid.setContentsMargins(*(round(side * theme.scale) for side in room))
        for label in self._labels:
            label.set_theme(theme)

    def sizeHint(self) -> QSize:
        return self._grid.totalSizeHint()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._grid.totalHeightForWidth(width)
