"""Messages and arrays arrive as they were sent; a stream that ends early says so."""

from __future__ import annotations

import io

import msgspec
import numpy as np
import pytest

from sslviz.inspect.layouts.pipe import Broke, Done, GivenUp, GiveUp, Job, Told, receive, send
from sslviz.spec.mapping import LayoutPlan


@pytest.mark.parametrize(
    "message",
    [Job(LayoutPlan("umap", "euclidean", 7, 0.5, seed=9)), GiveUp(), Told(0.5, "round 1\nof 2"), Done(), GivenUp(), Broke("a", "b", "c")],
)  # fmt: skip
def test_messages_and_arrays_arrive(message):
    stream = io.BytesIO()
    arrays = [np.arange(12, dtype=np.float32).reshape(4, 3), np.zeros((0, 2), np.float32)]
    send(stream, message, *arrays)
    send(stream, Done())
    stream.seek(0)
    got, came = receive(stream)
    assert got == message
    for array, other in zip(arrays, came, strict=True):
        np.testing.assert_array_equal(array, other)
    assert receive(stream) == (Done(), [])
    with pytest.raises(EOFError):
        receive(stream)


def test_arrays_in_any_order_of_memory_arrive():
    stream = io.BytesIO()
    send(stream, Done(), np.arange(6.0).reshape(2, 3).T)
    stream.seek(0)
    np.testing.assert_array_equal(receive(stream)[1][0], [[0, 3], [1, 4], [2, 5]])


@pytest.mark.parametrize("left", [0, 5, 60, -1])
def test_a_stream_that_ends_early_is_told(left):
    stream = io.BytesIO()
    send(stream, Done(), np.zeros((9, 2)))
    with pytest.raises(EOFError):
        receive(io.BytesIO(stream.getvalue()[:left]))


def test_what_is_no_message_is_refused():
    with pytest.raises(msgspec.MsgspecError):
        receive(io.BytesIO(b'{"message": {"type": "Other"}, "arrays": []}\n'))
