"""The Reconstruct panel: what is hidden at the left, at the right what a model paints there, and how far off it is.

Asks with `Rebuild`; computes nothing. At most one question about a picture and a model is out: when its answer comes, the newest mask is
asked for, so that the answer follows the pointer and nothing queues up. A model that trains is asked again after every answer.
"""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from app.panels.base import PANELS, LookingPanel
from app.panels.reconstruct import contents
from app.panels.reconstruct.controls import Controls
from app.panels.reconstruct.hiding import Hiding, Mask
from app.panels.reconstruct.page import Page
from app.widgets.ink import sheet, type_face
from app.widgets.picture_source import same_picture
from app.widgets.theme import Theme
from sslviz.spec.description import Description
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.inspection import ModelRef, PictureRef, Rebuild, Rebuilt

SHIPPED = ModelRef("mae-shapes")
FIRST = PictureRef(sample="shapes 1")
REST_MS = 400
"""Between two looks at a model that trains, at least; the worker may give the same copy for longer."""
LEFT = 302
HUSHED = ("Superseded", "Cancelled")
IDLE = "Opening the masked autoencoder that ships with the program …"


@PANELS.register("reconstruct")
class ReconstructPanel(LookingPanel):
    """What the current model paints."""

    name: ClassVar[str] = "reconstruct"
    title: ClassVar[str] = "Reconstruct"
    shortcut: ClassVar[str] = "Ctrl+4"
    idle_text: ClassVar[str] = IDLE
    shipped: ClassVar[ModelRef] = SHIPPED

    # Making --------------------------------------------------------------------------------------------------------

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.model, self.picture, self.hiding = SHIPPED, FIRST, Hiding()
        self.normalised: bool | None = None
        self.description: Description | None = None
        self.answer: Rebuilt | None = None
        self._open: Rebuild | None = None  # the newest question, while it is out
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._rest.timeout.connect(self._follow)
        self.controls, self.page = Controls(), Page()
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self.controls)
        row.addWidget(self.page, 1)
        self._connect()
        self.setFocusProxy(self.page.row)
        self.controls.source.show_ref(self.picture)
        self.page.say(IDLE)
        self.set_theme(self.theme)

    def _connect(self) -> None:
        controls, page = self.controls, self.page
        controls.strategy_chosen.connect(self._choose_strategy)
        controls.ratio_moved.connect(self._move_ratio)
        controls.seed_chosen.connect(self._choose_seed)
        controls.anew.connect(self.draw_anew)
        controls.inverted.connect(self.invert)
        controls.uncovered.connect(self.show_all)
        controls.brush_changed.connect(self._brush_changed)
        controls.target_chosen.connect(self._choose_target)
        controls.fit_chosen.connect(self._choose_fit)
        controls.source.chosen.connect(self._pick_picture)
        controls.source.troubled.connect(controls.source.what.say)
        page.row.painted.connect(self._painted)
        page.row.hovered.connect(self._hovered)
        page.shipped.connect(lambda: self.model_chosen.emit(SHIPPED))

    def offers(self) -> Sequence[QAction]:
        """What can be done to the mask, and saving the numbers."""
        return self.actions_for({
            "new mask": self.draw_anew, "invert the mask": self.invert, "hide nothing": self.show_all,
            "save the errors as CSV …": self._ask_table,
        })  # fmt: skip

    # What the shell calls ------------------------------------------------------------------------------------------

    def look_at(self, model: ModelRef, description: Description | None) -> None:
        """Another model, or more is known of it."""
        wanted = self.or_shipped(model)
        self.description = description
        if wanted != self.model:
            same = (
                wanted.source == self.model.source
            )  # of another step of its run: what is drawn stays until its answer comes
            self.model = wanted
            if not same:
                self._forget()
            self._wish()

    def show_picture(self, picture: PictureRef) -> None:
        """A picture that was chosen elsewhere; it is fitted as is chosen here."""
        if not same_picture(picture, self.picture):
            self.picture = dataclasses.replace(picture, size=(0, 0), fit=self.picture.fit)
            self.controls.source.show_ref(self.picture)
            self._wish()

    @property
    def looked_into(self) -> ModelRef:
        """The model."""
        return self.model

    def _follow(self) -> None:
        """Ask again once the run has gone on since the last question, and that is answered and a moment ago."""
        if self._seen_step > self._step and self._open is None and not self._rest.isActive():
            self._wish()

    def answered(self, event: Answered | Refused | Advanced) -> None:
        """Draw what came back, unless something newer is asked for."""
        if self._open is None or event.request_id != self._open.request_id:
            return
        if isinstance(event, Advanced):
            share = f" {100 * event.fraction:.0f} %" if event.fraction == event.fraction else ""
            if self.answer is None:
                self.page.say(f"{event.text}{share}")
            return
        asked, self._open = self._open, None
        if isinstance(event, Refused):
            self._refused(event)
        elif isinstance(event.payload, Rebuilt):
            self.page.at = event.payload.step if event.payload.step >= 0 else asked.model.snapshot
            self._take(event.payload)
        if self._due:
            self._wish()

    def figure(self) -> tuple[QWidget, str]:
        """The pictures with what they are of."""
        name = self.answer.description.title if self.answer else self.model.source
        return self.page.figure, f"Reconstruct, {name.replace('/', '-')}"

    def figure_caption(self) -> str:
        """The model with its hash, the picture, mask and seed."""
        return self.answer.caption if self.answer else ""

    def set_theme(self, theme: Theme) -> None:
        """Colours or type size changed."""
        super().set_theme(theme)
        self.setFont(type_face(theme))
        self.setStyleSheet(sheet(theme))
        self.controls.set_theme(theme)
        self.page.set_theme(theme)
        self._share_width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def _share_width(self) -> None:
        self.controls.setFixedWidth(round(min(LEFT * self.theme.scale, 0.45 * self.width())))

    def clear(self) -> None:
        """Forget what is drawn; it is asked for again."""
        self._forget()
        self._wish()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._rest.stop()

    # Asking --------------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Send what is wanted now; where an answer about the same model and picture is still out, wait for that."""
        if self._open is not None and (self._open.model, self._open.picture) == (self.model, self.picture):
            return
        self._due, self._step = False, self._seen_step
        hiding = self.hiding
        self._open = Rebuild(self.next_id(), self.model, self.picture, hiding.strategy, hiding.ratio, hiding.seed, hiding.hidden,
                             self.normalised)  # fmt: skip
        self.requested.emit(self._open)

    def _refused(self, event: Refused) -> None:
        if event.kind in HUSHED:
            return
        if event.kind == "WorkerLost":
            self._due = True  # it is starting, or the window says what became of it
            self.page.say(IDLE)
            return
        self.answer = None
        if event.field == "hidden" and self.hiding.is_painted:
            self.hiding.draw()  # a mask of another grid
            self.controls.show_hiding(self.hiding)
            self._due = True
            return
        self.controls.set_possible(masked=False)
        self.controls.show_target(stored=None, normalised=None)
        self.page.refuse(event, shipped=self.model != SHIPPED)

    def _take(self, answer: Rebuilt) -> None:
        self.answer, self.description = answer, answer.description
        if answer.step >= 0 and self.isVisible():
            self._rest.start()
        self.hiding.suit(answer.hidden.shape)
        self.controls.set_possible(masked="masked" in answer.pictures, puzzled="puzzle" in answer.pictures)
        self.controls.show_target(stored=answer.target_stored, normalised=self.normalised)
        self.controls.show_hiding(self.hiding)
        self._draw()

    def _draw(self) -> None:
        if self.answer is not None:
            self.page.show_answer(self.answer, self.wanted)

    @property
    def wanted(self) -> Mask | None:
        """The mask that is painted, or that was drawn; None before the first answer."""
        if self.hiding.is_painted:
            return self.hiding.painted
        return self.answer.hidden if self.answer is not None else None

    def _forget(self) -> None:
        self._rest.stop()
        self.answer, self._open, self.normalised = None, None, None
        self._step = self._seen_step = -1
        self.page.say("Opening the model …")

    # What the user does --------------------------------------------------------------------------------------------

    def _hidden_changed(self) -> None:
        self.controls.show_hiding(self.hiding)
        self._draw()
        self._wish()

    def draw_anew(self) -> None:
        """Another mask of the same kind, or another puzzle."""
        self.hiding.draw_anew()
        self._hidden_changed()

    def invert(self) -> None:
        """Hide what is seen."""
        if self.wanted is not None and self.hiding.invert(self.wanted):
            self._hidden_changed()

    def show_all(self) -> None:
        """Hide nothing, to paint from there."""
        if self.answer is not None:
            self.hiding.show_all(self.answer.hidden.shape)
            self._hidden_changed()

    def _painted(self, patches: NDArray[np.int64], hides: bool) -> None:
        if self.wanted is not None and self.hiding.paint(patches, self.wanted, hides=hides):
            self._hidden_changed()

    def _choose_strategy(self, name: str) -> None:
        if name != "painted":
            self.hiding.draw(self.controls.strategy)
        elif self.wanted is not None:
            self.hiding.painted, self.hiding.strategy = self.wanted.copy(), "painted"
        self._hidden_changed()

    def _move_ratio(self, ratio: float) -> None:
        self.hiding.ratio = ratio
        self.hiding.draw()
        self._hidden_changed()

    def _choose_seed(self, seed: int) -> None:
        self.hiding.seed = seed
        self.hiding.draw()
        self._hidden_changed()

    def _choose_target(self, normalised: bool) -> None:
        self.normalised = normalised
        self._wish()

    def _choose_fit(self, _name: str) -> None:
        self.picture = dataclasses.replace(self.picture, fit=self.controls.fit)
        self._wish()

    def _brush_changed(self) -> None:
        self.page.row.set_brush(self.controls.brush, erases=self.controls.erases)

    def _hovered(self, patch: int) -> None:
        if self.answer is not None and self.wanted is not None:
            self.page.show_patch(contents.patch_words(self.answer, patch, self.wanted) if patch >= 0 else "")

    # Saving --------------------------------------------------------------------------------------------------------

    def _ask_table(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save the errors", "errors.csv", "CSV (*.csv)")
        if name:
            try:
                self.save_table(Path(name))
            except OSError as error:
                self.page.show_patch(
                    f"{name} could not be written: {error.strerror}. Choose a folder that you may write to."
                )

    def save_table(self, path: Path) -> None:
        """Every patch with its error as CSV; visible ones have none. Nothing is written before the first answer."""
        if self.answer is None:
            return
        names, rows = contents.table(self.answer)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            writer.writerows([["" if value != value else value for value in row] for row in rows])  # NaN is not itself

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """N: new mask. I: invert. A: show all. X: the brush the other way round. Page up and down: pictures."""
        keys: dict[str, Callable[[], object]] = {
            "N": self.draw_anew, "I": self.invert, "A": self.show_all, "X": self.controls.swap_ways,
            "PgUp": lambda: self.controls.source.step(-1), "PgDown": lambda: self.controls.source.step(1),
        }  # fmt: skip
        run = keys.get(key_name(event))
        if run is not None:
            run()
        else:
            super().keyPressEvent(event)


def key_name(event: QKeyEvent) -> str:
    """The key without modifiers, as it is written; "" with one."""
    from PySide6.QtGui import QKeySequence

    return QKeySequence(event.keyCombination()).toString()
