"""Train: a run as it happens. Curves, plane, diagnosis, this step's batch, embeddings, and the switches to flip."""

from app.panels.train.panel import TrainPanel

__all__ = ["TrainPanel"]
