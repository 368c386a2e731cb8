"""Animations hold every picture, in order, for as long as was asked, in one palette."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from sslviz.inspect.animation import palette_of, write_animation
from sslviz.inspect.errors import InspectError
from sslviz.spec.errors import Cancelled
from sslviz.training.errors import TrainingError


def frames(count, size=(24, 30)):
    """A bright square that walks over a shade that stands still."""
    ground = np.linspace(0, 200, size[0] * size[1] * 3).reshape(*size, 3).astype(np.uint8)
    made = []
    for k in range(count):
        frame = ground.copy()
        frame[4:9, 3 * k : 3 * k + 5] = (250, 20, 60)
        made.append(frame)
    return made


def read(path):
    """Pictures (H, W, 3) and how long each is shown."""
    with Image.open(path) as image:
        shown = []
        for k in range(image.n_frames):
            image.seek(k)
            shown.append((np.asarray(image.convert("RGB")).astype(int), image.info["duration"]))
    return [pixels for pixels, _ in shown], [ms for _, ms in shown]


def own_palettes(gif):
    """Pictures of a GIF that bring a palette of their own; walks over its blocks."""
    at, own = 13 + 3 * 2 ** ((gif[10] & 7) + 1), 0
    while gif[at] != 0x3B:
        if gif[at] == 0x21:
            at += 2
        else:
            flags = gif[at + 9]
            own += bool(flags & 0x80)
            at += 10 + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0) + 1
        while gif[at]:
            at += gif[at] + 1
        at += 1
    return own


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png", "a.apng", "A.GIF"])
def test_all_pictures_are_there_in_order_and_time(name, tmp_path):
    made = frames(5)
    bytes_written = write_animation(tmp_path / name, made, 120, hold_ms=1_000)
    pictures, times = read(tmp_path / name)
    assert (tmp_path / name).stat().st_size == bytes_written
    assert times == [120] * 4 + [1_120]
    for got, want in zip(pictures, made, strict=True):
        assert np.abs(got - want).max() <= (24 if name.lower().endswith("gif") else 0)


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
@pytest.mark.parametrize("loop", [True, False])
def test_it_loops_or_stands_at_the_end(name, loop, tmp_path):
    write_animation(tmp_path / name, frames(2), 100, loop=loop)
    with Image.open(tmp_path / name) as image:
        assert image.info.get("loop", 1) == (0 if loop else 1)


def test_a_gif_has_one_palette_and_what_stands_still_stays(tmp_path):
    made = frames(6, (40, 50))
    write_animation(tmp_path / "a.gif", made, 100)
    content = (tmp_path / "a.gif").read_bytes()
    assert content[10] & 0x80  # a palette for all
    assert own_palettes(content) == 0
    pictures, _ = read(tmp_path / "a.gif")
    for picture in pictures[1:]:
        np.testing.assert_array_equal(picture[15:], pictures[0][15:])


def test_the_palette_knows_pictures_that_come_late():
    made = [np.zeros((10, 10, 3), np.uint8)] * 5 + [np.full((10, 10, 3), (0, 200, 90), np.uint8)]
    shown = Image.fromarray(made[-1]).quantize(palette=palette_of(made), dither=Image.Dither.NONE).convert("RGB")
    assert shown.getpixel((5, 5)) == (0, 200, 90)


def test_files_are_taken_as_well_as_arrays(tmp_path):
    made = frames(3)
    for k, frame in enumerate(made):
        Image.fromarray(frame).save(tmp_path / f"{k}.png")
    write_animation(tmp_path / "a.webp", [tmp_path / f"{k}.png" for k in range(3)], 50)
    pictures, _ = read(tmp_path / "a.webp")
    for got, want in zip(pictures, made, strict=True):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize(
    ("name", "make", "ms", "says"),
    [
        ("a.mp4", lambda: frames(2), 100, "no kind that moves"),
        ("a.gif", list, 100, "no pictures"),
        ("a.gif", lambda: frames(2), 3, "out of range"),
        ("a.gif", lambda: [*frames(2), *frames(1, (10, 10))], 100, "Picture 3 is 10 × 10 px"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(name, make, ms, says, tmp_path):
    with pytest.raises(InspectError, match=says) as told:
        write_animation(tmp_path / name, make(), ms)
    assert told.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_to_is_said(tmp_path):
    with pytest.raises(TrainingError):
        write_animation(tmp_path / "nowhere" / "a.gif", frames(2), 100)


def test_it_can_be_given_up_and_tells_how_far_it_is(tmp_path):
    told, calls = [], []

    def stop():
        calls.append(1)
        if len(calls) > 3:
            raise Cancelled("It was cancelled.")

    (tmp_path / "a.gif").write_bytes(b"old")
    with pytest.raises(Cancelled):
        write_animation(tmp_path / "a.gif", frames(8), 100, progress=told.append, stop=stop)
    assert told == sorted(told)
    assert (tmp_path / "a.gif").read_bytes() == b"old"
    write_animation(tmp_path / "a.gif", frames(8), 100, progress=told.append)
    assert told[-1] == 1.0
