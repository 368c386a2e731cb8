"""Augment: what a method is shown. Views of chosen images as the recipe changes, and each operation alone."""

from app.panels.augment.panel import AugmentPanel

__all__ = ["AugmentPanel"]
