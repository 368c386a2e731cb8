"""WrappedRow: a layout of widgets in a row that goes on in the next line where the width ends, as words do."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem


class WrappedRow(QLayout):
    """Each widget is as large as it asks to be; what is hidden takes no room. At least as wide as the widest of them."""

    def __init__(self, gap: int = 6) -> None:
        """`gap`: pixels between two widgets, and between two lines."""
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(gap)

    # What Qt asks of a layout --------------------------------------------------------------------------------------

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return max((box.bottom() + 1 for _, box in self._places(width)), default=0)

    def minimumSize(self) -> QSize:
        least = QSize(0, 0)
        for item in self._shown():
            least = least.expandedTo(item.sizeHint())
        return least

    def sizeHint(self) -> QSize:
        sizes = [item.sizeHint() for item in self._shown()]
        wide = sum(size.width() for size in sizes) + self.spacing() * max(len(sizes) - 1, 0)
        return QSize(wide, self.minimumSize().height())

    def setGeometry(self, place: QRect) -> None:
        super().setGeometry(place)
        for item, box in self._places(place.width()):
            item.setGeometry(box.translated(place.topLeft()))

    # Where things stand --------------------------------------------------------------------------------------------

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _places(self, width: int) -> list[tuple[QLayoutItem, QRect]]:
        """Each widget that is shown, and its place in a room of that width."""
        places, corner, below = [], QPoint(), 0
        for item in self._shown():
            size = item.sizeHint()
            if corner.x() and corner.x() + size.width() > width:
                corner = QPoint(0, below + self.spacing())
            places.append((item, QRect(corner, size)))
            below = max(below, corner.y() + size.height())
            corner += QPoint(size.width() + self.spacing(), 0)
        return places
