"""What the Embeddings view offers to menus, to the palette and to the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction

from app.panels.embeddings.choices import METHODS

if TYPE_CHECKING:
    from app.panels.embeddings.panel import EmbeddingsPanel

Action = Callable[[], object]


def actions(panel: EmbeddingsPanel) -> list[QAction]:
    """The layouts, and what the keyboard does."""
    offered: dict[str, Action] = {f"lay out by {method}": partial(panel.change, "method", method) for method in METHODS}
    offered |= {
        "lay out again (R)": panel.lay_out_again,
        "map the patches of the chosen image and its neighbours (P)": panel.map_patches,
        "map whole images (I)": panel.map_images,
        "give the map all the room, or put it back (M)": panel.page.toggle_large,
        "save the images that were caught …": panel.harvest.ask_path,
        "make the images that were caught a data set …": panel.harvest.ask_folder,
    }
    return panel.actions_for(offered)


def keys(panel: EmbeddingsPanel) -> dict[Qt.Key, Action]:
    """What single keys do while the view has the focus."""
    return {Qt.Key.Key_R: panel.lay_out_again, Qt.Key.Key_P: panel.map_patches, Qt.Key.Key_I: panel.map_images,
            Qt.Key.Key_M: panel.page.toggle_large}  # fmt: skip
