"""Answers `WriteAnimation`: pictures of what was seen, put together into one that moves."""

from __future__ import annotations

from pathlib import Path

from sslviz.engine.desk import Job
from sslviz.spec.animation import AnimationWritten, WriteAnimation
from sslviz.spec.errors import Cancelled


def write_frames(request: WriteAnimation, job: Job) -> AnimationWritten:
    """Write the file. Raises InspectError for pictures, times and endings that cannot be, TrainingError where the disk refuses."""
    from sslviz.inspect.animation import write_animation

    count = len(request.frames)

    def stop() -> None:
        if job.is_given_up():
            raise Cancelled("It was cancelled.")

    def tell(share: float) -> None:
        job.advance(share, f"picture {min(round(share * count) + 1, count)} of {count}")

    path = Path(request.path).expanduser()
    size = write_animation(
        path, [Path(frame) for frame in request.frames], request.ms, hold_ms=request.hold_ms, loop=request.loop,
        progress=tell, stop=stop,
    )  # fmt: skip
    return AnimationWritten(str(path), count, size)
