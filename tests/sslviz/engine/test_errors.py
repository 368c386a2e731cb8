"""Every exception becomes a cause and a remedy."""

import errno

import pytest

from sslviz.engine.errors import EngineError, explain


@pytest.mark.parametrize(
    ("error", "cause", "remedy"),
    [
        (EngineError("A.", "B."), "A.", "B."),
        (MemoryError(), "Memory ran out.", "smaller batch"),
        (OSError(errno.ENOSPC, "No space left on device", "a/b"), "No space left on device: a/b.", "Free some space"),
        (PermissionError(errno.EACCES, "Permission denied", "a/b"), "Permission denied: a/b.", "may read and write"),
        (ImportError("no torch"), "cannot be loaded: no torch", "doctor"),
        (ValueError("odd"), "Something unexpected went wrong (ValueError): odd", "report"),
        (ValueError(), "no further explanation", "report"),
    ],
)
def test_causes_and_remedies(error, cause, remedy):
    why = explain(error)
    assert cause in why.message
    assert remedy in why.hint
    assert why.kind == type(error).__name__
    assert type(error).__name__ in why.trace
