"""The Attention panel: the picture and its query at the left, at the right what a model makes of it, and beside it another.

Asks with `Attend` and `MeasureMemory`; computes nothing. While a vision transformer trains it asks again after every answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.bridge.asking import Asking
from app.panels.attention import contents, menu
from app.panels.attention.looking import ALONE, RANDOM, SECOND, SHIPPED, Looking
from app.panels.attention.modes import MODES, why_not
from app.panels.attention.screen import Screen
from app.panels.attention.sight import Sight
from app.panels.attention.toolbar import Toolbar
from app.panels.base import PANELS, LookingPanel
from app.widgets.ink import sheet, type_face
from app.widgets.theme import Theme
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.description import Description
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.inspection import (
    Attend,
    Attended,
    ListModels,
    MeasureMemory,
    MemoryNeed,
    ModelRef,
    PictureRef,
)

LEFT, LEFT_LEAST = 300, 278
TALLEST = 0.42
"""Share of the height that the picture may take."""
ROOM = 0.9
"""Share of the free memory that looking may take."""
IDLE = "Opening the model that ships with the program …"


@PANELS.register("attention")
class AttentionPanel(LookingPanel):
    """Where the current model looks."""

    name: ClassVar[str] = "attention"
    title: ClassVar[str] = "Attention"
    shortcut: ClassVar[str] = "Ctrl+3"
    idle_text: ClassVar[str] = IDLE
    shipped: ClassVar[ModelRef] = SHIPPED

    # Making --------------------------------------------------------------------------------------------------------

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.state = Looking()
        self._drawn_step = -1
        self._patience = 1  # training steps until it is worth while to ask again
        self._data: DataConfig | None = None
        self._asking = Asking(self.next_id, self.requested.emit)
        self.sight, self.toolbar, self.display = Sight(), Toolbar(), Screen()
        right = QVBoxLayout()
        right.addWidget(self.toolbar)
        right.addWidget(self.display, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self.sight)
        row.addLayout(right, 1)
        self._connect_left()
        self._connect_right()
        self._show_picture_name()
        self.sight.fitting.set_size(self.state.picture.size)
        self.setFocusProxy(self.sight.picture)
        self.display.set_message("a", IDLE)
        self.set_theme(self.theme)
        self.display.set_look(self.sight.looks.look)

    def _connect_left(self) -> None:
        sight = self.sight
        sight.picture.patch_chosen.connect(self.look_from)
        sight.queries.chosen.connect(self.look_from)
        sight.source.chosen.connect(self._pick_picture)
        sight.source.troubled.connect(sight.source.what.say)
        sight.fitting.changed.connect(self._refit)
        sight.looks.changed.connect(lambda: self.display.set_look(sight.looks.look))
        sight.looks.asked.connect(self._wish)
        sight.model.changed.connect(self._read_otherwise)

    def _connect_right(self) -> None:
        bar = self.toolbar
        bar.mode_changed.connect(self._mode_changed)
        bar.layers_changed.connect(self._layers_picked)
        bar.beside_changed.connect(self._beside_changed)
        bar.wanted.connect(lambda: self._asking.ask("list", ListModels))
        bar.second.connect(self._second_picked)
        bar.browse.connect(self._browse)
        self.display.patch_chosen.connect(self.look_from)
        self.display.head_chosen.connect(self._head_picked)
        self.display.enlarged.connect(lambda _: self._test_beside())

    def offers(self) -> Sequence[QAction]:
        """Every way to look, and what is beside the model."""
        return menu.actions(self)

    # What the shell calls ------------------------------------------------------------------------------------------

    def look_at(self, model: ModelRef, description: Description | None) -> None:
        """Another model, or more is known of it."""
        wanted = self.or_shipped(model)
        if wanted != self.state.model:
            if self.state.take_model(wanted):
                self._forget()
            self._wish()
        if description is not None:
            self._describe(description)

    def configure(self, config: RunConfig, catalogue: Catalogue) -> None:
        """The data set of the next run is the one whose pictures can be chosen by number."""
        del catalogue
        if config.data != self._data:
            self._data = config.data
            self.sight.source.set_data(config.data)

    def show_picture(self, picture: PictureRef) -> None:
        """A picture that was chosen elsewhere; size and fit stay as they are here."""
        if self.state.take_picture(picture):
            self._show_picture_name()
            self._wish()

    @property
    def looked_into(self) -> ModelRef:
        """The model."""
        return self.state.model

    def answered(self, event: Answered | Refused | Advanced) -> None:
        """Draw what came back, unless something newer was asked."""
        found = self._asking.take(event)
        if found is None:
            return
        side, request = found
        if isinstance(event, Advanced):
            self._advanced(side, event)
        elif isinstance(event, Refused):
            self._refused(side, event)
        elif isinstance(request, Attend) and isinstance(event.payload, Attended):
            self._took(side, request, event.payload)
        elif isinstance(request, MeasureMemory) and isinstance(event.payload, MemoryNeed):
            self._measured(request, event.payload)
        elif isinstance(request, ListModels):
            self.toolbar.offer_models(event.payload)

    def figure(self) -> tuple[QWidget, str]:
        """The maps with what they are of."""
        known = self.state.description
        model = (known.title if known else self.state.model.source).replace("/", "-")
        return self.display, f"Attention, {model}, {MODES[self.toolbar.mode].title.lower()}"

    def figure_caption(self) -> str:
        """Of each model that is shown: its hash, the picture, layer, query."""
        return self.display.caption.text()

    def set_theme(self, theme: Theme) -> None:
        """Colours or type size changed."""
        super().set_theme(theme)
        self.setFont(type_face(theme))
        self.setStyleSheet(sheet(theme))
        for part in (self.sight, self.toolbar, self.display):
            part.set_theme(theme)
        self._share_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        scale = self.theme.scale
        left = max(LEFT_LEAST * scale, min(LEFT * scale, 0.3 * self.width()))
        self.sight.setFixedWidth(round(min(left, 0.55 * self.width())))
        self.sight.picture.setMaximumHeight(round(TALLEST * self.height()))
        self.display.arrange()

    # Asking --------------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        self._due = False
        self._step = self._seen_step
        self._asking.forget("control", "beside")
        want, share = MODES[self.toolbar.mode].want, float(self.sight.looks.share.value)
        for side, model in self.state.models(self.toolbar.beside.value).items():
            self._asking.ask(side, partial(self.state.request, side, model, want, share))

    def _follow(self) -> None:
        """A model that trains is looked at again once the last answers are there; less often where the worker shows the same again."""
        if self._seen_step >= self._step + self._patience and not any(
            map(self._asking.is_waiting, ("a", "b", "control"))
        ):
            self._wish()

    def _ask_control(self, request: Attend) -> None:
        """Where there is a mask, numbers of random weights stand beside the model's; they do not change while it trains."""
        seen = self.toolbar.beside.value == RANDOM or self.display.has_control(request)
        if self.toolbar.mode == "heads" and not seen:
            share = float(self.sight.looks.share.value)
            self._asking.ask("control", partial(self.state.request, "control", self.state.control, "maps", share))

    def _test_beside(self) -> None:
        """The masking test of the map that is large, or of the mean, below the maps."""
        if self.toolbar.mode == "heads" and self.sight.looks.beside.isChecked():
            large, share = self.display.large, float(self.sight.looks.share.value)
            self._asking.ask("beside", partial(self.state.masking_request, large, share))
        else:
            self.display.stages["a"].show_beside(None)

    # What came back ------------------------------------------------------------------------------------------------

    def _advanced(self, side: str, event: Advanced) -> None:
        if side in self.display.stages and side not in self.display.answers:
            share = f" {100 * event.fraction:.0f} %" if event.fraction == event.fraction else ""
            self.display.set_message(side, f"{event.text}{share}")

    def _refused(self, side: str, event: Refused) -> None:
        if event.kind == "WorkerLost":
            self._due = True  # it is starting, or the window says what became of it
        if side in self.display.stages:
            self.display.set_message(side, f"{event.message} {event.hint}".strip())
        elif side == "memory":
            self.sight.fitting.show_need(None)
        elif side == "beside":
            self.display.stages["a"].show_beside(None)

    def _took(self, side: str, request: Attend, answer: Attended) -> None:
        if side == "a":
            self._patience = self._patience + 1 if answer.step == self._drawn_step else 1
            self._drawn_step = answer.step
            self.state.grid = answer.grid
            self._describe(answer.description)
            self.sight.show_answer(answer)
            self._show_query()
        self.display.take(side, request, answer)
        if side == "a":
            if self.state.is_lost and MODES[self.toolbar.mode].asked:
                self.look_from(self.state.middle)
            elif contents.best_head(answer) is not None:
                self._ask_control(request)
            self._test_beside()
        self._follow()

    def _describe(self, description: Description) -> None:
        """Show what is known of the model now."""
        if not self.state.take_description(description):
            return
        self.sight.set_model(description)
        self._show_query()
        self.toolbar.set_layers(description.depth, self.state.shown_layers)
        self.display.set_model(description)
        self.toolbar.set_possible(why_not(description))

    def _measured(self, request: MeasureMemory, need: MemoryNeed) -> None:
        """A size that fits is looked at; of one that does not is said why."""
        fits = need.need_bytes <= ROOM * need.free_bytes
        self.sight.fitting.show_need(need, fits=fits)
        if fits and request.size != self.state.picture.size:
            self.state.take_size(request.size)
            self._wish()

    def _forget(self) -> None:
        """Another model: nothing that is drawn holds any more."""
        self._asking.forget("a", "b", "control", "beside", "memory")
        self.display.forget("a", "b", "control", "beside")
        self._step = self._seen_step = self._drawn_step = -1
        self.sight.fitting.set_size(self.state.picture.size)
        self.sight.fitting.show_need(None)
        self.sight.picture.set_query(self.state.query)
        self.display.set_message("a", "Opening the model …")

    # What the user does --------------------------------------------------------------------------------------------

    def look_from(self, query: int) -> None:
        """From the class token (-1), a register, or a patch."""
        self.state.take_query(query)
        self._show_query()
        self.display.set_query(self.state.query)
        if MODES[self.toolbar.mode].asked:
            self._wish()

    def _show_query(self) -> None:
        self.sight.picture.set_query(self.state.query)
        self.sight.queries.show_query(None if self.state.is_lost else self.state.query, self.state.grid)

    def toggle_random(self) -> None:
        """Random weights beside the model, or away again."""
        self.toolbar.beside.set_value(ALONE if self.toolbar.beside.value == RANDOM else RANDOM)
        self._beside_changed()

    def _mode_changed(self, mode: str) -> None:
        self.sight.show_for(mode)
        self.display.set_mode(mode)
        if mode == "similarity" and self.state.query < 0 and min(self.state.grid):
            self.look_from(self.state.middle)
        self._wish()

    def _layers_picked(self, layers: tuple[int, ...]) -> None:
        self.state.layers = layers
        self._wish()

    def _head_picked(self, layer: int, head: int) -> None:
        """An entry of the overview: its map, large."""
        self.state.layers = (layer,)
        depth = self.state.description.depth if self.state.description else layer + 1
        self.toolbar.set_layers(depth, self.state.layers)
        self.toolbar.set_mode("heads")
        self.display.enlarge_next(head)

    def _beside_changed(self, _what: str = "") -> None:
        self._asking.forget("b")
        self.display.set_beside(self.toolbar.beside.value)
        self._wish()

    def _second_picked(self, source: str) -> None:
        self.state.second = ModelRef(source)
        self.toolbar.beside.set_value(SECOND)
        self._beside_changed()

    def _browse(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open a checkpoint", "", "All files (*)")
        if name:
            self._second_picked(name)

    def _read_otherwise(self, name: str, value: str) -> None:
        """Another network of the file, or another assumption."""
        fields: dict[str, str | int] = {name: value if name == "network" else int(value)}
        self.model_chosen.emit(dataclasses.replace(self.state.model, **fields))  # type: ignore[arg-type]  # names are those of ModelRef

    def _show_picture_name(self) -> None:
        self.sight.source.show_ref(self.state.picture)

    def _refit(self) -> None:
        """Another fit is looked at at once, another size once it is known to fit into memory."""
        fitting, picture = self.sight.fitting, self.state.picture
        if fitting.fit != picture.fit:
            self.state.picture = dataclasses.replace(picture, fit=fitting.fit)
            self._wish()
        size = fitting.size_now
        if size == (0, 0) != picture.size:
            self.state.take_size(size)
            self._wish()
        elif size != picture.size:
            want = MODES[self.toolbar.mode].want
            self._asking.ask("memory", lambda number: MeasureMemory(number, self.state.model, size, (want,)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """C: the class token. W: random weights. Page up and down: pictures. Arrows that nothing else takes: the query."""
        run = menu.keys(self).get(Qt.Key(event.key()))
        if run is not None:
            run()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.sight.picture.keyPressEvent(event)
        else:
            super().keyPressEvent(event)
