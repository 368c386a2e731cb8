"""Page: what all pages have in common, and the cards of two to four sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app.bridge.asking import Asking
from app.panels.compare.chosen import Chosen
from app.widgets.card import Card
from app.widgets.dashboard import Dashboard
from app.widgets.ink import type_face
from app.widgets.plot_face import GLYPHS
from app.widgets.scrolling import scroll
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.comparison import MOST, Side
from sslviz.spec.events import Advanced, Answered, Refused

Reply = Answered | Refused | Advanced


class Page(QWidget):
    """One way to compare. It asks when it is seen and something changed since it last asked."""

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    selected = Signal(object)  # Selection

    def __init__(self, chosen: Chosen, asking: Asking) -> None:
        super().__init__()
        self.chosen, self.asking, self.theme = chosen, asking, LIGHT
        self.due = self.stale = True  # something is to be asked; what is drawn is of other sides
        self.build()

    def build(self) -> None:
        """Make the widgets. Called once."""

    def side(self, k: int) -> str:
        """What the requests about side k are filed under."""
        return f"{self.name} {k}"

    def forget(self) -> None:
        """Other models, another picture or another way: whatever is on its way holds no more."""
        self.asking.forget(*(self.side(k) for k in range(MOST)))
        self.due = True

    def ask(self) -> None:
        """Send what has to be asked."""

    def show_sides(self) -> None:
        """Draw what the records say."""

    def take(self, k: int, request: object, event: Reply) -> None:
        """An answer about side k."""

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.theme = theme


class SideCards(QWidget):
    """A card for each side, made when it is first needed, with a sentence above all."""

    def __init__(self, make: Callable[[], QWidget], about: str, *, stacked: bool = False) -> None:
        """`stacked`: one below the other, for what is wide."""
        super().__init__()
        self._make, self._about, self._stacked, self._theme = make, about, stacked, LIGHT
        self.cards: list[Card] = []
        self.words = WrappedLabel()
        self.words.say("")
        self.board = Dashboard([])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.words)
        column.addWidget(self._scrolled() if stacked else self.board, 1)

    def _scrolled(self) -> QScrollArea:
        """Rows that do not fit a low window are scrolled to."""
        area = QScrollArea()
        scroll(area, self.board, sideways=True)
        return area

    def show_sides(self, sides: Sequence[Side]) -> None:
        """As many cards as sides, with their names."""
        while len(self.cards) < len(sides):
            self.cards.append(Card("", self._make(), about=self._about))
        shown = self.cards[: len(sides)]
        for k, (card, side) in enumerate(zip(shown, sides, strict=True)):
            card.set_theme(self._theme)
            card.set_title(f"{GLYPHS[k]} {side.name}")
        self.board.arrange(self._rows(shown))

    def _rows(self, cards: list[Card]) -> list[list[Card]]:
        if self._stacked:
            return [[card] for card in cards]
        return [cards] if len(cards) < MOST else [cards[:2], cards[2:]]

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.words.setFont(type_face(theme, "body"))
        self.board.set_theme(theme)


def why(event: Refused) -> str:
    """A refusal in words."""
    return f"{event.message} {event.hint}".strip()


def how_far(event: Advanced) -> str:
    """Progress in words."""
    return f"{event.text} {event.fraction:.0%}" if event.fraction == event.fraction else event.text
