"""A number that draws by chance, and always the same."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox

from app.widgets.editors import WheelGuard

MOST_SEEDS = 99_999


class SeedBox(QSpinBox):
    """`valueChanged` tells of what the user chose; `show_seed` changes it without telling."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.setRange(0, MOST_SEEDS)
        self.setPrefix("seed ")
        self.setKeyboardTracking(False)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        WheelGuard(self)

    def show_seed(self, seed: int) -> None:
        """Another seed, that was chosen elsewhere."""
        self.blockSignals(True)
        self.setValue(seed)
        self.blockSignals(False)
