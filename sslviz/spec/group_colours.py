"""Colours of groups by name, for maps in the window and in files."""

from __future__ import annotations

from collections.abc import Sequence

# Chosen one after the other as far as can be from those before in Oklab, as seen by full sight and by the three common kinds of
# colour blindness (Machado et al. 2009), of colours that stand out from the ground; the first two are the theme's.
NAMED_LIGHT = ("#0072b2", "#d55e00", "#70cceb", "#662900", "#e0b829", "#52008f", "#a385f5", "#a3335c", "#2900e0", "#00ad8f",
               "#9947ff", "#99cc8f", "#705200", "#cc0099", "#d68f47", "#85005c", "#ad6666", "#ff5cc2", "#8fadff", "#e014cc")  # fmt: skip
NAMED_DARK = ("#56b4e9", "#ff9a4d", "#c20052", "#7a00ff", "#99ffff", "#fff500", "#8f47a3", "#b87a00", "#ff5299", "#857af5",
              "#0ae0c2", "#adeb8f", "#33997a", "#f5cc1f", "#e0c2ff", "#4766cc", "#d6ffc2", "#8fc285", "#a35c00", "#a385c2")  # fmt: skip
OWN_LIGHT = {"red": "#c81e1e", "orange": "#e07b00", "yellow": "#d6b400", "green": "#2e8b2e", "cyan": "#00a5b5", "blue": "#1f4fd1",
             "violet": "#7a2fd0", "pink": "#e0409f"}  # fmt: skip
OWN_DARK = {"red": "#ff5a52", "orange": "#ff9f3f", "yellow": "#ffe14d", "green": "#5fd35f", "cyan": "#4de3f0", "blue": "#6f9bff",
            "violet": "#b07dff", "pink": "#ff7fc4"}  # fmt: skip
"""Of groups that are named after colours."""


DISTINCT = len(NAMED_LIGHT)
"""So many are told apart."""


def colours_for(names: Sequence[str], *, dark: bool) -> tuple[str, ...]:
    """A colour for each name, as "#rrggbb". They repeat after twenty.

    >>> colours_for(("red", "yellow"), dark=False)
    ('#c81e1e', '#d6b400')
    """
    own = OWN_DARK if dark else OWN_LIGHT
    if names and all(name in own for name in names):
        return tuple(own[name] for name in names)  # to read "red" in blue misleads
    listed = NAMED_DARK if dark else NAMED_LIGHT
    return tuple(listed[k % len(listed)] for k in range(len(names)))
