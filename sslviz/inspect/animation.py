"""Animations: pictures of one size, one after the other, as GIF, WebP or APNG.

A GIF has one palette for all its pictures, found from a sample of them and used without dithering: what stands still stays still.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sslviz.data.base import Array
from sslviz.inspect.errors import InspectError
from sslviz.inspect.stopping import Stop, never
from sslviz.training.atomic import write_atomically

FORMATS = {".gif": "GIF", ".webp": "WEBP", ".png": "PNG", ".apng": "PNG"}
"""By the ending of the file."""
COLOURS = 256
SAMPLED, SAMPLE_SIDE = 12, 320
"""So many pictures, none of them with longer sides in px, say which colours the palette has."""
FASTEST_MS, SLOWEST_MS = 20, 60_000
"""Between two pictures: programs show what is meant to be faster than this far slower, and nobody waits longer."""

Frame = Array | Path
"""(H, W, 3) uint8, or a file."""


def _silent(_share: float) -> None:
    """Nobody watches."""


def write_animation(
    path: Path, frames: Sequence[Frame], ms: int, *, hold_ms: int = 0, loop: bool = True,
    progress: Callable[[float], None] = _silent, stop: Stop = never,
) -> int:  # fmt: skip
    """Write `frames` to `path`, each shown for `ms` milliseconds, the last for `hold_ms` longer; the size of the file in bytes.

    loop: it begins again at its end. stop: called before each picture; what it raises ends the work, and no file is left.
    Raises InspectError for endings, times and pictures that cannot be, TrainingError where the disk refuses.
    """
    kind = require_format(path)
    if not frames:
        raise InspectError("There are no pictures to animate.", "Choose at least one snapshot.")
    require_times(ms, hold_ms)
    palette = palette_of(frames) if kind == "GIF" else None
    pictures = _prepared(frames, palette, progress, stop)
    first = next(pictures)
    rest = list(pictures) if kind == "PNG" else pictures  # Pillow goes through those of a PNG twice
    times = [ms] * (len(frames) - 1) + [ms + hold_ms]
    out = io.BytesIO()
    first.save(out, kind, save_all=True, append_images=rest, duration=times, **_settings(kind, palette, loop=loop))
    stop()
    write_atomically(path, out.getvalue())
    return out.tell()


def require_times(ms: int, hold_ms: int) -> None:
    """Raises InspectError for times that no animation can have."""
    if not FASTEST_MS <= ms <= SLOWEST_MS:
        raise InspectError(
            f"{ms} ms between two pictures is out of range.", f"It takes {FASTEST_MS} to {SLOWEST_MS}.", field="ms"
        )
    if not 0 <= hold_ms <= SLOWEST_MS:
        raise InspectError(
            f"{hold_ms} ms more at the end is out of range.", f"It takes 0 to {SLOWEST_MS}.", field="hold"
        )


def require_format(path: Path) -> str:
    """What an animation of this name is written as. Raises InspectError for other endings."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise InspectError(f"{path.name} is of no kind that moves.", f"End it with {', '.join(FORMATS)}.")
    return kind


def _settings(kind: str, palette: Image.Image | None, *, loop: bool) -> dict[str, Any]:
    """How Pillow writes each kind. Without an end in GIF means that nothing is said of loops."""
    match kind:
        case "GIF":
            colours = bytes(palette.getpalette() or ()) if palette else None
            return {"optimize": False, "disposal": 1, "palette": colours, **({"loop": 0} if loop else {})}
        case "WEBP":
            return {"lossless": True, "quality": 60, "method": 4, "loop": 0 if loop else 1}
        case _:
            return {"loop": 0 if loop else 1}


def _prepared(
    frames: Sequence[Frame], palette: Image.Image | None, progress: Callable[[float], None], stop: Stop
) -> Iterator[Image.Image]:
    size: tuple[int, int] | None = None
    for k, frame in enumerate(frames):
        stop()
        progress(k / len(frames))
        picture = _opened(frame)
        size = size or picture.size
        if picture.size != size:
            raise InspectError(
                f"Picture {k + 1} is {picture.width} × {picture.height} px and the first is {size[0]} × {size[1]} px.",
                "Leave the window's size as it is while an animation is made.",
            )
        yield picture.quantize(palette=palette, dither=Image.Dither.NONE) if palette else picture
    progress(1.0)


def palette_of(frames: Sequence[Frame]) -> Image.Image:
    """The colours that a sample of all frames has most of, as a picture that carries them."""
    picks = np.unique(np.linspace(0, len(frames) - 1, min(len(frames), SAMPLED)).astype(int))
    samples = []
    for k in picks:
        sample = _opened(frames[int(k)])
        sample.thumbnail((SAMPLE_SIDE, SAMPLE_SIDE), Image.Resampling.NEAREST)  # no colour that is in no picture
        samples.append(np.asarray(sample).reshape(1, -1, 3))
    together = Image.fromarray(np.concatenate(samples, axis=1))
    return together.quantize(COLOURS, Image.Quantize.MEDIANCUT)


def _opened(frame: Frame) -> Image.Image:
    if isinstance(frame, Path):
        with Image.open(frame) as image:
            return image.convert("RGB")
    return Image.fromarray(np.ascontiguousarray(frame))
