"""Valid files with bytes flipped, cut, inserted and doubled, and pickles, headers and folders of chance: nothing but CheckpointError comes out.

SSLVIZ_FUZZ_CASES says how many of each (`make fuzz`: 10,000). The process has little memory meanwhile: what a file claims is never
made. Every file is opened as a user would have it opened, down to the network.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import resource
import shutil
import struct
import sys
import zipfile
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


def changed(data: bytes, chance: random.Random) -> bytes:
    """One to four changes, most of them where a file describes itself: at its beginning or end."""
    for _ in range(chance.randint(1, 4)):
        near = chance.randrange(min(len(data), 3_000) or 1)
        at = chance.choice((near, len(data) - near, chance.randrange(len(data) or 1)))
        length = chance.choice((1, 2, 8, 64, 4_096))
        what = chance.choice((b"\0" * 8, b"\xff" * 8, b"\xff\xff\xff\x7f", b".", b"(", b"9", chance.randbytes(length)))
        start, end = data[:at], data[at:]
        kind = chance.choices(("flip", "put", "cut", "end", "insert", "double"), (8, 8, 2, 1, 3, 2))[0]
        if kind == "flip" and end:
            data = start + bytes([end[0] ^ (1 << chance.randrange(8))]) + end[1:]
        elif kind == "put":
            data = start + what + end[len(what) :]
        elif kind == "cut":
            data = start + end[length:]
        elif kind == "end":
            data = start
        elif kind == "insert":
            data = start + what + end
        else:
            data = start + end[:length] + end
    return data


@many
@given(name=st.sampled_from(sorted(SOURCES)), seed=st.integers(0, 2**32 - 1))
def test_changed_files(name: str, seed: int, tmp_path: Path) -> None:
    source = SOURCES[name]
    data = changed(source.read_bytes(), random.Random(seed))  # noqa: S311 # chance, not secrecy
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
    shutil.rmtree(folder)


# --- pickles ------------------------------------------------------------------------------------------------------------

names = st.sampled_from(
    [b"torch._utils\n_rebuild_tensor_v2\n", b"torch._utils\n_rebuild_tensor_v3\n", b"torch._utils\n_rebuild_parameter\n",
     b"torch._tensor\n_rebuild_from_type_v2\n", b"torch._utils\n_rebuild_qtensor\n", b"torch\nFloatStorage\n",
     b"torch\nHalfStorage\n", b"torch.storage\nUntypedStorage\n", b"torch\nfloat32\n", b"torch\nfloat8_e5m2\n",
     b"collections\nOrderedDict\n", b"collections\nCounter\n", b"builtins\nset\n", b"posix\nsystem\n", b"argparse\nNamespace\n",
     b"torch\nSize\n", b"_codecs\nencode\n", b"torch.storage\n_load_from_bytes\n"]
).map(lambda name: b"c" + name)  # fmt: skip
"""Instructions that push a class or a function."""


def integer(number: int) -> bytes:
    data = number.to_bytes(20, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def text(string: str) -> bytes:
    return b"X" + struct.pack("<I", len(string.encode())) + string.encode()


def joined(parts: list[bytes], last: bytes) -> bytes:
    return b"(" + b"".join(parts) + last


whole_numbers = st.one_of(st.integers(-2, 8), st.sampled_from([2**31, 2**40, 2**62, 2**63, -(2**63)])).map(integer)
shapes = st.lists(whole_numbers, max_size=3).map(lambda sizes: joined(sizes, b"t"))
keys = st.sampled_from(
    ["weight", "blocks.0.attn.qkv.weight", "state_dict", "model", "args", "", "storage", "0", "1"]
).map(text)
storages = st.tuples(names, keys, whole_numbers).map(
    lambda given: joined([text("storage"), given[0], given[1], text("cpu"), given[2]], b"t") + b"Q"
)
real_storages = st.integers(0, 40).map(
    lambda count: (
        joined([text("storage"), b"ctorch\nFloatStorage\n", text("0"), text("cpu"), integer(count)], b"t") + b"Q"
    )
)
real_tensors = st.tuples(real_storages, whole_numbers, shapes, shapes).map(
    lambda given: b"ctorch._utils\n_rebuild_tensor_v2\n" + joined([*given, b"\x89", b"N"], b"t") + b"R"
)
leaves = st.one_of(
    whole_numbers, keys, names, storages, real_tensors, st.sampled_from([b"N", b"\x88", b"h\0", b"]", b"}", b")"])
)
objects = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: joined(items, b"t")),
        st.lists(inner, max_size=4).map(lambda items: b"]q\0" + joined(items, b"e")),
        st.lists(st.tuples(keys, inner), max_size=4).map(
            lambda items: b"}q\0" + joined([k + v for k, v in items], b"u")
        ),
        st.lists(st.tuples(inner, inner), max_size=2).map(
            lambda items: b"}q\0" + joined([k + v for k, v in items], b"u")
        ),
        st.tuples(names, st.lists(inner, max_size=7)).map(lambda call: call[0] + joined(call[1], b"t") + b"R"),
        st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1] + b"b"),
    ),
    max_leaves=25,
)
"""Pickles that are well formed, each of which pushes one object."""


@many
@given(body=objects, count=st.integers(0, 200))
def test_any_object(body: bytes, count: int, tmp_path: Path) -> None:
    """Objects that no torch.save has written, in an archive that one could have."""
    path = tmp_path / f"{next(numbers)}.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + body + b".")
        archive.writestr("archive/data/0", b"\0" * count)
    survives(path)
    path.unlink()


@many
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(sorted(INSTRUCTIONS)), st.one_of(names, st.binary(max_size=9))), max_size=60
    )
)
def test_any_pickle(steps: list[tuple[int, bytes]], tmp_path: Path) -> None:
    """Instructions in any order."""
    path = placed(tmp_path, b"\x80\x02" + b"".join(bytes([code]) + operand for code, operand in steps) + b".")
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


FOLDERS = sorted({str(path.parent.relative_to(GOLDEN)) for path in SOURCES.values() if path.name == "config.json"})
settings_of_models = st.one_of(
    anything, st.sampled_from(["vit", "dinov2", "dinov3_vit", "vit_mae", "clip", "ijepa", "gelu", "silu", 1e-6, 1e300])
)


@many
@given(
    name=st.sampled_from(FOLDERS),
    changes=st.lists(st.tuples(st.floats(0, 1), settings_of_models), min_size=1, max_size=3),
)
def test_any_configuration(name: str, changes: list[tuple[float, Any]], tmp_path: Path) -> None:
    """Settings that are wrong, beside weights that are right."""
    config = json.loads((GOLDEN / name / "config.json").read_text(encoding="utf-8"))
    for place, value in changes:
        config[sorted(config)[int(place * (len(config) - 1))]] = value
    folder = tmp_path / f"folder-{next(numbers)}"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "model.safetensors").write_bytes((GOLDEN / name / "model.safetensors").read_bytes())
    survives(folder)
    shutil.rmtree(folder)


@many
@given(data=st.binary(max_size=400), ending=st.sampled_from([".pth", ".safetensors", ".ckpt", "", ".json"]))
def test_any_bytes(data: bytes, ending: str, tmp_path: Path) -> None:
    path = placed(tmp_path, data, ending)
    survives(path, whole=False)
    path.unlink()
