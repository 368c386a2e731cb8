"""Embeddings: features as points of a plane, the pictures behind them, and what is near to what."""

from app.panels.embeddings.panel import EmbeddingsPanel

__all__ = ["EmbeddingsPanel"]
