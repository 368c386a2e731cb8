"""Small dialogs: a page of text, the cache, about. All are non-modal or window-modal and delete themselves."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import QProcess, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from app.bridge.bridge import Bridge
from app.bridge.routes import Reply
from app.widgets.status import size
from sslviz.spec.events import Answered, Refused
from sslviz.spec.requests import CacheSummary, DescribeCache

ABOUT = """<h2>SSLViz {version}</h2>
<p>A desktop explorer for self-supervised learning in vision.</p>
<p>Everything is computed on this computer. Nothing is sent anywhere; data sets are downloaded only when you say so.</p>
<p>Licence: MIT. Built on PyTorch, timm, Lightning Fabric, Qt for Python and pyqtgraph.</p>"""


class TextDialog(QDialog):
    """A page of text that can be copied."""

    def __init__(self, parent: QWidget, title: str, text: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.page = QPlainTextEdit(text, self)
        self.page.setReadOnly(True)
        self.page.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        copy = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.page.toPlainText()))
        buttons.rejected.connect(self.close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        column = QVBoxLayout(self)
        column.addWidget(self.page)
        column.addWidget(buttons)
        self.resize(self.fontMetrics().averageCharWidth() * 90, self.fontMetrics().height() * 26)


def show_text(parent: QWidget, title: str, text: str) -> TextDialog:
    """Open a page of text beside the window's work."""
    dialog = TextDialog(parent, title, text)
    dialog.show()
    return dialog


def show_doctor(parent: QWidget) -> TextDialog:
    """What `sslviz doctor` prints, fetched by another process so that the window stays light."""
    dialog = show_text(parent, "Doctor", "Looking …")
    process = QProcess(dialog)
    process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
    process.finished.connect(
        lambda *_: dialog.page.setPlainText(bytes(process.readAll().data()).decode(errors="replace"))
    )
    process.errorOccurred.connect(lambda _: dialog.page.setPlainText(process.errorString()))
    process.start(sys.executable, ["-m", "app", "doctor"])
    return dialog


class AboutDialog(QDialog):
    """Name, version, licence, what it is built on."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("About SSLViz")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        text = QLabel(ABOUT.format(version=program_version()), self)
        text.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(text)
        column.addWidget(buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 60)


def program_version() -> str:
    """The version of the installed program; "from source" in a checkout that is not installed."""
    try:
        return version("sslviz")
    except PackageNotFoundError:
        return "from source"


class CacheDialog(QDialog):
    """Where decoded images are kept, how much there is, and a button that clears it."""

    def __init__(self, parent: QWidget, bridge: Bridge) -> None:
        super().__init__(parent)
        self.setWindowTitle("Cache of decoded images")
        self._bridge = bridge
        self._open = True
        self.text = QLabel("Looking …", self)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.clear = buttons.addButton("Clear the cache", QDialogButtonBox.ButtonRole.DestructiveRole)
        self.clear.clicked.connect(lambda: self._look(clear=True))
        buttons.rejected.connect(self.close)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self.text)
        self._column.addWidget(buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 70)
        self.finished.connect(self._closed)
        self._look(clear=False)

    def _closed(self) -> None:
        self._open = False
        self.deleteLater()

    def _look(self, *, clear: bool) -> None:
        self.clear.setEnabled(False)
        self._bridge.ask(lambda request_id: DescribeCache(request_id, clear), self._show)

    def _show(self, reply: Reply) -> None:
        if not self._open:
            return
        self.clear.setEnabled(True)
        if isinstance(reply, Refused):
            self.text.setText(f"{reply.message} {reply.hint}")
        elif isinstance(reply, Answered):
            summary: CacheSummary = reply.payload
            self.text.setText(
                f"{summary.folder}\n\n{summary.entries} data sets and {summary.layouts} maps, {size(summary.size_bytes)}.\n\n"
                "Clearing it loses nothing but time: images are decoded again, and maps laid out again, when they are needed."
            )
        self.resize(self.width(), self._column.totalHeightForWidth(self.width()))
