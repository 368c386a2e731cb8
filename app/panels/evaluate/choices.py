"""What to evaluate and how: protocols, layers, labels, seeds; the button, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.widgets.editors import NumberEditor
from app.widgets.form import Section
from app.widgets.ink import type_face
from app.widgets.progress_line import ProgressLine
from app.widgets.scrolling import scroll
from app.widgets.theme import LIGHT, Theme
from sslviz.spec.evaluation import LAST, PROTOCOLS, EvaluationPlan
from sslviz.spec.params import ParamInfo, Scalar, describe

LAST_WORD = "last"
OFTEN = ("labels", "seeds", "supervised")
LAYERS = ("h", "z", "h, z")


class Choices(QWidget):
    """`asked` and `cancelled` come from the buttons."""

    asked = Signal()
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._busy, self._possible = False, False
        self._layers: tuple[str, ...] = ()
        self._steps: tuple[int, ...] = ()
        self.protocols = {name: QCheckBox(p.title) for name, p in PROTOCOLS.items()}
        self.problem, self.text = QLabel(), QLabel()
        self.button, self.progress = QPushButton(), ProgressLine("Progress of the evaluation")
        self.what, self.more = Section("What and how"), Section("Details", folded=True)
        self._values: dict[str, Scalar] = {info.name: info.default for info in describe(EvaluationPlan)}
        self._values |= {"layers": "h", "snapshot": LAST_WORD}
        self._lay_out()
        self._connect()
        self.offer((), ())
        self.show_state(busy=False, possible=False)

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(4)
        for name, box in self.protocols.items():
            box.setToolTip(PROTOCOLS[name].about + ("" if PROTOCOLS[name].quick else " Takes minutes."))
            box.setChecked(name in EvaluationPlan().protocols)
            column.addWidget(box)
        for part in (self.what, self.more):
            column.addWidget(part)
        column.addStretch(1)
        area = QScrollArea()
        scroll(area, inside)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(area, 1)
        for label in (self.problem, self.text):
            label.setWordWrap(True)
        self.text.setObjectName("quiet")
        for widget in (self.problem, self.text, self.progress, self.button):
            outside.addWidget(widget)

    def _connect(self) -> None:
        self.what.changed.connect(self._changed)
        self.more.changed.connect(self._changed)
        self.button.clicked.connect(self._pressed)
        for box in self.protocols.values():
            box.toggled.connect(lambda _: self.show_problem("", ""))

    def _changed(self, name: str, value: Scalar) -> None:
        self._values[name] = value
        self.show_problem("", "")

    def _pressed(self) -> None:
        (self.cancelled if self._busy else self.asked).emit()

    # --- what is offered and chosen

    def offer(self, layers: Sequence[str], steps: Sequence[int]) -> None:
        """Layers that the network has, once they are known, and steps with a snapshot."""
        self._layers, self._steps = tuple(layers), tuple(steps)
        infos = {info.name: info for info in describe(EvaluationPlan)}
        names = dict.fromkeys((*LAYERS, *layers))
        lists = {
            "layers": ParamInfo("layers", "text", "h", "layers", choices=tuple(names),
                                up="h, z, or blocks of the backbone by name, several with commas"),
            "snapshot": ParamInfo("snapshot", "text", LAST_WORD, "weights of step",
                                  choices=(LAST_WORD, *map(str, steps)),
                                  up="last: of the run as it is, between two batches where it trains"),
        }  # fmt: skip
        self.what.set_params([(name, {**infos, **lists}[name]) for name in (*lists, *OFTEN)])
        self.more.set_params([(name, info) for name, info in infos.items() if name not in OFTEN])
        for section in (self.what, self.more):
            section.set_values(self._values)
        self._narrow()

    def set_values(self, values: Mapping[str, Scalar]) -> None:
        """Choose these values of the plan."""
        self._values |= values
        for section in (self.what, self.more):
            section.set_values(values)

    def _narrow(self) -> None:
        """The column is narrower than the inspector's."""
        character = self.what.fontMetrics().averageCharWidth()
        for row in (*self.what.rows.values(), *self.more.rows.values()):
            row.label.setFixedWidth(14 * character)
            row.mark.hide()
            if isinstance(row.editor, NumberEditor):
                row.editor.set_box_width(11 * character)

    def plan(self) -> EvaluationPlan:
        """What is chosen now."""
        chosen = tuple(name for name, box in self.protocols.items() if box.isChecked())
        layers = tuple(word.strip() for word in str(self._values["layers"]).split(",") if word.strip())
        numbers: dict[str, Any] = {
            name: value for name, value in self._values.items() if name not in ("layers", "snapshot")
        }
        return EvaluationPlan(chosen, layers, **numbers)

    def snapshot(self) -> int:
        """The step whose weights are asked for."""
        word = str(self._values["snapshot"]).strip()
        return int(word) if word.isdigit() else LAST

    # --- how far it is

    def show_state(self, *, busy: bool, possible: bool) -> None:
        """Whether it is being evaluated, and whether there is anything to evaluate."""
        self._busy, self._possible = busy, possible
        self.button.setText("Cancel" if busy else "Evaluate")
        self.button.setToolTip(
            "Give up; the run goes on" if busy else "Evaluate a copy of the model; the run itself is not touched"
        )
        self.button.setEnabled(busy or possible)
        self.progress.setVisible(busy)
        if not busy:
            self.text.setText("")

    def show_progress(self, fraction: float, text: str) -> None:
        """How far, NaN where that is unknown."""
        self.progress.show_share(fraction)
        self.text.setText(text)

    def show_problem(self, field: str, sentence: str) -> None:
        """Mark the setting that has to change; what belongs to none is said above the button."""
        mine = any(field in section.rows for section in (self.what, self.more))
        for section in (self.what, self.more):
            section.set_problem(field, sentence)
        if mine and field in self.more.rows:
            self.more.header.setChecked(True)
        self.problem.setText("" if mine else sentence)
        self.problem.setVisible(bool(self.problem.text()))

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        for widget in (*self.protocols.values(), self.button):
            widget.setFont(type_face(theme, "body"))
        self.problem.setFont(type_face(theme, "small"))
        self.text.setFont(type_face(theme, "small"))
        self.problem.setStyleSheet(f"color: {theme.warning};")
        self.progress.setFixedHeight(round(8 * theme.scale))
        self.progress.set_theme(theme)
        for section in (self.what, self.more):
            section.setFont(type_face(theme, "small"))
            section.set_theme(theme)
        self._narrow()
        self.button.setStyleSheet(
            f"QPushButton {{ background: {theme.accent}; color: {theme.accent_text}; border: 1px solid {theme.accent};"
            f" border-radius: 4px; padding: 6px; font-weight: bold; }}"
            f"QPushButton:disabled {{ background: {theme.border}; color: {theme.muted}; border-color: {theme.border}; }}"
            f"QPushButton:focus {{ border-color: {theme.text}; }}"
        )
