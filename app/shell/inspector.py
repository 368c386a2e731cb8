"""The inspector: every setting of the next run, made from its metadata; live ones also steer the run that trains."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.bridge.bridge import Bridge
from app.bridge.routes import Reply
from app.shell.current_run import CurrentRun
from app.shell.data_chooser import DataChooser
from app.shell.draft import Draft, setting
from app.shell.recipe_chooser import RecipeChooser
from app.widgets.banner import Notice
from app.widgets.form import Section, caption
from app.widgets.status import size
from app.widgets.theme import LIGHT, Theme
from sslviz.spec.config import RunConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.events import Answered, Refused
from sslviz.spec.params import ParamInfo, Scalar
from sslviz.spec.requests import Estimate, Estimated
from sslviz.spec.settings import find_method

ESTIMATE_MS = 400
TRAINING = ("backbone", "batch_size", "steps", "seed", "snapshots")
MACHINE = ("device", "precision", "threads")
FIXED = "Fixed while this run trains: a change takes effect in the next run."
OTHER_METHOD = "The run that trains is of another method: this takes effect in the next run."


class Inspector(QWidget):
    """Train button, estimate, search, and the sections: method, training, data, optimiser, machine."""

    troubled = Signal(object)  # Notice
    train = Signal()

    def __init__(self, bridge: Bridge, draft: Draft, current: CurrentRun, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._draft, self._current = bridge, draft, current
        self._devices: tuple[str, ...] = ()
        self._estimate = 0
        self._rows_made = 0
        self._locked_for: tuple[object, ...] = ()
        self.theme: Theme = LIGHT
        self._build(bridge, draft)
        self._pause = QTimer(self, interval=ESTIMATE_MS, singleShot=True)
        self._pause.timeout.connect(self._ask_estimate)
        draft.changed.connect(self.refresh)
        bridge.finished.connect(self._run_ended)
        self.refresh()

    def _build(self, bridge: Bridge, draft: Draft) -> None:
        self.start = QPushButton("Train", self)
        self.start.setObjectName("train")
        self.start.clicked.connect(self.train)
        self.estimate = self._muted("")
        self.estimate.hide()
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search settings")
        self.search.setAccessibleName("Search settings")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._search)
        self.idea = self._muted("")
        self.recipe = RecipeChooser(draft, self)
        self.data = DataChooser(bridge, draft, self)
        self.data.troubled.connect(self.troubled)
        self.sections = {
            "method": Section("Method", self),
            "training": Section("Training", self),
            "data": Section("Data", self),
            "dials": Section("Data in detail", self, folded=True),
            "optimiser": Section("Optimiser", self, folded=True),
            "machine": Section("Machine", self, folded=True),
        }
        self.sections["method"].add_widget(self.idea)
        self.sections["method"].add_widget(self.recipe)
        self.sections["data"].add_widget(self.data)
        self.nothing = self._muted("No setting is called that.")
        self.nothing.hide()
        self._lay_out()

    def _muted(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setWordWrap(True)
        label.setProperty("muted", "true")
        return label

    def _lay_out(self) -> None:
        self.page = QWidget(self)
        inner = QVBoxLayout(self.page)
        inner.setContentsMargins(0, 0, 6, 0)
        inner.setSpacing(2)
        for section in self.sections.values():
            inner.addWidget(section)
            section.changed.connect(self._edited)
        inner.addWidget(self.nothing)
        inner.addStretch(1)
        self.area = QScrollArea(self)
        self.area.setWidget(self.page)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 4, 4)
        for widget in (self.start, self.estimate, self.search, self.area):
            column.addWidget(widget)

    # --- showing ---

    def use_devices(self, devices: tuple[str, ...]) -> None:
        """The devices that the worker has found."""
        self._devices = devices
        self.refresh()

    def refresh(self) -> None:
        """Show the draft: its settings, values, locks; then ask what it would need."""
        infos = self._draft.infos()
        self._rows_made += 1
        if infos:
            method = find_method(self._draft.catalogue, self._draft.config.method)
            self.idea.setText(f"{method.idea} ({method.paper})")
            self.sections["method"].header.setText(f"Method: {method.title}")
            self.recipe.refresh()
            values, began = self._draft.values(), self._draft.began()
            for name, keys in self._keys(infos).items():
                self.sections[name].set_params([(key, self._suggesting(key, infos[key])) for key in keys])
                self.sections[name].set_starts(began)
                self.sections[name].set_values(values)
            self._search(self.search.text())
        self._fit_width()
        self.show_locks()
        self._pause.start()

    def _fit_width(self) -> None:
        """The rows never scroll sideways: the side is at least as wide as they need."""
        bar = self.area.verticalScrollBar().sizeHint().width()
        self.area.setMinimumWidth(self.page.minimumSizeHint().width() + bar)

    def _keys(self, infos: dict[str, ParamInfo]) -> dict[str, list[str]]:
        own = [p.name for p in find_method(self._draft.catalogue, self._draft.config.method).params]
        return {
            "method": own,
            "dials": [key for key in infos if key.startswith("data.")],
            "training": [key for key in TRAINING if key in infos and key not in own],
            "optimiser": [key for key in infos if key.startswith("optimiser.")],
            "machine": [key for key in MACHINE if key in infos and key not in own],
        }

    def _suggesting(self, key: str, info: ParamInfo) -> ParamInfo:
        """Free text gets what is known to choose from."""
        if key == "backbone":
            return dataclasses.replace(info, choices=tuple(b.name for b in self._draft.catalogue.backbones))
        if key == "device":
            return dataclasses.replace(info, choices=("auto", *self._devices))
        return info

    def show_locks(self) -> None:
        """Mark what the run that trains cannot change any more."""
        running, config = self._running(), self._draft.config
        what = (running.method if running else "", config.method, config.data.source, self._rows_made)
        if what == self._locked_for:
            return
        self._locked_for = what
        infos = self._draft.infos()
        other = running is not None and running.method != self._draft.config.method
        fixed = [key for key, info in infos.items() if running and (not info.live or key.startswith("data."))]
        for name, section in self.sections.items():
            if name == "method" and other:
                section.set_locks(list(section.rows), OTHER_METHOD)
            else:
                section.set_locks(fixed, FIXED)

    def _running(self) -> RunConfig | None:
        picture = self._current.picture
        return picture.started.config if picture and picture.started and self._current.is_live else None

    def show_start(self, text: str, shortcut: QKeySequence, enabled: bool, why_not: str) -> None:
        """What the big button does now, or why it cannot."""
        self.start.setText(text)
        self.start.setEnabled(enabled)
        keys = shortcut.toString(QKeySequence.SequenceFormat.NativeText)
        self.start.setToolTip(f"Start a run with these settings ({keys})" if enabled else why_not)

    # --- editing ---

    def _edited(self, key: str, value: Scalar) -> None:
        try:
            self._draft.set(key, value)
        except SpecError as error:
            self.troubled.emit(Notice(error.message, error.hint))
            self.refresh()
            return
        if self._steers(key):
            self._current.set_param(key, value)

    def _steers(self, key: str) -> bool:
        """Whether a change of this setting also reaches the run that trains."""
        running, infos = self._running(), self._draft.infos()
        if running is None or key not in infos or not infos[key].live or key.startswith("data."):
            return False
        return running.method == self._draft.config.method or key.startswith("optimiser.")

    def mirror(self, name: str, value: Scalar) -> None:
        """The run changed a parameter (a flip from elsewhere): show it without steering again."""
        infos = self._draft.infos()
        if name in infos and setting(self._draft.config, name, infos[name]) != value:
            self._draft.set(name, value)

    def _search(self, words: str) -> None:
        found = sum(section.search(words) for section in self.sections.values())
        self.nothing.setVisible(bool(words.strip()) and not found)
        self.idea.setVisible(not words.strip())
        self.recipe.setVisible(not words.strip() and self.recipe.box.count() > 0)

    def reveal(self, key: str) -> None:
        """Scroll to a setting and give it the keyboard."""
        self.search.clear()
        for section in self.sections.values():
            if key in section.rows:
                section.header.setChecked(True)
                row = section.rows[key]
                self.area.ensureWidgetVisible(row.editor)
                row.editor.setFocus()

    def settings(self) -> Collection[tuple[str, ParamInfo]]:
        """Every setting that has a row, for the palette."""
        return [(key, row.info) for section in self.sections.values() for key, row in section.rows.items()]

    # --- the estimate ---

    def _run_ended(self, _finished: object) -> None:
        """Nothing is asked while a run trains."""
        self._pause.start()

    def _ask_estimate(self) -> None:
        if self._bridge.is_ready and not self._current.is_live:
            config = self._draft.config
            self._estimate = self._bridge.ask(lambda request_id: Estimate(request_id, config), self._estimated)

    def _estimated(self, reply: Reply) -> None:
        if reply.request_id != self._estimate:
            return
        if isinstance(reply, Refused):
            label = self.show_problem(reply.field, f"{reply.message} {reply.hint}".strip())
            where = f"Training cannot start yet: look at “{label}” below."
            self.estimate.setText(where if label else f"{reply.message} {reply.hint}".strip())
        elif isinstance(reply, Answered):
            self.show_problem("", "")
            self.estimate.setText(describe_estimate(reply.payload))
        self.estimate.setVisible(bool(self.estimate.text()))

    def show_problem(self, field: str, sentence: str) -> str:
        """Mark the setting called `field` with what is wrong with it, and no other; its caption, "" where it has no row."""
        names = list(self._draft.infos())
        key = field if field in names else next((name for name in names if field and name.endswith(f".{field}")), "")
        found = ""
        for section in self.sections.values():
            section.set_problem(key, sentence)
            if key in section.rows:
                section.header.setChecked(True)
                found = caption(section.rows[key].info)
        self._fit_width()
        return found

    def set_theme(self, theme: Theme) -> None:
        """Colours or type size changed."""
        self.theme = theme
        for section in self.sections.values():
            section.set_theme(theme)
        self._fit_width()


def describe_estimate(needs: Estimated) -> str:
    """Predicted memory and size in a line; a second one where it will not fit."""
    line = f"About {size(needs.memory_bytes)} of memory ({size(needs.available_bytes)} free), {needs.parameters:,} parameters."
    tight = needs.memory_bytes > needs.available_bytes > 0
    return line + (" This will not fit: lower the batch size." if tight else "")
