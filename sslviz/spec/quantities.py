"""Quantities in words, the same wherever they are told."""

from __future__ import annotations


def size_text(count: float) -> str:
    """A number of bytes as people say it, to three digits: "12 bytes", "717 MB", "1.64 GB"."""
    for unit in ("bytes", "KB", "MB"):
        if count < 999.5:  # rounds to less than the next unit
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB" if count < 999.5 else f"{count:,.0f} GB"


def counted(count: int, noun: str) -> str:
    """So many of something that takes an s: "1 file", "2,500 files"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def said(value: object) -> str:
    """A setting's value as people say it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)
