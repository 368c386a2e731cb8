"""Card: a titled frame around one picture, with what the picture does not show, a way to make it large, and export."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QToolTip, QVBoxLayout, QWidget

from app.widgets.figure_data import parts_of, save_tables
from app.widgets.ink import type_face
from app.widgets.save_dialog import SaveDialog, copy, export
from app.widgets.saving import save_picture
from app.widgets.text_lines import TextLines
from app.widgets.theme import LIGHT, Theme
from app.widgets.wrapped import wrapped


class Card(QFrame):
    """Title, body, caption. `enlarge` asks the dashboard around it to give it all the room, or to put it back."""

    enlarge = Signal(object)  # self

    def __init__(
        self,
        title: str,
        body: QWidget | None = None,
        *,
        caption: str = "",
        about: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """`caption`: what the picture does not show, in a few words; `about`: in full, behind the question mark.

        Without a `body` the card stays empty until `set_body`: plots cost 20 ms each to make.
        """
        super().__init__(parent)
        self.setObjectName("card")
        self.title, self.text, self._about = title, caption, about
        self.body: QWidget | None = None
        self._brief = False
        self._theme = LIGHT
        self.heading, self.caption = TextLines(title), TextLines()
        self._head = QHBoxLayout()
        self._head.setSpacing(2)
        self._head.addWidget(self.heading, 1)
        self.about = self._button("?", self._explain)
        self.larger = self._button("⤢", self._enlarge)
        self.more = self._button("⋯", self._more)
        self._name_buttons()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 3, 6, 4)
        layout.setSpacing(1)
        layout.addLayout(self._head)
        layout.addWidget(self.caption, 0, Qt.AlignmentFlag.AlignBottom)
        self.set_theme(LIGHT)
        if body is not None:
            self.set_body(body)

    def set_body(self, body: QWidget) -> None:
        """Put the picture in, once."""
        self.body = body
        column = cast(QVBoxLayout, self.layout())
        column.insertWidget(1, body, 1)
        if hasattr(body, "double_clicked"):
            body.double_clicked.connect(self._enlarge)
        if hasattr(body, "set_theme"):
            body.set_theme(self._theme)

    def add_tool(self, widget: QWidget) -> None:
        """A control of its own in the heading, before the buttons."""
        self._head.insertWidget(1, widget)

    def set_title(self, title: str) -> None:
        """Another title, such as one with a scale in it."""
        if title != self.title:
            self.title = title
            self._name_buttons()
        self._fold()

    def set_caption(self, text: str) -> None:
        """Another caption, such as one that says what part of the data is shown."""
        if text != self.text:
            self.text = text
            self._name_buttons()
            self._fold()

    def set_about(self, text: str) -> None:
        """Another text behind the question mark."""
        self._about = text
        self._name_buttons()

    def set_brief(self, brief: bool) -> None:
        """Leave the caption to the question mark, in favour of the picture."""
        if brief != self._brief:
            self._brief = brief
            self._fold()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type, of the body too."""
        self._theme = theme
        self.heading.set_theme(theme, "title", bold=True)
        self.caption.set_theme(theme, "tiny", quiet=True)
        for button in (self.about, self.larger, self.more):
            button.setFont(type_face(theme, "title"))
        if self.body is not None and hasattr(self.body, "set_theme"):
            self.body.set_theme(theme)
        self._fold()

    def save_picture(self, path: Path) -> None:
        """Write the card, title and caption included, as PNG, or as SVG or PDF where the name ends so."""
        save_picture(self, path, self.title)

    def save_table(self, path: Path) -> None:
        """Write what the body draws as CSV, numbers in full; a value that was not measured is left blank."""
        body = self.body
        if body is not None:
            save_tables(parts_of(body, self.title), path)

    def export(self) -> SaveDialog:
        """Ask how and where to save the card, or what it draws as numbers."""
        return export(self, self.title)

    def menu(self) -> QMenu:
        """The menu of the right mouse button."""
        menu = QMenu(self)
        menu.addAction("Enlarge or put back", self._enlarge)
        if self.body is not None and hasattr(self.body, "show_all"):
            menu.addAction("Show all\tHome", self.body.show_all)
        menu.addAction("Export…", self.export)
        menu.addAction("Copy picture", lambda: copy(self))
        return menu

    def _button(self, glyph: str, action: object) -> QToolButton:
        button = QToolButton()
        button.setObjectName("flat")
        button.setText(glyph)
        button.clicked.connect(action)
        self._head.addWidget(button)
        return button

    def _name_buttons(self) -> None:
        """Tips, which screen readers read too, of what the card shows now."""
        name = self.title or "the figure"
        for button, tip in (
            (self.about, ": ".join(filter(None, (self.title, self._about or self.text)))),
            (self.larger, f"Enlarge {name}, or put it back (double click)"),
            (self.more, f"Export {name}, copy it, enlarge it"),
        ):
            button.setToolTip(tip)
            button.setAccessibleName(tip)

    def _enlarge(self) -> None:
        self.enlarge.emit(self)

    def _explain(self) -> None:
        QToolTip.showText(self.about.mapToGlobal(self.about.rect().bottomLeft()), self.about.toolTip(), self.about)

    def _more(self) -> None:
        self.menu().popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _fold(self) -> None:
        """Title and caption in two lines at most; a low card has no caption, a narrow one fewer buttons."""
        wide = self.width() >= 250 * self._theme.scale
        self.about.setVisible(bool(self.text) and wide)
        self.more.setVisible(wide)
        roomy = self.height() >= 190 * self._theme.scale
        self.caption.setVisible(bool(self.text) and roomy and not self._brief)
        width = max(self.width() - 18, 10)
        self._head.activate()
        self.heading.say(wrapped(self.title, QFontMetrics(self.heading.font()), self.heading.width()))
        self.caption.say(wrapped(self.text, QFontMetrics(self.caption.font()), width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu().popup(event.globalPos())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """In the heading or the caption; a body that tells of its double clicks has told of this one already."""
        tells = self.body is not None and hasattr(self.body, "double_clicked")
        if not (tells and self.body is not None and self.body.geometry().contains(event.position().toPoint())):
            self._enlarge()
