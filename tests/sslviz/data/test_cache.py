"""The cache: whole or absent, checked, shared between processes, and cleaned up after."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sslviz.data import cache, clear_cache, describe_cache
from sslviz.data.base import BLOCK, MOST_BLOCKS, block_checksums
from sslviz.data.errors import DataError

ROWS = np.random.default_rng(0).integers(0, 256, (700, 3, 32, 32), np.uint8)  # 2.05 blocks


def put(name: str = "entry", rows: np.ndarray = ROWS, pieces: int = 7) -> cache.Entry:
    with cache.write(name) as writer:
        for piece in np.array_split(rows, pieces):
            writer.append(images=piece, labels=np.arange(len(piece)))
        writer.about["why"] = "a test"
    entry = cache.find(name)
    assert entry is not None
    return entry


def test_what_is_written_is_found() -> None:
    assert cache.find("entry") is None
    entry = put()
    np.testing.assert_array_equal(entry.arrays["images"], ROWS)
    assert entry.arrays["labels"].dtype == np.int64
    assert type(entry.arrays["images"]) is np.ndarray
    assert entry.about == {"why": "a test"}


@pytest.mark.parametrize("pieces", [1, 2, 700])
def test_checksums_do_not_depend_on_how_it_was_written(pieces: int) -> None:
    put(pieces=pieces)
    found = cache.find("entry")
    assert found is not None
    assert len(block_checksums(found.arrays["images"])) == 3


def test_large_arrays_are_checked_in_evenly_spaced_blocks() -> None:
    large = np.zeros((MOST_BLOCKS + 60) * BLOCK, np.uint8)
    numbers = [k for k, _ in block_checksums(large)]
    assert len(numbers) == MOST_BLOCKS
    assert (numbers[0], numbers[-1]) == (0, MOST_BLOCKS + 59)
    assert max(np.diff(numbers)) <= 2


def test_a_body_that_fails_leaves_nothing(entries: Callable[[], list[str]]) -> None:
    def fail() -> None:
        with cache.write("entry") as writer:
            writer.append(images=ROWS)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert entries() == []


def test_rows_must_fit(entries: Callable[[], list[str]]) -> None:
    with cache.write("entry") as writer:
        writer.append(images=ROWS)
        for wrong in (ROWS[:, :, :5], ROWS.astype(np.int16)):
            with pytest.raises(ValueError, match="do not fit"):
                writer.append(images=wrong)
    assert entries() == ["entry"]


def flip_a_bit(folder: Path) -> None:
    data = bytearray((folder / "images.bin").read_bytes())
    data[1_500_000] ^= 4
    (folder / "images.bin").write_bytes(data)


def cut_short(folder: Path) -> None:
    os.truncate(folder / "images.bin", 1_000_000)


def lose_a_file(folder: Path) -> None:
    (folder / "labels.bin").unlink()


def garble_meta(folder: Path) -> None:
    (folder / "meta.json").write_bytes(b"\xff{")


def lie_about_shape(folder: Path) -> None:
    meta = json.loads((folder / "meta.json").read_text())
    meta["arrays"]["images"]["shape"] = [10, 3]
    (folder / "meta.json").write_text(json.dumps(meta))


def run_code(folder: Path) -> None:
    """An object type would need pickle."""
    meta = json.loads((folder / "meta.json").read_text())
    meta["arrays"]["images"]["dtype"] = "|O"
    (folder / "meta.json").write_text(json.dumps(meta))


def come_from_the_future(folder: Path) -> None:
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | {"format": cache.FORMAT + 1}))


@pytest.mark.parametrize(
    "damage", [flip_a_bit, cut_short, lose_a_file, garble_meta, lie_about_shape, run_code, come_from_the_future]
)
def test_a_damaged_entry_counts_as_absent_and_is_replaced(damage: Callable[[Path], None]) -> None:
    damage(put().folder)
    assert cache.find("entry") is None
    np.testing.assert_array_equal(put().arrays["images"], ROWS)
    assert describe_cache().entries == 1


def test_of_two_writers_one_wins_and_both_go_on(entries: Callable[[], list[str]]) -> None:
    with cache.write("entry") as slow:
        slow.append(images=ROWS[:5])
        quick = put()
    np.testing.assert_array_equal(quick.arrays["images"], ROWS)  # still mapped
    found = cache.find("entry")
    assert found is not None
    assert len(found.arrays["images"]) == 700
    assert entries() == ["entry"]


WRITER = """
import sys
import numpy as np
from sslviz.data import cache
for _ in range(30):
    with cache.write("entry") as writer:
        writer.append(images=np.full((300, 3, 16, 16), 7, np.uint8))
    entry = cache.find("entry")
    if entry is None or entry.arrays["images"].min() != 7:
        sys.exit("lost")
"""


def test_processes_that_write_one_entry_at_once(own_cache: Path, entries: Callable[[], list[str]]) -> None:
    both = [subprocess.Popen([sys.executable, "-c", WRITER], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [one.communicate()[1] for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert entries() == ["entry"]


def test_what_a_killed_writer_left_is_swept(own_cache: Path, entries: Callable[[], list[str]]) -> None:
    code = "import os\nfrom sslviz.data import cache\nimport numpy as np\n"
    code += "with cache.write('entry') as w:\n    w.append(images=np.zeros((9, 9), np.uint8))\n    os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert len(entries()) == 1
    assert describe_cache().entries == 0
    assert describe_cache().size_bytes == 81
    put("another")
    assert entries() == ["another"]


def test_clearing_spares_what_a_living_process_writes(entries: Callable[[], list[str]]) -> None:
    put("one")
    put("two")
    before = describe_cache()
    assert before.entries == 2
    assert before.size_bytes > 2 * ROWS.nbytes
    with cache.write("three") as writer:
        writer.append(images=ROWS)
        assert clear_cache().entries == 0
    assert entries() == ["three"]
    assert clear_cache().size_bytes == 0
    assert entries() == []


def test_maps_and_compiled_code_count_and_go_too(own_cache: Path) -> None:
    for name, size in (("layouts/a.npz", 100), ("layouts/b.npz", 10), ("compiled/umap/deep/code.nbc", 1_000)):
        (own_cache / name).parent.mkdir(parents=True, exist_ok=True)
        (own_cache / name).write_bytes(bytes(size))
    summary = describe_cache()
    assert (summary.entries, summary.layouts, summary.size_bytes) == (0, 2, 1_110)
    assert clear_cache() == replace(summary, layouts=0, size_bytes=0)
    assert not (own_cache / "compiled").exists()


def test_arrays_outlive_their_entry() -> None:
    entry = put()
    clear_cache()
    np.testing.assert_array_equal(entry.arrays["images"], ROWS)


def test_an_empty_cache_is_described(own_cache: Path) -> None:
    assert describe_cache() == clear_cache()
    assert describe_cache().folder == str(own_cache)
    assert describe_cache().size_bytes == 0


def test_small_values_are_remembered() -> None:
    entry = put()
    assert cache.recall(entry, "stats") is None
    cache.remember(entry, "stats", [1.5, [2]])
    assert cache.recall(entry, "stats") == [1.5, [2]]
    (entry.folder / "stats.json").write_text("{")
    assert cache.recall(entry, "stats") is None
    clear_cache()
    cache.remember(entry, "stats", 1)  # nowhere to keep it: no harm


@pytest.mark.parametrize(
    ("code", "says"), [(errno.ENOSPC, "is full"), (errno.EDQUOT, "is full"), (errno.EIO, "cannot be written")]
)
def test_what_the_disk_says(
    code: int, says: str, monkeypatch: pytest.MonkeyPatch, entries: Callable[[], list[str]]
) -> None:
    def refuse(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(DataError, match=says) as caught, cache.write("entry") as writer:
        writer.append(images=ROWS)
    assert "SSLVIZ_CACHE" in caught.value.hint
    assert entries() == []


def test_too_little_room_is_said_before_the_work() -> None:
    with pytest.raises(DataError, match=r"needs 1,000,000,000 GB"), cache.write("entry", 10**18):
        pytest.fail("the body must not run")


@pytest.fixture
def tiny_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of 2 MiB."""
    place = tmp_path / "tiny"
    place.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root on Linux")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    monkeypatch.setenv("SSLVIZ_CACHE", str(place / "cache"))
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_disk_that_fills_while_writing(tiny_disk: Path) -> None:
    with pytest.raises(DataError, match=r"The disk of the cache at .* is full") as caught:
        put(rows=np.concatenate([ROWS, ROWS]))
    assert "clear the cache" in caught.value.hint
    assert list((tiny_disk / "cache" / "images").iterdir()) == []
    put(rows=ROWS[:100])  # and it goes on working
