"""The error banner: one sentence on what happened, one on what to do, a button that does it, details that fold out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.widgets.theme import LIGHT, Theme


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button: what it is called and what it does."""

    title: str
    run: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Notice:
    """What the banner shows. `level` is "warning" or "note". `about`: what a newer try replaces, and one that succeeds takes away."""

    message: str
    hint: str = ""
    details: str = ""
    remedies: tuple[Remedy, ...] = ()
    level: str = "warning"
    about: str = ""


class Banner(QFrame):
    """Shows the newest notice; older ones come back as newer ones are closed, so none is lost."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.notices: list[Notice] = []
        self._theme = LIGHT
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details = QPlainTextEdit(self)
        self.details.setReadOnly(True)
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setAccessibleName("Details of the error")
        self.buttons = QHBoxLayout()
        top = QHBoxLayout()
        top.addWidget(self.text, 1)
        top.addLayout(self.buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 8)
        column.addLayout(top)
        column.addWidget(self.details)
        self._made: list[QPushButton] = []
        self.hide()

    def show_notice(self, notice: Notice) -> None:
        """Put a notice on top; the same one twice in a row stays one."""
        self.withdraw(notice.about)
        if not self.notices or self.notices[-1] != notice:
            self.notices.append(notice)
        self._draw()

    def dismiss(self) -> None:
        """Close the notice on top; the one below comes back."""
        if self.notices:
            self.notices.pop()
        self._draw()

    def withdraw(self, about: str) -> None:
        """What was said about this holds no longer; "": nothing is."""
        if about and any(notice.about == about for notice in self.notices):
            self.notices = [notice for notice in self.notices if notice.about != about]
            self._draw()

    def clear(self) -> None:
        """Close all."""
        self.notices.clear()
        self._draw()

    def _draw(self) -> None:
        for button in self._made:
            self.buttons.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._made = []
        self.setVisible(bool(self.notices))
        self.details.hide()
        if not self.notices:
            return
        notice = self.notices[-1]
        more = f"   ({len(self.notices) - 1} more below)" if len(self.notices) > 1 else ""
        self.text.setText(f"{notice.message} {notice.hint}".strip() + more)
        self.details.setPlainText(notice.details)
        for remedy in notice.remedies:
            self._button(remedy.title, partial(self._remedy, remedy.run))
        if notice.details:
            self._button("Details", self._fold)
        self._button("Copy", self._copy)
        self._button("Close", self.dismiss)
        self.set_theme(self._theme)

    def _button(self, title: str, run: Callable[[], object]) -> None:
        button = QPushButton(title, self)
        button.clicked.connect(lambda _checked: run())
        button.setAutoDefault(True)
        self.buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._made.append(button)

    def button(self, title: str) -> QPushButton:
        """The button of that name; KeyError where there is none."""
        return {button.text(): button for button in self._made}[title]

    def _remedy(self, run: Callable[[], object]) -> None:
        self.dismiss()
        run()

    def _fold(self) -> None:
        self.details.setVisible(not self.details.isVisible())
        self.details.setFixedHeight(min(240, self.window().height() // 3))

    def _copy(self) -> None:
        notice = self.notices[-1]
        QGuiApplication.clipboard().setText(f"{notice.message} {notice.hint}\n\n{notice.details}".strip())

    def set_theme(self, theme: Theme) -> None:
        """Colours: a bar in the level's colour at the left, text as everywhere."""
        self._theme = theme
        level = self.notices[-1].level if self.notices else "warning"
        edge = theme.warning if level == "warning" else theme.note
        self.setStyleSheet(
            f"QFrame#banner {{ background: {theme.panel}; border: 1px solid {edge}; border-left: 6px solid {edge}; }}"
        )
