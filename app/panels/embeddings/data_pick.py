"""Which images are mapped: those that the model was trained on, those of the next run, a named set, a folder or a zip."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QSizePolicy, QVBoxLayout, QWidget

from app.widgets.editors import WheelGuard
from app.widgets.ink import type_face
from app.widgets.theme import Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import DataConfig
from sslviz.spec.settings import default_data

OWN, FOLDER, ZIP = "own", "folder", "zip"
ARCHIVES = "Zip archives (*.zip)"
UNKNOWN = "Nobody knows which images this model was trained on: those of the next run are mapped."


class DataPick(QWidget):
    """`chosen` carries a DataConfig, or None: the model's own data, or that of the next run where it has none."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = Catalogue()
        self._own: DataConfig | None = None
        self._draft: DataConfig | None = None
        self.picked: DataConfig | None = None
        self.box, self.note = QComboBox(), WrappedLabel(quiet=True)
        self.box.setAccessibleName("Images that are mapped")
        self.box.setToolTip("Images that are mapped: of the model, a data set, or your own")
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        WheelGuard(self.box)
        self.box.activated.connect(self._activated)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.box)
        column.addWidget(self.note)
        self._fill()

    # What there is -------------------------------------------------------------------------------------------------

    def offer(self, catalogue: Catalogue, own: DataConfig | None, draft: DataConfig | None) -> None:
        """Named data sets, the model's own data where it is known, and that of the next run."""
        if (catalogue.data, own, draft) != (self._catalogue.data, self._own, self._draft):
            self._catalogue, self._own, self._draft = catalogue, own, draft
            self._fill()

    def show_picked(self, data: DataConfig | None) -> None:
        """Show what was chosen; nothing is sent."""
        self.picked = data
        self._fill()

    def _fill(self) -> None:
        self.box.clear()
        first = self._own or self._draft
        whose = "the model's own" if self._own else "the next run's"
        self.box.addItem(f"{whose}: {self._title(first)}" if first else "no images yet", OWN)
        for info in self._catalogue.data:
            if info.name != FOLDER:
                self.box.addItem(info.title, info.name)
        if self.picked is not None and self.box.findData(self.picked.source) < 0:
            self.box.addItem(self._title(self.picked), self.picked.source)
        self.box.addItem("Your folder …", FOLDER)
        self.box.addItem("Your zip …", ZIP)
        self.box.setCurrentIndex(self.box.findData(self.picked.source) if self.picked else 0)
        self.note.say(UNKNOWN if self.picked is None and self._own is None and self._draft is not None else "")

    def _title(self, data: DataConfig) -> str:
        known = {info.name: info.title for info in self._catalogue.data}
        preset = str(data.dials.get("preset", ""))
        title = known.get(data.source) or Path(data.source).name or data.source
        return f"{title}, {preset}" if preset else title

    # Choosing ------------------------------------------------------------------------------------------------------

    def _activated(self, at: int) -> None:
        what = self.box.itemData(at)
        if what in (FOLDER, ZIP):
            path = self._ask(what)
            self._fill()  # whatever was shown before
            if path:
                self.choose(path)
        else:
            self.choose("" if what == OWN else what)

    def _ask(self, what: str) -> str:
        if what == FOLDER:
            return QFileDialog.getExistingDirectory(self, "A folder of images")
        return QFileDialog.getOpenFileName(self, "A zip of images", "", ARCHIVES)[0]

    def choose(self, source: str) -> None:
        """Choose as the user does: a data set's name, a path, or "" for what the model knows."""
        data = default_data(self._catalogue, source) if source else None
        self.picked = data
        self._fill()
        self.chosen.emit(data)

    def titles(self) -> Sequence[str]:
        """What can be chosen."""
        return [self.box.itemText(k) for k in range(self.box.count())]

    def set_theme(self, theme: Theme) -> None:
        """Type."""
        self.box.setFont(type_face(theme, "small"))
        self.note.setFont(type_face(theme, "small"))
