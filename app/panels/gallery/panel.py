"""The gallery: the models that ship as cards at the left, the chosen one's card in full at the right.

Asks with `ListModels`, and with `EvaluateRun` for other images; computes nothing. What leads to other views is told by its own signals.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QSplitter, QVBoxLayout, QWidget

from app.bridge.asking import Asking
from app.panels.base import PANELS, Panel
from app.panels.gallery.details import Details
from app.panels.gallery.models import Models, folder_of, is_transformer, method_title
from app.widgets.ink import sheet, type_face
from app.widgets.model_shelf import ModelShelf
from app.widgets.theme import Theme
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.comparison import MOST
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.evaluation import EvaluateRun, Evaluation
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.inspection import ListModels, ModelRef
from sslviz.spec.requests import Cancel

IDLE = "The models that ship come with the worker, in a moment."
NONE = "No model is like that. Clear the search, or choose all methods."
EMPTY = "No models ship with this installation. Install the program again, or train your own."
RIGHT = 420
"""Pixels at scale 1 of the card at the right."""


@PANELS.register("gallery")
class GalleryPanel(Panel):
    """Trained models, and what can be done with them."""

    name: ClassVar[str] = "gallery"
    title: ClassVar[str] = "Models"
    shortcut: ClassVar[str] = "Ctrl+9"
    idle_text: ClassVar[str] = IDLE

    opened = Signal(object, str)  # ModelRef, and the name of the view to look at it in
    recorded = Signal(str)  # folder of a recorded run
    compared = Signal(object)  # tuple[ModelRef, ...]

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.models, self._catalogue = Models(), Catalogue()
        self._asking = Asking(self.next_id, self.requested.emit)
        self._came = False  # whether the list has
        self._evaluated = 0  # the request that is on its way
        self._reports: dict[str, Evaluation] = {}
        self.search, self.method, self.count = QLineEdit(), QComboBox(), QLabel(IDLE)
        self.shelf, self.details = ModelShelf(MOST), Details()
        self.search.setPlaceholderText("Search: cifar, collapsed, vit …")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search the models")
        self.method.setAccessibleName("Method of the models")
        self._lay_out()
        self._connect()
        self._fill_methods()
        self.setFocusProxy(self.shelf)
        self.set_theme(self.theme)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.addWidget(self.search, 2)
        bar.addWidget(self.method, 1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(bar)
        column.addWidget(self.count)
        column.addWidget(self.shelf, 1)
        self.count.setWordWrap(True)
        self.parts = QSplitter(Qt.Orientation.Horizontal)
        self.parts.setChildrenCollapsible(False)
        self.parts.addWidget(left)
        self.parts.addWidget(self.details)
        self.parts.setStretchFactor(0, 1)
        self.parts.setStretchFactor(1, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.addWidget(self.parts)
        self.details.hide()

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _: self._filter())
        self.search.returnPressed.connect(self.shelf.setFocus)
        self.method.activated.connect(lambda _: self._filter())
        self.shelf.chosen.connect(self._choose)
        self.shelf.opened.connect(lambda _: self.act("open"))
        self.shelf.ticked.connect(lambda names: self.details.show_ticks(len(names)))
        self.details.pressed.connect(self.act)
        self.details.own_data.asked.connect(self.evaluate)
        self.details.own_data.cancelled.connect(self._give_up)

    def offers(self) -> Sequence[QAction]:
        """What the buttons do."""
        words = {"open": "look inside the chosen one", "record": "its recorded run", "compare": "compare the ticked ones",
                 "evaluate": "evaluate it on a folder of images …"}  # fmt: skip
        return self.actions_for({said: partial(self.act, name) for name, said in words.items()})

    # What the shell calls ------------------------------------------------------------------------------------------

    def configure(self, config: RunConfig, catalogue: Catalogue) -> None:
        """What methods, backbones and data sets are called."""
        del config
        if catalogue != self._catalogue:
            self._catalogue = catalogue
            self.details.own_data.use_catalogue(catalogue)
            self._fill_methods()
            self._filter()

    def answered(self, event: Answered | Refused | Advanced) -> None:
        """The list, or how far an evaluation is and what came out."""
        found = self._asking.take(event)
        if found is None:
            return
        side, request = found
        if side == "models":
            self._listed(event)
        elif isinstance(request, EvaluateRun):
            self._took(request, event)

    def figure(self) -> tuple[QWidget, str]:
        """The chosen model's card, else all."""
        shown = self.details if not self.details.isHidden() else self
        return shown, f"Models, {self.shelf.current_name()}".rstrip(", ")

    def figure_caption(self) -> str:
        """Which file the card is of."""
        card = self.models.cards.get(self.shelf.current_name())
        return (
            f"{card.name} · sha256 {card.sha256[:12]} · {card.method}, {card.backbone} · seed {card.seed}"
            if card
            else ""
        )

    def set_theme(self, theme: Theme) -> None:
        """Colours or type size changed."""
        super().set_theme(theme)
        self.setFont(type_face(theme))
        self.setStyleSheet(sheet(theme))
        for widget in (self.search, self.method, self.count):
            widget.setFont(type_face(theme, "small"))
        self.shelf.set_theme(theme)
        self.details.set_theme(theme)
        self._share_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        right = round(min(RIGHT * self.theme.scale, 0.52 * self.width()))
        self.details.setFixedWidth(max(right, 200))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._came and not self._asking.is_waiting("models"):
            self._asking.ask("models", ListModels)

    # What there is -------------------------------------------------------------------------------------------------

    def _listed(self, event: Answered | Refused | Advanced) -> None:
        if isinstance(event, Answered):
            self._came, self.models = True, Models(event.payload)
            self._fill_methods()
            self._filter()
        elif isinstance(event, Refused):
            self.count.setText(f"{event.message} {event.hint}".strip())

    def _fill_methods(self) -> None:
        chosen = self.method.currentData() or ""
        self.method.clear()
        self.method.addItem("All methods", "")
        for name in self.models.methods():
            self.method.addItem(method_title(self._catalogue, name), name)
        self.method.setCurrentIndex(max(self.method.findData(chosen), 0))

    def _filter(self) -> None:
        names = self.models.found(self.search.text(), self.method.currentData() or "", self._catalogue)
        self.shelf.show_items(self.models.items(names, self._catalogue))
        self.details.setVisible(bool(names))
        several = "models" if len(names) != 1 else "model"
        there = (
            f"{len(names)} {several}. Arrows choose, Return opens, Space ticks two to {MOST} for a comparison. "
            "The notch in a bar is where random weights are."
        )
        self.count.setText(there if names else NONE if self.models.cards else EMPTY if self._came else IDLE)
        if names:
            self._choose(self.shelf.current_name())

    def _choose(self, name: str) -> None:
        card = self.models.cards.get(name)
        if card is None:
            return
        if self.details.card != card:
            item = self.models.items([name], self._catalogue)[0]
            self.details.show_card(card, item, method_title(self._catalogue, card.method))
            self._show_report(name)

    # What the user does --------------------------------------------------------------------------------------------

    def act(self, name: str) -> None:
        """Open, show the record of, compare, or evaluate; nothing where no model is chosen."""
        chosen = self.shelf.current_name()
        card = self.models.cards.get(chosen)
        if card is None:
            return
        if name == "open":
            view = "attention" if is_transformer(self._catalogue, card.backbone) else "embeddings"
            self.opened.emit(ModelRef(chosen), view)
        elif name == "record":
            self.recorded.emit(str(folder_of(chosen)))
        elif name == "compare" and len(self.shelf.ticks) > 1:
            self.compared.emit(tuple(ModelRef(name) for name in self.shelf.ticks))
        elif name == "evaluate":
            self.details.own_data.ask_folder()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """R: the recorded run. C: compare. E: which images to evaluate on. /: search."""
        keys = {Qt.Key.Key_R: "record", Qt.Key.Key_C: "compare"}
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif event.key() in keys:
            self.act(keys[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_E and not self.details.isHidden():
            self.details.own_data.choose.showMenu()
        elif event.key() == Qt.Key.Key_Slash:
            self.search.setFocus()
        else:
            super().keyPressEvent(event)

    # On other images -----------------------------------------------------------------------------------------------

    def evaluate(self, data: DataConfig) -> None:
        """The chosen model on these images."""
        name = self.shelf.current_name()
        try:
            folder = str(folder_of(name))
        except SpecError as error:
            self.details.own_data.show_problem(f"{error.message} {error.hint}")
            return
        request = self._asking.ask("evaluate", lambda number: EvaluateRun(number, folder, data=data))
        self._evaluated = request.request_id
        self._reports.pop(name, None)
        self.details.own_data.show_busy(data)

    def _give_up(self) -> None:
        self.requested.emit(Cancel(self._evaluated))
        self._asking.forget("evaluate")
        self.details.own_data.clear()

    def _took(self, request: EvaluateRun, event: Answered | Refused | Advanced) -> None:
        """What came of it belongs to its model, whichever is chosen now."""
        name = request.folder.replace("\\", "/").rpartition("/")[2]
        shown = name == self.shelf.current_name()
        if isinstance(event, Answered):
            self._reports[name] = event.payload
        if not shown:
            return
        own = self.details.own_data
        if isinstance(event, Advanced):
            own.show_progress(event.fraction, event.text)
        elif isinstance(event, Refused):
            own.show_problem(f"{event.message} {event.hint}".strip())
        else:
            own.show_report(event.payload)

    def _show_report(self, name: str) -> None:
        """The last report of a model, or that one is on its way."""
        pending = self._asking.pending("evaluate")
        self.details.own_data.clear()
        if isinstance(pending, EvaluateRun) and pending.data and pending.folder == str(folder_of(name)):
            self.details.own_data.show_busy(pending.data)
        elif name in self._reports:
            self.details.own_data.show_report(self._reports[name])
