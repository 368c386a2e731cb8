"""Where the picture comes from: a file, the clipboard, a data set by number, a photograph that ships with a library."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QGridLayout, QMenu, QSpinBox, QToolButton, QWidget

from app.widgets.editors import WheelGuard
from app.widgets.ink import type_face
from app.widgets.small_button import wide_button
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.config import DataConfig
from sslviz.spec.inspection import PictureRef
from sslviz.spec.samples import SAMPLES

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
NO_PICTURE = "There is no picture on the clipboard. Copy one, or a picture's file, then paste again."
MOST = 1_000_000
NOUNS = {"train": "training picture", "val": "held-out picture"}


class Source(QWidget):
    """`chosen` carries a PictureRef without size and fit; `troubled` a sentence."""

    chosen = Signal(object)
    troubled = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data: DataConfig | None = None
        self.split: Literal["train", "val"] = "val"
        self.open = wide_button("Open…", "Open a picture (or drop one here)")
        self.paste = wide_button("Paste", "Take the picture from the clipboard (Ctrl+V)")
        self.samples = wide_button(
            "Samples", "Photographs that ship with libraries, with their licences, and our own shapes, which have masks"
        )
        self.samples.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.back = wide_button("◀", "The picture before (Page up)")
        self.forth = wide_button("▶", "The next picture (Page down)")
        self.number = QSpinBox()
        self.number.setRange(0, MOST)
        self.number.setKeyboardTracking(False)
        self.number.setAccessibleName("Number of the picture in the data set")
        self.what = WrappedLabel(quiet=True)
        WheelGuard(self.number)
        self._fill_samples()
        self._lay_out()
        self.open.clicked.connect(self.ask_file)
        self.paste.clicked.connect(self.take_clipboard)
        self.number.valueChanged.connect(self._choose_number)
        self.back.clicked.connect(lambda: self.step(-1))
        self.forth.clicked.connect(lambda: self.step(1))
        self.set_data(None)
        self.set_theme(LIGHT)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for column, button in enumerate((self.open, self.paste, self.samples)):
            grid.addWidget(button, 0, column)
        for column, widget in enumerate((self.back, self.number, self.forth)):
            grid.addWidget(widget, 1, column)
        grid.addWidget(self.what, 2, 0, 1, 3)
        for column in range(3):
            grid.setColumnStretch(column, 1)

    def _fill_samples(self) -> None:
        menu = QMenu(self.samples)
        for sample in SAMPLES:
            where = "; ".join(
                filter(None, [sample.licence, sample.library + ("" if sample.always else ", where installed")])
            )
            action = menu.addAction(f"{sample.title}  ({where})")
            action.triggered.connect(lambda _=False, name=sample.name: self.chosen.emit(PictureRef(sample=name)))
        self.samples.setMenu(menu)

    def set_theme(self, theme: Theme) -> None:
        """Type."""
        for widget in (
            self.open,
            self.paste,
            self.samples,
            self.back,
            self.forth,
            self.number,
            self.number.lineEdit(),
            self.what,
        ):
            widget.setFont(type_face(theme, "small"))

    # What is shown -------------------------------------------------------------------------------------------------

    def set_data(self, data: DataConfig | None, split: Literal["train", "val"] = "val") -> None:
        """The data set whose pictures can be chosen by number, and which of them; None: there is none."""
        self.data, self.split = data, split
        self.number.setToolTip(f"A {NOUNS[split]} of the data set, by number")
        for widget in (self.back, self.number, self.forth):
            widget.setVisible(data is not None)

    def show_ref(self, picture: PictureRef) -> None:
        """Say where the picture is from."""
        if picture.data is not None:
            self.set_data(picture.data, picture.split)
            self.number.blockSignals(True)
            self.number.setValue(picture.index)
            self.number.blockSignals(False)
        self.what.say(name_of(picture))

    # Choosing ------------------------------------------------------------------------------------------------------

    def step(self, by: int) -> None:
        """The next picture of the data set, or the one before."""
        if self.data is not None:
            self.number.setValue(max(self.number.value() + by, 0))

    def _choose_number(self, index: int) -> None:
        if self.data is not None:
            self.chosen.emit(PictureRef(data=self.data, index=index, split=self.split))

    def ask_file(self) -> None:
        """Ask for a file."""
        kinds = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        name, _ = QFileDialog.getOpenFileName(self, "Open a picture", "", f"Pictures ({kinds});;All files (*)")
        if name:
            self.chosen.emit(PictureRef(path=name))

    def take_clipboard(self) -> None:
        """Take what was copied."""
        self.take(QGuiApplication.clipboard().mimeData())

    def take(self, mime: QMimeData) -> None:
        """A picture, or the file of one, that was dropped or pasted."""
        picture = picture_in(mime)
        if picture is None:
            self.troubled.emit(NO_PICTURE)
        else:
            self.chosen.emit(picture)


def picture_in(mime: QMimeData) -> PictureRef | None:
    """The picture that was dropped or pasted; None where there is none. Files that are no pictures are left to others."""
    files = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    found = next((file for file in files if file.suffix.lower() in SUFFIXES and file.is_file()), None)
    if found is not None:
        return PictureRef(path=str(found))
    if not files and mime.hasImage():
        image = mime.imageData()
        return PictureRef(pixels=_encoded(image)) if isinstance(image, QImage) and not image.isNull() else None
    return None


def _encoded(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs want bytes, Qt wants a name
    return bytes(buffer.data().data())


def name_of(picture: PictureRef) -> str:
    """Where a picture is from, in a few words."""
    if picture.path:
        return Path(picture.path).name
    if picture.data is not None:
        return f"{Path(picture.data.source).name}, {NOUNS[picture.split]} {picture.index}"
    sample = next((sample for sample in SAMPLES if sample.name == picture.sample), None)
    if sample is not None:
        return ", ".join(filter(None, [sample.title, sample.licence, sample.library]))
    return "pasted picture" if picture.pixels else ""


def same_picture(a: PictureRef, b: PictureRef) -> bool:
    """Whether two are the same but for size and fit."""
    return dataclasses.replace(a, size=(0, 0), fit="crop") == dataclasses.replace(b, size=(0, 0), fit="crop")
