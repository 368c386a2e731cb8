"""The Embeddings panel: what is mapped at the left, the map in the middle, at the right the pictures behind its points.

Asks with `MapFeatures`, `MapRun`, `ColourPoints`, `FindNeighbours` and `FetchImages`; computes nothing. PCA is asked for beside every
other layout: it is there at once, and the other takes its place.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge.picture import RunPicture
from app.panels.base import PANELS, LookingPanel, Selection
from app.panels.embeddings import menu, words
from app.panels.embeddings.drawing import Drawing
from app.panels.embeddings.harvest import Harvest
from app.panels.embeddings.keeping import Keeping
from app.panels.embeddings.page import Page
from app.panels.embeddings.pictures import Pictures
from app.panels.embeddings.questions import Questions
from app.panels.embeddings.rhythm import Rhythm
from app.panels.embeddings.state import SHIPPED, MapState
from app.panels.embeddings.travel import Travel, key_of
from app.widgets.ink import type_face
from app.widgets.theme import Theme
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.description import Description
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.inspection import DescribeModel, ModelRef, PictureRef
from sslviz.spec.mapping import (
    OWN_PATCH,
    Coloured,
    ColourPoints,
    FindNeighbours,
    MapFeatures,
    Mapped,
    MappedRun,
    MapRun,
    Neighbours,
)
from sslviz.spec.params import Scalar
from sslviz.spec.settings import default_data

IDLE = "Opening the model that ships with the program …"
OPENING = "Opening the model …"
NO_DATA = "There are no images to map. Choose some at the left: a data set, a folder or a zip."
AT_HAND = "A run is training: PCA is drawn at once. Press “Lay out again” for {layout}, which takes the worker longer."
COLOURS = ("colour", "clusters", "k")


@PANELS.register("embeddings")
class EmbeddingsPanel(LookingPanel):
    """What the current model holds to be alike."""

    name: ClassVar[str] = "embeddings"
    title: ClassVar[str] = "Embeddings"
    shortcut: ClassVar[str] = "Ctrl+5"
    idle_text: ClassVar[str] = IDLE
    shipped: ClassVar[ModelRef] = SHIPPED

    # Making --------------------------------------------------------------------------------------------------------

    def build(self) -> None:
        """Make the widgets. Called once."""
        self.state, self.travel = MapState(), Travel()
        self.questions = Questions(self.state, self.next_id, self.requested.emit)
        self.pictures = Pictures(self.next_id, self.requested.emit, self)
        self._thorough = False  # thorough: the user asked; for a run that trains less is asked
        self._rhythm = Rhythm()
        self._catalogue, self._config = Catalogue(), RunConfig()
        self.drawing = Drawing(self.state, self.travel, self.questions, self.pictures, self)
        self.stage, self.side = self.drawing.stage, self.drawing.side
        keeping = Keeping(self.next_id, self)
        keeping.requested.connect(self.requested)
        self.harvest = Harvest(self.side.gallery, keeping, self)
        self.page = Page(self.stage, self.side)
        self.controls = self.page.controls
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.page)
        self._connect()
        self.setFocusProxy(self.stage)
        self.stage.set_message(IDLE)
        self.set_theme(self.theme)

    def _connect(self) -> None:
        self.controls.changed.connect(self.change)
        self.controls.asked.connect(self.lay_out_again)
        self.controls.cancelled.connect(self.questions.give_up)
        self.controls.data.chosen.connect(self._pick_data)
        self.stage.map.lassoed.connect(self.catch)
        self.drawing.chosen.connect(self._tell)
        self.drawing.said.connect(self.controls.say_about_colour)
        self.drawing.changed.connect(lambda: self.harvest.show(None))
        self.side.gallery.cleared.connect(self._let_go)
        self.harvest.used.connect(self._use_as_data)
        self.harvest.patched.connect(self._map_patches_of)
        self.pictures.arrived.connect(self.drawing.arrived)
        self.pictures.refused.connect(self.stage.complain)

    def offers(self) -> Sequence[QAction]:
        """What the view can do, for menus and the palette."""
        return menu.actions(self)

    # What the shell calls ------------------------------------------------------------------------------------------

    @property
    def looked_into(self) -> ModelRef:
        """The model."""
        return self.state.model

    def look_at(self, model: ModelRef, description: Description | None) -> None:
        """Another model, or more is known of it. While the timeline moves, its maps are at hand already."""
        wanted = self.or_shipped(model)
        if wanted != self.state.model:
            if self.state.take_model(wanted):
                self._forget()
            if not self.travel.is_on:
                self._wish()
        if description is not None:
            waited = self.state.waits_for_description
            self._describe(description)
            if waited:
                self._wish()

    def configure(self, config: RunConfig, catalogue: Catalogue) -> None:
        """The data of the next run are mapped where nobody knows what the model was trained on."""
        before = self.state.data
        self._config, self._catalogue, self.state.draft_data = config, catalogue, config.data
        self._offer_data()
        if self.state.data != before and not self.state.waits_for_description:
            self._wish()

    def refresh(self, picture: RunPicture | None) -> None:
        """A run that is looked into has gone on: it is mapped again when that is asked for."""
        if picture is not None and self.state.is_of(picture):
            self._learn_of(picture)
        if self._due:
            self._wish()

    def _learn_of(self, picture: RunPicture) -> None:
        if picture.started is not None and self.state.run_data != picture.started.config.data:
            self.state.run_data = picture.started.config.data
            self._offer_data()
        self.travel.last = max((saved.step for saved in picture.snapshots), default=-1)
        if self._rhythm.follow(picture):
            self._due = self._due or self.drawing.kind == "nothing"
        idle = self.isVisible() and not self.questions.is_busy and not self._pace.isActive()
        if (
            idle
            and self.state.is_live
            and self.drawing.kind == "map"
            and self._rhythm.is_due(int(self.state.values["every"]))
        ):
            self.lay_out_again()

    def at_step(self, step: int | None) -> None:
        """The timeline moved: the points go where they were, once all snapshots are laid out."""
        was_on, self.travel.step = self.travel.is_on, step
        if step is not None:
            self._show_step()
        elif was_on:
            self.questions.cancel("run:pca", "run")
            self.questions.forget("run:pca", "run")
            self.drawing.show_map_again()
            self._wish()

    def _show_step(self) -> None:
        features = self.state.features()
        shown = self.isVisible() and self.drawing.show_step()
        if not shown or features is None or self.travel.needs(key_of(features, self.state.layout())):
            self._wish()

    def answered(self, event: Answered | Refused | Advanced) -> None:
        """Draw what came back, unless something newer was asked."""
        if self.pictures.take(event) or self.harvest.take(event):
            return
        found = self.questions.take(event)
        if found is not None and isinstance(event, Advanced):
            self.controls.show_progress(event.fraction, event.text)
            self.stage.say_progress(event.text)
        elif found is not None and isinstance(event, Refused):
            self._refused(found[0], event)
        elif found is not None and isinstance(event, Answered):
            self._took(*found, event.payload)
        self._show_state()

    def figure(self) -> tuple[QWidget, str]:
        """The map with all that is said of it."""
        known = self.state.description
        model = (known.title if known else self.state.model.source).replace("/", "-")
        return self.page.card, f"Embeddings, {model}, {self.state.values['method']}"

    def figure_caption(self) -> str:
        """Model and its hash, images, features, layout, seed, and what colours mean."""
        return self.stage.words()

    def select(self, selection: Selection) -> None:
        """An image that was chosen somewhere; of other images than those that are mapped nothing is shown."""
        plan = self.drawing.features
        if (
            plan is not None
            and selection.index >= 0
            and selection.data is not None
            and selection.is_of(plan.data, plan.split)
        ):
            self.drawing.choose_image(selection.index, OWN_PATCH, tell=False)

    def deselect(self) -> None:
        """No image is chosen any more."""
        self.drawing.choose(-1, tell=False)

    def show_picture(self, picture: PictureRef) -> None:
        """A picture of a data set that was chosen elsewhere is an image like any other."""
        if picture.data is not None:
            self.select(Selection(picture.index, data=picture.data, split=picture.split))

    def set_theme(self, theme: Theme) -> None:
        """Colours or type size changed."""
        super().set_theme(theme)
        self.setFont(type_face(theme))
        self.page.set_theme(theme)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.travel.is_on:
            self._show_step()

    def clear(self) -> None:
        """Another run is shown: what was caught is let go; the map stays until there is another."""
        self.travel.forget()
        self._let_go()

    # Asking --------------------------------------------------------------------------------------------------------

    def lay_out_again(self) -> None:
        """Ask once more, of a model that trains as it is now, and for the layout that takes longer too."""
        self._thorough = True
        self._wish()

    def _ask(self) -> None:
        self._due = False
        features = self.state.features()
        if self.state.waits_for_description:
            self.questions.describe()
        elif features is None:
            self.drawing.forget(NO_DATA)
        elif self.travel.is_on:
            key = key_of(features, self.state.layout())
            if self.travel.needs(key):
                self.questions.run(features, known=self.travel.suits(key))
        else:
            thorough, self._thorough = self._thorough or not self.state.is_live, False
            self.questions.map(features, thorough=thorough)
            self.controls.say_cost("" if thorough else AT_HAND.format(layout=self.state.values["method"]))
        self._show_state()

    def _show_state(self) -> None:
        self.controls.show_state(busy=self.questions.is_busy, possible=self.state.data is not None)

    def _forget(self) -> None:
        """Another model: nothing that is drawn holds any more."""
        self.questions.forget_all()
        self.travel.forget()
        self._rhythm.forget()
        self.drawing.forget(OPENING)
        self._offer_data()

    # What came back ------------------------------------------------------------------------------------------------

    def _refused(self, side: str, event: Refused) -> None:
        sentence = words.refusal(event.message, event.hint)
        self._due = self._due or event.kind == "WorkerLost"  # it is starting, or the window says what became of it
        if side == "colour":
            self.controls.say_about_colour(sentence)
        elif side == "neighbours":
            self.side.say_nearest(sentence)
        elif not self.controls.show_problem(event.field, sentence) or self.drawing.cloud is None:
            self.stage.complain(sentence)

    def _took(self, side: str, request: object, payload: object) -> None:
        if isinstance(request, DescribeModel) and isinstance(payload, Description):
            self._describe(payload)
            self._wish()
        elif isinstance(request, MapFeatures) and isinstance(payload, Mapped):
            self._took_map(side, request, payload)
        elif isinstance(request, MapRun) and isinstance(payload, MappedRun):
            self.travel.take(request, payload, final=side == "run")
            self._show_step() if self.travel.is_on else self.drawing.colour()
        elif isinstance(request, ColourPoints) and isinstance(payload, Coloured):
            self.drawing.take_colours(request, payload)
        elif isinstance(request, FindNeighbours) and isinstance(payload, Neighbours):
            self.drawing.show_neighbours(request, payload)

    def _took_map(self, side: str, request: MapFeatures, answer: Mapped) -> None:
        shown = self.drawing.request
        if (
            side == "pca"
            and shown is not None
            and (shown.features, shown.layout) == (request.features, self.state.layout())
        ):
            return  # what was to take its place was faster
        if self.travel.is_on:
            return
        self.controls.show_problem("", "")
        self._rhythm.answered()
        self._describe(answer.description)
        self.drawing.show_map(request, answer)
        self._show_values()
        if self.state.is_live and not self.questions.is_waiting("map"):
            self.controls.say_cost(words.took(answer, int(self.state.values["every"])))

    def _describe(self, description: Description) -> None:
        if self.state.take_description(description):
            self._offer_data()
            self._show_values()

    def _offer_data(self) -> None:
        self.controls.data.offer(self._catalogue, self.state.own_data, self.state.draft_data)

    def _show_values(self) -> None:
        factors = self.drawing.answer.factors if self.drawing.answer is not None else ()
        self.controls.show_values(self.state.values, self.state.description, factors, live=self.state.is_live)

    # What the user does --------------------------------------------------------------------------------------------

    def change(self, name: str, value: Scalar) -> None:
        """Another value of a parameter: colours at once, the rest is asked for."""
        self.state.take_value(name, value)
        self.controls.show_problem("", "")
        self._show_values()
        if name in COLOURS:
            self.drawing.colour()
        elif name != "every":
            self._thorough = True
            self._wish()

    def _pick_data(self, data: DataConfig | None) -> None:
        self.state.picked = data
        self._let_go()
        self._wish()

    def catch(self, rows: NDArray[Any]) -> None:
        """Points that were caught by an outline or a box: their images are gathered."""
        self.harvest.show(self.drawing.cloud, self.drawing.features, rows)

    def _let_go(self) -> None:
        self.stage.map.mark(())
        self.harvest.show(None)

    def _tell(self, index: int, _patch: int) -> None:
        plan = self.drawing.features
        if plan is not None:
            self.selected.emit(Selection(index, plan.data.source, plan.data, plan.split))

    def _use_as_data(self, folder: str) -> None:
        data = default_data(self._catalogue, folder)
        self.config_changed.emit(dataclasses.replace(self._config, data=data))

    def map_patches(self) -> None:
        """Map the patches of the chosen image and of those nearest to it; without one, of a few that are drawn by seed."""
        around = self.drawing.around() if not self.state.patches else ()
        self._map_patches_of(around[: int(self.state.values["pictures"])])

    def _map_patches_of(self, images: tuple[int, ...]) -> None:
        self.state.take_patches_of(images)
        self._show_values()
        self.lay_out_again()

    def map_images(self) -> None:
        """Map whole images again."""
        if self.state.patches:
            self.change("tokens", "image (h)")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """R: again. P: patches. I: images. M: the map alone."""
        run = menu.keys(self).get(Qt.Key(event.key())) if not event.modifiers() else None
        if run is not None:
            run()
        else:
            super().keyPressEvent(event)
