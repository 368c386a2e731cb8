"""One model's card in full: what can be done with it, what it reached beside its baselines, what it cannot, how it was made."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.panels.gallery.own_data import OwnData
from app.panels.gallery.scores import bars_of, notes, other_lines
from app.widgets.ink import monospaced, type_face
from app.widgets.interval_bars import IntervalBars
from app.widgets.model_shelf import ShelfItem, paint_picture
from app.widgets.scrolling import scroll
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.card import Card

PICTURE = 150
"""Pixels at scale 1 of the picture's side."""
HEADINGS = ("Measured", "What it cannot do", "How it was made", "On your data")
ACTIONS = {
    "open": ("Open", "Look inside: it becomes the current model of every view (Return)"),
    "record": ("Recorded run", "Open the record of its training: curves, timeline, switches (R)"),
    "compare": ("Compare", "The ticked models side by side; ticking is done by Space (C)"),
    "copy": ("Copy the command", "The command that trains it again, to the clipboard"),
}


class Picture(QWidget):
    """The model's picture, or its initials."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self.item = LIGHT, ShelfItem("", "", "")

    def show_item(self, item: ShelfItem) -> None:
        """Draw the picture of this one."""
        self.item = item
        self.setAccessibleName(f"Picture of {item.title}")
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and size."""
        self._theme = theme
        self.setFixedSize(QSize(PICTURE, PICTURE) * theme.scale)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=_is_large(self.item.picture))
        paint_picture(painter, self.rect().toRectF(), self.item, self._theme)
        painter.end()


def _is_large(picture: QImage | None) -> bool:
    return picture is not None and picture.width() > PICTURE


class Details(QScrollArea):
    """`pressed` carries the name of an action; `own_data` asks for an evaluation on other images."""

    pressed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.card: Card | None = None
        self.title, self.collapsed, self.facts = WrappedLabel(), WrappedLabel(), QLabel()
        self.picture, self.bars, self.own_data = Picture(), IntervalBars(), OwnData()
        self.measured, self.weak, self.made = WrappedLabel(quiet=True), WrappedLabel(), WrappedLabel()
        self.command, self.hash = WrappedLabel(), WrappedLabel(quiet=True)
        self.headings = {name: QLabel(name) for name in HEADINGS}
        self.buttons = {name: _button(*words) for name, words in ACTIONS.items()}
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _=False, name=name: self._pressed(name))
        self.facts.setWordWrap(True)
        for label in (self.command, self.hash):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()
        self.show_ticks(0)

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(4, 0, 10, 8)
        column.setSpacing(6)
        top = QHBoxLayout()
        top.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.facts, 1, Qt.AlignmentFlag.AlignTop)
        grid = QGridLayout()
        for k, name in enumerate(("open", "record", "compare")):
            grid.addWidget(self.buttons[name], 0, k)
        column.addWidget(self.title)
        column.addWidget(self.collapsed)
        column.addLayout(top)
        column.addLayout(grid)
        for heading, parts in zip(self.headings.values(), self._parts(), strict=True):
            column.addSpacing(6)
            column.addWidget(heading)
            for part in parts:
                column.addWidget(part)
        column.addStretch(1)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll(self, inside)

    def _parts(self) -> tuple[tuple[QWidget, ...], ...]:
        """Below each heading."""
        made = (self.made, self.command, self.buttons["copy"], self.hash)
        return (self.bars, self.measured), (self.weak,), made, (self.own_data,)

    def _pressed(self, name: str) -> None:
        if name == "copy":
            QGuiApplication.clipboard().setText(self.card.command if self.card else "")
        else:
            self.pressed.emit(name)

    # What is shown -------------------------------------------------------------------------------------------------

    def show_card(self, card: Card, item: ShelfItem, method: str) -> None:
        """Everything that a card says."""
        self.card = card
        self.title.say(card.title)
        self.collapsed.say(f"Collapsed on purpose: {card.collapsed}" if card.collapsed else "")
        self.picture.show_item(item)
        self.facts.setText("\n".join(_facts(card, method)))
        self.bars.set_groups(*bars_of(card))
        self.measured.say("\n".join((*other_lines(card.metrics), *notes(card.metrics))))
        self.weak.say("\n".join(f"• {sentence}" for sentence in card.weaknesses) or "Nothing is on record.")
        self.made.say("\n".join(_making(card)))
        self.command.say(card.command)
        self.hash.say(f"sha256 {card.sha256}")
        self._fit()
        self.verticalScrollBar().setValue(0)

    def show_ticks(self, count: int) -> None:
        """So many are ticked."""
        self.buttons["compare"].setText(f"Compare {count}" if count else "Compare")
        self.buttons["compare"].setEnabled(count > 1)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.title.setFont(type_face(theme, "big", bold=True))
        for heading in (*self.headings.values(), self.collapsed):
            heading.setFont(type_face(theme, "title", bold=True))
        self.collapsed.setStyleSheet(f"color: {theme.warning};")
        for widget in (self.facts, self.weak, self.made, self.measured, self.hash, *self.buttons.values()):
            widget.setFont(type_face(theme, "small"))
        self.command.setFont(monospaced(theme, "small"))
        for part in (self.picture, self.bars, self.own_data):
            part.set_theme(theme)
        self._fit()

    def _fit(self) -> None:
        self.bars.setMinimumHeight(self.bars.sizeHint().height())


def _facts(card: Card, method: str) -> list[str]:
    height, width = card.image_size
    minutes = f"{card.minutes:.0f} minutes" if card.minutes >= 2 else f"{60 * card.minutes:.0f} s"
    steps = f"{card.steps:,} steps, {minutes}, seed {card.seed}" if card.steps else f"not trained, seed {card.seed}"
    return [f"{method}, {card.backbone}", f"{card.parameters:,} parameters", f"trained at {width} × {height} px", steps]


def _making(card: Card) -> list[str]:
    lines = [card.data, f"Machine: {card.machine}."]
    if card.data_licence:
        return [*lines, f"Licence of the images: {card.data_licence}", f"Licence of the weights: {card.licence}"]
    return [*lines, f"Licence: {card.licence}"]


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAccessibleName(f"{text}: {tip}")
    return button
