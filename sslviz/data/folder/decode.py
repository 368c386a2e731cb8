"""One image file of a stranger to a square of RGB bytes, or the reason why not.

Only raster formats whose decoders are part of Pillow are tried, never one that starts another program. Dimensions are checked before
a pixel is decoded.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from sslviz.data.base import Array

SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".tif", ".tiff"})
MOST_PIXELS = 90_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "TIFF")
_SAMPLES_PER_PIXEL = 277  # TIFF tag
_DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
_WITH_ALPHA = ("LA", "La", "PA", "RGBA", "RGBa")
_PAPER = (255, 255, 255)  # what shows through transparent pixels


class Unreadable(Exception):
    """An image that is left out; the text is the reason, and the remedy where there is one."""


def be_quiet() -> None:
    """Keep Pillow's warnings and log about odd metadata of strangers' files off the screen: what matters it raises, and sizes are checked here."""
    warnings.filterwarnings("ignore", module=r"PIL\.")
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
    logging.getLogger("PIL.TiffImagePlugin").setLevel(logging.CRITICAL)


def measure(source: BinaryIO | Path) -> tuple[int, int]:
    """Width and height after EXIF rotation, from the header alone. Raises Unreadable."""
    try:
        with _opened(source) as image:
            turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
            return (image.height, image.width) if turned else image.size
    except Unreadable:
        raise
    except Exception as error:  # see `decode`
        raise Unreadable(_reason(error)) from error


def decode(source: BinaryIO | Path, size: int) -> tuple[Array, bool]:
    """(3, size, size) uint8 and whether it had to be resized or cropped: short side to `size`, then the middle. Raises Unreadable."""
    try:
        with _opened(source) as image:
            if image.format == "JPEG":
                image.draft(
                    None, (2 * size, 2 * size)
                )  # decodes large JPEGs at a fraction of their size, never below twice ours
            upright = ImageOps.exif_transpose(image)
            changed = upright.size != (size, size)
            rgb = to_rgb(upright)
            pixels = np.asarray(_squared(rgb, size) if changed else rgb)
    except Unreadable:
        raise
    except Exception as error:  # a broken file makes decoders raise anything at all; the file is listed with its reason
        raise Unreadable(_reason(error)) from error
    return pixels.transpose(2, 0, 1), changed


def upright(source: BinaryIO | Path) -> Image.Image:
    """The whole picture at its own size, turned as EXIF says, as RGB. Raises Unreadable."""
    try:
        with _opened(source) as image:
            return to_rgb(ImageOps.exif_transpose(image))
    except Unreadable:
        raise
    except Exception as error:  # see `decode`
        raise Unreadable(_reason(error)) from error


def _opened(source: BinaryIO | Path) -> Image.Image:
    try:
        image = Image.open(source, formats=_FORMATS)
    except (UnidentifiedImageError, SyntaxError) as error:
        if not isinstance(source, Path):
            source.seek(0)
        raise Unreadable(_too_many_channels(source) or "not an image, or damaged at its start") from error
    if reason := _objection(image):
        image.close()
        raise Unreadable(reason)
    return image


def _objection(image: Image.Image) -> str:
    """Why an image is not to be decoded, from its header; or nothing."""
    channels = image.tag_v2.get(_SAMPLES_PER_PIXEL, 1) if isinstance(image, TiffImagePlugin.TiffImageFile) else 1
    if channels > 4:
        return _channels_text(channels)
    if image.width * image.height > MOST_PIXELS:
        return f"declares {image.width} × {image.height} pixels; at most {MOST_PIXELS // 1_000_000} million are read"
    return ""


def to_rgb(image: Image.Image) -> Image.Image:
    """Any mode as RGB: grey copied to three channels, 16 bit scaled to 8, transparency on white, CMYK and others converted."""
    if image.mode in _DEEP:
        image = Image.fromarray(_eight_bits(np.asarray(image)))
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        alpha = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, (*_PAPER, 255))
        return Image.alpha_composite(paper, alpha).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bits(values: Array) -> Array:
    """Deep grey values as bytes: 16-bit ones by their upper byte, fractions in [0, 1] times 255. Raises Unreadable for anything else."""
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)) or low < 0 or high > 65_535:
        raise Unreadable(f"pixel values from {low:g} to {high:g}; convert it to 8 or 16 bits")
    if values.dtype.kind == "f":
        if high > 255:
            raise Unreadable(f"fractional pixel values up to {high:g}; convert it to 8 or 16 bits")
        return np.round(values * (255 if high <= 1 else 1)).astype(np.uint8)
    if values.dtype == np.int32 and high <= 255:  # 8-bit values in a 32-bit file
        return values.astype(np.uint8)
    return (values.astype(np.int64) >> 8).astype(np.uint8)


def _squared(image: Image.Image, size: int) -> Image.Image:
    """The middle square, resized with anti-aliasing."""
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    return image.resize((size, size), Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)


def _too_many_channels(source: BinaryIO | Path) -> str:
    """Says so where a TIFF was not recognised because it has more channels than a picture; otherwise empty."""
    try:
        with source.open("rb") if isinstance(source, Path) else nullcontext(source) as stream:
            tags = TiffImagePlugin.ImageFileDirectory_v2(stream.read(8))
            stream.seek(tags.next)
            tags.load(stream)
        channels = int(tags.get(_SAMPLES_PER_PIXEL, 1))
    except Exception:  # noqa: BLE001 - it is no TIFF then, and the caller has a reason of its own
        return ""
    return _channels_text(channels) if channels > 4 else ""


def _channels_text(channels: int) -> str:
    return f"has {channels} channels; convert it to RGB, or save the three channels that matter as an image"


def _reason(error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "may not be read: permission denied"
    if isinstance(error, MemoryError):
        return "too large for the memory"
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return f"declares too many pixels; at most {MOST_PIXELS // 1_000_000} million are read"
    text = " ".join(str(error).split())[:200]
    return text or type(error).__name__
