"""Animations of what was seen: what the window asks once it has a picture of every snapshot. Frozen and picklable."""

from __future__ import annotations

from dataclasses import dataclass

ENDINGS = (".gif", ".webp", ".apng", ".png")
"""Of files that can be animations."""


@dataclass(frozen=True, slots=True)
class WriteAnimation:
    """Put pictures, files of one size, together into one that moves. Answers `AnimationWritten`, and tells how far it is.

    ms: for each picture; hold_ms: more for the last. loop: it begins again at its end.
    """

    request_id: int
    frames: tuple[str, ...]
    path: str
    ms: int = 500
    hold_ms: int = 1_000
    loop: bool = True


@dataclass(frozen=True, slots=True)
class AnimationWritten:
    """What `WriteAnimation` asks."""

    path: str
    frames: int
    bytes: int
