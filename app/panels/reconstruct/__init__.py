"""Reconstruct: what a model paints where a picture is hidden."""

from app.panels.reconstruct.panel import ReconstructPanel

__all__ = ["ReconstructPanel"]
