"""ModelCard: what a model is, what was read from its file, and what was assumed, with a control where it can be changed."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.widgets.editors import WheelGuard
from app.widgets.ink import type_face
from app.widgets.status import size
from app.widgets.theme import LIGHT, Theme
from sslviz.spec.description import Assumption, Description

ABILITIES = {
    "attention": "attention", "reconstruct": "reconstruction", "text": "texts", "classify": "classes",
}  # fmt: skip
GROUP = 16
"""Letters of a hash that stand together, so that it breaks into lines."""
LISTED = 40
"""Unused tensors that are shown; the copy has them all."""


class ModelCard(QScrollArea):
    """`changed` carries the name of what the user chose otherwise ("network", or that of an assumption) and its value."""

    changed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.description: Description | None = None
        self.boxes: dict[str, QComboBox] = {}
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("The model")

    def set_description(self, description: Description | None) -> None:
        """Show a model, or none."""
        self.description, self.boxes = description, {}
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(4, 4, 4, 4)
        if description is None:
            column.addWidget(self._text("No model is open.", muted=True))
        else:
            self._fill(column, description)
        column.addStretch(1)
        self.setWidget(page)

    def set_theme(self, theme: Theme) -> None:
        """Type."""
        self._theme = theme
        self.set_description(self.description)

    def _fill(self, column: QVBoxLayout, description: Description) -> None:
        column.addWidget(self._text(description.title, bold=True))
        for note in description.notes:
            column.addWidget(self._text(note))
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        for row, (name, value) in enumerate(facts(description)):
            grid.addWidget(self._text(name, muted=True), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self._value(name, value, description), row, 1)
        column.addLayout(grid)
        if description.assumed:
            column.addWidget(self._text("Assumed, because the file does not say", bold=True))
        for each in description.assumed:
            self._assumption(column, each)
        self._sentences(column, "Read from the file", description.inferred)
        self._sentences(column, f"Not used: {len(description.unused):,} tensors", description.unused)

    def _value(self, name: str, value: str, description: Description) -> QWidget:
        if name == "network" and len(description.networks) > 1:
            return self._box("network", description.network, description.networks)
        return self._text(" ".join(wrap(value, GROUP)) if name == "sha256" else value)

    def _assumption(self, column: QVBoxLayout, assumption: Assumption) -> None:
        column.addWidget(self._text(f"{assumption.name or 'fixed'}: {assumption.value}. {assumption.why}"))
        if assumption.name and len(assumption.choices) > 1:
            column.addWidget(self._box(assumption.name, assumption.value, assumption.choices))

    def _box(self, name: str, value: str, choices: tuple[str, ...]) -> QComboBox:
        box = QComboBox()
        box.addItems(list(dict.fromkeys((*choices, value))))
        box.setCurrentText(value)
        box.setAccessibleName(name)
        box.setToolTip(f"Read the file with another choice of {name}; everything is computed anew")
        box.setFont(type_face(self._theme))
        WheelGuard(box)
        box.textActivated.connect(lambda word: self.changed.emit(name, word) if word != value else None)
        self.boxes[name] = box
        return box

    def _sentences(self, column: QVBoxLayout, title: str, lines: tuple[str, ...]) -> None:
        if not lines:
            return
        column.addWidget(self._text(title, bold=True))
        more = f"\n… and {len(lines) - LISTED:,} more" if len(lines) > LISTED else ""
        column.addWidget(self._text("\n".join(lines[:LISTED]) + more))

    def _text(self, words: str, *, bold: bool = False, muted: bool = False) -> QLabel:
        label = QLabel(words)
        label.setWordWrap(True)
        label.setMinimumWidth(1)  # long words must not make a narrow column wider
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setFont(type_face(self._theme, "title" if bold else "body", bold=bold))
        if muted:
            label.setStyleSheet(f"color: {self._theme.muted};")
        return label


def facts(description: Description) -> Iterator[tuple[str, str]]:
    """What there is to say of a model, name by name; what does not apply is left out."""
    d = description
    yield "family", d.family
    if d.network or len(d.networks) > 1:
        yield "network", d.network
    yield "backbone", f"{d.backbone}, {d.parameters:,} parameters"
    if d.kind == "vit":
        yield "shape", f"{d.depth} blocks, {d.width} wide, {d.heads} heads, patches of {by(d.patch)} px"
        registers = f", {d.registers} registers" if d.registers else ""
        yield "tokens", ("class token" if d.class_token else "no class token") + registers
    if d.positions:
        yield "positions", d.positions
    if d.image_size:
        yield "pictures", f"{by(d.image_size)} px, {d.channels} channels"
    if d.mean:
        yield "normalised", f"mean {numbers(d.mean)}, deviation {numbers(d.std)}"
    yield "shows", ", ".join(ABILITIES[each] for each in d.abilities) or "features"
    yield "matched", f"{d.matched:.1f} % of the parameters are computed with"
    yield "file", ", ".join(filter(None, (d.source, d.format, d.precision, size(d.bytes) if d.bytes else "")))
    if d.sha256:
        yield "sha256", d.sha256


def by(pair: tuple[int, int]) -> str:
    """Height and width, "224 × 224"."""
    return " × ".join(map(str, pair))


def numbers(values: tuple[float, ...]) -> str:
    """Three digits of each."""
    return ", ".join(f"{value:.3g}" for value in values)


def as_text(description: Description) -> str:
    """All of it, to be copied."""
    lines = [description.title, "", *description.notes]
    lines += [f"{name:<12}{value}" for name, value in facts(description)]
    for title, sentences in (
        ("Assumed", tuple(f"{a.name or 'fixed'}: {a.value}. {a.why}" for a in description.assumed)),
        ("Read from the file", description.inferred),
        ("Not used", description.unused),
    ):
        lines += ["", f"{title}:", *(f"  {sentence}" for sentence in sentences)] if sentences else []
    return "\n".join(lines)


def example() -> ModelCard:
    """A DINO whose number of heads had to be assumed."""
    card = ModelCard()
    card.set_description(EXAMPLE)
    return card


EXAMPLE = Description(
    source="odd name (3).bin", family="DINO", network="teacher", networks=("teacher", "student"), kind="vit",
    backbone="ViT-S/16", parameters=21_665_664, depth=12, width=384, heads=6, patch=(16, 16), image_size=(224, 224), channels=3,
    class_token=True, registers=0, positions="learned table, 14 × 14; other sizes: bicubic with DINO's offset of 0.1",
    mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), precision="float32", abilities=("attention",), matched=100.0,
    inferred=("12 blocks, 384 wide: from blocks.*.norm1.weight.", "Patches of 16 × 16 px: from patch_embed.proj.weight."),
    assumed=(Assumption("heads", "6", "64 numbers a head, as in every published DINO.", ("3", "6", "12")),),
    unused=("head.mlp.0.weight", "head.mlp.0.bias", "head.last_layer.weight_g"), notes=(), sha256="3f" * 32,
    bytes=686_000_000, format="torch zip",
)  # fmt: skip


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
