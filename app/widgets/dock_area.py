"""DockArea: views in groups of tabs that can be docked on every side of each other, by drag, by menu and by call."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QSplitter, QVBoxLayout, QWidget

from app.widgets import dock_tree
from app.widgets.dock_drop import WORDS, Drop, DropMark, half, rim_side, side_at
from app.widgets.dock_tabs import DockTabs
from app.widgets.dock_tree import SIDES, Side, Tabs, Tree

ALONG = 0.3
"""Share of the room that is marked for a view which goes along a whole side."""
FINE = 10_000
"""Splitters take whole numbers; shares are given in so many parts."""


class DockArea(QWidget):
    """`switched`: other views are in sight now. Views are known by name; a layout may name some that are not made yet."""

    switched = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._views: dict[str, QWidget] = {}
        self._words: dict[str, tuple[str, str]] = {}  # title and tip
        self._placeholder: QWidget | None = None
        self._is_moving = False
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._mark = DropMark(self)
        self._root: Part = self._make(Tabs(()))
        column.addWidget(self._root)
        self._show_filled(self._root)

    def set_placeholder(self, widget: QWidget) -> None:
        """What is seen until the first view is there; it is hidden for good then."""
        self._placeholder = widget
        self._column.addWidget(widget)

    # Groups --------------------------------------------------------------------------------------------------------

    @property
    def groups(self) -> tuple[DockTabs, ...]:
        """All of them, from the left and from the top."""
        return tuple(_groups(self._root))

    def add(self, name: str, view: QWidget, title: str, tip: str = "") -> None:
        """One more view, where the layout has a place for it, else in the first group."""
        self._views[name], self._words[name] = view, (title, tip)
        if self._placeholder is not None:
            self._placeholder.hide()
        group = next((group for group in self.groups if name in group.expected), self.groups[0])
        was_hidden = group.isHidden()
        group.put(name, view, title, tip)
        if was_hidden:
            self._show_filled(self._root)
            self._share_out()

    def group_of(self, name: str) -> DockTabs:
        """The group that a view is in."""
        return next(group for group in self.groups if name in group.names)

    def on_top(self) -> tuple[str, ...]:
        """The views in sight."""
        shown = (group for group in self.groups if group.count())
        return tuple(group.names[group.currentIndex()] for group in shown)

    def bring(self, name: str) -> None:
        """A view comes to the front of its group."""
        self.group_of(name).bring(self._views[name])

    # The layout ----------------------------------------------------------------------------------------------------

    @property
    def tree(self) -> Tree:
        """The layout as it is now."""
        return _read(self._root)

    def set_tree(self, tree: Tree) -> None:
        """Another layout. Views that it does not name go into its first group."""
        tree = dock_tree.completed(tree, self._views)
        self._is_moving = True
        self.setUpdatesEnabled(False)
        old, self._root = self._root, self._make(tree)
        self._column.replaceWidget(old, self._root)
        for group in self.groups:
            for name in (name for name in group.expected if name in self._views):
                group.put(name, self._views[name], *self._words[name])
        old.hide()
        old.deleteLater()
        self._show_filled(self._root)
        self._share_out()
        self.setUpdatesEnabled(True)
        self._is_moving = False
        self.switched.emit()

    def _make(self, tree: Tree) -> Part:
        if isinstance(tree, Tabs):
            group = DockTabs(tree, self)
            group.currentChanged.connect(self._turned)
            group.bar.dragged.connect(self._dragged)
            group.bar.dropped.connect(self._dropped)
            group.bar.given_up.connect(self._mark.hide)
            group.bar.asked.connect(lambda name, where: self.menu(name).popup(where))
            return group
        split = _Splitter(tree.across, tree.shares, self)
        for part in tree.parts:
            split.addWidget(self._make(part))
        return split

    def _turned(self, _index: int) -> None:
        if not self._is_moving:
            self.switched.emit()

    def _show_filled(self, part: Part) -> bool:
        """Hide what holds no view yet; False where nothing does."""
        parts = part.parts() if isinstance(part, _Splitter) else ()
        filled = sum(map(self._show_filled, parts)) > 0 or (isinstance(part, DockTabs) and part.count() > 0)
        part.setVisible(filled)
        return filled

    def _share_out(self) -> None:
        for split in _splitters(self._root):
            split.share_out()

    # Moving --------------------------------------------------------------------------------------------------------

    def dock(self, name: str, side: Side) -> None:
        """A view goes to that side: out of its group, or, where it is alone, to the neighbour or the rim."""
        self._apply(dock_tree.moved(self.tree, name, side), name)

    def gather(self) -> None:
        """All views in one group, in the order in which they came."""
        here = self.on_top()
        self.set_tree(dock_tree.single(self._views, here[0] if here else ""))

    def drop(self, name: str, where: Drop) -> None:
        """A view goes where it was dragged to."""
        tree = self.tree
        if where.side is None:
            self._apply(dock_tree.into_tabs(tree, name, where.other, where.at), name)
        else:
            self._apply(dock_tree.beside(tree, name, where.other, where.side), name)

    def _apply(self, tree: Tree, name: str) -> None:
        if tree != self.tree:
            self.set_tree(tree)
        self.bring(name)
        self._views[name].setFocus()

    def menu(self, name: str) -> QMenu:
        """What can be done with a view, for the right mouse button on its tab."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for side in SIDES:
            menu.addAction(f"Dock {WORDS[side]}", partial(self.dock, name, side))
        menu.addSeparator()
        menu.addAction("All views in tabs", self.gather)
        return menu

    # Dragging ------------------------------------------------------------------------------------------------------

    def drop_at(self, name: str, where: QPoint) -> Drop | None:
        """What would become of a view that is dropped at a place of this area; None: nothing."""
        group = next((g for g in self.groups if not g.isHidden() and self._box(g).contains(where)), None)
        rim = rim_side(self.rect(), where) if len(self._views) > 1 else None
        over = group.bar.mapFrom(self, where) if group else QPoint()
        if group is not None and group.bar.rect().contains(over):
            return (
                Drop(self._box(group), group.names[0], None, group.bar.tabAt(over)) if name not in group.names else None
            )
        if rim is not None or group is None:
            return Drop(half(self.rect(), rim, ALONG), "", rim) if rim is not None else None
        box, other = self._box(group), next((each for each in group.names if each != name), "")
        side = side_at(box, where)
        stays = not other or (side is None and name in group.names)
        return None if stays else Drop(half(box, side), other, side)

    def _box(self, group: DockTabs) -> QRect:
        return QRect(group.mapTo(self, QPoint()), group.size())

    def _dragged(self, name: str, where: QPoint) -> None:
        drop = self.drop_at(name, self.mapFromGlobal(where))
        if drop is None:
            self._mark.hide()
            return
        title, _ = self._words[name]
        self._mark.show_at(drop.box, f"{title} {WORDS[drop.side] if drop.side else 'in these tabs'}")

    def _dropped(self, name: str, where: QPoint) -> None:
        self._mark.hide()
        drop = self.drop_at(name, self.mapFromGlobal(where))
        if drop is not None:
            self.drop(name, drop)


class _Splitter(QSplitter):
    """Parts with the shares that they were given; those in sight may have been dragged since."""

    def __init__(self, across: bool, shares: tuple[float, ...], parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal if across else Qt.Orientation.Vertical, parent)
        self.setChildrenCollapsible(False)
        self.shares = shares
        self.splitterMoved.connect(lambda *_: self._measure())

    def parts(self) -> list[Part]:
        found = (self.widget(k) for k in range(self.count()))
        return [part for part in found if isinstance(part, (DockTabs, _Splitter))]

    def share_out(self) -> None:
        """Each part gets its share of the room that there is."""
        self.setSizes([round(FINE * share) for share in self.shares])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shares outlast a time when there was no room for them."""
        super().resizeEvent(event)
        self.share_out()

    def _measure(self) -> None:
        """After the user drew the border: what is in sight shares what it had in the new way, what is hidden keeps its own."""
        sizes = self.sizes()
        seen = [k for k, part in enumerate(self.parts()) if not part.isHidden()]
        room, total = sum(self.shares[k] for k in seen), sum(sizes[k] for k in seen)
        if total > 0:
            self.shares = tuple(room * sizes[k] / total if k in seen else share for k, share in enumerate(self.shares))


Part = DockTabs | _Splitter


def _groups(part: Part) -> Iterator[DockTabs]:
    if isinstance(part, DockTabs):
        yield part
    else:
        for inner in part.parts():
            yield from _groups(inner)


def _splitters(part: Part) -> Iterator[_Splitter]:
    if isinstance(part, _Splitter):
        yield part
        for inner in part.parts():
            yield from _splitters(inner)


def _read(part: Part) -> Tree:
    if isinstance(part, _Splitter):
        return dock_tree.Split(
            part.orientation() == Qt.Orientation.Horizontal, tuple(map(_read, part.parts())), part.shares
        )
    return part.tree()
