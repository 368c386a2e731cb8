"""CoachMarks: a few steps over a window, each a bubble beside what it is about. Keys: right or Return on, left back, Esc ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QRegion, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.widgets.ink import colour, mixed, type_face
from app.widgets.theme import LIGHT, Theme

WIDE, GAP, RIM = 330, 14, 5
"""Pixels at scale 1: the bubble's width, from it to what it is about, around that."""
SHADE = 0.24
ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right)
Where = Callable[[], QRect | None]
"""A place in the window's own coordinates; None: it is not to be seen now, and the bubble stands in the middle."""


def _nowhere() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Mark:
    """One step."""

    title: str
    text: str
    where: Where = _nowhere


class CoachMarks(QWidget):
    """Covers its parent, but for a hole over what a step is about, which can be used meanwhile. `ended`: the user has done with it."""

    ended = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._host, self._theme = parent, LIGHT
        self.marks: tuple[Mark, ...] = ()
        self.step = 0
        self._before: QWidget | None = None
        self._hole = QRect()
        self.bubble = QFrame(self)
        self.bubble.setObjectName("bubble")
        self.title, self.text, self.count = QLabel(), QLabel(), QLabel()
        self.skip, self.back, self.forth = QPushButton("Skip"), QPushButton("Back"), QPushButton("Next")
        self.skip.setToolTip("Do not show this again (Esc); the Help menu brings it back")
        self.back.setToolTip("The step before (Left)")
        self.forth.setToolTip("On (Right or Return)")
        self.buttons = (self.skip, self.back, self.forth)
        self._lay_out()
        self.skip.clicked.connect(self.end)
        self.back.clicked.connect(lambda: self.go(-1))
        self.forth.clicked.connect(lambda: self.go(1))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Introduction")
        self.set_theme(LIGHT)
        self.hide()
        parent.installEventFilter(self)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self.bubble)
        column.setContentsMargins(14, 12, 14, 12)
        row = QHBoxLayout()
        for widget in self.buttons:
            widget.setAutoDefault(False)
            widget.installEventFilter(self)
        row.addWidget(self.skip)
        row.addStretch(1)
        row.addWidget(self.count)
        row.addStretch(1)
        row.addWidget(self.back)
        row.addWidget(self.forth)
        for label in (self.title, self.text):
            label.setWordWrap(True)
            column.addWidget(label)
        column.addSpacing(4)
        column.addLayout(row)

    # Steps ---------------------------------------------------------------------------------------------------------

    def begin(self, marks: Sequence[Mark]) -> None:
        """Show the first of these."""
        if not self.isVisible():
            self._before = self.window().focusWidget()
        self.marks, self.step = tuple(marks), 0
        self.setGeometry(self._host.rect())
        self.show()
        self.raise_()
        self._show_step()
        self.forth.setFocus(Qt.FocusReason.OtherFocusReason)

    def go(self, by: int) -> None:
        """So many steps on; after the last it ends."""
        if self.step + by >= len(self.marks):
            self.end()
            return
        self.step = max(self.step + by, 0)
        self._show_step()

    def end(self) -> None:
        """Away, for good; the keyboard goes back to where it was."""
        if not self.isVisible():
            return
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus()
        self._before = None
        self.ended.emit()

    def _show_step(self) -> None:
        mark, last = self.marks[self.step], len(self.marks) - 1
        self.title.setText(mark.title)
        self.text.setText(mark.text)
        self.count.setText(f"{self.step + 1} of {last + 1}")
        self.back.setEnabled(self.step > 0)
        self.forth.setText("Done" if self.step == last else "Next")
        self.bubble.setAccessibleName(f"{mark.title}. {mark.text} Step {self.step + 1} of {last + 1}.")
        self.place()

    # Places --------------------------------------------------------------------------------------------------------

    def place(self) -> None:
        """Bubble and hole where they belong now."""
        if not self.marks:
            return
        rim = round(RIM * self._theme.scale)
        target = self.marks[self.step].where()
        self._hole = target.adjusted(-rim, -rim, rim, rim).intersected(self.rect()) if target else QRect()
        wide = min(round(WIDE * self._theme.scale), max(self.width() - 2 * GAP, 60))
        size = QSize(wide, max(self.bubble.heightForWidth(wide), self.bubble.sizeHint().height()))
        self.bubble.setGeometry(beside(self._hole, size, self.rect(), round(GAP * self._theme.scale)))
        whole = QRegion(self.rect())
        self.setMask(whole.subtracted(QRegion(target)) if target else whole)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.title.setFont(type_face(theme, "big", bold=True))
        for widget in (self.text, self.skip, self.back, self.forth):
            widget.setFont(type_face(theme, "body"))
        self.count.setFont(type_face(theme, "small"))
        quiet = mixed(theme.text, theme.panel, 0.07)
        self.setStyleSheet(
            f"QFrame#bubble {{ background: {theme.panel}; border: 2px solid {theme.accent}; border-radius: 8px; }}"
            f"QLabel {{ color: {theme.text}; background: transparent; }}"
            f"QPushButton {{ color: {theme.text}; background: {quiet}; border: 1px solid {theme.border}; border-radius: 4px;"
            f" padding: 3px 12px; }}"
            f"QPushButton:focus {{ background: {theme.accent}; color: {theme.accent_text}; border-color: {theme.accent}; }}"
            f"QPushButton:disabled {{ color: {mixed(theme.muted, theme.panel, 0.5)}; }}"
        )
        if self.isVisible():
            self.place()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade, hole = QPainterPath(), QPainterPath()
        shade.addRect(QRectF(self.rect()))
        hole.addRoundedRect(QRectF(self._hole), 6, 6)
        painter.fillPath(shade.subtracted(hole), colour("#000000", SHADE))
        if not self._hole.isEmpty():
            painter.setPen(QPen(colour(self._theme.accent), 2.5 * max(self._theme.scale, 1.0)))
            painter.drawPath(hole)
        painter.end()

    # Keys and what happens around it -------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Right, Return and Space go on, left back, Esc ends; the window's own keys wait."""
        if event.key() in (
            Qt.Key.Key_Right,
            Qt.Key.Key_Return,
            Qt.Key.Key_Enter,
            Qt.Key.Key_Space,
            Qt.Key.Key_PageDown,
        ):
            self._press_or_go()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Backspace, Qt.Key.Key_PageUp):
            self.go(-1)
        elif event.key() == Qt.Key.Key_Escape:
            self.end()
        event.accept()

    def _press_or_go(self) -> None:
        """Return on a button that has the keyboard presses it."""
        held = next((button for button in (self.skip, self.back) if button.hasFocus()), self.forth)
        held.click()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab stays among the buttons; once they are gone, which is when Qt asks too, the keyboard goes on to the window."""
        if not self.isVisible():
            return super().focusNextPrevChild(forward)
        around = [button for button in self.buttons if button.isEnabled()]
        held = next((k for k, button in enumerate(around) if button.hasFocus()), -1 if forward else 0)
        around[(held + (1 if forward else -1)) % len(around)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """What is in the shade waits."""
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """It stays as large as the window, and points to where things are then. Arrows on a button are steps, too."""
        if watched in self.buttons and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in ARROWS:
                self.keyPressEvent(event)
                return True
            return super().eventFilter(watched, event)
        if watched is self._host and self.isVisible():
            if event.type() == QEvent.Type.Resize:
                self.setGeometry(self._host.rect())
            elif event.type() == QEvent.Type.LayoutRequest:
                self.place()
        return super().eventFilter(watched, event)


def beside(hole: QRect, size: QSize, room: QRect, gap: int) -> QRect:
    """Where a bubble of `size` stands: below what it is about where there is room, else above, right, left; in the middle of nothing."""
    box = QRect(QPoint(), size)
    if hole.isEmpty():
        box.moveCenter(room.center())
        return box
    places = []
    for side in ("below", "above", "right", "left"):
        box = QRect(QPoint(), size)
        box.moveCenter(hole.center())
        match side:
            case "below":
                box.moveTop(hole.bottom() + gap)
            case "above":
                box.moveBottom(hole.top() - gap)
            case "right":
                box.moveLeft(hole.right() + gap)
            case _:
                box.moveRight(hole.left() - gap)
        box = _inside(box, room, gap)
        places.append(box)
        if not box.intersects(hole):
            return box
    return places[0]


def _inside(box: QRect, room: QRect, gap: int) -> QRect:
    """Moved into the room."""
    moved = QRect(box)
    moved.moveLeft(max(room.left() + gap, min(box.left(), room.right() - gap - box.width())))
    moved.moveTop(max(room.top() + gap, min(box.top(), room.bottom() - gap - box.height())))
    return moved


class _Page(QWidget):
    """A page with one button, and the marks over it."""

    def __init__(self) -> None:
        super().__init__()
        button = QPushButton("Train", self)
        button.move(30, 20)
        self.marks = CoachMarks(self)
        first = Mark("Train", "A model trains while you watch.", button.geometry)
        self.marks.begin([first, Mark("That is all", "Look around.")])

    def set_theme(self, theme: Theme) -> None:
        """Of the marks."""
        self.marks.set_theme(theme)


def example() -> QWidget:
    """Two steps over a page."""
    return _Page()


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example)
