"""The pages of the view: which cards stand on which, in rows, for the method and the measures that there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.bridge.picture import RunPicture
from app.panels.train.batch import BatchPieces
from app.panels.train.drawing import CurvePiece, Piece, Wishes
from app.panels.train.explained import EquationPiece, NetworksPiece, SourcePiece
from app.panels.train.figures import ALWAYS, FIGURES
from app.panels.train.method_figure import FigurePiece
from app.panels.train.space import GaugesPiece, PlanePiece, SpectrumPiece, SpherePiece
from app.widgets.card import Card
from app.widgets.dashboard import Dashboard
from app.widgets.theme import Theme
from sslviz.spec.catalogue import GENERAL, Catalogue, FigureInfo, MethodInfo


class Drawn(Protocol):
    """Whatever a page draws piece by piece."""

    def draw(self, picture: RunPicture, wishes: Wishes) -> bool:
        """Draw what changed; False where nothing did."""

    def clear(self) -> None:
        """Forget what is drawn."""


class Page(QWidget):
    """Rows of cards, and the pieces that fill them in order of importance."""

    title = ""
    draws_curves = False  # over time: the toolbar is about them
    compares = False  # the matrix of similarities stands on it
    row_height = 0
    """In pixels at scale 1: rows are never lower, the page scrolls instead; 0: all rows are always in sight."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: tuple[Drawn, ...] = ()
        self.wants: tuple[str, ...] = ()  # names of the pictures that it draws for this method
        self._rows, self._scale = 0.0, 1.0  # so many heights of a row
        self.dashboard = Dashboard([])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        if self.row_height:
            area = QScrollArea()
            area.setWidgetResizable(True)
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setWidget(self.dashboard)
            layout.addWidget(area)
            self.dashboard.enlarging.connect(self._set_height)
        else:
            layout.addWidget(self.dashboard)

    def suit(self, method: MethodInfo | None, catalogue: Catalogue) -> bool:
        """Show what means something for a method; False where this page has nothing for it."""
        raise NotImplementedError

    def prepare(self, picture: RunPicture) -> None:
        """Called before a run is drawn: which cards there are may depend on what was measured."""

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._scale = theme.scale
        self.dashboard.set_theme(theme)
        self._set_height()

    def clear(self) -> None:
        """Forget what is drawn."""
        for piece in self.pieces:
            piece.clear()

    def _arrange(self, rows: Sequence[Sequence[Card]], pieces: Sequence[Drawn], shares: Sequence[int] = (),
                 heights: Sequence[float] = ()) -> None:  # fmt: skip
        self.pieces, self._rows = tuple(pieces), sum(heights or [1.0] * len(rows))
        self.dashboard.arrange(rows, shares, heights)
        self._set_height()

    def _set_height(self) -> None:
        full = round(self._rows * self.row_height * self._scale)
        self.dashboard.setMinimumHeight(0 if self.dashboard.enlarged else full)


def shown_for(method: MethodInfo | None, *names: str) -> tuple[str, ...]:
    """Those of the general pictures `names` that mean something for a method; of one that nobody knows, all."""
    return tuple(name for name in names if name in (method.shows if method else GENERAL))


class FigureStore:
    """The pieces of the figures that methods declared so far, each made once."""

    def __init__(self, dashboard: Dashboard) -> None:
        self._dashboard = dashboard
        self._made: dict[FigureInfo, FigurePiece] = {}

    def of(self, method: MethodInfo | None) -> list[FigurePiece]:
        """The method's figures in their order."""
        return [self._piece(info) for info in (method.figures if method else ())]

    def _piece(self, info: FigureInfo) -> FigurePiece:
        if info not in self._made:
            self._made[info] = FigurePiece(info)
            self._dashboard.keep(self._made[info].card)
        return self._made[info]


class OverviewPage(Page):
    """All that matters at once; what means nothing for a method gives its place to a figure of its own."""

    title = "Overview"
    draws_curves = True

    def __init__(self) -> None:
        super().__init__()
        self.loss, self.knn = CurvePiece(FIGURES["loss"]), CurvePiece(FIGURES["knn"])
        self.plane, self.gauges, self.batch = PlanePiece(), GaugesPiece(), BatchPieces(beside=False)
        self.accuracy = CurvePiece(FIGURES["accuracy"])
        self.dashboard.keep(self.plane.card, self.accuracy.card, *self.batch.cards)
        self._figures = FigureStore(self.dashboard)
        self.suit(None, Catalogue())

    def suit(self, method: MethodInfo | None, catalogue: Catalogue) -> bool:
        """Show what means something for a method."""
        del catalogue
        own = self._figures.of(method)
        third: Piece = self.plane if shown_for(method, "sphere") else own.pop() if len(own) > 1 else self.accuracy
        pairs, similarity = self.batch.cards
        beside = [similarity] if shown_for(method, "similarity") else [piece.card for piece in own[:1]]
        used = own[:1] if not shown_for(method, "similarity") else []
        rows = [[self.loss.card, self.knn.card, third.card], [pairs, *beside, self.gauges.card]]
        self._arrange(rows, (self.loss, self.gauges, third, self.knn, self.batch, *used))
        figures = [piece for piece in (third, *used) if isinstance(piece, FigurePiece)]
        self.compares = similarity in beside
        self.wants = (*shown_for(method, "views", "similarity", "spectrum"), *(piece.info.name for piece in figures))
        return True


class CurvesPage(Page):
    """Every curve of what was measured."""

    title, draws_curves, row_height = "Curves", True, 236

    def __init__(self) -> None:
        super().__init__()
        self.curves = {name: CurvePiece(figure) for name, figure in FIGURES.items()}
        self.dashboard.keep(*(piece.card for piece in self.curves.values()))
        self._present: tuple[str, ...] = ()
        self._show(ALWAYS)

    def suit(self, method: MethodInfo | None, catalogue: Catalogue) -> bool:
        """The same for all: what is measured decides."""
        del method, catalogue
        return True

    def prepare(self, picture: RunPicture) -> None:
        """Show the curves that have a value."""
        measured = picture.table.measured
        self._show(tuple(
            name for name, figure in FIGURES.items()
            if name in ALWAYS or any(line in measured for line, _ in figure.lines_of(measured))
        ))  # fmt: skip

    def _show(self, names: tuple[str, ...]) -> None:
        if names != self._present:
            self._present = names
            pieces = [self.curves[name] for name in names]
            cards = [piece.card for piece in pieces]
            self._arrange([cards[first : first + 2] for first in range(0, len(cards), 2)], pieces)


class BatchPage(Page):
    """This step's batch, large, and how alike its images are."""

    title, compares = "Batch", True

    def __init__(self) -> None:
        super().__init__()
        self.batch = BatchPieces(beside=True)
        self.suit(None, Catalogue())

    def suit(self, method: MethodInfo | None, catalogue: Catalogue) -> bool:
        """The same for all: of a method that compares no pairs the matrix is of the images themselves."""
        del catalogue
        pairs, similarity, chosen = self.batch.cards
        self.wants = shown_for(method, "views", "similarity")
        self._arrange([[similarity, chosen], [pairs]], (self.batch,), shares=(4, 3))
        return bool(self.wants)


class SpacePage(Page):
    """Where the embeddings lie."""

    title = "Embeddings"

    def __init__(self) -> None:
        super().__init__()
        self.sphere, self.spectrum = SpherePiece(), SpectrumPiece()
        self.suit(None, Catalogue())

    def suit(self, method: MethodInfo | None, catalogue: Catalogue) -> bool:
        """Those of the two that mean something."""
        del catalogue
        pieces: dict[str, SpherePiece | SpectrumPiece] = {"sphere": self.sphere, "spectrum": self.spectrum}
        self.wants = shown_for(method, *pieces)
        shown = [pieces[name] for name in self.wants]
        self._arrange([[piece.card for piece in shown]], shown, shares=(3, 2))
        return bool(shown)


class MethodPage(Page):
    """What a method's idea is about: its networks, and the figures that it declares."""

    title, row_height = "Method", 250

    def __init__(self) -> None:
        super().__init__()
        self.networks = NetworksPiece()
        self.dashboard.keep(self.networks.card)
        self._figures = FigureStore(self.dashboard)
        self.figures: list[FigurePiece] = []

    def suit(self, method: MethodInfo | None, catalogue: Catalogue) -> bool:
        """The method's own."""
        self.networks.explain(method, catalogue)
        self.figures = self._figures.of(method)
        boxes = [[self.networks.card]] if method and method.boxes else []
        rows = [*boxes, *_in_rows(self.figures)]
        tall = max((box.row for box in method.boxes), default=0) - 1 if method else 0  # rows of boxes beyond two
        heights = [1.0 + 0.3 * max(tall, 0) if row in boxes else 1.0 for row in rows]
        self._arrange(rows, (*([self.networks] if boxes else []), *self.figures), heights=heights)
        self.wants = tuple(piece.info.name for piece in self.figures)
        return bool(self.pieces)


def _in_rows(figures: Sequence[FigurePiece]) -> list[list[Card]]:
    """Two a row; one that is left over has a row of its own: pictures, where there are any, as they need the width."""
    alone = next((piece for piece in figures if piece.info.kind == "tiles"), figures[-1] if figures else None)
    rest = [piece for piece in figures if len(figures) % 2 == 0 or piece is not alone]
    rows = [[piece.card for piece in rest[first : first + 2]] for first in range(0, len(rest), 2)]
    return [*rows, [alone.card]] if alone and len(figures) % 2 else rows


class EquationPage(Page):
    """The method's equation with what its symbols are now, the source of its loss, and the loss itself."""

    title = "Equation"
    draws_curves = True

    def __init__(self) -> None:
        super().__init__()
        self.equation, self.source, self.loss = EquationPiece(), SourcePiece(), CurvePiece(FIGURES["loss"])
        self.suit(None, Catalogue())

    def suit(self, method: MethodInfo | None, catalogue: Catalogue) -> bool:
        """The method's own."""
        self.equation.explain(method, catalogue)
        self.source.explain(method, catalogue)
        rows = [[self.equation.card], [self.source.card, self.loss.card]]
        self._arrange(rows, (self.equation, self.loss, self.source), shares=(5, 3), heights=(3, 2))
        return method is not None and bool(method.equation or method.source)
