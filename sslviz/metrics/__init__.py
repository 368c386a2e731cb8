"""Metrics: what a representation is like, as pure functions on tensors; one idea a file."""

from __future__ import annotations

from sslviz.metrics.alignment import alignment
from sslviz.metrics.collapse import collapse_level, feature_std, rankme, singular_values
from sslviz.metrics.diagnosis import diagnose
from sslviz.metrics.knn import knn_accuracy, knn_votes
from sslviz.metrics.ranking import positive_ranks, rank_accuracy
from sslviz.metrics.sphere import Projection, circle_and_sphere
from sslviz.metrics.uniformity import uniformity

__all__ = [
    "Projection",
    "alignment",
    "circle_and_sphere",
    "collapse_level",
    "diagnose",
    "feature_std",
    "knn_accuracy",
    "knn_votes",
    "positive_ranks",
    "rank_accuracy",
    "rankme",
    "singular_values",
    "uniformity",
]
