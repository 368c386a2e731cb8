"""A model on other images than its own: which, the button, how far it is, and what came out beside its baselines."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.panels.gallery.scores import bars_of_report
from app.widgets.ink import type_face
from app.widgets.interval_bars import IntervalBars
from app.widgets.progress_line import ProgressLine
from app.widgets.theme import Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import DataConfig
from sslviz.spec.evaluation import Evaluation
from sslviz.spec.settings import default_data

FOLDER = "folder"  # the catalogue's name for images of the user's own
ARCHIVES = "Zip archives (*.zip)"
ABOUT = "kNN and a linear probe on images of your own: class folders, or a zip of them. Random weights and raw pixels stand beside it."


class OwnData(QWidget):
    """`asked` carries the DataConfig to evaluate on; `cancelled`: give up."""

    asked = Signal(object)
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = Catalogue()
        self.about, self.note, self.problem = WrappedLabel(ABOUT, quiet=True), WrappedLabel(quiet=True), WrappedLabel()
        self.choose, self.stop = QToolButton(), QPushButton("Cancel")
        self.menu, self.progress, self.bars = (
            QMenu(self.choose),
            ProgressLine("Progress of the evaluation"),
            IntervalBars(),
        )
        self.choose.setText("Evaluate on …")
        self.choose.setToolTip("Which images: a data set, a folder or a zip of your own (E)")
        self.choose.setMenu(self.menu)
        self.choose.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.stop.setToolTip("Give up; nothing is kept")
        self.menu.aboutToShow.connect(self.fill)
        self.stop.clicked.connect(self.cancelled)
        self._lay_out()
        self.clear()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.choose)
        row.addWidget(self.progress, 1)
        row.addWidget(self.stop)
        row.addStretch(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.about)
        column.addLayout(row)
        for widget in (self.problem, self.note, self.bars):
            column.addWidget(widget)

    # Choosing ------------------------------------------------------------------------------------------------------

    def use_catalogue(self, catalogue: Catalogue) -> None:
        """The data sets that there are."""
        self._catalogue = catalogue

    def fill(self) -> None:
        """Named sets, then one's own."""
        self.menu.clear()
        self.menu.addAction("Your folder …", self.ask_folder)
        self.menu.addAction("Your zip …", self.ask_zip)
        self.menu.addSeparator()
        for info in self._catalogue.data:
            if info.name != FOLDER:
                action = self.menu.addAction(info.title)
                action.setToolTip(info.note)
                action.triggered.connect(lambda _=False, name=info.name: self.ask(name))

    def ask_folder(self) -> None:
        """The system's dialog for a folder of images."""
        if path := QFileDialog.getExistingDirectory(self, "A folder of images"):
            self.ask(path)

    def ask_zip(self) -> None:
        """The system's dialog for a zip of images."""
        path, _ = QFileDialog.getOpenFileName(self, "A zip of images", "", ARCHIVES)
        if path:
            self.ask(path)

    def ask(self, source: str) -> None:
        """Evaluate on a data set by its name, or on a folder or zip by its path."""
        self.asked.emit(default_data(self._catalogue, source))

    # What is shown -------------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Nothing was asked of this model."""
        self.problem.say("")
        self.note.say("")
        self.bars.hide()
        self._show_busy(busy=False)

    def show_busy(self, data: DataConfig) -> None:
        """It has begun."""
        self.clear()
        self._show_busy(busy=True)
        self.note.say(f"{Path(data.source).name}: loading the images")

    def _show_busy(self, *, busy: bool) -> None:
        self.choose.setEnabled(not busy)
        self.stop.setVisible(busy)
        self.progress.setVisible(busy)
        self.progress.show_share(float("nan"))

    def show_progress(self, fraction: float, text: str) -> None:
        """How far it is, NaN where that is unknown."""
        self.progress.show_share(fraction)
        self.note.say(text)

    def show_report(self, report: Evaluation) -> None:
        """What came out."""
        self._show_busy(busy=False)
        self.bars.set_groups(*bars_of_report(report))
        self.bars.show()
        self.note.say(f"{Path(report.data.source).name}: {report.note}")

    def show_problem(self, sentence: str) -> None:
        """Why not."""
        self.clear()
        self.problem.say(sentence)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        for widget in (self.choose, self.stop, self.about, self.note, self.problem, self.menu):
            widget.setFont(type_face(theme, "small"))
        self.problem.setStyleSheet(f"color: {theme.warning};")
        self.progress.setFixedHeight(round(8 * theme.scale))
        self.progress.set_theme(theme)
        self.bars.set_theme(theme)
        self.bars.setMinimumHeight(self.bars.sizeHint().height())
