"""The Evaluate panel: choices at the left, the table with its baselines at the right, below it who is confused with whom.

Asks with `EvaluateRun`, and with `FetchImages` for the images of a cell; computes nothing. A run goes on while it is evaluated.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from app.bridge.bridge import is_live
from app.bridge.picture import RunPicture
from app.panels.base import PANELS, Panel, Selection
from app.panels.evaluate import lines
from app.panels.evaluate.choices import Choices
from app.panels.evaluate.prompts import Prompts
from app.widgets.card import Card
from app.widgets.confusion_view import Cell, ConfusionView
from app.widgets.dashboard import Dashboard
from app.widgets.image_grid import ImageGrid
from app.widgets.ink import sheet, type_face
from app.widgets.interval_bars import IntervalBars
from app.widgets.score_table import ScoreTable
from app.widgets.theme import Theme
from sslviz.spec.config import DataConfig
from sslviz.spec.evaluation import AskPrompts, EvaluateRun, Evaluation, FetchImages
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.requests import Cancel

LEFT, LEFT_LEAST = 310, 235
MOST_IMAGES = 48
IDLE = "Press Train, or open a run: then Evaluate says what its representation is worth, beside random weights and raw pixels."
READY = "Choose at the left, then press Evaluate."
FACTORS = "Tick “factor probes” to see which factors the features kept, and which the augmentations threw away."
CELL = "Click a cell of the matrix to see its images."
READS = "clip"
"""The method whose runs choose among sentences."""
MATRIX = "Click a line of the table to see which classes are taken for which."


@PANELS.register("evaluate")
class EvaluatePanel(Panel):
    """Honest evaluation of the run that is shown."""

    name: ClassVar[str] = "evaluate"
    title: ClassVar[str] = "Evaluate"
    shortcut: ClassVar[str] = "Ctrl+6"
    idle_text: ClassVar[str] = IDLE

    def build(self) -> None:
        """Make the widgets. Called once."""
        self._run_id = self._folder = ""
        self._live = False
        self._asked: dict[int, EvaluateRun] = {}
        self._pictures: dict[int, FetchImages] = {}
        self._prompted = 0  # the request for prompts that is waited for
        self._steps: tuple[int, ...] = ()
        self._selected: Selection | None = None
        self._data: DataConfig | None = None  # of the run that is shown
        self._shown: dict[Cell, int] = {}  # which validation image each picture of the cell is
        self.report: Evaluation | None = None
        self._confusion = -1
        self.choices, self.heading = Choices(), QLabel(IDLE)
        self.table, self.matrix, self.bars, self.images = ScoreTable(), ConfusionView(), IntervalBars(), ImageGrid()
        self.layer, self.prompts = QComboBox(), Prompts()
        self._lay_out()
        self._connect()
        self.clear()
        self.setFocusProxy(self.table)
        self.set_theme(self.theme)

    def _lay_out(self) -> None:
        results = Card("Results", self.table, caption="Whiskers: 95 % interval. Dotted: chance, always naming the commonest.",
                       about="Each model by each protocol. Wilson's interval of the test images for one seed, Student's t over seeds "
                             "for several. Random weights, raw pixels and the supervised baseline are always in the table.")  # fmt: skip
        self.matrix_card = Card(
            "Confusion", self.matrix, caption="Rows: truth. Columns: what it was taken for. First seed."
        )
        self.image_card = Card(
            "Images of the cell", self.images, caption="Validation images, which nothing was trained on."
        )
        factors = Card("Factors", self.bars, caption="Accuracy of a linear probe for each factor; dotted: chance.",
                       about="What the features still tell about each image. A factor near chance was thrown away: usually because "
                             "the augmentations change it, so that views of one image disagree about it.")  # fmt: skip
        factors.add_tool(self.layer)
        self.layer.setAccessibleName("Layer of the factor probes")
        self.prompt_card = Card("Prompts", self.prompts, caption="No classifier was trained: the nearest sentence is the answer.",
                                about="Zero-shot classification: each validation image goes to the sentence whose embedding is nearest to its "
                                      "own. Words that no caption held cannot be read; what captions never named is guessed.")  # fmt: skip
        self._rows = [[results], [self.matrix_card, self.image_card, factors]]
        self.cards = Dashboard(self._rows)
        self.cards.keep(self.prompt_card)
        self.heading.setWordWrap(True)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.heading)
        column.addWidget(self.cards, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self.choices)
        row.addWidget(right, 1)
        self._right = right
        for splitter in self.cards.findChildren(QSplitter):
            if splitter.orientation() == Qt.Orientation.Vertical:
                splitter.setSizes([300, 320])

    def _connect(self) -> None:
        self.choices.asked.connect(self._ask)
        self.choices.cancelled.connect(self._cancel)
        self.table.chosen.connect(self._choose_line)
        self.matrix.chosen.connect(self._choose_cell)
        self.layer.activated.connect(lambda _: self._draw_factors())
        self.prompts.asked.connect(self._ask_prompts)
        self.prompts.image_chosen.connect(lambda index: self._choose_image(index, self._data))
        self.images.clicked.connect(self._cell_clicked)

    # What the shell calls ------------------------------------------------------------------------------------------

    def refresh(self, picture: RunPicture | None) -> None:
        """Which run there is to evaluate; the last report stays until another is asked for."""
        started = picture.started if picture else None
        self._run_id = picture.run_id if picture else ""
        self._live = picture is not None and is_live(picture)
        self._data = started.config.data if started else None
        folder = started.folder if started else ""
        if folder != self._folder:
            self._folder = folder
            self._steps = ()
            self._offer_prompts(started is not None and started.config.method == READS)
        steps = tuple(saved.step for saved in picture.snapshots) if picture else ()
        if steps != self._steps:
            self._steps = steps
            self.choices.offer(self.report.layers if self.report else (), steps)
        self._show_state()

    def answered(self, event: Answered | Refused | Advanced) -> None:
        """A report, the images of a cell, how far it is, or why not."""
        if event.request_id == self._prompted:
            self._take_prompted(event)
        elif event.request_id in self._pictures:
            if not isinstance(event, Advanced):
                self._take_images(event)
        elif event.request_id in self._asked:
            if isinstance(event, Advanced):
                self.choices.show_progress(event.fraction, event.text)
                return
            del self._asked[event.request_id]
            self._show_state()
            if isinstance(event, Refused):
                self._refused(event)
            else:
                self.show_report(event.payload)

    def figure(self) -> tuple[QWidget, str]:
        """Everything but the choices."""
        return self._right, self.title

    def set_theme(self, theme: Theme) -> None:
        """Colours or type size changed."""
        super().set_theme(theme)
        self.setFont(type_face(theme))
        self._right.setStyleSheet(sheet(theme))
        self.heading.setFont(type_face(theme, "small"))
        self.layer.setFont(type_face(theme, "small"))
        self.choices.set_theme(theme)
        self.cards.set_theme(theme)
        self._share_width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def _share_width(self) -> None:
        scale = self.theme.scale
        self.choices.setFixedWidth(round(max(LEFT_LEAST * scale, min(LEFT * scale, 0.28 * self.width()))))

    def clear(self) -> None:
        """Forget the report."""
        self.report, self._confusion = None, -1
        self._pictures.clear()
        self.table.set_lines([])
        self.matrix.set_counts(np.empty((0, 0), np.int64), ())
        self.matrix.set_message(MATRIX)
        self.bars.set_groups([], ())
        self.bars.set_message(FACTORS)
        self._show_none(CELL)
        self.layer.hide()
        self._show_state()

    def figure_caption(self) -> str:
        """What was evaluated, on what, how."""
        return lines.caption(self.report) if self.report else ""

    # The image that is chosen in the window ------------------------------------------------------------------------

    def select(self, selection: Selection) -> None:
        """Mark a validation image where it is shown, and the cell of the matrix that it lies in."""
        self._selected = selection
        self._mark()

    def deselect(self) -> None:
        """No image is marked."""
        self._selected = None
        self._mark()

    def _cell_clicked(self, row: int, column: int) -> None:
        if self.report is not None and (row, column) in self._shown:
            self._choose_image(self._shown[row, column], self.report.data)

    def _choose_image(self, index: int, data: DataConfig | None) -> None:
        self.selected.emit(Selection(index, data.source if data else "", data, "val"))

    def _mark(self) -> None:
        index = self._index_in(self.report.data if self.report else None)
        self.images.mark([place for place, shown in self._shown.items() if shown == index])
        self.prompts.mark(self._index_in(self._data))
        confusion = self.report.confusions[self._confusion] if self.report and self._confusion >= 0 else None
        self.matrix.mark(confusion.place(index) if confusion else None)

    def _index_in(self, data: DataConfig | None) -> int:
        """The number of the chosen image among the validation images of this data, -1 where it is none of them."""
        return self._selected.index if self._selected is not None and self._selected.is_of(data, "val") else -1

    # Asking --------------------------------------------------------------------------------------------------------

    def _show_state(self) -> None:
        self.choices.show_state(busy=bool(self._asked), possible=bool(self._folder))
        if self.report is None:
            self.heading.setText(READY if self._folder else IDLE)

    def _ask(self) -> None:
        self.choices.show_problem("", "")
        request = EvaluateRun(self.next_id(), self._folder, self._run_id if self._live else "", self.choices.snapshot(),
                              self.choices.plan())  # fmt: skip
        self._asked[request.request_id] = request
        self._show_state()
        self.choices.show_progress(float("nan"), "taking a copy of the model")
        self.requested.emit(request)

    def _offer_prompts(self, reads: bool) -> None:
        self.prompts.clear()
        self.cards.arrange([*self._rows, [self.prompt_card]] if reads else self._rows)

    def _ask_prompts(self, prompts: tuple[str, ...], factor: str) -> None:
        run_id = self._run_id if self._live else ""
        request = AskPrompts(self.next_id(), self._folder, run_id, self.choices.snapshot(), prompts, factor)
        self._prompted = request.request_id
        self.prompts.show_busy()
        self.requested.emit(request)

    def _take_prompted(self, event: Answered | Refused | Advanced) -> None:
        if isinstance(event, Answered):
            self.prompts.show_answer(event.payload)
        elif isinstance(event, Refused) and event.kind != "Superseded":
            self.prompts.show_problem(f"{event.message} {event.hint}".strip())

    def _cancel(self) -> None:
        for request_id in self._asked:
            self.requested.emit(Cancel(request_id))

    def _refused(self, event: Refused) -> None:
        if event.kind not in ("Superseded", "Cancelled"):
            self.choices.show_problem(event.field, f"{event.message} {event.hint}".strip())

    # Drawing -------------------------------------------------------------------------------------------------------

    def show_report(self, report: Evaluation) -> None:
        """Draw a report."""
        self.clear()
        self.report = report
        self.choices.offer(report.layers, self._steps)
        self.heading.setText(lines.heading(report))
        rows = lines.in_table(report)
        self.table.set_lines([lines.line_of(row) for row in rows])
        self._fill_layers(report)
        self._draw_factors()
        first = next((k for k, row in enumerate(rows) if row.confusion >= 0), -1)
        if first >= 0:
            self._choose_line(first)

    def _fill_layers(self, report: Evaluation) -> None:
        layers = lines.factor_layers(report)
        self.layer.clear()
        self.layer.addItems(layers)
        self.layer.setVisible(len(layers) > 1)

    def _draw_factors(self) -> None:
        if self.report is not None:
            groups, models = lines.factor_groups(self.report, self.layer.currentText())
            self.bars.set_groups(groups, models, [lines.MARKS[model] for model in models])

    def _choose_line(self, line: int) -> None:
        if self.report is None:
            return
        self._confusion = lines.in_table(self.report)[line].confusion
        if self._confusion < 0:
            self.matrix.set_counts(np.empty((0, 0), np.int64), ())
            self.matrix.set_message("This line predicts no classes.")
            return
        confusion = self.report.confusions[self._confusion]
        self.matrix.set_counts(confusion.counts(), confusion.names)
        self.matrix_card.heading.setToolTip(confusion.title)
        self.matrix_card.text = f"{confusion.title}. Rows: truth. Columns: what it was taken for."
        self.matrix_card.set_theme(self.theme)
        self._show_none(CELL)
        self._mark()

    def _choose_cell(self, true: int, predicted: int) -> None:
        if self.report is None or self._confusion < 0:
            return
        indices = self.report.confusions[self._confusion].cell(true, predicted)
        if not len(indices):
            self._show_none(f"{self.matrix.say((true, predicted))}: no image.")
            return
        self._pictures.clear()  # an answer to an earlier click comes too late
        request = FetchImages(self.next_id(), self.report.data, tuple(int(i) for i in indices[:MOST_IMAGES]))
        self._pictures[request.request_id] = request
        self.images.set_message("Fetching the images …")
        self.requested.emit(request)

    def _take_images(self, event: Answered | Refused) -> None:
        request = self._pictures.pop(event.request_id)
        if isinstance(event, Refused):
            self.images.set_message(f"{event.message} {event.hint}".strip())
            return
        pictures = event.payload["images"]
        columns = max(4, round((1.3 * len(pictures)) ** 0.5))
        numbers = [request.indices[k : k + columns] for k in range(0, len(pictures), columns)]
        self.images.set_images([list(pictures[k : k + columns]) for k in range(0, len(pictures), columns)])
        self._shown = {(r, c): index for r, row in enumerate(numbers) for c, index in enumerate(row)}
        self.images.set_tips({place: f"Validation image {index}" for place, index in self._shown.items()})
        self._mark()
        more = f", {MOST_IMAGES} of them shown" if self._count() > len(pictures) else ""
        self.image_card.text = f"{self.matrix.say(self.matrix.cell)}{more}." if self.matrix.cell else ""
        self.image_card.set_theme(self.theme)

    def _show_none(self, why: str) -> None:
        self._shown = {}
        self.images.set_images([])
        self.images.set_message(why)

    def _count(self) -> int:
        return int(self.matrix.counts[self.matrix.cell]) if self.matrix.cell else 0
