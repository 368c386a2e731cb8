"""Opening: whatever the user drops, pastes, picks or names goes where it belongs: runs, models, pictures, images to train on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QEvent, QIODevice, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from app.shell.sorting import Kind, kind_of
from app.widgets.banner import Notice
from sslviz.spec.inspection import ModelRef, PictureRef

PASTED = "image/png"
LONGEST = 2048
"""Pixels of the longer side: a larger picture is reduced, as it goes to the worker with every question about it."""
QUICK = 85  # Qt's "quality" of a PNG, which costs no pixels: the less it is compressed, the higher
PICTURES = "Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.tif *.tiff *.webp);;All files (*)"
MODELS = "All files (*);;Checkpoints (*.pth *.pt *.ckpt *.bin *.safetensors *.tar)"
EMPTY = Notice("There is no picture in the clipboard.", "Copy one, or a file, and paste again.", level="note")


class Opening(QObject):
    """Each signal carries what it was found to be."""

    run = Signal(str)
    images = Signal(str)
    model = Signal(object)  # ModelRef
    picture = Signal(object)  # PictureRef
    troubled = Signal(object)  # Notice

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window

    # --- by path ---

    def open(self, word: str) -> None:
        """A path, or a model's name."""
        path = str(Path(word).expanduser().absolute())
        kind = kind_of(word)
        named = kind == "model" and not Path(path).exists()
        openers: dict[Kind, Callable[[], None]] = {
            "run": lambda: self.run.emit(path),
            "images": lambda: self.images.emit(path),
            "picture": lambda: self.picture.emit(PictureRef(path=path)),
            "model": lambda: self.model.emit(ModelRef(word if named else path)),
            "nothing": lambda: self.troubled.emit(
                Notice(f"{path} is not there.", "Look for a moved or misspelt file or folder.")
            ),
        }
        openers[kind]()

    def ask_model(self) -> None:
        """The system's dialog for a checkpoint, whatever it is called."""
        self._ask(QFileDialog.getOpenFileName(self._window, "A model: any checkpoint", "", MODELS)[0])

    def ask_model_folder(self) -> None:
        """The system's dialog for a folder that holds a model."""
        if path := QFileDialog.getExistingDirectory(self._window, "A folder with a model"):
            self.model.emit(ModelRef(path))

    def ask_picture(self) -> None:
        """The system's dialog for a picture."""
        if path := QFileDialog.getOpenFileName(self._window, "A picture", "", PICTURES)[0]:
            self.picture.emit(PictureRef(path=path))

    def _ask(self, path: str) -> None:
        if path:
            self.model.emit(ModelRef(path))

    # --- by dropping and pasting ---

    def watch(self) -> None:
        """Take what is dropped anywhere on the window, over whatever view or field it may be. Called once it is shown."""
        handle = self._window.windowHandle()
        if handle is not None:
            handle.removeEventFilter(self)
            handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Files and pictures are dropped on the window, not on the widget below the pointer; text goes to that widget."""
        if not isinstance(event, QDropEvent) or not can_take(event.mimeData()):
            return super().eventFilter(watched, event)
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.take(event.mimeData())
        return True

    def paste(self) -> None:
        """A picture, or files, from the clipboard."""
        data = QGuiApplication.clipboard().mimeData()
        if can_take(data):
            self.take(data)
        else:
            self.troubled.emit(EMPTY)

    def take(self, data: QMimeData) -> None:
        """Open the files in `data`, one of each kind; without files its picture."""
        if paths := local_files(data):
            first = {kind_of(path): path for path in reversed(paths)}
            for path in reversed(first.values()):
                self.open(path)
        elif encoded := bytes(data.data(PASTED).data()):
            self.picture.emit(PictureRef(pixels=encoded))
        elif not (image := QImage(data.imageData())).isNull():
            threading.Thread(target=self._encode, args=(image,), name="encode a picture", daemon=True).start()
        else:
            self.troubled.emit(EMPTY)

    def _encode(self, image: QImage) -> None:
        """In a thread of its own: a large picture takes a while."""
        self.picture.emit(PictureRef(pixels=as_png(image)))


def local_files(data: QMimeData) -> Sequence[str]:
    """Paths of the files that are dropped or pasted."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]


def can_take(data: QMimeData) -> bool:
    """Whether it holds files or a picture."""
    return bool(local_files(data)) or data.hasImage()


def as_png(image: QImage) -> bytes:
    """The picture encoded, reduced where it is very large."""
    if max(image.width(), image.height()) > LONGEST:
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        image = image.scaled(LONGEST, LONGEST, keep, smooth)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG", QUICK)  # type: ignore[call-overload]  # the stubs want bytes, Qt wants a name
    return bytes(buffer.data().data())
