"""Attention: where a network reads, what its patches have in common, and what happens when they are taken away."""

from app.panels.attention.panel import AttentionPanel

__all__ = ["AttentionPanel"]
