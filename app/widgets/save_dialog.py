"""SaveDialog: a figure as a file, or on the clipboard: which kind, how fine, with which caption, and a look at it before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QWidget,
)

from app.widgets.figure_data import Part, as_text, file_name, parts_of, save_arrays, save_tables
from app.widgets.saving import copy_picture, picture_of, save_picture, size_of
from app.widgets.segments import Segments

KINDS = (
    ("png", "PNG", "A picture of pixels, as fine as you choose: for slides and the web"),
    ("svg", "SVG", "Lines and text stay lines and text: for drawing programs and the web"),
    ("pdf", "PDF", "Lines and text stay lines and text: for papers"),
    ("csv", "CSV", "The numbers that are drawn, for spreadsheets"),
    ("npz", "NPZ", "The numbers that are drawn, as NumPy arrays, and pictures as pixels"),
)
SCALES = tuple((str(k), f"{k} ×", f"{k} pixels for each pixel of the screen") for k in (1, 2, 3, 4, 6))
ABOUT = {
    "svg": "Lines and text stay sharp at any size. Photographs and maps in it are pixels, finer than on screen.",
    "pdf": "Lines and text stay sharp at any size. Photographs and maps in it are pixels, finer than on screen.",
    "npz": "Read it with numpy.load. Title and caption are in it too.",
}
NO_TABLE, NO_ARRAYS = "There is no table of numbers behind this figure.", "There are no numbers behind this figure."
PRESSED = "QToolButton { padding: 3px 9px; } QToolButton:checked { background: palette(highlight); color: palette(highlighted-text); }"
"""The choices as they are in the views."""
LOOK = QSize(460, 300)
"""Of the picture that is shown before, in pixels at most."""


@dataclass
class Memory:
    """What was chosen last, for the next figure."""

    kind: str = "png"
    scale: str = "2"
    captioned: bool = True
    folder: str = ""


class SaveDialog(QDialog):
    """Saves what `figure` shows when the button is pressed. It closes itself once that is done; what went wrong it says."""

    last: ClassVar[Memory] = Memory()

    def __init__(self, figure: QWidget, title: str, caption: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent or figure.window())
        self.setWindowTitle("Export figure")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._figure, self._title = figure, title
        self.kinds, self.scales = Segments("Kind of file", KINDS), Segments("Fineness", SCALES)
        self.pixels, self.about, self.look, self.problem = QLabel(), QLabel(), QLabel(), QLabel()
        self.captioned, self.caption = QCheckBox("&Caption"), QPlainTextEdit(caption)
        self._name_parts()
        self._lay_out()
        self._choose(captioned=self.last.captioned and bool(caption) and not _says(figure, caption))
        self.kinds.chosen.connect(lambda _: self._changed())
        self.scales.chosen.connect(lambda _: self._changed())
        self.captioned.toggled.connect(lambda _: self._changed())
        self.caption.textChanged.connect(self._changed)
        self._changed()

    def _name_parts(self) -> None:
        self.captioned.setToolTip("Write below the picture what it is of: model, settings, seed. It can be edited.")
        self.caption.setAccessibleName("Caption")
        self.caption.setTabChangesFocus(True)
        self.caption.setFixedHeight(4 * self.caption.fontMetrics().lineSpacing())
        self.look.setFixedWidth(LOOK.width())
        self.look.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.look.setAccessibleName("The picture as it will be")
        for button in (*self.kinds.buttons.values(), *self.scales.buttons.values()):
            button.setFont(self.font())
        self.setStyleSheet(PRESSED)
        for label in (self.about, self.problem):
            label.setWordWrap(True)
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.problem.hide()

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.save = buttons.addButton("&Save …", QDialogButtonBox.ButtonRole.AcceptRole)
        self.copy = buttons.addButton("C&opy", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.setToolTip("To the clipboard: the picture, or the table for a spreadsheet")
        self.save.setDefault(True)
        buttons.rejected.connect(self.reject)
        buttons.accepted.connect(self.ask_where)
        self.copy.clicked.connect(self.to_clipboard)
        grid = QGridLayout(self)
        grid.addWidget(self.kinds, 0, 0, 1, 2)
        grid.addWidget(self.scales, 1, 0)
        grid.addWidget(self.pixels, 1, 1)
        rest = (self.about, self.look, self.captioned, self.caption, self.problem, buttons)
        for row, widget in enumerate(rest, start=2):
            grid.addWidget(widget, row, 0, 1, 2)
        grid.setColumnStretch(1, 1)

    def _choose(self, *, captioned: bool) -> None:
        parts = self.parts()
        tabled = any(part.table is not None for part in parts)
        self.kinds.set_possible({"csv": "" if tabled else NO_TABLE, "npz": "" if parts else NO_ARRAYS})
        can = self.kinds.buttons[self.last.kind].isEnabled()
        self.kinds.set_value(self.last.kind if can else "png")
        self.scales.set_value(self.last.scale)
        self.captioned.setChecked(captioned)

    # What is shown -------------------------------------------------------------------------------------------------

    def parts(self) -> tuple[Part, ...]:
        """The pictures of the figure that have numbers."""
        return parts_of(self._figure, self._title)

    @property
    def words(self) -> str:
        """The caption; "" for none."""
        return self.caption.toPlainText().strip() if self.captioned.isChecked() else ""

    @property
    def scale(self) -> float:
        """Pixels for each of the screen."""
        return float(self.scales.value)

    def _changed(self) -> None:
        kind, size = self.kinds.value, size_of(self._figure, self.words) * self.scale
        drawn = kind in ("png", "svg", "pdf")
        self.scales.setVisible(kind == "png")
        self.pixels.setText(f"{size.width():,} × {size.height():,} pixels" if kind == "png" else "")
        self.about.setText(ABOUT.get(kind, self._tables() if kind == "csv" else ""))
        self.about.setVisible(bool(self.about.text()))
        self.captioned.setEnabled(drawn)
        self.caption.setEnabled(drawn and self.captioned.isChecked())
        self.copy.setEnabled(kind in ("png", "csv"))
        self.problem.hide()
        self._show_look()

    def _tables(self) -> str:
        count = sum(part.table is not None for part in self.parts())
        return "One table." if count == 1 else f"{count} tables, a file each, beside each other."

    def _show_look(self) -> None:
        ratio = self.devicePixelRatioF()
        picture = picture_of(self._figure, 1.0, self.words)
        room, keep = LOOK * ratio, Qt.AspectRatioMode.KeepAspectRatio
        if picture.width() > room.width() or picture.height() > room.height():
            picture = picture.scaled(room, keep, Qt.TransformationMode.SmoothTransformation)
        picture.setDevicePixelRatio(ratio)
        self.look.setMinimumHeight(min(picture.deviceIndependentSize().toSize().height(), LOOK.height()))
        self.look.setPixmap(QPixmap.fromImage(picture))

    # Doing it ------------------------------------------------------------------------------------------------------

    def _remember(self) -> None:
        memory = SaveDialog.last
        memory.kind, memory.scale = self.kinds.value, self.scales.value
        if self.captioned.isEnabled() and self.caption.toPlainText():
            memory.captioned = self.captioned.isChecked()

    def ask_where(self) -> None:
        """Ask for a name, then write."""
        kind = self.kinds.value
        start = str(Path(self.last.folder) / f"{file_name(self._title)}.{kind}")
        name, _ = QFileDialog.getSaveFileName(self, "Export figure", start, f"{kind.upper()} (*.{kind})")
        if name:
            path = Path(name)
            self.write(path if path.suffix.lower() == f".{kind}" else path.with_name(f"{path.name}.{kind}"))

    def write(self, path: Path) -> bool:
        """Write the figure as it was chosen; what went wrong is said, and the dialog stays."""

        def save() -> None:
            if self.kinds.value == "csv":
                save_tables(self.parts(), path)
            elif self.kinds.value == "npz":
                save_arrays(self.parts(), path, self._title, self.caption.toPlainText().strip())
            else:
                save_picture(self._figure, path, self._title, self.scale, self.words)

        done = self._try(save, "Choose a folder that you may write to, on a disk with room.")
        if done:
            SaveDialog.last.folder = str(path.parent)
            self.accept()
        return done

    def to_clipboard(self) -> None:
        """The picture, or the tables as text."""
        self._remember()
        if self.kinds.value == "csv":
            QGuiApplication.clipboard().setText(as_text(self.parts()))
        else:
            copy_picture(self._figure, self.scale, self.words)
        self.accept()

    def _try(self, work: Callable[[], object], remedy: str) -> bool:
        self._remember()
        try:
            work()
        except OSError as error:
            self.problem.setText(f"{error} {remedy}")
            self.problem.show()
            return False
        return True


def _says(figure: QWidget, caption: str) -> bool:
    """Whether the figure has the caption in it already."""
    labels = [label for label in figure.findChildren(QLabel) if label.isVisibleTo(figure)]
    return any(caption in " ".join(label.text().split("\n")) or caption in label.text() for label in labels)


def caption_around(widget: QWidget) -> str:
    """What the view that a widget stands in says of its figures; "" where it says nothing, or there is none."""
    around: QWidget | None = widget
    while around is not None:
        say = getattr(around, "figure_caption", None)
        if callable(say):
            return str(say())
        around = around.parentWidget()
    return ""


def export(figure: QWidget, title: str, parent: QWidget | None = None) -> SaveDialog:
    """Open the dialog for a figure, with the caption of the view that it stands in."""
    dialog = SaveDialog(figure, title, caption_around(figure), parent)
    dialog.open()
    return dialog


def copy(figure: QWidget) -> None:
    """A figure to the clipboard, as fine and captioned as the last one was."""
    caption = caption_around(figure)
    say = SaveDialog.last.captioned and caption and not _says(figure, caption)
    copy_picture(figure, float(SaveDialog.last.scale), caption if say else "")
