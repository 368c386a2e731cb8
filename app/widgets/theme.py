"""Colours and type of the window: two palettes, colour-blind safe (Okabe and Ito 2008), legible on a projector."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """One palette. `series` are line colours in order of use; meaning is never carried by colour alone."""

    name: str
    window: str
    panel: str
    plot: str
    text: str
    muted: str
    border: str
    accent: str
    accent_text: str
    good: str
    note: str
    warning: str
    series: tuple[str, ...]
    scale: float = 1.0  # of every font and line; large type is 1.5 and more

    def line_width(self) -> float:
        """Pen width of curves in pixels; 1 while small, as wide pens are slow to draw."""
        return 1.0 if self.scale < 1.2 else 2.5


LIGHT = Theme(
    name="light", window="#f4f5f7", panel="#ffffff", plot="#ffffff", text="#15181d", muted="#545b66", border="#c9ced6",
    accent="#0b62a8", accent_text="#ffffff", good="#00694e", note="#0b62a8", warning="#b24500",
    series=("#0072b2", "#d55e00", "#009e73", "#b5548f", "#8a6d00", "#2b8cbe", "#333333"),
)  # fmt: skip
DARK = Theme(
    name="dark", window="#16191e", panel="#1e2228", plot="#14171b", text="#eceff4", muted="#a3adbb", border="#3a414c",
    accent="#56b4e9", accent_text="#0d1014", good="#35c59c", note="#56b4e9", warning="#ff9a4d",
    series=("#56b4e9", "#ff9a4d", "#35c59c", "#e08bc0", "#f0e442", "#9ecae1", "#eceff4"),
)  # fmt: skip
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}
