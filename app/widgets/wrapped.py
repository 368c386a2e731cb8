"""Text in as few lines as it needs: broken between words, and shortened only where even the last line is too narrow."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics


def wrapped(text: str, metrics: QFontMetrics, width: int, lines: int = 2) -> str:
    """`text` in at most `lines` lines of `width` pixels, parted by newlines. What still does not fit ends in "…"."""
    done: list[str] = []
    words = text.split(" ")
    while words and len(done) < lines - 1:
        count = 1
        while count < len(words) and metrics.horizontalAdvance(" ".join(words[: count + 1])) <= width:
            count += 1
        done.append(" ".join(words[:count]))
        words = words[count:]
    if words:
        done.append(" ".join(words))
    return "\n".join(metrics.elidedText(line, Qt.TextElideMode.ElideRight, max(width, 1)) for line in done)
