"""Compare: two to four runs or models side by side, on shared axes, on the same picture, with the same seed."""

from app.panels.compare.panel import ComparePanel

__all__ = ["ComparePanel"]
