"""PDF files as they are seen: drawn by a program that is not the one which wrote them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
from numpy.typing import NDArray

DPI = 96


def page_of(path: Path, dpi: int = DPI) -> NDArray[Any]:
    """The first page, (H, W, 3) float in [0, 255]."""
    document = pypdfium2.PdfDocument(path)
    try:
        return np.asarray(document[0].render(scale=dpi / 72).to_pil().convert("RGB"), float)
    finally:
        document.close()


def words_of(path: Path) -> str:
    """What is written on the first page, as text and not as lines, in one line."""
    document = pypdfium2.PdfDocument(path)
    try:
        return " ".join(document[0].get_textpage().get_text_range().split())
    finally:
        document.close()
