"""Which images: named sets, a folder, a zip. Loading shows progress and can be cancelled; a download asks first."""

from __future__ import annotations

import dataclasses
import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QMenu,
    QMessageBox,
    QPushButton,
    QWidget,
)

from app.bridge.bridge import Bridge
from app.bridge.routes import Reply
from app.shell.dialogs import show_text
from app.shell.draft import Draft, data_title
from app.widgets.banner import Notice
from app.widgets.editors import WheelGuard
from app.widgets.progress_line import ProgressLine
from sslviz.spec.catalogue import DataInfo
from sslviz.spec.events import Advanced, Refused
from sslviz.spec.quantities import counted
from sslviz.spec.requests import Cancel, DataSummary, PrepareData

FOLDER = "folder"  # the catalogue's name for "a folder or zip of the user's own"
ARCHIVES = "Zip archives (*.zip)"
SOURCE = "data"  # what its notices are about


class DataChooser(QWidget):
    """The upper part of the inspector's data section. `troubled` carries a Notice, `relieved` what earlier ones were about."""

    troubled = Signal(object)
    relieved = Signal(str)

    def __init__(self, bridge: Bridge, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._draft = draft
        self._request = 0
        self._summary: DataSummary | None = None
        self._build()
        draft.changed.connect(self.refresh)
        self.refresh()

    def _build(self) -> None:
        self.sets = QComboBox(self)
        self.sets.setAccessibleName("Data set")
        WheelGuard(self.sets)
        self.sets.activated.connect(self._picked)
        self.own = QPushButton("Your images", self)
        self.own.setToolTip("A folder or a zip of images: class folders or flat. You can also drop it on the window.")
        menu = QMenu(self.own)
        menu.addAction("Open folder …").triggered.connect(self.ask_folder)
        menu.addAction("Open zip …").triggered.connect(self.ask_zip)
        self.own.setMenu(menu)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self.note.setProperty("muted", "true")
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bar = ProgressLine("Loading images", self)
        self.cancel = QPushButton("Cancel", self)
        self.cancel.clicked.connect(self.give_up)
        self.skipped = QPushButton(self)
        self.skipped.clicked.connect(self._list_skipped)
        self.download = QPushButton("Download …", self)
        self.download.clicked.connect(self._consent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(0, 1)
        for row, widgets in enumerate(((self.sets, self.own), (self.note,), (self.bar, self.cancel))):
            for column, widget in enumerate(widgets):
                grid.addWidget(widget, row, column, 1, 2 if len(widgets) == 1 else 1)
        grid.addWidget(self.skipped, 3, 0, 1, 2)
        grid.addWidget(self.download, 4, 0, 1, 2)
        self._show_loading(False)
        self.skipped.hide()
        self.download.hide()

    # --- choosing ---

    def refresh(self) -> None:
        """Show the draft's data set."""
        source = self._draft.config.data.source
        self.sets.blockSignals(True)
        self.sets.clear()
        for info in self._draft.catalogue.data:
            if info.name != FOLDER:
                self.sets.addItem(info.title, info.name)
        if self.sets.findData(source) < 0:
            self.sets.addItem(data_title(self._draft.catalogue, source), source)
        self.sets.setCurrentIndex(self.sets.findData(source))
        self.sets.setToolTip(source)
        self.sets.blockSignals(False)
        if self._summary is None or self._summary.source != source:
            self._summary = None
            self._about(source)

    def _about(self, source: str) -> None:
        info = self._info(source)
        self.note.setText(
            f"{info.note} Licence: {info.licence}." if info and info.licence else info.note if info else ""
        )
        self.skipped.hide()
        self.download.hide()

    def _info(self, source: str) -> DataInfo | None:
        return next((info for info in self._draft.catalogue.data if info.name == source), None)

    def _picked(self, index: int) -> None:
        self.choose(self.sets.itemData(index))

    def choose(self, source: str) -> None:
        """Take a data set by name or path, and load what has to be decoded or looked for."""
        self.give_up()
        self.relieved.emit(SOURCE)
        self._draft.choose_data(source)
        info = self._info(source)
        if info is None or info.downloads:
            self.prepare()

    def ask_folder(self) -> None:
        """The system's dialog for a folder of images."""
        if path := QFileDialog.getExistingDirectory(self, "A folder of images"):
            self.choose(path)

    def ask_zip(self) -> None:
        """The system's dialog for a zip of images."""
        path, _ = QFileDialog.getOpenFileName(self, "A zip of images", "", ARCHIVES)
        if path:
            self.choose(path)

    # --- loading ---

    def prepare(self, *, download: bool = False) -> None:
        """Have the worker load the draft's data into its cache."""
        data = dataclasses.replace(self._draft.config.data, download=download)
        self._show_loading(True)
        self.download.hide()
        self._request = self._bridge.ask(lambda request_id: PrepareData(request_id, data), self._reply)

    def give_up(self) -> None:
        """Cancel the loading, where there is one."""
        if self._request:
            self._bridge.send(Cancel(self._request))

    def _reply(self, reply: Reply) -> None:
        if reply.request_id != self._request:
            return
        if isinstance(reply, Advanced):
            self._advance(reply)
            return
        self._request = 0
        self._show_loading(False)
        if isinstance(reply, Refused):
            self._refused(reply)
        else:
            self._loaded(reply.payload)

    def _advance(self, reply: Advanced) -> None:
        self.note.setText(reply.text)
        self.bar.show_share(reply.fraction)

    def _loaded(self, summary: DataSummary) -> None:
        self._summary = summary
        classes = f", {len(summary.class_names)} classes" if summary.class_names else ", no labels"
        counts = (
            f"{summary.train:,} images to train on, {summary.val:,} to measure on, {summary.image_size} px{classes}."
        )
        self.note.setText(f"{counts} {summary.note}".strip())
        self.skipped.setVisible(summary.skipped_count > 0)
        self.skipped.setText(f"{counted(summary.skipped_count, 'file')} left out …")

    def _refused(self, reply: Refused) -> None:
        info = self._info(self._draft.config.data.source)
        if reply.kind in ("Cancelled", "Superseded"):
            self._about(self._draft.config.data.source)
            self.note.setText("Loading was cancelled, and nothing of it was kept. Train loads the images anew.")
        elif info is not None and info.downloads and reply.kind != "WorkerLost":
            self.note.setText(f"{reply.message} {reply.hint}".strip())
            self.download.show()
        else:
            self.note.setText(f"{reply.message} {reply.hint}".strip())
            self.troubled.emit(Notice(reply.message, reply.hint, reply.trace, about=SOURCE))

    def _show_loading(self, loading: bool) -> None:
        self.bar.setVisible(loading)
        self.cancel.setVisible(loading)
        self.bar.show_share(math.nan)

    # --- what needs the user's word ---

    def _consent(self) -> None:
        info = self._info(self._draft.config.data.source)
        if info is None:
            return
        text = f"Download {info.title} from its publisher?"
        about = f"{info.note}\nLicence: {info.licence}.\nNothing else is sent or fetched; the checksum is verified."
        box = QMessageBox(QMessageBox.Icon.Question, "Download", text, parent=self)
        box.setInformativeText(about)
        yes = box.addButton("Download", QMessageBox.ButtonRole.AcceptRole)
        box.addButton("Not now", QMessageBox.ButtonRole.RejectRole)
        box.buttonClicked.connect(lambda button: self.prepare(download=True) if button is yes else None)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _list_skipped(self) -> None:
        if self._summary:
            listed = "\n".join(self._summary.skipped)
            rest = self._summary.skipped_count - len(self._summary.skipped)
            show_text(self, "Skipped files", listed + (f"\n… and {rest:,} more" if rest > 0 else ""))
