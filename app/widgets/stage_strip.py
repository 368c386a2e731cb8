"""StageStrip: the stages of one training step with the shape of what leaves each, the one at work highlighted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.widgets.ink import mixed, type_face
from app.widgets.theme import LIGHT, Theme

BEAT_MS = 350


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its name, the shape of its result ("512 × 128"), and what it does in one sentence."""

    name: str
    shape: str
    about: str


class StageStrip(QWidget):
    """A row of buttons joined by arrows. `chosen` carries the stage that was clicked."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.stages: tuple[Stage, ...] = ()
        self.active = -1
        self.buttons: list[QPushButton] = []
        self._arrows: list[QLabel] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._beat = QTimer(self)
        self._beat.setInterval(BEAT_MS)
        self._beat.timeout.connect(self._advance)

    def set_stages(self, stages: Sequence[Stage]) -> None:
        """The stages in their order."""
        if tuple(stages) == self.stages:
            return
        self.stages = tuple(stages)
        while len(self.buttons) < len(stages):
            self._add()
        for k, button in enumerate(self.buttons):
            button.setVisible(k < len(stages))
            if k:
                self._arrows[k - 1].setVisible(k < len(stages))
        self._write()

    def set_active(self, index: int) -> None:
        """Highlight one stage; -1 none."""
        self._beat.stop()
        self._mark(index)

    def play(self) -> None:
        """Walk the highlight through all stages once, a moment on each, and rest on the last."""
        self._mark(0)
        self._beat.start()

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        quiet = mixed(theme.text, theme.panel, 0.06)
        self.setStyleSheet(
            f"QPushButton {{ background: {quiet}; border: 1px solid {theme.border}; border-radius: 4px; padding: 2px 6px; }}"
            f"QPushButton:checked {{ background: {theme.accent}; color: {theme.accent_text}; border-color: {theme.accent};"
            f" font-weight: bold; }} QPushButton:focus {{ border: 2px solid {theme.accent}; }}"
        )
        for widget in (*self.buttons, *self._arrows):
            widget.setFont(type_face(theme, "small"))
        self._write()

    def _add(self) -> None:
        if self.buttons:
            self._arrows.append(QLabel("→"))
            self._row.addWidget(self._arrows[-1])
        button = QPushButton()
        button.setCheckable(True)
        button.setMinimumWidth(10)
        button.clicked.connect(partial(self._clicked, len(self.buttons)))
        self.buttons.append(button)
        self._row.addWidget(button, 1)
        self.set_theme(self._theme)

    def _write(self) -> None:
        """Names with shapes where all of them fit, names alone where not: then the tooltips have the shapes."""
        full = [f"{stage.name}  {stage.shape}".strip() for stage in self.stages]
        metrics = QFontMetrics(type_face(self._theme, "small", bold=True))
        arrows = len(full) * (metrics.horizontalAdvance("→") + 2 * self._row.spacing())
        room = (self.width() - arrows) / max(len(full), 1) - 18
        fits = all(metrics.horizontalAdvance(text) <= room for text in full)
        for text, stage, button in zip(full, self.stages, self.buttons, strict=False):
            button.setText(text if fits else stage.name)
            button.setToolTip(f"{stage.about}\n{stage.shape}".strip())

    def _mark(self, index: int) -> None:
        self.active = index
        for k, button in enumerate(self.buttons):
            button.setChecked(k == index)

    def _advance(self) -> None:
        self._mark(min(self.active + 1, len(self.stages) - 1))
        if self.active == len(self.stages) - 1:
            self._beat.stop()

    def _clicked(self, index: int) -> None:
        self.set_active(index)
        self.chosen.emit(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._write()

    def hideEvent(self, event: object) -> None:
        """No beat while nobody looks."""
        del event
        self._beat.stop()


def example() -> StageStrip:
    """A contrastive step, at its encoder."""
    strip = StageStrip()
    strip.set_stages([Stage("batch", "256 images", "drawn"), Stage("views", "2 × 256 × 3 × 32 × 32", "augmented"),
                      Stage("encoder", "h 512 × 128", "features"), Stage("projector", "z 512 × 128", "projected"),
                      Stage("loss", "1 number", "compared")])  # fmt: skip
    strip.set_active(2)
    return strip


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 900, 40)
