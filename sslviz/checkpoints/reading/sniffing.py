"""What a file is, by its bytes: names and endings say nothing."""

from __future__ import annotations

from typing import Literal

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading.mapped_file import MappedFile

Kind = Literal["zip", "pickle", "safetensors", "json"]

_HEAD = 1_024  # bytes
_WEIGHTS = "Choose the file of weights that the training wrote (.pth, .pt, .ckpt, .bin, .safetensors)."
_UNPACK = "Unpack it, and open the file of weights that lies in it."

STRANGERS: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"version https://git-lfs", "This is a Git LFS pointer: the few lines that stand for the real file",
     "Run `git lfs install` and `git lfs pull` in its repository, or download the file from its page."),
    (0, b"\x1f\x8b", "This is a gzip archive", _UNPACK),
    (0, b"BZh", "This is a bzip2 archive", _UNPACK),
    (0, b"\xfd7zXZ\x00", "This is an xz archive", _UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "This is a zstd archive", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "This is a 7-Zip archive", _UNPACK),
    (0, b"Rar!", "This is a RAR archive", _UNPACK),
    (257, b"ustar", "This is a tar archive", _UNPACK + " If it holds `pickle` and `storages`, it is torch's format from before "
     "2017: load it with torch.load and save it again."),
    (0, b"\x93NUMPY", "This is a NumPy array", _WEIGHTS),
    (0, b"\x89HDF", "This is an HDF5 file, as Keras writes", "Weights of torch or safetensors are read; " + _WEIGHTS),
    (0, b"GGUF", "This is a GGUF file of a language model", _WEIGHTS),
    (4, b"TFL3", "This is a TensorFlow Lite model", _WEIGHTS),
    (0, b"\x89PNG", "This is a picture", "Open a model first, then this picture as what it looks at."),
    (0, b"\xff\xd8\xff", "This is a picture", "Open a model first, then this picture as what it looks at."),
    (0, b"GIF8", "This is a picture", "Open a model first, then this picture as what it looks at."),
    (0, b"%PDF", "This is a PDF document", _WEIGHTS),
    (0, b"\x7fELF", "This is a program", _WEIGHTS),
    (0, b"MZ", "This is a program", _WEIGHTS),
)  # fmt: skip
"""Where in a file which bytes are: what it is, and what to do. None of them a checkpoint."""


def kind_of(file: MappedFile, name: str) -> Kind:
    """Which reader a file is for. Raises CheckpointError that says what else it is."""
    head = file.cut(0, min(file.size, _HEAD))
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < file.size:
        return "safetensors"  # first, as the length in front may look like anything
    for place, magic, what, remedy in STRANGERS:
        if head[place : place + len(magic)] == magic:
            raise CheckpointError(f"{what}, not a checkpoint of a network.", remedy)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head[:1] == b"\x80" and len(head) > 1 and 1 <= head[1] <= 5:
        return "pickle"
    if head[8:9] == b"{":
        return "safetensors"
    return _kind_of_text(head, name)


def _kind_of_text(head: bytes, name: str) -> Kind:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        raise CheckpointError(
            "This is a web page (HTML), not a checkpoint: the address led to a page about the file, or to an error.",
            "Download the file itself: copy the address of its download button, and log in where that is needed.",
        )
    if text.startswith((b"{", b"[")) and _is_text(head):
        return "json"
    if text and _is_text(head):
        raise CheckpointError("This is a text file, not a checkpoint of a network.", _WEIGHTS)
    if name.endswith(".safetensors"):
        return "safetensors"
    if name.endswith(".onnx"):
        raise CheckpointError("This is an ONNX model, whose layers have lost their names.", _WEIGHTS)
    raise CheckpointError("The file is of a kind that is not known, or its beginning is damaged.", _WEIGHTS)


def _is_text(head: bytes) -> bool:
    printable = sum(byte >= 32 or byte in b"\t\n\r\f" for byte in head)
    return b"\0" not in head and printable == len(head)
