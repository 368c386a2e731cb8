"""The colours of figures: those of the window, colour-blind safe (Okabe and Ito 2008)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sslviz.spec.group_colours import colours_for


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by what they are for; `series` in order of use. Meaning is never carried by colour alone."""

    plot: str
    panel: str
    text: str
    muted: str
    border: str
    good: str
    note: str
    warning: str
    series: tuple[str, ...]
    is_dark: bool = False

    def named(self, names: Sequence[str]) -> tuple[str, ...]:
        """A colour for each group of a map, as in the window."""
        return colours_for(names, dark=self.is_dark)


PALETTES = {
    "light": Palette(
        plot="#ffffff", panel="#ffffff", text="#15181d", muted="#545b66", border="#c9ced6", good="#00694e",
        note="#0b62a8", warning="#b24500",
        series=("#0072b2", "#d55e00", "#009e73", "#b5548f", "#8a6d00", "#2b8cbe", "#333333"),
    ),
    "dark": Palette(
        plot="#14171b", panel="#1e2228", text="#eceff4", muted="#a3adbb", border="#3a414c", good="#35c59c",
        note="#56b4e9", warning="#ff9a4d",
        series=("#56b4e9", "#ff9a4d", "#35c59c", "#e08bc0", "#f0e442", "#9ecae1", "#eceff4"), is_dark=True,
    ),
}  # fmt: skip
