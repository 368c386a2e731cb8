"""How the curves are drawn: smoothing, logarithmic axis, and what x counts."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from app.panels.train.drawing import Wishes
from app.panels.train.timeline import Axis
from app.widgets.ink import type_face
from app.widgets.theme import Theme

AXES: tuple[Axis, ...] = ("step", "epoch", "time")
TOP = 99


class Toolbar(QWidget):
    """`changed` carries the new Wishes."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.smoothing, self.log, self.axis = QSlider(Qt.Orientation.Horizontal), QToolButton(), QComboBox()
        self.smoothing.setRange(0, TOP)
        self.smoothing.setValue(90)
        self.smoothing.setAccessibleName("Smoothing")
        self.smoothing.setToolTip(
            "Moving average over curves that have a value at every step; the measured ones stay faint behind."
        )
        self.log.setText("log y")
        self.log.setCheckable(True)
        self.log.setToolTip(
            "Logarithmic y axis; values that are not positive are left out, and a plot without any other stays linear"
        )
        self.axis.addItems(list(AXES))
        self.axis.setAccessibleName("The x axis counts")
        self.axis.setToolTip("The x axis counts steps, epochs, or seconds of training (pauses left out)")
        self.equation = QToolButton()
        self.equation.setText("ƒ(x)")
        self.equation.setCheckable(True)
        self.equation.setAccessibleName("Equation and source")
        self.equation.setToolTip("The method's equation, what its symbols are now, and the source of its loss (F2)")
        self.label = QLabel("smooth")
        self._curves, self._room = True, 400.0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 2, 2)
        for widget in (self.label, self.smoothing, self.log, self.axis, self.equation):
            row.addWidget(widget)
        self.smoothing.valueChanged.connect(self._tell)
        self.log.toggled.connect(self._tell)
        self.axis.currentIndexChanged.connect(self._tell)

    def wishes(self) -> Wishes:
        """What is chosen."""
        return Wishes(self.smoothing.value() / 100, self.log.isChecked(), AXES[self.axis.currentIndex()])

    def show_for(self, *, curves: bool, equation: bool) -> None:
        """What the page in front needs: `curves`, it draws some; `equation`: it is that of the equation."""
        self._curves = curves
        self.equation.setChecked(equation)
        self._show()

    def set_room(self, room: float) -> None:
        """The width beside the tabs at scale 1: words go first, then the button that has a key and a tab, then all but the tabs."""
        self._room = room
        self._show()

    def _show(self) -> None:
        self.label.setVisible(self._curves and self._room >= 330)
        self.equation.setVisible(self._room >= 280)
        for widget in (self.smoothing, self.log, self.axis):
            widget.setVisible(self._curves and self._room >= 150)

    def set_theme(self, theme: Theme) -> None:
        """Type and size."""
        self.smoothing.setFixedWidth(round(80 * theme.scale))
        for widget in (self.label, self.log, self.axis, self.equation):
            widget.setFont(type_face(theme, "small"))

    def _tell(self, _value: object = None) -> None:
        self.changed.emit(self.wishes())
