"""What is shown of the recipe, of which images (above the pictures), and how large (below them)."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from app.widgets.ink import type_face
from app.widgets.small_button import small_button
from app.widgets.theme import Theme


class Toolbar(QWidget):
    """Two modes, and buttons for other images and another seed."""

    mode_changed = Signal(str)  # "views" or "alone"
    others = Signal()
    reseed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self.views = self._button("Views", "The views that the recipe makes of each image", checkable=True)
        self.alone = self._button("Each operation", "What every operation does by itself", checkable=True)
        self._modes = QButtonGroup(self)
        for button in (self.views, self.alone):
            self._modes.addButton(button)
        self.views.setChecked(True)
        self._modes.buttonClicked.connect(lambda _: self.mode_changed.emit(self.mode))
        self._row.addStretch(1)
        self.other = self._button("Other images", "Choose other training images at random")
        self.seed = self._button("New seed", "Draw everything at random anew (Space)")
        self.other.clicked.connect(self.others)
        self.seed.clicked.connect(self.reseed)

    @property
    def mode(self) -> str:
        """ "views" or "alone"."""
        return "views" if self.views.isChecked() else "alone"

    def set_theme(self, theme: Theme) -> None:
        """Type."""
        for button in self.findChildren(QToolButton):
            button.setFont(type_face(theme, "small"))

    def _button(self, text: str, tip: str, *, checkable: bool = False) -> QToolButton:
        button = small_button(text, tip)
        button.setCheckable(checkable)
        self._row.addWidget(button)
        return button


class SizeBar(QWidget):
    """Smaller, fitted, larger, and export."""

    zoom = Signal(int)  # -1 smaller, 0 fit, 1 larger
    save = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.smaller = small_button("−", "Smaller pictures (Ctrl+-)")
        self.fit = small_button("Fit", "As large as they fit (Ctrl+0)")
        self.larger = small_button("+", "Larger pictures (Ctrl++)")
        self.export = small_button("Save…", "Save this picture as PNG")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for button in (self.smaller, self.fit, self.larger, self.export):
            row.addWidget(button)
        for way, button, keys in ((-1, self.smaller, "Ctrl+-"), (0, self.fit, "Ctrl+0"), (1, self.larger, "Ctrl++")):
            button.clicked.connect(lambda _=False, way=way: self.zoom.emit(way))
            button.setShortcut(keys)
        self.export.clicked.connect(self.save)

    def set_theme(self, theme: Theme) -> None:
        """Type."""
        for button in self.findChildren(QToolButton):
            button.setFont(type_face(theme, "small"))
