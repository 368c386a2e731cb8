"""safetensors: a header of JSON, then numbers. The header is checked here, before anything is made of it.

Format: https://github.com/huggingface/safetensors#format. Tensors must cover the data without gaps or overlaps, as it demands.
"""

from __future__ import annotations

import math
import struct
from typing import Any

import torch
from torch import Tensor

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading.damage import damaged
from sslviz.checkpoints.reading.json_files import MOST_BYTES, parse_object
from sslviz.checkpoints.reading.mapped_file import MappedFile
from sslviz.checkpoints.reading.tensors import extent, require_possible

DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "BOOL": torch.bool,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
    "U64": torch.uint64, "U32": torch.uint32, "U16": torch.uint16, "U8": torch.uint8,
}  # fmt: skip

_LENGTH = 8  # bytes
_FOREIGN = {"tf": "TensorFlow", "flax": "Flax", "mlx": "MLX"}


def read_safetensors(file: MappedFile) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors by name as views of the file, and the metadata of its header. Raises CheckpointError."""
    if file.size < _LENGTH + 2:
        raise damaged("it is too short for a header")
    (length,) = struct.unpack("<Q", file.cut(0, _LENGTH))
    if length > min(MOST_BYTES, file.size - _LENGTH):
        raise damaged(f"its header claims {length:,} bytes")
    header = parse_object(file.cut(_LENGTH, length))
    metadata = _metadata(header.pop("__metadata__", {}))
    if (writer := metadata.get("format", "pt")) in _FOREIGN:
        raise CheckpointError(
            f"The weights were written by {_FOREIGN[writer]}, which lays them out otherwise than torch.",
            "Open the file of the same model for PyTorch.",
        )
    return _tensors(file, header, _LENGTH + length), metadata


def _metadata(found: Any) -> dict[str, str]:
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise damaged("the metadata of its header is not made of texts")
    return found


def _tensors(file: MappedFile, header: dict[str, Any], data: int) -> dict[str, Tensor]:
    described = {name: _description(name, entry, file.size) for name, entry in header.items()}
    end = 0
    for name, (_, _, (start, stop)) in sorted(described.items(), key=lambda item: item[1][2]):
        if start != end:
            raise damaged(f"the place of tensor {name[:120]!r} overlaps another or leaves a gap")
        end = stop
    if data + end != file.size:
        raise damaged(f"its tensors need {data + end:,} bytes, and it has {file.size:,}")
    return {name: _view(file, dtype, shape, data + place[0]) for name, (dtype, shape, place) in described.items()}


def _description(name: str, entry: Any, available: int) -> tuple[torch.dtype, tuple[int, ...], tuple[int, int]]:
    """Type, shape, and first and last byte within the data."""
    if not isinstance(entry, dict) or not isinstance(entry.get("dtype"), str):
        raise damaged(f"tensor {name[:120]!r} is not described")
    dtype = DTYPES.get(entry["dtype"])
    if dtype is None:
        raise CheckpointError(
            f"Tensor {name[:120]!r} holds numbers of type {entry['dtype'][:20]}, which are quantised or cannot be computed with.",
            "Open the file of the same model in float32, bfloat16 or float16.",
        )
    shape = extent(entry.get("shape"), f"the shape of tensor {name[:120]!r}")
    place = extent(entry.get("data_offsets"), f"the place of tensor {name[:120]!r}")
    require_possible(shape, dtype, available)
    if len(place) != 2 or place[1] - place[0] != math.prod(shape) * dtype.itemsize:
        raise damaged(f"the place of tensor {name[:120]!r} does not have the size of its shape")
    return dtype, shape, (place[0], place[1])


def _view(file: MappedFile, dtype: torch.dtype, shape: tuple[int, ...], start: int) -> Tensor:
    length = math.prod(shape) * dtype.itemsize
    return file.numbers(start, length, dtype.itemsize).view(dtype).reshape(shape)
