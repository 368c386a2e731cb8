"""The Augment panel: a form for the recipe at the left, pictures at the right that follow it.

While a slider travels, views are asked for at most every 60 ms; the configuration, and with it a run that trains, changes once the
hand rests. Asks with `AugmentImages`, draws its answers, computes nothing.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.panels.augment import contents
from app.panels.augment.choice import Choice
from app.panels.augment.toolbar import SizeBar, Toolbar
from app.panels.base import PANELS, PacedPanel, Selection
from app.widgets.figure_caption import of_data
from app.widgets.image_grid import ImageGrid
from app.widgets.ink import sheet, type_face
from app.widgets.recipe_form import RecipeForm
from app.widgets.save_dialog import export
from app.widgets.scrolling import scroll
from app.widgets.theme import Theme
from sslviz.spec.augmentation import Augmentation
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.requests import AugmentImages

FORM_WIDTH, FORM_LEAST = 330, 285
LEAST_ROWS = 3
CELLS = (0, 32, 48, 64, 96, 128, 192, 256, 384)
"""Sizes of pictures in px; 0 fits all."""
IDLE = "Views of the training images appear here as soon as the worker is up."
WHAT = {
    "views": "What the views of one row share is what the network can learn; what differs, it learns to ignore.",
    "alone": "Each column is one operation by itself, at its strength in the recipe, done to every image.",
    "single": "Each image goes into the network as one view.",
}


@PANELS.register("augment")
class AugmentPanel(PacedPanel):
    """Shows what the method sees, and lets its recipe be changed."""

    name: ClassVar[str] = "augment"
    title: ClassVar[str] = "Augment"
    shortcut: ClassVar[str] = "Ctrl+2"
    idle_text: ClassVar[str] = IDLE
    pace_ms: ClassVar[int] = 60

    def build(self) -> None:
        """Make the widgets. Called once."""
        self._config = RunConfig()
        self._data: DataConfig | None = None
        self._choice, self._seed, self._zoom = Choice(), 0, 0
        self._selected = -1
        self._asked: dict[int, AugmentImages] = {}
        self._drawn_id = 0
        self._answer: tuple[AugmentImages, contents.Answer] | None = None
        self._shown: contents.Contents | None = None
        self._augmentation = Augmentation()
        self._due = False
        self.form, self.grid, self.toolbar, self.sizes = RecipeForm(), ImageGrid(), Toolbar(), SizeBar()
        self.what, self.where = QLabel(), QLabel()
        self._lay_out()
        self._connect()
        self.grid.set_message(IDLE)
        self.setFocusProxy(self.grid)
        self.set_theme(self.theme)

    def _lay_out(self) -> None:
        self.area = QScrollArea()
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll(self.area, self.grid, sideways=True)
        self.grid.set_least_rows(LEAST_ROWS)
        self.frame = QFrame()
        self.frame.setObjectName("card")
        inside = QVBoxLayout(self.frame)
        inside.setContentsMargins(6, 6, 6, 6)
        inside.addWidget(self.area)
        for label in (self.what, self.where):
            label.setWordWrap(True)
        self.where.setObjectName("quiet")
        right = QVBoxLayout()
        right.addWidget(self.toolbar)
        right.addWidget(self.frame, 1)
        right.addWidget(self.what)
        foot = QHBoxLayout()
        foot.addWidget(self.where, 1)
        foot.addWidget(self.sizes, 0, Qt.AlignmentFlag.AlignBottom)
        right.addLayout(foot)
        self.left = QWidget()
        column = QVBoxLayout(self.left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self.left)
        row.addLayout(right, 1)

    def _connect(self) -> None:
        self.form.moved.connect(self._recipe_moved)
        self.form.rested.connect(self._recipe_rested)
        self.grid.clicked.connect(self._clicked)
        self.grid.hovered.connect(self._hovered)
        self.toolbar.mode_changed.connect(self._draw)
        self.toolbar.others.connect(self._other_images)
        self.toolbar.reseed.connect(self.new_seed)
        self.sizes.zoom.connect(self._zoomed)
        self.sizes.save.connect(lambda: export(*self.figure()))

    # What the shell calls ------------------------------------------------------------------------------------------

    def configure(self, config: RunConfig, catalogue: Catalogue) -> None:
        """Another recipe, other data, or a worker that came up."""
        self._config = config
        self.form.set_recipes(catalogue.augmentations)
        self.form.set_augmentation(config.augmentation)
        changed = config.augmentation != self._augmentation
        self._augmentation = config.augmentation
        if config.data != self._data:
            self._data, changed = config.data, True
            self._choice.forget()
            self._forget("Loading the images …")
        if changed or self._due:
            self._wish()

    def answered(self, event: Answered | Refused | Advanced) -> None:
        """Draw an answer unless a newer one is drawn already or it is about other data."""
        request = self._asked.get(event.request_id)
        if request is None:
            return
        newest = event.request_id == max(self._asked)
        if isinstance(event, Advanced):
            if newest and self._answer is None:
                share = f" {100 * event.fraction:.0f} %" if event.fraction == event.fraction else ""
                self.grid.set_message(f"{event.text}{share}")
            return
        del self._asked[event.request_id]
        if isinstance(event, Refused):
            self._refused(event, newest=newest)
        elif request.data == self._data and event.request_id > self._drawn_id:
            self._take(event, request)

    def figure(self) -> tuple[QWidget, str]:
        """The pictures with what they show."""
        return self.frame, f"Augment, {self._augmentation.name or 'own recipe'}"

    def figure_caption(self) -> str:
        """Which images, changed by what."""
        if self._answer is None:
            return ""
        request, _ = self._answer
        named = ", ".join(f"{index:,}" for index in request.indices)
        recipe = self._augmentation.name or "own recipe"
        return f"{of_data(request.data)} · training images {named} · {recipe} · seed {request.seed}"

    def select(self, selection: Selection) -> None:
        """Mark the image that was chosen somewhere; it joins the first row if it is not shown."""
        if not selection.is_of(self._config.data, "train"):
            self.deselect()
            return
        if self._choice.include(selection.index):
            self._wish()
        self._mark(selection.index)

    def deselect(self) -> None:
        """No image is marked."""
        self._mark(-1)

    def set_theme(self, theme: Theme) -> None:
        """Colours or type size changed."""
        super().set_theme(theme)
        self.setFont(type_face(theme))
        self.setStyleSheet(sheet(theme))
        for part in (self.form, self.grid, self.toolbar, self.sizes):
            part.set_theme(theme)
        self.what.setFont(type_face(theme, "body"))
        self.where.setFont(type_face(theme, "small"))
        self._share_width()

    def _share_width(self) -> None:
        """The form gets what it needs, or in a narrow window a good third, but never less than what it can be read in."""
        scale = self.theme.scale
        self.left.setFixedWidth(round(max(FORM_LEAST * scale, min(FORM_WIDTH * scale, 0.36 * self.width()))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def clear(self) -> None:
        """Forget what is drawn; the pictures belong to the configuration, so they are asked for again."""
        self._forget(IDLE)
        self._wish()

    # Asking --------------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        if self._data is None:
            return
        self._due = False
        request = AugmentImages(self.next_id(), self._data, self._augmentation, self._choice.indices, self._seed)
        self._asked[request.request_id] = request
        self.requested.emit(request)

    def _refused(self, event: Refused, *, newest: bool) -> None:
        if not newest or event.kind in ("Superseded", "Cancelled"):
            return
        self._answer, self._shown, self._due = None, None, True
        waits = event.kind == "WorkerLost"  # it is starting, or the window says what became of it
        self.grid.set_message(IDLE if waits else f"{event.message} {event.hint}".strip())
        self._describe()

    def _take(self, event: Answered, request: AugmentImages) -> None:
        self._drawn_id = event.request_id
        payload: contents.Answer = event.payload
        if self._choice.learn(int(payload["count"])):
            self._wish()  # now that it is known how many there are
            return
        self._answer = (request, payload)
        height, width = payload["originals"].shape[1:3]
        self.form.set_image_size((height, width))
        self._draw()

    def _forget(self, message: str) -> None:
        self._pace.stop()
        self._answer = self._shown = None
        self._drawn_id = max(self._asked, default=self._drawn_id)
        self.grid.set_message(message)
        self._describe()

    # Drawing -------------------------------------------------------------------------------------------------------

    def _draw(self, _mode: str = "") -> None:
        if self._answer is None:
            self._describe()
            return
        request, payload = self._answer
        make = contents.views if self.toolbar.mode == "views" else contents.alone
        self._shown = shown = make(payload, request.augmentation)
        self.grid.set_images(shown.rows, shown.row_labels, shown.column_labels, gaps=(1,),
                             short_labels=shown.short_labels)  # fmt: skip
        self.grid.set_tips(shown.tips)
        self._mark(self._selected)
        self._describe()

    def _describe(self, cell: str = "") -> None:
        """The sentence below the pictures, and where they are from."""
        single = self.toolbar.mode == "views" and self._augmentation.count == 1
        self.what.setText(WHAT["single" if single else self.toolbar.mode])
        if self._answer is None:
            self.where.setText("")
            return
        request, _ = self._answer
        source = Path(request.data.source).name or request.data.source
        self.where.setText(cell or f"{source}, {self._choice.count:,} training images, seed {request.seed}")

    def _mark(self, index: int) -> None:
        self._selected = index
        indices = self._answer[0].indices if self._answer else ()
        self.grid.set_chosen([k for k, i in enumerate(indices) if i == index])

    def _hovered(self, row: int, column: int) -> None:
        self._describe(self._shown.name(row, column) if self._shown and row >= 0 else "")

    # What the user does --------------------------------------------------------------------------------------------

    def new_seed(self) -> None:
        """Draw everything at random anew."""
        self._seed += 1
        self._wish()

    def _other_images(self) -> None:
        self._choice.others()
        self._wish()

    def _recipe_moved(self, augmentation: Augmentation) -> None:
        self._augmentation = augmentation
        self._wish()

    def _recipe_rested(self, augmentation: Augmentation) -> None:
        self._config = dataclasses.replace(self._config, augmentation=augmentation)
        self.config_changed.emit(self._config)

    def _clicked(self, row: int, _column: int) -> None:
        if self._answer is not None:
            index = self._answer[0].indices[row]
            self._mark(index)
            data = self._config.data
            self.selected.emit(Selection(index, data.source, data, "train"))

    def _zoomed(self, way: int) -> None:
        fitted = self.grid.layout_now()
        now = CELLS[self._zoom] or max(*fitted.widths, fitted.height)
        sizes = [k for k, side in enumerate(CELLS) if side and (side > now + 1 if way > 0 else side < now - 1)]
        self._zoom = 0 if not way else (min(sizes, default=len(CELLS) - 1) if way > 0 else max(sizes, default=1))
        self.grid.set_cell(round(CELLS[self._zoom] * self.theme.scale))

    def save_picture(self, path: Path) -> bool:
        """Write the pictures with their headings as PNG; False where that failed."""
        return self.grid.grab().save(str(path))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.new_seed()
        else:
            super().keyPressEvent(event)
