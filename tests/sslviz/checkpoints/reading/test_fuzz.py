"""Valid files with bytes flipped, cut, inserted and doubled, and pickles, headers and folders of chance: nothing but CheckpointError comes out.

SSLVIZ_FUZZ_CASES says how many of each (`make fuzz`: 10,000). The process has little memory meanwhile: what a file claims is never
made. Every file is opened as a user would have it opened, down to the network.
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sslviz.checkpoints.base import Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.opening import load, read_part
from sslviz.checkpoints.reading import read_archive
from sslviz.checkpoints.reading.pickle_instructions import INSTRUCTIONS
from tests.golden.checkpoint_cases import CANARY, load_fixtures

GOLDEN = Path(__file__).parents[4] / "tests" / "golden" / "checkpoints"
ROOM = 600_000_000
"""Bytes of address space that a case may take on top of what the process has."""
CASES = int(os.environ.get("SSLVIZ_FUZZ_CASES", "200"))

many = settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
numbers = itertools.count()


def sources() -> list[Path]:
    """Every valid file of weights that is small, and every configuration."""
    files = []
    for fixture in load_fixtures(GOLDEN):
        if not fixture.entry.get("is_recipe"):
            path = fixture.source(GOLDEN)
            files += [path / "model.safetensors", path / "config.json"] if path.is_dir() else [path]
    return files


SOURCES = {str(path.relative_to(GOLDEN)): path for path in sources()}


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """What a file claims to hold cannot be had."""
    if sys.platform != "linux":
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + ROOM, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def opened(path: Path, whole: bool) -> CheckpointError | None:
    """Opens `path`; the refusal, if it is refused. Anything else that is raised fails the test."""
    try:
        if whole:
            load(read_part(path), Wishes())
        else:
            read_archive(path)
    except CheckpointError as error:
        return error
    return None


def survives(path: Path, *, whole: bool = True) -> None:
    """The file loads, or is refused with a sentence and a remedy, and not for want of memory."""
    refusal = opened(path, whole)
    if refusal is not None:
        assert refusal.message.strip()
        assert refusal.hint.strip()
        assert "not enough memory" not in refusal.message
    assert not CANARY.exists()


def placed(folder: Path, data: bytes, ending: str = ".pth") -> Path:
    """A new file: one that is mapped must not be written to."""
    path = folder / f"{next(numbers)}{ending}"
    path.write_bytes(data)
    return path


# --- valid files, changed -----------------------------------------------------------------------------------------------

places = st.one_of(
    st.floats(0, 1, exclude_max=True),  # share of the file
    st.integers(-2_000, 2_000),  # from its beginning or end, where what describes it lies
)
changes = st.lists(
    st.one_of(
        st.tuples(st.just("flip"), places, st.integers(1, 255)),
        st.tuples(st.just("put"), places, st.sampled_from([b"\0" * 8, b"\xff" * 8, b"\xff\xff\xff\x7f", b".", b"("])),
        st.tuples(st.just("cut"), places, st.integers(1, 5_000)),
        st.tuples(st.just("end"), places, st.just(0)),
        st.tuples(st.just("insert"), places, st.binary(min_size=1, max_size=64)),
        st.tuples(st.just("double"), places, st.integers(1, 5_000)),
    ),
    min_size=1,
    max_size=6,
)


def changed(data: bytes, steps: list[tuple[str, float | int, Any]]) -> bytes:
    for kind, place, what in steps:
        at = (
            int(place * len(data))
            if isinstance(place, float)
            else max(0, min(len(data) + place if place < 0 else place, len(data)))
        )
        if kind == "flip" and at < len(data):
            data = data[:at] + bytes([data[at] ^ what]) + data[at + 1 :]
        elif kind == "put":
            data = data[:at] + what + data[at + len(what) :]
        elif kind == "cut":
            data = data[:at] + data[at + what :]
        elif kind == "end":
            data = data[:at]
        elif kind == "insert":
            data = data[:at] + what + data[at:]
        elif kind == "double":
            data = data[: at + what] + data[at:]
    return data


@many
@given(name=st.sampled_from(sorted(SOURCES)), steps=changes)
def test_changed_files(name: str, steps: list[tuple[str, float | int, Any]], tmp_path: Path) -> None:
    source = SOURCES[name]
    data = changed(source.read_bytes(), steps)
    if not (source.parent / "config.json").exists():
        path = placed(tmp_path, data, source.suffix)
        survives(path)
        path.unlink()
        return
    folder = tmp_path / f"folder-{next(numbers)}"
    folder.mkdir()
    for file in source.parent.iterdir():
        (folder / file.name).write_bytes(data if file == source else file.read_bytes())
    survives(folder)


# --- pickles ------------------------------------------------------------------------------------------------------------

operands = st.one_of(
    st.sampled_from([b"", b"\0", b"\x01", b"\xff\xff\xff\xff", b"1\n", b"posix\nsystem\n", b"torch._utils\n_rebuild_tensor_v2\n",
                     b"collections\nOrderedDict\n", b"torch\nFloatStorage\n", b"argparse\nNamespace\n", b"builtins\nset\n",
                     b"torch.storage\n_load_from_bytes\n", b"\x01\0\0\0a", b"\x07storage"]),
    st.binary(max_size=9),
)  # fmt: skip
instructions = st.lists(st.tuples(st.sampled_from(sorted(INSTRUCTIONS)), operands), max_size=60)


@many
@given(steps=instructions)
def test_any_pickle(steps: list[tuple[int, bytes]], tmp_path: Path) -> None:
    body = b"".join(bytes([code]) + operand for code, operand in steps)
    path = placed(tmp_path, b"\x80\x02" + body + b".")
    survives(path)
    path.unlink()


# --- headers ------------------------------------------------------------------------------------------------------------

integers = st.one_of(st.integers(-2, 64), st.sampled_from([2**31, 2**32, 2**60, 2**63, 2**64, 10**40]))
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), integers, st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)
tensors = st.one_of(
    anything,
    st.fixed_dictionaries(
        {
            "dtype": st.one_of(st.sampled_from(["F32", "F16", "BF16", "I8", "F8_E4M3", "BOOL", "F4", "C64"]), anything),
            "shape": st.one_of(st.lists(integers, max_size=20), anything),
            "data_offsets": st.one_of(st.tuples(integers, integers), anything),
        }
    ),
)


@many
@given(
    header=st.dictionaries(st.one_of(st.text(max_size=8), st.just("__metadata__")), tensors, max_size=4),
    length=st.one_of(st.none(), integers.filter(lambda n: 0 <= n < 2**64)),
    data=st.binary(max_size=64),
)
def test_any_header(header: dict[str, Any], length: int | None, data: bytes, tmp_path: Path) -> None:
    text = json.dumps(header).encode()
    path = placed(tmp_path, struct.pack("<Q", len(text) if length is None else length) + text + data, ".safetensors")
    survives(path, whole=False)
    path.unlink()


@many
@given(data=st.binary(max_size=400), ending=st.sampled_from([".pth", ".safetensors", ".ckpt", "", ".json"]))
def test_any_bytes(data: bytes, ending: str, tmp_path: Path) -> None:
    path = placed(tmp_path, data, ending)
    survives(path, whole=False)
    path.unlink()
