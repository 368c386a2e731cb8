"""Page: the three columns of the view: choices, the map, and the pictures behind it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from app.panels.embeddings.controls import Controls
from app.panels.embeddings.side import Side
from app.panels.embeddings.stage import TITLE, Stage
from app.widgets.card import Card
from app.widgets.ink import sheet
from app.widgets.theme import LIGHT, Theme

LEFT, LEFT_LEAST = 296, 236
ROOM, ROOM_BESIDE = 680, 440
"""Pixels at scale 1 from which there is room for the choices, and for the pictures."""
LEAST = (280, 240)
ABOUT = (
    "Each point is an image, or a patch of one. Drag moves the map, the wheel zooms, Shift and Ctrl while dragging catch points, "
    "arrows walk from point to point."
)


class Page(QWidget):
    """Lays them out; the map can have all the room."""

    def __init__(self, stage: Stage, side: Side, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._columns: bool | None = None  # whether the user wants them; None: nothing was said
        self.controls, self.side = Controls(), side
        self.card = Card(TITLE, stage, about=ABOUT)
        self.middle = QSplitter(Qt.Orientation.Horizontal)
        self.middle.setChildrenCollapsible(False)
        self.middle.setHandleWidth(5)
        for part in (self.card, side):
            self.middle.addWidget(part)
        self.middle.setStretchFactor(0, 1)
        self.middle.setSizes([720, 270])
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(self.controls)
        row.addWidget(self.middle, 1)
        stage.titled.connect(self.card.set_title)
        self.card.enlarge.connect(lambda _card: self.toggle_large())

    def toggle_large(self) -> None:
        """Give the map all the room, or put the columns beside it, in a narrow view too."""
        self._columns = not self.controls.isVisibleTo(self)
        self._share_room()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.middle.setStyleSheet(sheet(theme))  # the choices look like those of the inspector
        for part in (self.controls, self.card, self.side):
            part.set_theme(theme)
        self._share_room()

    def minimumSizeHint(self) -> QSize:
        """That of the map: the columns go where there is no room for them."""
        return QSize(round(LEAST[0] * self._theme.scale), round(LEAST[1] * self._theme.scale))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        """Columns as the user wants them; as long as nothing was said, as there is room for them."""
        scale, wide = self._theme.scale, self.width()
        for part, least in ((self.controls, ROOM), (self.side, ROOM_BESIDE)):
            part.setVisible(wide >= least * scale if self._columns is None else self._columns)
        self.controls.setFixedWidth(round(max(LEFT_LEAST * scale, min(LEFT * scale, 0.26 * wide))))
