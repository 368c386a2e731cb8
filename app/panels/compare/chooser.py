"""The left of the view: which runs and models are compared, and on which picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.widgets.ink import colour, type_face
from app.widgets.live_slider import LiveSlider
from app.widgets.picture_source import Source
from app.widgets.plot_face import GLYPHS
from app.widgets.scrolling import scroll
from app.widgets.seed_box import SeedBox
from app.widgets.small_button import small_button, wide_button
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.comparison import MOST, Side
from sslviz.spec.inspection import ModelLine, ModelRef
from sslviz.spec.params import ParamInfo
from sslviz.spec.requests import RunSummary

RATIO = ParamInfo(
    "ratio", "float", 0.75, "share hidden", 0.05, 0.95, up="fewer patches to guess from", down="more to copy from"
)
NONE_YET = "None yet"
WHAT = "Two to four runs or models."


class Chooser(QScrollArea):
    """`added` and `removed` carry a ModelRef and a place; `wanted` asks for the lists; `shipped` for the models that ship."""

    added = Signal(object)
    removed = Signal(int)
    wanted = Signal()
    refreshed = Signal()
    shipped = Signal()
    picked = Signal(object)  # PictureRef
    ratio_moved = Signal(float)
    seed_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._sides: tuple[Side, ...] = ()
        self.runs: tuple[RunSummary, ...] = ()
        self.models: tuple[ModelLine, ...] = ()
        self.current = ModelRef("")
        self.snapshots: tuple[tuple[int, ModelRef], ...] = ()
        self.headings = {name: QLabel(name) for name in ("Compared", "Picture", "Hidden")}
        self.what, self.problem = WrappedLabel(WHAT, quiet=True), WrappedLabel()
        self.add = wide_button("Add …", "Add a run, a model, a snapshot or a file (A)")
        self.ship = wide_button(
            "Two that ship", "Compare two of the models that ship with the program: DINO and MAE on shapes"
        )
        self.again = wide_button("Again", "Read the records and ask the models anew: those that train have got further")
        self.rows: list[QWidget] = []
        self.menu = QMenu(self.add)
        self.source, self.ratio = Source(), LiveSlider(RATIO)
        self.seed = SeedBox(
            "Seed of masks and samples", "The same seed for all: it draws what is hidden, and the images of the maps"
        )
        self._lay_out()
        self._connect()
        self.problem.say("")

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(5)
        self._list = QVBoxLayout()
        self._list.setSpacing(3)
        column.addWidget(self.headings["Compared"])
        column.addWidget(self.what)
        column.addLayout(self._list)
        for widget in (
            self.add,
            self.ship,
            self.again,
            self.problem,
            self.headings["Picture"],
            self.source,
            self.headings["Hidden"],
            self.ratio,
            self.seed,
        ):
            column.addWidget(widget)
        column.addStretch(1)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll(self, inside)
        self.add.setMenu(self.menu)
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _connect(self) -> None:
        self.menu.aboutToShow.connect(self._about_to_show)
        self.ship.clicked.connect(self.shipped)
        self.again.clicked.connect(self.refreshed)
        self.source.chosen.connect(self.picked)
        self.source.troubled.connect(self.source.what.say)
        self.ratio.moved.connect(lambda value: self.ratio_moved.emit(float(value)))
        self.seed.valueChanged.connect(self.seed_chosen)

    # The menu -------------------------------------------------------------------------------------------------------

    def _about_to_show(self) -> None:
        self.wanted.emit()
        self.fill_menu()

    def fill_menu(self) -> None:
        """What can be added, as far as it is known."""
        self.menu.clear()
        self.menu.setToolTipsVisible(True)
        if self.current.source or self.current.run_id:
            self._offer(self.menu, "The current model", self.current, self.current.source)
        runs = self.menu.addMenu("Runs")
        for run in self.runs:
            action = self._offer(
                runs, f"{run.name}  ({run.method}, step {run.step:,})", ModelRef(run.folder), run.problem or run.folder
            )
            action.setEnabled(not run.problem)
        models = self.menu.addMenu("Models")
        for line in self.models:
            self._offer(models, line.title, ModelRef(line.source), line.about)
        steps = self.menu.addMenu("Snapshots of the run that is shown")
        for step, ref in self.snapshots:
            self._offer(steps, f"Step {step:,}", ref, ref.source)
        random = self.menu.addMenu("Random weights of")
        for side in self._sides:
            if not side.model.random:
                model = side.model
                self._offer(
                    random,
                    side.name,
                    ModelRef(model.source, model.network, model.heads, model.image_size, random=True),
                    "",
                )
        for menu in (runs, models, steps, random):
            if menu.isEmpty():
                menu.addAction(NONE_YET).setEnabled(False)
        self.menu.addSeparator()
        self.menu.addAction("A run's folder …", self._ask_folder)
        self.menu.addAction("A checkpoint's file …", self._ask_file)

    def _offer(self, menu: QMenu, words: str, model: ModelRef, tip: str) -> QAction:
        action = menu.addAction(words.replace("&", "&&"))
        action.setToolTip(tip)
        action.triggered.connect(lambda _=False: self.added.emit(model))
        return action

    def _ask_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "A run's folder")
        if folder:
            self.added.emit(ModelRef(folder))

    def _ask_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "A checkpoint")
        if name:
            self.added.emit(ModelRef(str(Path(name))))

    # What is shown --------------------------------------------------------------------------------------------------

    def show_sides(self, sides: Sequence[Side]) -> None:
        """One row for each that is compared."""
        self._sides = tuple(sides)
        for row in self.rows:
            row.hide()
            row.setParent(None)
            row.deleteLater()
        self.rows = [self._row(k, side) for k, side in enumerate(sides)]
        for row in self.rows:
            self._list.addWidget(row)
        self.add.setEnabled(len(sides) < MOST)
        self.ship.setVisible(not sides)
        self.again.setVisible(len(sides) > 1)
        self.what.say(WHAT if len(sides) < 2 else "")

    def _row(self, k: int, side: Side) -> QWidget:
        """Mark, name, what is wrong with it, and a way to take it out."""
        row = QWidget()
        mark, name, away = QLabel(GLYPHS[k]), QLabel(), small_button("✕", f"Take {side.name} out")
        away.setObjectName("flat")
        mark.setStyleSheet(f"color: {colour(self._theme.series[k]).name()};")
        mark.setFont(type_face(self._theme, "title"))
        name.setFont(type_face(self._theme, "body", bold=True))
        name.setMinimumWidth(10)
        room = round(200 * self._theme.scale)
        name.setText(QFontMetrics(name.font()).elidedText(side.name, Qt.TextElideMode.ElideMiddle, room))
        about = (
            f"{side.config.method}, {side.config.backbone}, step {side.step:,}, {side.state}"
            if side.config
            else "no record of training"
        )
        row.setToolTip("\n".join(filter(None, (side.folder or side.model.source, about, side.problem))))
        words = WrappedLabel(about + (f". {side.problem}" if side.problem and side.config else ""), quiet=True)
        words.setFont(type_face(self._theme, "small"))
        away.setFont(type_face(self._theme, "small"))
        away.clicked.connect(lambda: self.removed.emit(k))
        head = QHBoxLayout()
        for widget, stretch in ((mark, 0), (name, 1), (away, 0)):
            head.addWidget(widget, stretch)
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(words)
        return row

    def show_for(self, page: str) -> None:
        """Only what the page in front is about."""
        pictured = page in ("looks", "rebuilds")
        self.headings["Picture"].setVisible(pictured)
        self.source.setVisible(pictured)
        self.headings["Hidden"].setVisible(page == "rebuilds")
        self.ratio.setVisible(page == "rebuilds")
        self.seed.setVisible(page in ("rebuilds", "maps"))

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        for heading in self.headings.values():
            heading.setFont(type_face(theme, "body", bold=True))
        for widget in (
            self.add,
            self.ship,
            self.again,
            self.what,
            self.problem,
            self.seed,
            self.seed.lineEdit(),
            self.menu,
        ):
            widget.setFont(type_face(theme, "small"))
        self.problem.setStyleSheet(f"color: {theme.warning};")
        self.source.set_theme(theme)
        self.ratio.set_theme(theme)
        self.show_sides(self._sides)
