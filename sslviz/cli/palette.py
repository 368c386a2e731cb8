"""The colours of figures: those of the window, colour-blind safe (Okabe and Ito 2008)."""

from __future__ import annotations

from dataclasses import dataclass


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
    named: tuple[str, ...]  # as many as can be told apart, of the points of a map; those of the window's maps


PALETTES = {
    "light": Palette(
        plot="#ffffff", panel="#ffffff", text="#15181d", muted="#545b66", border="#c9ced6", good="#00694e",
        note="#0b62a8", warning="#b24500",
        series=("#0072b2", "#d55e00", "#009e73", "#b5548f", "#8a6d00", "#2b8cbe", "#333333"),
        named=("#0072b2", "#d55e00", "#70cceb", "#662900", "#e0b829", "#52008f", "#a385f5", "#a3335c", "#2900e0", "#00ad8f",
               "#9947ff", "#99cc8f", "#705200", "#cc0099", "#d68f47", "#85005c", "#ad6666", "#ff5cc2", "#8fadff", "#e014cc"),
    ),
    "dark": Palette(
        plot="#14171b", panel="#1e2228", text="#eceff4", muted="#a3adbb", border="#3a414c", good="#35c59c",
        note="#56b4e9", warning="#ff9a4d",
        series=("#56b4e9", "#ff9a4d", "#35c59c", "#e08bc0", "#f0e442", "#9ecae1", "#eceff4"),
        named=("#56b4e9", "#ff9a4d", "#c20052", "#7a00ff", "#99ffff", "#fff500", "#8f47a3", "#b87a00", "#ff5299", "#857af5",
               "#0ae0c2", "#adeb8f", "#33997a", "#f5cc1f", "#e0c2ff", "#4766cc", "#d6ffc2", "#8fc285", "#a35c00", "#a385c2"),
    ),
}  # fmt: skip
