"""RecipeForm: a whole augmentation as a form. Published recipes, a tab for each kind of view, a card for each operation."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.widgets import icons
from app.widgets.editors import WheelGuard
from app.widgets.ink import type_face
from app.widgets.operation_card import OperationCard
from app.widgets.recipe_text import tab_titles
from app.widgets.scrolling import scroll
from app.widgets.theme import LIGHT, Theme
from sslviz.spec.augmentation import OPERATIONS, Augmentation, ViewRecipe
from sslviz.spec.catalogue import AugmentationInfo
from sslviz.spec.params import ParamInfo, Scalar, describe

GROUPS = {
    "crop": ("crop_min", "crop_max", "crop_ratio"),
    "flip": ("flip_p",),
    "jitter": ("jitter_p", "brightness", "contrast", "saturation", "hue"),
    "grayscale": ("grayscale_p",),
    "blur": ("blur_p", "blur_min", "blur_max"),
    "solarise": ("solarise_p", "solarise_threshold"),
}
"""The strengths of each operation, in the order of the form."""


class RecipeForm(QWidget):
    """`moved` carries the Augmentation while a slider travels, `rested` once it is settled. Neither comes from `set_*`."""

    moved = Signal(object)
    rested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._infos: tuple[AugmentationInfo, ...] = ()
        self._image_size: tuple[int, int] | None = None
        self.augmentation = Augmentation()
        self.presets, self.undo, self.source = QComboBox(), QToolButton(), QLabel()
        self.tabs = QTabBar()
        fields = {info.name: info for info in describe(ViewRecipe)}
        self.cards = {name: _card(name, fields) for name in OPERATIONS} | {"size": _size_card(fields)}
        self._make_head()
        self._lay_out()
        for card in self.cards.values():
            card.moved.connect(self._moved)
            card.rested.connect(self._rested)
        self.tabs.currentChanged.connect(self._show_view)
        self._show()

    def _make_head(self) -> None:
        self.presets.setAccessibleName("Published recipe")
        self.presets.setToolTip("Published recipes; choosing one replaces all settings below")
        self.presets.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.presets.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.presets.activated.connect(self._chosen)
        WheelGuard(self.presets)
        self.undo.setText("Reset")
        self.undo.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.undo.setToolTip("Back to the recipe as it was published")
        self.undo.clicked.connect(self.reset)
        self.source.setObjectName("quiet")
        self.source.setWordWrap(True)
        self.source.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("Kind of view")

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.presets, 1)
        head.addWidget(self.undo)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 4, 0)
        for card in self.cards.values():
            self._column.addWidget(card)
        self._column.addStretch(1)
        self.area = QScrollArea()
        scroll(self.area, inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(head)
        layout.addWidget(self.source)
        layout.addWidget(self.tabs)
        layout.addWidget(self.area, 1)

    # What is shown

    def set_recipes(self, infos: Sequence[AugmentationInfo]) -> None:
        """The published recipes to choose from."""
        if tuple(infos) != self._infos:
            self._infos = tuple(infos)
            self._show()

    def set_augmentation(self, augmentation: Augmentation) -> None:
        """Show another augmentation; the same one changes nothing, so that a hand on a slider is left alone."""
        if augmentation != self.augmentation:
            self.augmentation = augmentation
            self._show()

    def set_image_size(self, size: tuple[int, int]) -> None:
        """(height, width) of the images in px, for the titles of smaller views."""
        if size != self._image_size:
            self._image_size = size
            self._show_tabs()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.presets.setFont(type_face(theme, "body", bold=True))
        for widget in (self.undo, self.tabs):
            widget.setFont(type_face(theme, "body"))
        self.source.setFont(type_face(theme, "small"))
        side = round(15 * theme.scale)
        self.undo.setIconSize(QSize(side, side))
        self.undo.setIcon(icons.icon("undo", theme.text, theme.border))
        self._column.setSpacing(round(4 * theme.scale))
        for card in self.cards.values():
            card.set_theme(theme)

    @property
    def published(self) -> AugmentationInfo | None:
        """The published recipe that this one started from, if it is a known one."""
        return next((info for info in self._infos if info.name == self.augmentation.name), None)

    @property
    def is_edited(self) -> bool:
        """Whether it differs from the published recipe."""
        return self.published is not None and self.published.augmentation != self.augmentation

    def reset(self) -> None:
        """Back to the published recipe."""
        if self.published is not None and self.is_edited:
            self._replace(self.published.augmentation)

    def _show(self) -> None:
        self._show_head()
        self._show_tabs()
        self._show_view(self.tabs.currentIndex())

    def _show_head(self) -> None:
        names = [info.title for info in self._infos]
        own = [] if self.published else ["Own recipe"]
        if [self.presets.itemText(k) for k in range(self.presets.count())] != own + names:
            self.presets.clear()
            for title in own + names:
                self.presets.addItem(title)
        self.presets.setCurrentIndex(self._infos.index(self.published) if self.published else 0)
        self.undo.setEnabled(self.is_edited)
        state = "Changed by you. Published: " if self.is_edited else ""
        source, note = (self.published.source, self.published.note) if self.published else ("", "")
        self.source.setText(f"{state}{source}" if source else "")
        self.source.setToolTip(f"{source}. {note}".strip())
        self.source.setVisible(bool(source))

    def _show_tabs(self) -> None:
        titles = tab_titles(self.augmentation, self._image_size)
        self.tabs.blockSignals(True)
        while self.tabs.count() > len(titles):
            self.tabs.removeTab(self.tabs.count() - 1)
        while self.tabs.count() < len(titles):
            self.tabs.addTab("")
        for k, title in enumerate(titles):
            self.tabs.setTabText(k, title)
            self.tabs.setTabToolTip(k, f"The settings of {title.lower()}")
        self.tabs.blockSignals(False)
        self.tabs.setVisible(len(titles) > 1)

    def _show_view(self, index: int) -> None:
        view = self.augmentation.views[max(index, 0)]
        values = {field.name: getattr(view, field.name) for field in dataclasses.fields(view)}
        for card in self.cards.values():
            card.set_values(values)

    # What the user does

    def _chosen(self, index: int) -> None:
        own = 0 if self.published else 1
        if index >= own:
            self._replace(self._infos[index - own].augmentation)

    def _replace(self, augmentation: Augmentation) -> None:
        self.augmentation = augmentation
        self._show()
        self.moved.emit(augmentation)
        self.rested.emit(augmentation)

    def _moved(self, name: str, value: Scalar) -> None:
        self._change(name, value)
        self.moved.emit(self.augmentation)

    def _rested(self, name: str, value: Scalar) -> None:
        self._change(name, value)
        self.moved.emit(self.augmentation)
        self.rested.emit(self.augmentation)

    def _change(self, name: str, value: Scalar) -> None:
        k = max(self.tabs.currentIndex(), 0)
        changed: dict[str, Scalar] = {name: value}
        view = dataclasses.replace(self.augmentation.views[k], **changed)  # type: ignore[arg-type]  # a form made from its fields
        views = (*self.augmentation.views[:k], view, *self.augmentation.views[k + 1 :])
        self.augmentation = dataclasses.replace(self.augmentation, views=views)
        self._show_head()


def _card(name: str, fields: dict[str, ParamInfo]) -> OperationCard:
    return OperationCard(fields[name], [fields[strength] for strength in GROUPS[name]])


def _size_card(fields: dict[str, ParamInfo]) -> OperationCard:
    title = ParamInfo("number and size", "text", "", "number and size")
    return OperationCard(title, [fields[name] for name in ("count", "share", "size")],
                         note="For the next run. Most methods compare two views of an image.")  # fmt: skip


def example() -> RecipeForm:
    """A recipe with two kinds of views."""
    views = (ViewRecipe(), ViewRecipe(count=6, share=0.43, crop_max=0.4, jitter=False))
    mine = Augmentation("dino", views)
    form = RecipeForm()
    form.set_image_size((64, 64))
    form.set_recipes(
        [AugmentationInfo("dino", "DINO, ImageNet", "facebookresearch/dino main_dino.py @7c446df5", "", mine)]
    )
    form.set_augmentation(mine)
    return form


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 360, 720)
