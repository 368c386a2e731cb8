"""Two dialogs about models: open one by name, and all that is known of the current one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.shell.current_model import NAMED, CurrentModel
from app.widgets.model_card import ModelCard, as_text
from app.widgets.theme import Theme
from sslviz.spec.inspection import ModelRef

WHAT = (
    "The name of a model that ships, such as dino-shapes; timm:NAME as timm calls it; hf:OWNER/NAME as the Hugging Face Hub "
    "calls it; or a path."
)
FETCH = "Download it if it is not on this computer"
FETCHED = "Only the named model is fetched, from its publisher. Without the tick nothing leaves this computer."
WHOLE = ("heads", "image_size")  # what a ModelRef holds as whole numbers


class NameDialog(QDialog):
    """`chosen` carries a ModelRef."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget, names: Iterable[str]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open a model by name")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.field, self.fetch = QLineEdit(self), QCheckBox(FETCH, self)
        self.field.setAccessibleName("Name of the model")
        self.field.setPlaceholderText("dino-shapes, timm:vit_small_patch16_224.dino, hf:facebook/dinov2-small …")
        completer = QCompleter([*names, *NAMED], self.field)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.field.setCompleter(completer)
        self.fetch.setToolTip(FETCHED)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel, self
        )
        self.buttons.accepted.connect(self._open)
        self.buttons.rejected.connect(self.close)
        self.field.textChanged.connect(self._typed)
        column = QVBoxLayout(self)
        for widget in (self._say(WHAT), self.field, self.fetch, self._say(FETCHED), self.buttons):
            column.addWidget(widget)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 72)
        self._typed("")

    def _say(self, words: str) -> QLabel:
        label = QLabel(words, self)
        label.setWordWrap(True)
        label.setProperty("muted", "true")
        return label

    def _typed(self, text: str) -> None:
        self.buttons.button(QDialogButtonBox.StandardButton.Open).setEnabled(bool(text.strip()))
        self.fetch.setEnabled(text.strip().startswith(NAMED))

    def _open(self) -> None:
        name = self.field.text().strip()
        self.chosen.emit(ModelRef(name, download=self.fetch.isChecked() and name.startswith(NAMED)))
        self.close()


class ModelDialog(QDialog):
    """The current model's card, which follows it; what is chosen otherwise opens it anew."""

    def __init__(self, parent: QWidget, model: CurrentModel, theme: Theme) -> None:
        super().__init__(parent)
        self.setWindowTitle("The model")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._model = model
        self.card = ModelCard(self)
        self.card.set_theme(theme)
        self.card.changed.connect(self._choose)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.copy = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(self.card)
        column.addWidget(buttons)
        character, line = self.fontMetrics().averageCharWidth(), self.fontMetrics().height()
        self.resize(min(character * 90, parent.width()), min(line * 34, parent.height()))
        model.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        self.card.set_description(self._model.description)
        self.copy.setEnabled(self._model.description is not None)

    def _choose(self, name: str, value: str) -> None:
        self._model.open(adjusted(self._model.ref, name, value))

    def _copy(self) -> None:
        if self._model.description is not None:
            QGuiApplication.clipboard().setText(as_text(self._model.description))


def adjusted(ref: ModelRef, name: str, value: str) -> ModelRef:
    """The same model, read with another network or another assumption."""
    return dataclasses.replace(ref, **{name: int(value) if name in WHOLE else value})  # type: ignore[arg-type]  # by name
