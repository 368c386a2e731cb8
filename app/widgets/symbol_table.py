"""SymbolTable: the symbols of an equation, each typeset, with what it is now and what it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QWidget

from app.widgets.ink import type_face
from app.widgets.theme import LIGHT, Theme
from app.widgets.typeset import Typeset


@dataclass(frozen=True, slots=True)
class Sign:
    """One symbol: its picture (b"" for none), its LaTeX, what it means."""

    svg: bytes
    latex: str
    meaning: str


class SymbolTable(QScrollArea):
    """Rows of sign, value and meaning; it scrolls where they do not fit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.signs: tuple[Sign, ...] = ()
        self.values: list[QLabel] = []
        self._formulas: list[Typeset] = []
        self._meanings: list[QLabel] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)

    def set_signs(self, signs: Sequence[Sign]) -> None:
        """Which symbols there are; nothing is rebuilt where they are the same."""
        if tuple(signs) == self.signs:
            return
        self.signs = tuple(signs)
        self.values, self._formulas, self._meanings = [], [], []
        body = QWidget()
        rows = QGridLayout(body)
        rows.setContentsMargins(2, 2, 6, 2)
        rows.setHorizontalSpacing(12)
        rows.setColumnStretch(2, 1)
        for k, sign in enumerate(self.signs):
            self._add(rows, k, sign)
        rows.setRowStretch(len(self.signs), 1)
        self.setWidget(body)
        body.setAutoFillBackground(False)  # which the scroll area has just switched on
        self.set_theme(self._theme)

    def _add(self, rows: QGridLayout, k: int, sign: Sign) -> None:
        formula, meaning, value = Typeset("title"), QLabel(sign.meaning), QLabel()
        formula.set_formula(sign.svg, sign.latex)
        meaning.setWordWrap(True)
        meaning.setTextFormat(Qt.TextFormat.PlainText)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setAccessibleName(f"Current value of {sign.meaning}")
        rows.addWidget(formula, k, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        rows.addWidget(value, k, 1, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        rows.addWidget(meaning, k, 2)
        self._formulas.append(formula)
        self._meanings.append(meaning)
        self.values.append(value)

    def set_values(self, values: Sequence[str]) -> None:
        """What each symbol is now, in words; "" for those that have no value of their own."""
        for label, text in zip(self.values, values, strict=True):
            if label.text() != text:
                label.setText(text)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        for formula in self._formulas:
            formula.set_theme(theme)
        for label in self._meanings:
            label.setFont(type_face(theme))
        for label in self.values:
            label.setFont(type_face(theme, bold=True))
            label.setStyleSheet(f"color: {theme.accent}")


def example() -> SymbolTable:
    """Two symbols that were not typeset."""
    table = SymbolTable()
    table.set_signs([Sign(b"", r"\tau", "temperature"), Sign(b"", "N", "images in the batch, each seen in two views")])
    table.set_values(["0.2", "128"])
    return table


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 420, 160)
