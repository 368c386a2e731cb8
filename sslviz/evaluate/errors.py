"""What cannot be evaluated."""

from __future__ import annotations

from sslviz.spec.errors import SSLVizError


class EvaluationError(SSLVizError):
    """An evaluation that makes no sense with this run, its data or this plan; `field` names what to change."""
