"""The one shape of error that users see: what happened and why, then what to do."""

from __future__ import annotations


class SSLVizError(Exception):
    """Base of every error that is meant for the user; each room derives exactly one.

    `message` is a sentence with the cause, `hint` a sentence with the remedy.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[type[SSLVizError], tuple[str, str]]:
        return type(self), (self.message, self.hint)


class SpecError(SSLVizError):
    """A configuration, parameter or registry name that does not fit its description."""


class Cancelled(SSLVizError):
    """The user gave up on a long piece of work; not a failure."""
