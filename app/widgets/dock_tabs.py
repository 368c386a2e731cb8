"""DockTabs: one group of views as tabs that can be put in another order, and dragged away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QTabBar, QWidget

from app.widgets.dock_tree import Tabs
from app.widgets.filling import FillingTabs

AWAY_PX = 14
"""How far outside the bar a tab has left it."""
NAME = "dock_name"
"""The property of a view that holds its name."""
LEAST = (160, 120)
"""A group may be made smaller than what it shows would like, in px: several side by side must not widen the window."""


class DockBar(QTabBar):
    """The bar of a group. While a tab is outside the bar, `dragged` carries name and place on the screen."""

    dragged = Signal(str, QPoint)
    dropped = Signal(str, QPoint)
    given_up = Signal()
    asked = Signal(str, QPoint)

    def __init__(self, tabs: DockTabs) -> None:
        super().__init__(tabs)
        self._tabs = tabs
        self._pressed = ""
        self._away = False

    def _name_at(self, where: QPoint) -> str:
        index = self.tabAt(where)
        return self._tabs.names[index] if index >= 0 else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = self._name_at(event.position().toPoint()) if event.button() == Qt.MouseButton.LeftButton else ""
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        where = event.position().toPoint()
        outside = not self.rect().adjusted(-AWAY_PX, -AWAY_PX, AWAY_PX, AWAY_PX).contains(where)
        if self._pressed and not self._away and outside and event.buttons() & Qt.MouseButton.LeftButton:
            self._leave(event)
        if self._away:
            self.dragged.emit(self._pressed, event.globalPosition().toPoint())
        else:
            super().mouseMoveEvent(event)

    def _leave(self, event: QMouseEvent) -> None:
        """The order within the bar is settled before the tab goes elsewhere."""
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        settle = QMouseEvent(
            QEvent.Type.MouseButtonRelease, event.position(), event.globalPosition(), left, none, event.modifiers()
        )
        super().mouseReleaseEvent(settle)
        self._away = True
        self.setFocus(Qt.FocusReason.MouseFocusReason)  # Esc comes here

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._away:
            self._pressed = ""
            super().mouseReleaseEvent(event)
            return
        name = self._pressed
        self._come_back()
        self.dropped.emit(name, event.globalPosition().toPoint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves a tab that is dragged where it was."""
        if self._away and event.key() == Qt.Key.Key_Escape:
            self._come_back()
            self.given_up.emit()
        else:
            super().keyPressEvent(event)

    def _come_back(self) -> None:
        self._pressed, self._away = "", False

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if name := self._name_at(event.pos()):
            self.asked.emit(name, event.globalPos())


class DockTabs(FillingTabs):
    """`expected`: the names of the views that belong here, those that are not made yet too."""

    def __init__(self, group: Tabs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = DockBar(self)
        self.setTabBar(self.bar)
        self.setMovable(True)
        self.setDocumentMode(True)
        self.bar.setDrawBase(False)
        self.setMinimumSize(*LEAST)
        self.expected, self._front = group.names, group.front
        self.bar.tabBarClicked.connect(self._clicked)

    def put(self, name: str, view: QWidget, title: str, tip: str) -> None:
        """A view takes its place, in front where it was in front."""
        if name not in self.expected:
            self.expected = (*self.expected, name)
        before = self.expected[: self.expected.index(name)]
        at = sum(each in before for each in self.names)
        view.setProperty(NAME, name)
        self.insertTab(at, view, title)
        self.setTabToolTip(at, tip)
        if name == self._front:
            self.setCurrentWidget(view)

    def bring(self, view: QWidget) -> None:
        """A view comes to the front, and what was in front at the last start no longer matters."""
        self._front = ""
        self.setCurrentWidget(view)

    def _clicked(self, _index: int) -> None:
        self._front = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the tabs, in their order."""
        views = (self.widget(k) for k in range(self.count()))
        return tuple(str(view.property(NAME)) for view in views if view is not None)

    def tree(self) -> Tabs:
        """Its views, with those that are not made yet."""
        names = (*self.names, *(name for name in self.expected if name not in self.names))
        here = self.names[self.currentIndex()] if self.count() else ""
        return Tabs(names, self._front if self._front in names else here or names[0])
