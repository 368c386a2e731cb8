"""Dashboard: cards in rows, all in sight at once; one of them can take all the room and give it back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from app.widgets.card import Card
from app.widgets.theme import Theme


class Dashboard(QWidget):
    """Rows of cards with movable borders. Escape puts an enlarged card back."""

    def __init__(
        self, rows: Sequence[Sequence[Card]], shares: Sequence[int] = (), parent: QWidget | None = None
    ) -> None:
        """`shares`: how the width is shared among the cards of a row; alike where it is empty."""
        super().__init__(parent)
        self.cards = [card for row in rows for card in row]
        self.enlarged: Card | None = None
        self._rows, self._splitters = [tuple(row) for row in rows], list[QSplitter]()
        column = QSplitter(Qt.Orientation.Vertical)
        for row in rows:
            line = QSplitter(Qt.Orientation.Horizontal)
            for card in row:
                line.addWidget(card)
                card.enlarge.connect(self.enlarge)
            line.setSizes([1000 * share for share in shares or [1] * len(row)])
            column.addWidget(line)
            self._splitters.append(line)
        column.setSizes([1000] * len(rows))
        for splitter in (column, *self._splitters):
            splitter.setHandleWidth(5)
            splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(column)
        self._unpainted: list[Card] = []
        self._painter = QTimer(self, interval=0)
        self._painter.timeout.connect(self._paint_next)

    def showEvent(self, event: QShowEvent) -> None:
        """Cards appear one after the other: painting all the plots of a page at once would hold the window up."""
        super().showEvent(event)
        self._unpainted = self.cards[:0:-1]  # the first is painted at once
        for card in self._unpainted:
            card.setUpdatesEnabled(False)
        self._painter.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        while self._unpainted:
            self._paint_next()

    def _paint_next(self) -> None:
        if self._unpainted:
            self._unpainted.pop().setUpdatesEnabled(True)
        else:
            self._painter.stop()

    def enlarge(self, card: Card) -> None:
        """Give `card` all the room; a second time, put it back."""
        self.enlarged = None if self.enlarged is card else card
        for row, cards in zip(self._splitters, self._rows, strict=True):
            for each in cards:
                each.setVisible(self.enlarged in (None, each))
            row.setVisible(self.enlarged is None or self.enlarged in cards)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type of all cards."""
        for card in self.cards:
            card.set_theme(theme)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.enlarged is not None:
            self.enlarge(self.enlarged)
        else:
            super().keyPressEvent(event)
