"""The one shape of error that users see: what happened and why, then what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class SSLVizError(Exception):
    """Base of every error that is meant for the user; each room derives exactly one.

    `message` is a sentence with the cause, `hint` a sentence with the remedy. `field` is the setting to mark in a form, by the
    name that `sslviz.spec.settings` gives it ("mask_ratio", "backbone", "batch_size"); "" where there is no single one.
    """

    def __init__(self, message: str, hint: str = "", *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.field = field

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[Callable[..., SSLVizError], tuple[type[SSLVizError], str, str, str]]:
        return _rebuild, (type(self), self.message, self.hint, self.field)


def _rebuild(kind: type[SSLVizError], message: str, hint: str, field: str) -> SSLVizError:
    return kind(message, hint, field=field)


class SpecError(SSLVizError):
    """A configuration, parameter or registry name that does not fit its description."""


@contextmanager
def settings_in(room: str) -> Iterator[None]:
    """Errors raised inside are about settings of `room` ("optimiser."): their field gets its full name."""
    try:
        yield
    except SSLVizError as error:
        if error.field and not error.field.startswith(room):
            error.field = room + error.field
        raise


class Cancelled(SSLVizError):
    """The user gave up on a long piece of work; not a failure."""
