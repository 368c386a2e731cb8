"""Harvest: what was caught on the map: shown in the gallery, written to disk, made the data of the next run, cut into patches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.panels.embeddings.cloud import Cloud
from app.panels.embeddings.gallery import MOST_PATCHES, Gallery
from app.panels.embeddings.keeping import Keeping, Keepsake
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.mapping import FeaturePlan

KINDS = "Zip archive (*.zip);;Folder (*)"


class Harvest(QObject):
    """`used` carries the folder that is to be the data of the next run, `patched` images whose patches are to be mapped."""

    used = Signal(str)
    patched = Signal(object)

    def __init__(self, gallery: Gallery, keeping: Keeping, parent: QWidget) -> None:
        super().__init__(parent)
        self._window, self.gallery, self.keeping = parent, gallery, keeping
        self._cloud: Cloud | None = None
        self._plan: FeaturePlan | None = None
        self._wanted = ""  # the folder that becomes the next run's data once it is written
        gallery.saved.connect(self.ask_path)
        gallery.used.connect(self.ask_folder)
        gallery.patched.connect(lambda: self.patched.emit(self.gallery.images[:MOST_PATCHES]))
        gallery.stopped.connect(keeping.cancel)
        keeping.advanced.connect(gallery.show_writing)
        keeping.done.connect(self._done)
        keeping.failed.connect(self._failed)

    def show(self, cloud: Cloud | None, plan: FeaturePlan | None = None, rows: NDArray[Any] | None = None) -> None:
        """The points that were caught; None: none."""
        self._cloud, self._plan = cloud, plan
        self.gallery.show_rows(cloud, np.empty(0, np.intp) if rows is None else np.asarray(rows, np.intp))

    # To disk -------------------------------------------------------------------------------------------------------

    def ask_path(self) -> None:
        """Ask where to save the images."""
        name, kind = QFileDialog.getSaveFileName(self._window, "Save images", "images.zip", KINDS)
        if name:
            path = Path(name)
            wants_zip = kind.startswith("Zip") and path.suffix.lower() != ".zip"
            self.save(path.with_name(f"{path.name}.zip") if wants_zip else path)

    def ask_folder(self) -> None:
        """Ask for the folder that becomes a data set."""
        name, _ = QFileDialog.getSaveFileName(self._window, "A new folder for the data set", "my-images", "Folder (*)")
        if name:
            self.use(Path(name))

    def save(self, path: Path) -> None:
        """Write what was caught to a new folder or a zip."""
        if what := self._keepsake(path):
            self.gallery.show_writing(0.0)
            self.keeping.start(what)

    def use(self, path: Path) -> None:
        """The same to a folder, which becomes the data of the next run."""
        self._wanted = str(path)
        self.save(path)

    def _keepsake(self, path: Path) -> Keepsake | None:
        cloud, plan, gallery = self._cloud, self._plan, self.gallery
        if cloud is None or plan is None or not gallery.images:
            return None
        rows = gallery.rows.tolist()
        places = tuple((float(x), float(y)) for x, y in cloud.points[rows])
        return Keepsake(path, plan.data, plan.split, gallery.images, tuple(cloud.class_of(row) for row in rows), places)

    def _done(self, what: Keepsake) -> None:
        self.gallery.show_writing(
            None, f"{len(what.images):,} images are in {what.path}, their table beside them in {what.table.name}."
        )
        wanted, self._wanted = self._wanted, ""
        if wanted and not what.is_zip:
            self.used.emit(wanted)

    def _failed(self, sentence: str) -> None:
        self._wanted = ""
        self.gallery.show_writing(None, sentence or "It was cancelled; nothing was written.")

    def take(self, event: Answered | Refused | Advanced) -> bool:
        """Whether an event is an answer to what is being written."""
        if isinstance(event, Advanced):
            return False
        if isinstance(event, Refused):
            return self.keeping.take(event.request_id, None, f"{event.message} {event.hint}".strip())
        pictures = event.payload.get("images") if isinstance(event.payload, dict) else None
        return self.keeping.take(event.request_id, pictures)
