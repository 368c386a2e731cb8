"""A registry: names to things, with an error that lists the names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from sslviz.spec.errors import SpecError

T = TypeVar("T")


class Registry(Generic[T]):
    """Things by name, in the order of registration. `noun` names them in errors, as in "method"."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._things: dict[str, T] = {}

    def add(self, name: str, thing: T) -> T:
        """Register `thing`; a name that is taken raises SpecError."""
        if name in self._things:
            raise SpecError(f"There is a {self._noun} called {name!r} already.", "Choose another name.")
        self._things[name] = thing
        return thing

    def register(self, name: str) -> Callable[[T], T]:
        """Decorator form of `add`."""
        return lambda thing: self.add(name, thing)

    def __getitem__(self, name: str) -> T:
        try:
            return self._things[name]
        except KeyError:
            raise SpecError(
                f"There is no {self._noun} called {name!r}.", f"There are: {', '.join(self._things)}."
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def __contains__(self, name: object) -> bool:
        return name in self._things
