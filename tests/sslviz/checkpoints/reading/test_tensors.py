"""What is claimed of a tensor is compared with its storage, and with the file."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading.mapped_file import MappedFile
from sslviz.checkpoints.reading.tensors import Storage, strided


@pytest.fixture
def storage() -> Storage:
    """0 to 5, in the middle of a file of 0 to 11."""
    file = MappedFile(bytearray(torch.arange(12, dtype=torch.float32).numpy().tobytes()))
    return Storage(file, torch.float32, 0, 24)


@pytest.mark.parametrize(
    ("offset", "shape", "strides", "want"),
    [
        (0, (6,), (1,), [0, 1, 2, 3, 4, 5]),
        (2, [2, 2], [2, 1], [[2, 3], [4, 5]]),
        (0, (2, 3), (1, 2), [[0, 2, 4], [1, 3, 5]]),
        (5, (2,), (0,), [5, 5]),
        (5, (), (), 5),
        (99, (0, 7), (7, 1), []),
    ],
)
def test_what_fits(storage: Storage, offset: int, shape: Any, strides: Any, want: Any) -> None:
    assert strided(storage, torch.float32, offset, shape, strides).tolist() == want


@pytest.mark.parametrize(
    ("offset", "shape", "strides", "words"),
    [
        (0, (7,), (1,), "beyond its storage"),  # there would be more in the file
        (1, (6,), (1,), "beyond its storage"),
        (0, (2, 2), (5, 1), "beyond its storage"),
        (6, (), (), "beyond its storage"),
        (0, (2,), (2**62,), "beyond its storage"),
        (0, (13,), (0,), "claims the shape"),
        (0, (2**40, 2**40), (0, 0), "claims the shape"),
        (0, (2,), (1, 1), "differ in length"),
        (0, (-1,), (1,), "no whole number"),
        (0, (2,), (-1,), "no whole number"),
        (-1, (2,), (1,), "no whole number"),
        (0, (2.0,), (1,), "no whole number"),
        (0, (True,), (1,), "no whole number"),
        (0, (1,) * 17, (1,) * 17, "at most 16 numbers"),
        (0, None, (1,), "at most 16 numbers"),
    ],
)
def test_what_does_not(storage: Storage, offset: int, shape: Any, strides: Any, words: str) -> None:
    for one in (storage, Storage(storage.file, torch.float32, 0, 48).part(0, 6)):
        with pytest.raises(CheckpointError, match=words):
            strided(one, torch.float32, offset, shape, strides)


def test_parts_share_the_numbers_of_the_whole(storage: Storage) -> None:
    part = storage.part(2, 3)
    assert strided(part, torch.float32, 1, (2,), (1,)).tolist() == [3, 4]
    assert part.part(1, 2).numbers(torch.float32).data_ptr() == storage.numbers(torch.float32).data_ptr() + 12
    with pytest.raises(CheckpointError, match="beyond its storage"):
        storage.part(4, 3)


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.complex64, torch.qint8], ids=str)
def test_numbers_that_are_not_read(storage: Storage, dtype: torch.dtype) -> None:
    with pytest.raises(CheckpointError, match="quantised or cannot"):
        strided(storage, dtype, 0, (1,), (1,))
