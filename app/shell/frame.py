"""The frame of the window: banner above left side, views and right side; what is shown of it, and remembering that."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings, Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

LAYOUT = 3  # version of the saved layout; another is ignored
LEFT, RIGHT = 34, 52  # widths of the sides in characters


class Frame(QWidget):
    """Holds the parts; knows nothing of what they show. `shown` comes when a side was shown or hidden."""

    shown = Signal()

    def __init__(self, banner: QWidget, left: tuple[QWidget, ...], middle: QWidget, right: QWidget) -> None:
        super().__init__()
        self.left = QSplitter(Qt.Orientation.Vertical, self)
        self.left.setChildrenCollapsible(False)
        for k, widget in enumerate(left):
            self.left.addWidget(widget)
            self.left.setStretchFactor(k, min(k, 1))
        self.right = right
        self.across = QSplitter(Qt.Orientation.Horizontal, self)
        self.across.setChildrenCollapsible(False)
        for k, widget in enumerate((self.left, middle, right)):
            self.across.addWidget(widget)
            self.across.setStretchFactor(k, int(widget is middle))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(banner)
        column.addWidget(self.across, 1)

    def toggle(self, side: QWidget) -> None:
        """Show or hide a side."""
        side.setVisible(side.isHidden())
        self.shown.emit()

    def reset(self) -> None:
        """Both sides shown, at their own widths."""
        self.left.show()
        self.right.show()
        character = self.fontMetrics().averageCharWidth()
        left, right = LEFT * character, RIGHT * character
        self.across.setSizes([left, max(self.window().width() - left - right, 1), right])
        self.shown.emit()

    def save(self, settings: QSettings) -> None:
        """Remember what is shown and how wide."""
        settings.setValue("window/layout", LAYOUT)
        for name, splitter in (("across", self.across), ("left", self.left)):
            settings.setValue(f"window/{name}", splitter.saveState())
        for name, side in (("left", self.left), ("right", self.right)):
            settings.setValue(f"window/hide_{name}", int(side.isHidden()))

    def restore(self, settings: QSettings) -> None:
        """What was remembered, where it is of this version; the layout of a first start otherwise."""
        self.reset()
        if str(settings.value("window/layout")) != str(LAYOUT):
            return
        for name, splitter in (("across", self.across), ("left", self.left)):
            state = settings.value(f"window/{name}")
            if isinstance(state, QByteArray):
                splitter.restoreState(state)
        for name, side in (("left", self.left), ("right", self.right)):
            side.setHidden(str(settings.value(f"window/hide_{name}")) == "1")
