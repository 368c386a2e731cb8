"""One file at a time: every format and mode that people have, and files that are none."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sslviz.data.folder.decode import Unreadable, be_quiet, decode, measure

Picture = Callable[..., bytes]


@pytest.fixture(autouse=True)
def quiet() -> None:
    be_quiet()


def saved(image: Image.Image, kind: str, **options: object) -> io.BytesIO:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    stream.seek(0)
    return stream


def tiff(channels: int, photometric: int = 2) -> bytes:
    """An uncompressed 4 x 4 TIFF of 8-bit samples, all 7, with so many channels."""
    extra = max(channels - 3, 1)
    pixels, bits_at = bytes([7]) * 16 * channels, 8 + 2 + 12 * 10 + 4
    extra_at = bits_at + 2 * channels
    tags = [(256, 3, 1, 4), (257, 3, 1, 4), (258, 3, channels, bits_at if channels > 2 else 8), (259, 3, 1, 1), (262, 3, 1, photometric),
            (273, 4, 1, extra_at + 2 * extra), (277, 3, 1, channels), (278, 3, 1, 4), (279, 4, 1, len(pixels)),
            (338 if channels > 3 else 305, 3, extra, extra_at if extra > 2 else 0)]  # fmt: skip
    table = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return (
        b"II*\0"
        + struct.pack("<IH", 8, 10)
        + table
        + bytes(4)
        + struct.pack(f"<{channels}H", *[8] * channels)
        + bytes(2 * extra)
        + pixels
    )


def bomb(side: int) -> bytes:
    """A small PNG that declares side x side pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP", "JPEG"])
def test_formats(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8)
    smooth = np.asarray(Image.fromarray(noise).resize((16, 16), Image.Resampling.BOX))
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}}.get(kind, {})
    image, changed = decode(saved(Image.fromarray(smooth), kind, **options), 16)
    assert (image.shape, image.dtype, changed) == ((3, 16, 16), np.uint8, False)
    assert np.abs(image.astype(int) - smooth.transpose(2, 0, 1)).max() <= (4 if kind == "JPEG" else 0)


def test_grey_is_copied_to_three_channels() -> None:
    ramp = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
    image, _ = decode(saved(Image.fromarray(ramp), "PNG"), 8)
    np.testing.assert_array_equal(image, np.stack([ramp] * 3))


def test_black_and_white_and_palettes() -> None:
    bits = np.eye(8, dtype=bool)
    image, _ = decode(saved(Image.fromarray(bits), "PNG"), 8)
    np.testing.assert_array_equal(image[0], bits * 255)
    colours = Image.fromarray(np.indices((8, 8)).sum(0).astype(np.uint8) % 3).convert("P")
    colours.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image, _ = decode(saved(colours, "PNG"), 8)
    assert image[:, 0, :3].tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_shows_white(mode: str) -> None:
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 4, 8))
    if mode == "P":
        clear = image.convert("L").convert("P")
        clear.putdata([0] * 64)
        clear.putpalette([0, 0, 0, 9, 9, 9])
        clear.paste(1, (0, 0, 4, 8))
        pixels, _ = decode(saved(clear, "PNG", transparency=0), 8)
    else:
        pixels, _ = decode(saved(image.convert(mode), "PNG"), 8)
    assert (pixels[:, :, 4:] == 255).all()
    assert (pixels[:, :, :4] <= 9).all()


def test_half_transparent_is_mixed() -> None:
    pixels, _ = decode(saved(Image.new("RGBA", (8, 8), (255, 0, 0, 128)), "PNG"), 8)
    np.testing.assert_allclose(pixels[:, 0, 0], [255, 127, 127], atol=1)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_upper_byte(kind: str) -> None:
    deep = (np.arange(64, dtype=np.uint16).reshape(8, 8) * 1024 + 77).astype(np.uint16)
    image, _ = decode(saved(Image.fromarray(deep), kind), 8)
    np.testing.assert_array_equal(image[1], deep >> 8)


@pytest.mark.parametrize(("values", "expected"), [([0, 0.5, 1], [0, 128, 255]), ([0, 30.4, 255], [0, 30, 255])])
def test_fractions(values: list[float], expected: list[int]) -> None:
    image, _ = decode(saved(Image.fromarray(np.array([values] * 3, np.float32)), "TIFF"), 3)
    assert image[0, 0].tolist() == expected


@pytest.mark.parametrize("values", [[-1, 0, 1], [0, 1, 300.5], [0, 1, np.nan], [0, 1, 1e9]])
def test_fractions_without_a_known_range_are_refused(values: list[float]) -> None:
    with pytest.raises(Unreadable, match="convert it to 8 or 16 bits"):
        decode(saved(Image.fromarray(np.array([values] * 3, np.float32)), "TIFF"), 3)


def test_whole_numbers_in_32_bits() -> None:
    image, _ = decode(saved(Image.fromarray(np.full((4, 4), 200, np.int32)), "TIFF"), 4)
    assert (image == 200).all()


def test_cmyk_becomes_rgb() -> None:
    image, _ = decode(saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG"), 8)
    assert image[0].min() > 200
    assert image[1:].max() < 60


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation(orientation: int) -> None:
    """The corner that is bright in the upright picture, for each of the eight ways to hold a camera."""
    upright = np.zeros((16, 16), np.uint8)
    upright[:8, :8] = 250
    stored = Image.fromarray(upright)
    undo = {2: [0], 3: [3], 4: [1], 5: [5], 6: [2], 7: [6], 8: [4]}.get(orientation, [])
    for operation in undo:
        stored = stored.transpose(Image.Transpose(operation))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image, _ = decode(saved(stored.convert("RGB"), "JPEG", exif=exif, quality=95), 16)
    assert image[:, :7, :7].min() > 200
    assert image[:, 9:].max() < 50
    assert image[:, :, 9:].max() < 50


def test_measure_swaps_sides_of_a_turned_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert measure(saved(Image.new("RGB", (20, 10)), "JPEG", exif=exif)) == (10, 20)
    assert measure(saved(Image.new("RGB", (20, 10)), "PNG")) == (20, 10)


def test_the_short_side_is_fitted_and_the_middle_kept() -> None:
    wide = np.zeros((40, 120, 3), np.uint8)
    wide[:, 40:80] = 200
    image, changed = decode(saved(Image.fromarray(wide), "PNG"), 20)
    assert changed
    tall, _ = decode(saved(Image.fromarray(wide.transpose(1, 0, 2)), "PNG"), 20)
    for one, side in ((image, image), (tall, tall.transpose(0, 2, 1))):
        assert one.shape == (3, 20, 20)
        assert np.abs(side[:, :, 2:-2].astype(int) - 200).max() <= 2  # the filter looks a little over the edge
        assert side[:, :, [0, -1]].min() > 180


def test_shrinking_is_anti_aliased() -> None:
    """One-pixel stripes become even grey, not a moire."""
    stripes = np.zeros((160, 160, 3), np.uint8)
    stripes[:, ::2] = 255
    image, _ = decode(saved(Image.fromarray(stripes), "PNG"), 20)
    assert np.abs(image.astype(int) - 127).max() < 20


def test_large_jpegs_look_the_same_when_read_at_a_fraction() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    large = Image.fromarray(noise).resize((800, 800), Image.Resampling.BICUBIC)
    small, _ = decode(saved(large, "JPEG", quality=95), 32)
    direct = np.asarray(large.resize((32, 32), Image.Resampling.BICUBIC)).transpose(2, 0, 1)
    assert np.abs(small.astype(int) - direct).mean() < 3


@pytest.mark.parametrize("channels", [5, 6, 12])
@pytest.mark.parametrize("photometric", [1, 2])
@pytest.mark.parametrize("on_disk", [False, True])
def test_many_channels_are_refused_with_the_remedy(
    channels: int, photometric: int, on_disk: bool, tmp_path: Path
) -> None:
    (tmp_path / "bands.tif").write_bytes(tiff(channels, photometric))
    source = tmp_path / "bands.tif" if on_disk else io.BytesIO(tiff(channels, photometric))
    for read in (lambda s: decode(s, 4), measure):
        with pytest.raises(Unreadable, match=f"has {channels} channels; convert it to RGB"):
            read(source if on_disk else io.BytesIO(tiff(channels, photometric)))


def test_three_and_four_channels_are_fine() -> None:
    assert (decode(io.BytesIO(tiff(3)), 4)[0] == 7).all()
    assert decode(io.BytesIO(tiff(4)), 4)[0].shape == (3, 4, 4)


@pytest.mark.parametrize("side", [9_500, 60_000])
def test_decompression_bombs_are_refused_by_their_declaration(side: int) -> None:
    for read in (lambda s: decode(s, 8), measure):
        with pytest.raises(Unreadable, match="at most 90 million are read"):
            read(io.BytesIO(bomb(side)))


def test_broken_files_have_a_reason(picture: Picture) -> None:
    whole = picture(kind="JPEG", size=(64, 64))
    for data, says in ((b"", "not an image"), (b"hello", "not an image"), (whole[: len(whole) // 2], "truncated"), (whole[:10], "Truncated"),
                       (picture()[:60], "truncated|broken"), (bomb(50), "image file is truncated|broken")):  # fmt: skip
        with pytest.raises(Unreadable, match=says):
            decode(io.BytesIO(data), 8)


def test_any_damage_is_unreadable_or_harmless(picture: Picture) -> None:
    """Nothing but Unreadable comes out of 400 damaged files of all kinds."""
    generator = np.random.default_rng(0)
    survivors = 0
    for kind in ("PNG", "JPEG", "BMP", "TIFF", "WEBP"):
        whole = np.frombuffer(picture(kind=kind, size=(20, 20)), np.uint8)
        for _ in range(80):
            data = whole.copy()
            data[generator.integers(0, min(len(data), 200), 4)] = generator.integers(0, 256, 4)
            try:
                assert decode(io.BytesIO(data.tobytes()), 8)[0].shape == (3, 8, 8)
                survivors += 1
            except Unreadable:
                continue
    assert 0 < survivors < 400


def test_programs_are_not_started_for_exotic_formats(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")
    with pytest.raises(Unreadable, match="not an image"):
        decode(tmp_path / "x.png", 8)


def test_quiet_keeps_other_warnings() -> None:
    with pytest.raises(UserWarning, match="mine"):
        warnings.warn("mine", UserWarning, stacklevel=1)
