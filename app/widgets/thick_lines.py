"""Lines of plots as thick in a file as on screen: pyqtgraph draws them so many device pixels wide, whatever the size of the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsView, QWidget

Undo = Callable[[], object]


@contextmanager
def lines_scaled(widget: QWidget, scale: float) -> Iterator[None]:
    """Every line of the plots in `widget` is `scale` times as wide in here, and as it was afterwards. Nothing is painted anew for it."""
    views = [widget] if isinstance(widget, QGraphicsView) else widget.findChildren(QGraphicsView)
    items = [item for view in views if view.scene() is not None for item in view.scene().items()] if scale != 1 else []
    undo = [step for item in items for step in _widen(item, scale)]
    try:
        yield
    finally:
        for step in undo:
            step()


def _widen(item: Any, scale: float) -> Iterator[Undo]:
    """Curves and symbols keep pens in `opts`, lines in `pen` and `currentPen`, axes in `_pen`, beside a picture of themselves."""
    opts = getattr(item, "opts", None)
    if isinstance(opts, dict):
        for key in ("pen", "shadowPen"):
            if isinstance(opts.get(key), QPen):
                yield _put(opts.__setitem__, key, opts[key], scale)
    for name in ("pen", "currentPen", "_pen"):
        pen = getattr(item, name, None)
        if isinstance(pen, QPen):
            yield _put(lambda key, value: setattr(item, key, value), name, pen, scale)
    if hasattr(item, "picture"):
        item.picture = None
        yield lambda: setattr(item, "picture", None)


def _put(put: Callable[[str, QPen], object], name: str, pen: QPen, scale: float) -> Undo:
    if not pen.isCosmetic():
        return lambda: None
    wide = QPen(pen)
    wide.setWidthF(max(pen.widthF(), 1.0) * scale)
    put(name, wide)
    return lambda: put(name, pen)
