"""Evaluate: what the representation is worth, beside baselines, with intervals."""

from app.panels.evaluate.panel import EvaluatePanel

__all__ = ["EvaluatePanel"]
