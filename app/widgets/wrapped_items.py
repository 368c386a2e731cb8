"""WrappedItems: lets the lines of a list break where they must, and gives each the height that it then has.

Qt leaves the padding of a style sheet out where it works that height out, so a line that breaks by a hair is cut with an ellipsis.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtWidgets import QListWidget, QStyle, QStyledItemDelegate, QStyleOptionViewItem

_TALL = 10_000
"""px: higher than any text in a list."""


class WrappedItems(QStyledItemDelegate):
    """For a QListWidget whose words wrap: `wrap(list)`."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        size = super().sizeHint(option, index)
        view = self.parent()
        if not isinstance(view, QListWidget):
            return size
        style, box = view.style(), QStyleOptionViewItem(option)
        self.initStyleOption(box, index)
        box.rect = QRect(0, 0, view.viewport().width(), _TALL)
        room = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, box, view)
        margin = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, box, view) + 1
        broken = QRect(0, 0, room.width() - 2 * margin, _TALL)
        text = box.fontMetrics.boundingRect(broken, Qt.TextFlag.TextWordWrap, box.text)
        return QSize(size.width(), max(size.height(), text.height() + _TALL - room.height()))


def wrap(rows: QListWidget) -> None:
    """Break the lines of a list at its width, now and when that changes."""
    rows.setWordWrap(True)
    rows.setResizeMode(QListWidget.ResizeMode.Adjust)
    rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    rows.setItemDelegate(WrappedItems(rows))
