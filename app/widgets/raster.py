"""Pictures from arrays: uint8 pixels to QImage and QPixmap."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPaintEngine, QPainter, QPixmap

FINE_IN_LINES = 3.0
"""Pixels for each of the screen's of a picture within a drawing of lines."""


def image_of(pixels: NDArray[Any]) -> QImage:
    """A picture of its own from (h, w, 3) uint8 RGB."""
    data = np.ascontiguousarray(pixels, np.uint8)
    height, width = data.shape[:2]
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def fineness(painter: QPainter) -> float:
    """Device pixels for each of the widget that is painted: the screen's density, or the scale of the file that it is painted into."""
    lines = painter.paintEngine().type() in (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf)
    return max(abs(painter.deviceTransform().m11()), FINE_IN_LINES if lines else 1.0)


def enlarged(pixels: NDArray[Any], side: int) -> QPixmap:
    """`pixels` (h, w, 3) uint8 so that the longer side has `side` pixels; small pictures keep their pixels visible as squares."""
    image = image_of(pixels)
    grows = side >= max(image.width(), image.height())
    mode = Qt.TransformationMode.FastTransformation if grows else Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, mode))
