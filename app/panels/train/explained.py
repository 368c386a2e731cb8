"""Pieces that explain a method: its networks, its equation with the values of now, and the source of its loss."""

from __future__ import annotations

import math
from collections.abc import Hashable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.bridge.picture import RunPicture
from app.panels.train import live
from app.panels.train.drawing import Wishes
from app.panels.train.figures import EQUATION, NETWORKS, SOURCE
from app.widgets.card import Card
from app.widgets.curve_plot import number
from app.widgets.network import arrows
from app.widgets.network_diagram import NetworkDiagram
from app.widgets.source_view import SourceView
from app.widgets.symbol_table import Sign, SymbolTable
from app.widgets.theme import Theme
from app.widgets.typeset import Typeset
from sslviz.spec.catalogue import Catalogue, MethodInfo
from sslviz.spec.equations import equation_file, read_typeset, sign_file
from sslviz.spec.measures import MEASURES
from sslviz.spec.quantities import said

COPIED_MS = 1_500
FORMULA = 0.42
"""Of the card's height, at most, for the equation itself."""


class NetworksPiece:
    """The two networks of a method, as its switches stand."""

    def __init__(self) -> None:
        self.diagram = NetworkDiagram()
        self.card = Card("Networks", self.diagram, caption=NETWORKS.caption, about=NETWORKS.about)
        self._catalogue = Catalogue()

    def explain(self, method: MethodInfo | None, catalogue: Catalogue) -> None:
        """Of another method from now on."""
        self._catalogue = catalogue
        self.card.set_title(f"Networks of {method.title}" if method else "Networks")

    def draw(self, picture: RunPicture, _wishes: Wishes) -> bool:
        """Draw what changed since the last time; False where nothing did."""
        if picture.started is None:
            return False
        config = picture.started.config
        method = live.method_of(config, self._catalogue)
        if method is None:
            return False
        before = (self.diagram.boxes, self.diagram.arrows)
        momentum = value_of("momentum", picture, self._catalogue)
        now = live.values(config, self._catalogue, picture.flips)
        self.diagram.set_network(method.boxes, arrows(method.boxes, method.links, now, f"EMA {momentum}".strip()))
        return before != (self.diagram.boxes, self.diagram.arrows)

    def clear(self) -> None:
        """Forget what is drawn."""
        self.diagram.set_network((), ())


class EquationBody(QWidget):
    """The equation above its symbols."""

    def __init__(self) -> None:
        super().__init__()
        self.formula, self.symbols = Typeset("big", centred=True), SymbolTable()
        self.formula.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.formula)
        column.addWidget(self.symbols, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The symbols keep most of the room."""
        super().resizeEvent(event)
        self.formula.setMaximumHeight(max(round(FORMULA * self.height()), 50))

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.formula.set_theme(theme)
        self.symbols.set_theme(theme)


class EquationPiece:
    """The method's equation, each symbol with its meaning and its value now."""

    def __init__(self) -> None:
        self.body = EquationBody()
        self.card = Card("Equation", self.body, caption=EQUATION.caption, about=EQUATION.about)
        self._method: MethodInfo | None = None
        self._catalogue = Catalogue()
        self._seen: Hashable = None

    def explain(self, method: MethodInfo | None, catalogue: Catalogue) -> None:
        """Of another method from now on."""
        self._method, self._catalogue, self._seen = method, catalogue, None
        self.card.set_title(f"{method.title}: {method.paper}" if method else "Equation")
        latex = method.equation if method else ""
        self.body.formula.set_formula(read_typeset(equation_file(method.name), latex) if method else b"", latex)
        symbols = method.symbols if method else ()
        self.body.symbols.set_signs(
            [Sign(read_typeset(sign_file(each.sign), each.sign), each.sign, each.meaning) for each in symbols]
        )

    def draw(self, picture: RunPicture, _wishes: Wishes) -> bool:
        """Write the values that changed; False where none did."""
        symbols = self._method.symbols if self._method else ()
        values = tuple(value_of(symbol.value, picture, self._catalogue) for symbol in symbols)
        if values == self._seen:
            return False
        self._seen = values
        self.body.symbols.set_values(values)
        return True

    def clear(self) -> None:
        """Forget the values."""
        self._seen = None
        self.body.symbols.set_values([""] * len(self.body.symbols.signs))


class SourcePiece:
    """The source of the method's loss."""

    def __init__(self) -> None:
        self.view = SourceView()
        self.card = Card("Source of the loss", self.view, caption=SOURCE.caption, about=SOURCE.about)
        self.copy = QToolButton()
        self.copy.setText("Copy")
        self.copy.setToolTip("Copy the whole source to the clipboard")
        self.copy.clicked.connect(self._copy)
        self.card.add_tool(self.copy)
        self._told = QTimer(self.copy, singleShot=True, interval=COPIED_MS)
        self._told.timeout.connect(lambda: self.copy.setText("Copy"))

    def explain(self, method: MethodInfo | None, _catalogue: Catalogue) -> None:
        """Of another method from now on."""
        self.view.set_source(method.source if method else "")
        file = f"sslviz/methods/{method.name}.py" if method else ""
        self.card.set_title(f"Source of the loss, {file}" if file else "Source of the loss")

    def draw(self, _picture: RunPicture, _wishes: Wishes) -> bool:
        """Nothing in it changes while a run trains."""
        return False

    def clear(self) -> None:
        """The source is of the method, not of a run."""

    def _copy(self) -> None:
        self.view.copy_all()
        self.copy.setText("Copied")
        self._told.start()


def value_of(name: str, picture: RunPicture, catalogue: Catalogue) -> str:
    """What a symbol is now, in words: a measure's last value, else a live setting, else a field of the configuration.

    "" for a symbol that names nothing, "–" for a measure that has no value yet.
    """
    if not name:
        return ""
    measured = picture.latest(name)
    if math.isfinite(measured):
        return number(measured, 4)
    if picture.started is not None:
        config = picture.started.config
        found = live.values(config, catalogue, picture.flips).get(name, live.setting_of(config, name))
        if found is not None:
            return number(found, 4) if isinstance(found, int | float) and not isinstance(found, bool) else said(found)
    return "–" if name in MEASURES or name.startswith("part.") else ""
