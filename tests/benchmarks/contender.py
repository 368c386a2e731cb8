"""A contender in a process of its own that trains only in its turns: its threads, memory and settings are nobody else's.

    with Contender("run", {"precision": "fp32"}) as run:
        steps, seconds, measuring = run.turn(10.0)

Kinds are the functions of `contenders.py`. What a contender writes goes to the errors; its answers have a pipe of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

HERE = Path(__file__).resolve().parent


class Turn(NamedTuple):
    """What was done in a turn: steps, the seconds that they took, and those of them that measuring took."""

    steps: int
    seconds: float
    measuring: float


class Contender:
    """The near end: asks for turns, one contender at a time."""

    def __init__(self, kind: str, arguments: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> None:
        command = [sys.executable, __file__, kind, json.dumps(dict(arguments))]
        surroundings = {**os.environ, "PYTHONPATH": str(HERE.parents[1]), **(environment or {})}
        self._process = subprocess.Popen(
            command, env=surroundings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answer()  # it is ready, and warm

    def turn(self, seconds: float) -> Turn:
        """Train for a while."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        return Turn(*self._answer())

    def _answer(self) -> list[Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args} ended with code {self._process.wait()}.")
        answer: list[Any] = json.loads(line)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    """The far end: make the contender, then take turns until the pipe is closed."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever libraries print
    sys.path.insert(0, str(HERE))
    import contenders

    with getattr(contenders, sys.argv[1])(**json.loads(sys.argv[2])) as turn:
        print(json.dumps([]), file=answers, flush=True)
        for line in sys.stdin:
            print(json.dumps(turn(float(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
