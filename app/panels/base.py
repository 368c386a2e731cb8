"""Panel: the base of every view. A panel draws; it never computes and never talks to the worker by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Literal

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app.bridge.bridge import is_live
from app.bridge.picture import RunPicture
from app.widgets.theme import LIGHT, Theme
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.description import Description
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.inspection import ModelRef, PictureRef
from sslviz.spec.registry import Registry


@dataclass(frozen=True, slots=True)
class Selection:
    """An image that the user chose: its number in a split of a data set. One for the whole window."""

    index: int
    source: str = ""  # of the data, where no more is known of it than its name
    data: DataConfig | None = None
    split: Literal["train", "val"] = "train"

    def picture(self) -> PictureRef | None:
        """The image as a picture to look into; None where its data is not known."""
        return PictureRef(data=self.data, index=self.index, split=self.split) if self.data is not None else None

    def is_of(self, data: DataConfig | None, split: Literal["train", "val"]) -> bool:
        """Whether it is an image of this split of this data; where only the data's name is known, of data that is called so."""
        if self.data is None:
            return self.source in ("", data.source if data else "") and self.split == split
        return data is not None and self.split == split and same_images(self.data, data)


def same_images(a: DataConfig, b: DataConfig) -> bool:
    """Whether a number means the same image in both: size and download change no order."""
    return replace(a, image_size=0, download=False) == replace(b, image_size=0, download=False)


class Panel(QWidget):
    """One view. The shell calls `refresh` at most once a tick, and only while the panel is visible and something changed.

    A panel asks by emitting `requested` (a request of `sslviz.spec.requests`); for a request with an id it takes the id from
    `next_id` (set by the shell), and `answered` is called with what comes back, for its own ids only.
    """

    requested = Signal(object)
    selected = Signal(object)  # Selection
    config_changed = Signal(object)  # RunConfig that the user edited in this panel
    wishes_changed = Signal()  # `wants` is another
    model_chosen = Signal(
        object
    )  # ModelRef: what the whole window is to look at, or the same model read otherwise (heads ...)
    picture_chosen = Signal(
        object
    )  # PictureRef that the user chose in this panel; the shell tells the others by `show_picture`

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    shortcut: ClassVar[str] = ""
    idle_text: ClassVar[str] = ""
    looks: ClassVar[bool] = (
        False  # it looks into the current model with a picture: models and pictures that are opened go to it
    )
    turns: ClassVar[bool] = False  # it has pages that a clicker turns: in presenter mode it has the keyboard

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = LIGHT
        self.wants: tuple[str, ...] = ()  # names of Peeked that it draws now: being looked at costs training time
        self._next_id = iter(range(1, 2**31))
        self.build()

    def next_id(self) -> int:
        """A request id that no other panel uses."""
        return next(self._next_id)

    def use_ids(self, ids: range) -> None:
        """Called once by the shell: this panel's own range of request ids."""
        self._next_id = iter(ids)

    def build(self) -> None:
        """Make the widgets. Called once."""

    def offers(self) -> Sequence[QAction]:
        """What else can be done here, for menus, shortcuts and the palette; the shell brings the panel to the front with it."""
        return ()

    def actions_for(self, ways: Mapping[str, Callable[[], object]]) -> list[QAction]:
        """An action for each, as `offers` gives them: "title: words" runs what stands beside its words."""
        made: list[QAction] = []
        for words, run in ways.items():
            action = QAction(f"{self.title}: {words}", self)
            action.triggered.connect(lambda _=False, run=run: run())
            made.append(action)
        return made

    def refresh(self, picture: RunPicture | None) -> None:
        """Draw the current run; None: nothing is chosen, show `idle_text`."""

    def configure(self, config: RunConfig, catalogue: Catalogue) -> None:
        """The configuration in the inspector (what Train would start) changed."""

    def look_at(self, model: ModelRef, description: Description | None) -> None:
        """The window's current model: the live run, a snapshot or a checkpoint. Called when it changes, and for a new panel.

        description: what is known of it. None: nothing is, as of a run that is being prepared; it is called again as soon as there
        is one. While another model is opened, and where that fails, the current one stays. ModelRef(""): there is no model; the
        panel shows what it can with one that ships.
        """

    def show_picture(self, picture: PictureRef) -> None:
        """A picture was dropped, pasted, opened, or chosen in another view. Its size and fit are of whoever chose it."""

    def at_step(self, step: int | None) -> None:
        """The timeline stands at the snapshot of this step of the run that is shown; None: at the run as it is now, or there is none.

        Called while it is dragged and played, so it must be cheap; `look_at` brings the snapshot's model as soon as it is open.
        """

    def answered(self, event: Answered | Refused | Advanced) -> None:
        """One of this panel's requests came back, or got further."""

    def figure(self) -> tuple[QWidget, str]:
        """What "Export figure" saves, and what to call it."""
        return self, self.title

    def figure_caption(self) -> str:
        """What a figure of this view must say of itself when it leaves the window: model and its hash, data, settings, seed.

        "" where nothing is drawn. Asked when a figure is exported, of this view or of a card in it.
        """
        return ""

    def select(self, selection: Selection) -> None:
        """An image was chosen somewhere in the window, here too; those that look get its picture by `show_picture` as well."""

    def deselect(self) -> None:
        """No image is chosen any more."""

    def set_theme(self, theme: Theme) -> None:
        """Colours or type size changed; draw anew."""
        self.theme = theme

    def clear(self) -> None:
        """Forget what is drawn."""


class PacedPanel(Panel):
    """A view that asks a moment after something changed: once for many changes, and only while it is seen.

    `_wish` says that something is to be asked; `_ask` asks it, and sets `_due` to False.
    """

    pace_ms: ClassVar[int] = 12
    _due = True

    @cached_property
    def _pace(self) -> QTimer:
        made = QTimer(self, interval=self.pace_ms, singleShot=True)
        made.timeout.connect(self._ask)
        return made

    def _ask(self) -> None:
        """Ask what is wanted now."""
        raise NotImplementedError

    def _wish(self) -> None:
        """Ask in a moment, or once the view is seen."""
        self._due = True
        if self.isVisible() and not self._pace.isActive():
            self._pace.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._due:
            self._wish()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._pace.isActive():
            self._pace.stop()
            self._due = True


class LookingPanel(PacedPanel):
    """A view that looks into the current model, or, where there is none, into one that ships; it follows a run that trains."""

    looks: ClassVar[bool] = True
    shipped: ClassVar[ModelRef]
    _step = _seen_step = -1  # of the run: when it was asked last, and how far it is

    @property
    def looked_into(self) -> ModelRef:
        """The model."""
        raise NotImplementedError

    def or_shipped(self, model: ModelRef) -> ModelRef:
        """The current model, where there is one."""
        return model if model.source or model.run_id else self.shipped

    def refresh(self, picture: RunPicture | None) -> None:
        """A run that is looked into is asked again once it got further."""
        if picture is not None and self.looked_into.run_id == picture.run_id and is_live(picture) and picture.progress:
            self._seen_step = picture.progress.step
            self._follow()
        if self._due:
            self._wish()

    def _follow(self) -> None:
        """The run has gone on: ask again, unless the last answer is still out."""

    def _pick_picture(self, picture: PictureRef) -> None:
        """A picture that the user chose here is everybody's."""
        self.show_picture(picture)
        self.picture_chosen.emit(picture)


PANELS: Registry[type[Panel]] = Registry("panel")
