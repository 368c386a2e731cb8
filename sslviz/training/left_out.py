"""Parts of a method that a thinned snapshot does not hold: whoever uses one is told so in a sentence, and nobody sees other weights instead."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from torch import Tensor, nn

from sslviz.training.errors import TrainingError

KEY = "left_out"
"""In a weights file's metadata: the names of the parts, a JSON list."""


class LeftOut(nn.Module):
    """Stands where a part of a method would. Raises TrainingError for every use."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self.part = part

    def forward(self, *_inputs: Tensor) -> NoReturn:
        """Raises TrainingError."""
        raise self._missing()

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("__"):  # copy and pickle ask for these of anything
                raise
            raise self._missing() from None

    def _missing(self) -> TrainingError:
        part = self.__dict__["part"].replace("_", " ")
        return TrainingError(
            f"This snapshot was thinned to be small: it does not hold the {part}.",
            "Choose the run's last state, or train the run again with the command on its card.",
            field="snapshot",
        )


def told(metadata: Mapping[str, str]) -> tuple[str, ...]:
    """The parts that a file says it does not hold."""
    try:
        names = json.loads(metadata.get(KEY, "[]"))
    except ValueError:
        return ()
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def leave_out(method: nn.Module, parts: Sequence[str]) -> None:
    """Put a `LeftOut` in the place of each part, where there is one."""
    for part in parts:
        if isinstance(getattr(method, part, None), nn.Module):
            setattr(method, part, LeftOut(part))
