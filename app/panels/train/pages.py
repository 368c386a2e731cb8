"""The pages of the view: which cards stand on which, in rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.bridge.picture import RunPicture
from app.panels.train.batch import BatchPieces
from app.panels.train.drawing import CurvePiece, Wishes
from app.panels.train.figures import FIGURES
from app.panels.train.space import GaugesPiece, PlanePiece, SpectrumPiece, SpherePiece
from app.widgets.card import Card
from app.widgets.dashboard import Dashboard
from app.widgets.theme import Theme


class Drawn(Protocol):
    """Whatever a page draws piece by piece."""

    def draw(self, picture: RunPicture, wishes: Wishes) -> bool:
        """Draw what changed; False where nothing did."""

    def clear(self) -> None:
        """Forget what is drawn."""


class Page(QWidget):
    """Rows of cards, and the pieces that fill them in order of importance."""

    def __init__(
        self,
        title: str,
        rows: Sequence[Sequence[Card]],
        pieces: Sequence[Drawn],
        *,
        row_height: int = 0,
        shares: Sequence[int] = (),
    ) -> None:
        """`row_height` in pixels at scale 1: rows are never lower, the page scrolls instead; 0: all rows are always in sight.

        `shares`: how the width is shared among the cards of a row.
        """
        super().__init__()
        self.title, self.pieces, self._row_height, self._rows = title, tuple(pieces), row_height, len(rows)
        self.dashboard = Dashboard(rows, shares)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        if row_height:
            area = QScrollArea()
            area.setWidgetResizable(True)
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setWidget(self.dashboard)
            layout.addWidget(area)
            for card in self.dashboard.cards:
                card.enlarge.connect(self._set_height)
        else:
            layout.addWidget(self.dashboard)
        self._scale = 1.0

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._scale = theme.scale
        self.dashboard.set_theme(theme)
        self._set_height()

    def clear(self) -> None:
        """Forget what is drawn."""
        for piece in self.pieces:
            piece.clear()

    def _set_height(self, _card: object = None) -> None:
        full = round(self._rows * self._row_height * self._scale)
        self.dashboard.setMinimumHeight(0 if self.dashboard.enlarged else full)


class OverviewPage(Page):
    """All that matters at once."""

    def __init__(self) -> None:
        self.loss, self.knn = CurvePiece(FIGURES["loss"]), CurvePiece(FIGURES["knn"])
        self.plane, self.gauges, self.batch = PlanePiece(), GaugesPiece(), BatchPieces(beside=False)
        rows = [[self.loss.card, self.knn.card, self.plane.card], [*self.batch.cards, self.gauges.card]]
        super().__init__("Overview", rows, (self.loss, self.gauges, self.plane, self.knn, self.batch))


class CurvesPage(Page):
    """Every curve."""

    def __init__(self) -> None:
        self.curves = {name: CurvePiece(figure) for name, figure in FIGURES.items()}
        cards = [piece.card for piece in self.curves.values()]
        rows = [cards[first : first + 2] for first in range(0, len(cards), 2)]
        super().__init__("Curves", rows, tuple(self.curves.values()), row_height=236)


class BatchPage(Page):
    """This step's batch, large."""

    def __init__(self) -> None:
        self.batch = BatchPieces(beside=True)
        pairs, similarity, chosen = self.batch.cards
        super().__init__("Batch", [[similarity, chosen], [pairs]], (self.batch,), shares=(4, 3))


class SpacePage(Page):
    """Where the embeddings lie."""

    def __init__(self) -> None:
        self.sphere, self.spectrum = SpherePiece(), SpectrumPiece()
        super().__init__(
            "Embeddings", [[self.sphere.card, self.spectrum.card]], (self.sphere, self.spectrum), shares=(3, 2)
        )
