"""The left column: which images, which features, which map, which colours; the button, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.panels.embeddings import choices
from app.panels.embeddings.data_pick import DataPick
from app.widgets.editors import ChoiceEditor, NumberEditor
from app.widgets.form import Section
from app.widgets.ink import type_face
from app.widgets.progress_line import ProgressLine
from app.widgets.scrolling import scroll
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.description import Description
from sslviz.spec.params import Scalar

LABEL, BOX, SLIDER = 13, 7, 24
"""Widths in characters, and of a slider in pixels: the column is narrower than the inspector's."""


class Controls(QWidget):
    """`changed` carries a parameter's name and its value; `asked` and `cancelled` come from the button."""

    changed = Signal(str, object)
    asked = Signal()
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._busy = False
        self.data = DataPick()
        self.sections = tuple(Section(title) for title in choices.SECTIONS)
        self.images, self.features, self.map, self.colours, self.live = self.sections
        self.effects, self.cost = WrappedLabel(quiet=True), WrappedLabel(quiet=True)
        self.about_colour = WrappedLabel(quiet=True)
        self.text, self.progress, self.button = QLabel(), ProgressLine("Progress of the map"), QPushButton()
        self._lay_out()
        for section in self.sections:
            section.changed.connect(self.changed)
        self.button.clicked.connect(self._pressed)
        self.show_values(choices.defaults(), None, (), live=False)
        self.show_state(busy=False, possible=False)

    def _pressed(self) -> None:
        (self.cancelled if self._busy else self.asked).emit()

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(4)
        self.images.add_widget(self.data)
        for section, below in ((self.images, None), (self.features, None), (self.map, self.effects),
                               (self.colours, self.about_colour), (self.live, self.cost)):  # fmt: skip
            column.addWidget(section)
            if below is not None:
                below.setContentsMargins(10, 0, 0, 4)
                column.addWidget(below)
        column.addStretch(1)
        self.area = QScrollArea()
        scroll(self.area, inside)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(self.area, 1)
        self.text.setWordWrap(True)
        for label in (self.text, self.effects, self.about_colour, self.cost):
            label.setProperty("muted", "true")  # as the inspector's
        for widget in (self.text, self.progress, self.button):
            outside.addWidget(widget)

    # What is offered and chosen ------------------------------------------------------------------------------------

    def show_values(self, values: Mapping[str, Scalar], description: Description | None, factors: tuple[str, ...], *, live: bool) -> None:  # fmt: skip
        """The parameters that matter for these values, this model and this data, and what they are now."""
        shown = choices.shown(values, description)
        for section, names in zip(self.sections, choices.SECTIONS.values(), strict=True):
            section.set_params([(name, choices.info_for(name, values, description, factors)) for name in names])
            section.set_values(values)
            for name, row in section.rows.items():
                row.show(name in shown)
        self.live.setVisible(live)
        self.effects.say(choices.effects(values))
        self._narrow()

    def show_problem(self, field: str, sentence: str) -> bool:
        """Mark the parameter that has to change; whether there is one of that name."""
        found = False
        for section in self.sections:
            found = found or (field in section.rows and bool(sentence))
            section.set_problem(field, sentence)
        return found

    def say_about_colour(self, text: str) -> None:
        """What the colours mean, and what they do not."""
        self.about_colour.say(text)

    def say_cost(self, text: str) -> None:
        """How old the map of a model that trains is, and what it costs."""
        self.cost.say(text)

    def _narrow(self) -> None:
        character = self.images.fontMetrics().averageCharWidth()
        for section in self.sections:
            for row in section.rows.values():
                row.label.setFixedWidth(LABEL * character)
                row.mark.hide()  # nothing here is ever locked
                if isinstance(row.editor, NumberEditor):
                    row.editor.set_box_width(BOX * character)
                    row.editor.slider.setMinimumWidth(SLIDER)
                elif isinstance(row.editor, ChoiceEditor):
                    row.editor.box.setMinimumWidth(BOX * character)

    # How far it is -------------------------------------------------------------------------------------------------

    def show_state(self, *, busy: bool, possible: bool) -> None:
        """Whether a map is on its way, and whether there is anything to map."""
        self._busy = busy
        self.button.setText("Cancel" if busy else "Lay out again")
        self.button.setToolTip(
            "Give up; the map that is there stays"
            if busy
            else "Ask for the map once more, of the model as it is now (R)"
        )
        self.button.setEnabled(busy or possible)
        self.progress.setVisible(busy)
        self.text.setVisible(busy)
        if not busy:
            self.text.setText("")

    def show_progress(self, fraction: float, text: str) -> None:
        """How far, NaN where that is unknown."""
        self.progress.show_share(fraction)
        self.text.setText(text)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        for section in self.sections:
            section.setFont(type_face(theme, "small"))
            section.set_theme(theme)
        for label in (self.effects, self.cost, self.about_colour, self.text):
            label.setFont(type_face(theme, "small"))
        self.data.set_theme(theme)
        self.button.setFont(type_face(theme, "body"))
        self.progress.setFixedHeight(round(8 * theme.scale))
        self.progress.set_theme(theme)
        self._narrow()
