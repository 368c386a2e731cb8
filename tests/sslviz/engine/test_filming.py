"""Pictures become an animation in the worker: with progress, and given up on request."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PIL import Image

from sslviz.engine import answers
from sslviz.spec.animation import ENDINGS, AnimationWritten, WriteAnimation
from sslviz.spec.events import Answered, Refused
from sslviz.spec.requests import Cancel


@pytest.fixture
def pictures(tmp_path):
    """Four pictures that differ."""
    made = []
    for k in range(4):
        made.append(str(tmp_path / f"{k}.png"))
        Image.fromarray(np.full((12, 16, 3), 60 * k, np.uint8)).save(made[-1])
    return tuple(made)


def test_the_pictures_are_written_in_their_order(engine, inbox, pictures, tmp_path):
    out = tmp_path / "a.gif"
    engine.submit(WriteAnimation(5, pictures, str(out), ms=200, hold_ms=400))
    answer = inbox.wait(Answered)
    assert (answer.request_id, answer.payload) == (5, AnimationWritten(str(out), 4, out.stat().st_size))
    with Image.open(out) as image:
        assert image.n_frames == 4
        assert image.convert("RGB").getpixel((3, 3)) == (0, 0, 0)


def test_a_picture_that_vanished_is_refused_in_words(engine, inbox, pictures, tmp_path):
    engine.submit(WriteAnimation(5, (*pictures, str(tmp_path / "gone.png")), str(tmp_path / "a.gif")))
    refused = inbox.wait(Refused)
    assert "gone.png" in refused.message
    assert not (tmp_path / "a.gif").exists()


def test_it_can_be_given_up(engine, inbox, pictures, tmp_path, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()
    write = answers.write_frames

    def slowly(request, job):
        begun.set()
        go_on.wait(20)
        return write(request, job)

    monkeypatch.setattr(answers, "write_frames", slowly)
    engine.submit(WriteAnimation(5, pictures, str(tmp_path / "a.gif")))
    assert begun.wait(20)
    engine.submit(Cancel(5))
    go_on.set()
    assert inbox.wait(Refused).kind == "Cancelled"
    assert not (tmp_path / "a.gif").exists()


def test_the_vocabulary_names_the_endings_that_can_be_written():
    from sslviz.inspect.animation import FORMATS

    assert set(ENDINGS) == set(FORMATS)
