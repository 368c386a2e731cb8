"""Gallery: the images that were caught on the map: how many, of which classes, and what can be made of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.panels.embeddings.cloud import Cloud
from app.widgets.gallery_grid import GalleryGrid
from app.widgets.ink import type_face
from app.widgets.progress_line import ProgressLine
from app.widgets.small_button import small_button
from app.widgets.theme import Theme
from app.widgets.wrapped_label import WrappedLabel

EMPTY = "Draw around points with Shift, or a box with Ctrl: their images are gathered here."
MOST_PATCHES = 32


class Gallery(QWidget):
    """`saved`, `used`, `patched` come from the buttons, `stopped` while something is written. `chosen`: an image by number."""

    chosen = Signal(int)
    hovered = Signal(int)
    saved = Signal()
    used = Signal()
    patched = Signal()
    cleared = Signal()
    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: NDArray[np.intp] = np.empty(0, np.intp)  # the first point of each image
        self.images: tuple[int, ...] = ()
        self.count, self.note = WrappedLabel(), WrappedLabel(quiet=True)
        self.grid = GalleryGrid("Gallery of the images that were caught")
        self.progress = ProgressLine("Writing the images")
        self.save = small_button("Save …", "Save these images as a folder or a zip, and a table (CSV) of them")
        self.use = small_button("As data set …", "Save these images as a folder and make it the data of the next run")
        self.patches = small_button("Patches", f"Map the patches of these images (at most {MOST_PATCHES})")
        self.clear = small_button("Clear", "Let them go (Esc in the map)")
        self.stop = small_button("Cancel", "Stop writing; nothing of it stays")
        for button in self.buttons:
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        below = QGridLayout()
        below.setSpacing(3)
        for k, button in enumerate((self.save, self.use, self.patches, self.clear)):
            below.addWidget(button, k // 2, k % 2)
        below.addWidget(self.stop, 0, 0, 1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.count)
        column.addWidget(self.grid, 1)
        for widget in (self.note, self.progress):
            column.addWidget(widget)
        column.addLayout(below)
        self._connect()
        self.show_rows(None, self.rows)
        self.show_writing(None)

    def _connect(self) -> None:
        for button, signal in ((self.save, self.saved), (self.use, self.used), (self.patches, self.patched),
                               (self.clear, self.cleared), (self.stop, self.stopped)):  # fmt: skip
            button.clicked.connect(lambda _=False, signal=signal: signal.emit())
        self.grid.chosen.connect(lambda item: self.chosen.emit(self.images[item]))
        self.grid.hovered.connect(lambda item: self.hovered.emit(self.images[item] if item >= 0 else -1))

    @property
    def buttons(self) -> tuple[QToolButton, ...]:
        """All of them."""
        return self.save, self.use, self.patches, self.clear, self.stop

    def show_rows(self, cloud: Cloud | None, rows: NDArray[np.intp]) -> None:
        """The points that were caught, each image once."""
        self.rows = rows if cloud is None else cloud.firsts(rows)
        self.images = () if cloud is None else tuple(cloud.index[self.rows].tolist())
        self.note.say("")
        if cloud is None or not self.images:
            self.count.say("")
            self.grid.set_message(EMPTY)
        else:
            self._say(cloud, len(rows))
        for button in (self.save, self.use, self.patches, self.clear):
            button.setEnabled(bool(self.images))

    def _say(self, cloud: Cloud, caught: int) -> None:
        rows, images = self.rows, self.images
        points = f"{caught:,} points, " if caught != len(images) else ""
        count = "1 image" if len(images) == 1 else f"{len(images):,} images"
        self.count.say(f"{points}{count}: {cloud.shares(rows)}")

        def tip(item: int) -> str:
            return cloud.name_of_image(images[item])

        self.grid.set_items(len(images), lambda item: cloud.class_of(int(rows[item])), tip)

    def show_writing(self, share: float | None, note: str = "") -> None:
        """How far the writing is; None: nothing is written. note: what became of it."""
        for widget in (self.progress, self.stop):
            widget.setVisible(share is not None)
        for button in (self.save, self.use):
            button.setVisible(share is None)
        if share is not None:
            self.progress.show_share(share)
        self.note.say(note)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.grid.set_theme(theme)
        for widget in (self.count, self.note, *self.buttons):
            widget.setFont(type_face(theme, "small"))
        self.progress.setFixedHeight(round(8 * theme.scale))
        self.progress.set_theme(theme)
