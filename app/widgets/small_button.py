"""Small buttons of toolbars and side columns: a word or a sign, and what it does as a tip that screen readers read too."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton


def small_button(text: str, tip: str) -> QToolButton:
    """One as wide as its text."""
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button


def wide_button(text: str, tip: str) -> QToolButton:
    """One that shares what its row has left with the others."""
    button = small_button(text, tip)
    policy = button.sizePolicy()
    policy.setHorizontalPolicy(policy.Policy.MinimumExpanding)
    button.setSizePolicy(policy)
    return button
