"""Files made to exhaust, to mislead or to escape: each is refused, and at once."""

from __future__ import annotations

import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading import known_names, pickle_machine, read_archive

TENSOR = {"weight": torch.ones(4, 4)}


def pickled(body: bytes) -> bytes:
    return b"\x80\x02" + body + b"."


def text(string: str) -> bytes:
    return b"X" + struct.pack("<I", len(string)) + string.encode()


BOMBS = {
    "index of four billion": (b"}r\xff\xff\xff\xff", "empty dictionary"),  # costs nothing here, and gigabytes elsewhere
    "bytes of a terabyte": (b"\x8e" + struct.pack("<Q", 2**40), "more bytes than there are"),
    "array of a terabyte": (b"\x96" + struct.pack("<Q", 2**40), "more bytes than there are"),
    "text of four gigabytes": (b"X\xff\xff\xff\xff", "more bytes than there are"),
    "negative length": (b"T\xff\xff\xff\xff", "more bytes than there are"),
    "frame of a terabyte": (b"\x95" + struct.pack("<Q", 2**40), "more bytes than there are"),
    "long integer": (b"\x8b\xff\xff\xff\x7f", "too long"),
    "tuples in tuples": (b")" + b"\x85" * 100_000, "deep"),
    "lists in lists": (b"}" + text("a") + b"]" * 200 + b"a" * 199 + b"s", "deep"),
    "a list in itself": (b"}" + text("a") + b"]q\x00h\x00as", "holds itself"),
    "a dict in itself": (b"}q\x00" + text("a") + b"h\x00s", "holds itself"),
    "a billion laughs": (
        b"]q\x000" + (b"](" + b"h\x00" * 10 + b"eq\x000") * 30 + b"}" + text("a") + b"h\x00s",
        "more than 10,000,000 objects",
    ),
    "deep hashes": (b"}" + b")" + b"\x85" * 50_000 + b"Ns", "keys that no checkpoint has"),
    "equal hashes": (
        b"}(" + b"".join(b"\x8a\x0a" + (k * (2**61 - 1)).to_bytes(10, "little") + b"N" for k in range(2, 3_000)) + b"u",
        "keys that no checkpoint has",
    ),
    "extensions": (b"\x82\x01", "no instruction"),
    "buffers elsewhere": (b"\x97", "no instruction"),
    "protocol of the future": (b"\x80\x09N", "protocol 9"),
    "class that is changed": (b"cargparse\nNamespace\n}b", "changes a class"),
    "call of a number": (b"K\x01)R", "cannot be called"),
    "name that is no name": (b"K\x01K\x02\x93", "no name"),
    "stack of nothing": (b"0", "makes no sense"),
    "memory of nothing": (b"h\x07", "makes no sense"),
    "persistent data": (text("x") + b"Q", "no such file has"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_pickles(name: str, tmp_path: Path) -> None:
    body, words = BOMBS[name]
    path = tmp_path / "a.pkl"
    path.write_bytes(pickled(body))
    with pytest.raises(CheckpointError, match=words):
        read_archive(path)


@pytest.mark.parametrize("name", ["MOST_OBJECTS", "MOST_STEPS"])
def test_pickles_of_many_objects_and_instructions(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickle_machine, name, 1_000)
    path = tmp_path / "a.pkl"
    path.write_bytes(pickled(b"]" * 1_001))
    with pytest.raises(CheckpointError, match="more than 1,000"):
        read_archive(path)


def test_calls_are_not_repeated_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long list that is made into a dict again and again."""
    monkeypatch.setattr(known_names, "MOST_STEPS", 100_000)
    items = text("key") + b"N\x86q\x00" + b"](" + b"h\x00" * 40_000 + b"eq\x01"
    path = tmp_path / "a.pkl"
    path.write_bytes(pickled(items + b"ccollections\nOrderedDict\nq\x02" + b"h\x02h\x01\x85R" * 100))
    with pytest.raises(CheckpointError, match="dictionaries repeat each other"):
        read_archive(path)


# --- zip archives -------------------------------------------------------------------------------------------------------


def archive(path: Path, members: dict[str, bytes], **options: object) -> None:
    with zipfile.ZipFile(path, "w", **options) as made:  # type: ignore[arg-type] # options of ZipFile
        for name, data in members.items():
            made.writestr(name, data)


def patched(path: Path, change: Callable[[bytearray], None]) -> Path:
    data = bytearray(path.read_bytes())
    change(data)
    path.write_bytes(data)
    return path


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "a.pt"
    torch.save(TENSOR, path)
    return path


def test_compressed_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    archive(path, {"a/data.pkl": pickled(b"}"), "a/data/0": bytes(10_000_000)}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(CheckpointError, match="compressed"):
        read_archive(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a/data.pkl", pickled(b"}"))
        made.writestr("a/data.pkl", pickled(b"]"))
    with pytest.raises(CheckpointError, match="two members"):
        read_archive(path)


def test_encrypted_archive(saved: Path) -> None:
    def encrypt(data: bytearray) -> None:
        data[data.index(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(CheckpointError, match="encrypted"):
        read_archive(patched(saved, encrypt))


def test_overlapping_members(saved: Path) -> None:
    def overlap(data: bytearray) -> None:
        first = data.index(b"PK\x01\x02")
        second = data.index(b"PK\x01\x02", first + 4)
        data[second + 42 : second + 46] = data[first + 42 : first + 46]  # both begin where the first does

    with pytest.raises(CheckpointError, match="overlaps"):
        read_archive(patched(saved, overlap))


@pytest.mark.parametrize("claim", [0xFFFE, 2])
def test_directory_that_claims_more(saved: Path, claim: int) -> None:
    def more(data: bytearray) -> None:
        end = data.rindex(b"PK\x05\x06")
        data[end + 8 : end + 12] = struct.pack("<HH", claim, claim)

    patched(saved, more)
    with pytest.raises(CheckpointError):
        read_archive(saved)


def test_storage_that_is_shorter_than_described(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + b"J\x00\x00\x00\x40tQ"
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x00K\x04\x85K\x01\x85\x89NtR"
    archive(path, {"a/data.pkl": pickled(b"}" + text("w") + tensor + b"s"), "a/data/0": bytes(16)})
    with pytest.raises(CheckpointError, match="shorter"):
        read_archive(path)


def test_big_endian(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    archive(path, {"a/data.pkl": pickled(b"}"), "a/byteorder": b"big"})
    with pytest.raises(CheckpointError, match="big-endian"):
        read_archive(path)


def test_tensors_that_repeat_each_other(tmp_path: Path) -> None:
    """One storage under a thousand names would be a thousand copies in another precision."""
    path = tmp_path / "a.pt"
    numbers = torch.ones(100_000)
    torch.save({f"blocks.{index}.weight": numbers for index in range(1_000)}, path)
    with pytest.raises(CheckpointError, match="repeat each other"):
        read_archive(path)


# --- files that are none -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\n <!DOCTYPE html><html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
        (b"\x1f\x8b\x08\x00" + bytes(20), "gzip"),
        (bytes(257) + b"ustar" + bytes(300), "tar"),
        (b"\x89HDF\r\n\x1a\n" + bytes(20), "HDF5"),
        (b"\x93NUMPY\x01\x00" + bytes(20), "NumPy"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "picture"),
        (b"epoch,loss\n1,0.5\n", "text file"),
        (b'{"lr": 0.1}', "JSON"),
        (b"\x00\x01\x02\x03", "not known"),
        (b"PK\x05\x06" + bytes(18), "zip archive of nothing"),
    ],
)
def test_other_files(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=words) as caught:
        read_archive(path)
    assert caught.value.hint


def test_archive_around_a_checkpoint_says_what_to_unpack(tmp_path: Path) -> None:
    path = tmp_path / "download.zip"
    archive(path, {"readme.txt": b"", "best/model.pth": b""})
    with pytest.raises(CheckpointError, match=r"Unpack it and open 'best/model\.pth'"):
        read_archive(path)


def test_torchscript_says_how_to_convert(tmp_path: Path) -> None:
    path = tmp_path / "ViT-B-32.pt"
    archive(
        path, {"a/code/__torch__.py": b"", "a/constants.pkl": b"", "a/data.pkl": b""}, compression=zipfile.ZIP_DEFLATED
    )
    with pytest.raises(CheckpointError, match=r"TorchScript.*torch\.jit\.load\('ViT-B-32\.pt'.*state_dict"):
        read_archive(path)


def test_absent_file(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such file"):
        read_archive(tmp_path / "absent.pth")
    with pytest.raises(CheckpointError):
        read_archive(Path("a\0b"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
def test_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match="ordinary file"):
        read_archive(tmp_path / "a.pth")


def test_arrays_of_numpy_say_how_to_convert(tmp_path: Path) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps({"conv1.weight": np.ones(3)}))
    with pytest.raises(CheckpointError, match=r"NumPy arrays.*torch\.as_tensor"):
        read_archive(path)
