"""Dashboard: cards in rows, all in sight at once; one of them can take all the room and give it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from app.widgets.card import Card
from app.widgets.theme import Theme

Wanted = tuple[Sequence[Sequence[Card]], Sequence[int], Sequence[float]]
"""Rows of cards, shares of the width, shares of the height."""


class Dashboard(QWidget):
    """Rows of cards with movable borders. Escape puts an enlarged card back. `enlarging`: one was enlarged or put back."""

    enlarging = Signal()
    waiting: ClassVar[dict[Dashboard, Wanted] | None] = None
    """What is to be arranged once that is safe; None: now."""

    def __init__(
        self, rows: Sequence[Sequence[Card]], shares: Sequence[int] = (), parent: QWidget | None = None
    ) -> None:
        """`shares`: how the width is shared among the cards of a row of so many; alike where it is empty."""
        super().__init__(parent)
        self.cards: list[Card] = []
        self.enlarged: Card | None = None
        self._rows: list[tuple[Card, ...]] = []
        self._splitters: list[QSplitter] = []
        self._known: list[Card] = []
        self._theme: Theme | None = None
        self._column = self._splitter(Qt.Orientation.Vertical)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._column)
        self._unpainted: list[Card] = []
        self._painter = QTimer(self, interval=0)
        self._painter.timeout.connect(self._paint_next)
        self.arrange(rows, shares)

    @staticmethod
    def _splitter(orientation: Qt.Orientation) -> QSplitter:
        splitter = QSplitter(orientation)
        splitter.setHandleWidth(5)
        splitter.setChildrenCollapsible(False)
        return splitter

    def arrange(
        self, rows: Sequence[Sequence[Card]], shares: Sequence[int] = (), heights: Sequence[float] = ()
    ) -> None:
        """These rows of cards from now on, new ones among them; cards that are left out are hidden. Nothing where it is so.

        `heights`: how the height is shared among the rows; alike where it is empty.
        """
        if Dashboard.waiting is not None:
            Dashboard.waiting[self] = (rows, shares, heights)
            return
        wanted = [tuple(row) for row in rows if row]
        if wanted == self._rows:
            return
        old, self._rows, self._splitters = self._splitters, wanted, []
        self.cards, self.enlarged = [card for row in wanted for card in row], None
        for card in set(self._known) - set(self.cards):
            card.hide()
            card.setParent(self)
        for row in wanted:
            self._add_row(row, shares if len(shares) == len(row) else [1] * len(row))
        for splitter in old:
            splitter.setParent(
                self
            )  # one without a parent goes with its last name, while Qt may be walking over all widgets
            splitter.deleteLater()
        self._column.setSizes([round(1000 * share) for share in heights or [1.0] * len(wanted)])
        if self.isVisible():
            self._paint_in_turn()

    def keep(self, *cards: Card) -> None:
        """Own cards that may be shown later."""
        for card in cards:
            if card not in self._known:
                self._known.append(card)
                card.hide()
                card.setParent(self)
                card.enlarge.connect(self.enlarge)
                if self._theme is not None:
                    card.set_theme(self._theme)

    def _add_row(self, row: Sequence[Card], shares: Sequence[int]) -> None:
        line = self._splitter(Qt.Orientation.Horizontal)
        for card in row:
            self.keep(card)
            line.addWidget(card)
            card.show()
        line.setSizes([1000 * share for share in shares])
        self._column.addWidget(line)
        self._splitters.append(line)

    def showEvent(self, event: QShowEvent) -> None:
        """Cards appear one after the other: painting all the plots of a page at once would hold the window up."""
        super().showEvent(event)
        self._paint_in_turn()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        while self._unpainted:
            self._paint_next()

    def _paint_in_turn(self) -> None:
        while self._unpainted:
            self._paint_next()
        self._unpainted = self.cards[:0:-1]  # the first is painted at once
        for card in self._unpainted:
            card.setUpdatesEnabled(False)
        self._painter.start()

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
        self.enlarging.emit()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type of all cards."""
        self._theme = theme
        for card in self._known:
            card.set_theme(theme)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.enlarged is not None:
            self.enlarge(self.enlarged)
        else:
            super().keyPressEvent(event)


@contextmanager
def arrangements_held() -> Iterator[None]:
    """Dashboards are arranged anew only at the end.

    A new style, font or style sheet makes Qt walk over all widgets, whose sizes change on the way; a splitter that loses a card then
    deletes its handle at once, and Qt walks on to a widget that is gone.
    """
    waiting: dict[Dashboard, Wanted] = {}
    Dashboard.waiting = waiting
    try:
        yield
    finally:
        Dashboard.waiting = None
        for board, wanted in waiting.items():
            board.arrange(*wanted)
