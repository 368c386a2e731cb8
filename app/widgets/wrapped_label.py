"""WrappedLabel: text that breaks into lines, and never asks for more width than there is."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.widgets.ink import type_face
from app.widgets.theme import Theme


class WrappedLabel(QLabel):
    """A label whose height follows its width; hidden while it has nothing to say."""

    def __init__(self, text: str = "", *, quiet: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setWordWrap(True)
        self.setMinimumWidth(10)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        if quiet:
            self.setObjectName("quiet")

    def set_theme(self, theme: Theme) -> None:
        """Type and colour, where no view around it sets them."""
        self.setFont(type_face(theme, "small"))
        self.setStyleSheet(f"color: {theme.muted if self.objectName() == 'quiet' else theme.text};")

    def say(self, text: str) -> None:
        """Another text; without one the label takes no room."""
        if text != self.text():
            self.setText(text)
        self.setVisible(bool(text))


def example() -> WrappedLabel:
    """A long sentence."""
    return WrappedLabel(
        "Attention is where information is read, not why: a bright patch was read from, it need not have mattered."
    )
