"""Input that is wrong, damaged or meant to harm: one clear sentence with the remedy, and nothing left behind."""

from __future__ import annotations

import json
import os
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sslviz.data.base import Splits
from sslviz.data.errors import DataError

Load = Callable[..., Splits]
Make = Callable[..., Path]
Picture = Callable[..., bytes]


def refused(load: Load, source: object, says: str, remedy: str, **settings: object) -> None:
    with pytest.raises(DataError, match=says) as caught:
        load(source, **settings)
    assert remedy in caught.value.hint, caught.value.hint
    assert caught.value.message.endswith(".")
    assert "\n" not in str(caught.value)


@pytest.fixture(autouse=True)
def nothing_left(entries: Callable[[], list[str]], own_cache: Path) -> Iterator[None]:
    """No half-written entry stays, whatever happens."""
    yield
    assert not [name for name in entries() if ".part-" in name]


def test_a_path_that_does_not_exist(load: Load, tmp_path: Path) -> None:
    refused(load, tmp_path / "nowhere", "There is no data set and no folder or zip called .*nowhere", "fashion_mnist")
    refused(load, "cifr10", "called cifr10", "Did you mean cifar10?")
    refused(load, "", "There is no data set", "Data sets: shapes")
    refused(load, "a\0b", "There is no data set", "path of a folder")
    refused(load, "x" * 5000, "There is no data set", "path of a folder")


def test_an_empty_folder(load: Load, folder: Make) -> None:
    refused(load, folder({}), "is empty", "JPEG, PNG")
    refused(load, folder({".hidden/1.png": 1, "__MACOSX/2.png": 2}, "hidden"), "is empty", "JPEG, PNG")


def test_an_empty_zip(load: Load, zipped: Make) -> None:
    refused(load, zipped({}), "is empty", "JPEG, PNG")


def test_a_folder_of_text(load: Load, folder: Make) -> None:
    refused(
        load,
        folder({"a.txt": b"a", "b.txt": b"b", "c.csv": b"c"}),
        r"holds 3 files \(.txt, .csv\) but no image",
        "JPEG, PNG",
    )


def test_a_folder_of_zips(load: Load, folder: Make, zipped: Make) -> None:
    inner = zipped({"1.png": 1}).read_bytes()
    refused(load, folder({"a.zip": inner}), "holds zips but no image", "one of the zips inside")
    refused(load, zipped({"a.zip": inner}, "outer.zip"), "holds zips but no image", "Unpack it once")


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_images(load: Load, folder: Make, entries: Callable[[], list[str]], count: int) -> None:
    refused(
        load, folder({f"{k}.png": k for k in range(count)}), f"only {count} readable image.* at least 3", "Add images"
    )
    assert entries() == []


def test_a_single_image_as_source(load: Load, folder: Make) -> None:
    path = folder({"1.png": 1}) / "1.png"
    refused(load, path, "is a single image", f"Choose its folder, {path.parent}")


def test_nothing_readable(load: Load, folder: Make, zipped: Make, entries: Callable[[], list[str]]) -> None:
    broken = {f"{k}.png": b"nonsense" for k in range(5)}
    for path in (folder(broken), zipped(broken)):
        refused(
            load, path, "None of the 5 images in .* can be used; the first is .*png: not an image", "Repair or convert"
        )
    assert entries() == []


def test_one_file_that_is_not_readable(load: Load, folder: Make) -> None:
    refused(load, folder({"1.png": b"nonsense"}), "The only image in .* cannot be used: 1.png: not an image", "Repair")


def test_a_file_that_is_no_zip(load: Load, folder: Make, zipped: Make) -> None:
    root = folder({"notes.txt": b"hello", "fake.zip": b"hello"})
    refused(load, root / "notes.txt", "neither a folder nor a zip", "Choose a folder")
    refused(load, root / "fake.zip", "not a whole zip", "download it again")
    whole = zipped({f"{k}.png": k for k in range(9)})
    (root / "half").write_bytes(whole.read_bytes()[:900])
    refused(load, root / "half", "not a whole zip", "download it again")


def test_a_damaged_table_of_contents(load: Load, zipped: Make) -> None:
    path = zipped({f"{k}.png": k for k in range(9)})
    data = bytearray(path.read_bytes())
    data[data.find(b"PK\x01\x02") + 200 :][:4] = b"xxxx"
    at = data.find(b"PK\x01\x02", data.find(b"PK\x01\x02") + 4)
    data[at : at + 4] = b"XXXX"
    path.write_bytes(data)
    refused(load, path, "is a damaged zip", "unpack it with another program")


def test_damaged_members_are_skipped(load: Load, zipped: Make) -> None:
    path = zipped({f"{k}.png": k for k in range(9)}, method=zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("4.png").header_offset
    data[at + 60 : at + 90] = bytes(30)
    path.write_bytes(data)
    splits = load(path)
    assert splits.skipped_count == 1
    assert splits.skipped[0].startswith("4.png: ")


def test_names_that_point_outside_are_never_followed(
    load: Load, zipped: Make, tmp_path: Path, picture: Picture
) -> None:
    good = {f"{k}.png": k for k in range(9)}
    bad = {
        "../outside.png": 1,
        "a/../../b.png": 2,
        f"{tmp_path}/absolute.png": 3,
        "C:/windows.png": 4,
        "..\\back.png": 5,
    }
    before = sorted(tmp_path.iterdir())
    path = zipped(good | bad)
    splits = load(path)
    assert len(splits.train) + len(splits.val) == 9
    assert splits.skipped_count == 5
    assert all("its name points outside the zip" in line for line in splits.skipped)
    assert sorted(set(tmp_path.iterdir()) - set(before)) == sorted([path, tmp_path / "cache of this test"])
    refused(load, zipped(bad, "bad.zip"), "None of the 5 images .* points outside the zip", "Repair or convert")


def test_links_in_a_zip_are_not_followed(load: Load, zipped: Make) -> None:
    path = zipped({f"{k}.png": k for k in range(9)})
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("secret.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "../../secret.png")
    assert load(path).skipped == ("secret.png: is a link, not an image",)


def encrypt(path: Path, names: set[str]) -> Path:
    """Set the flag of encryption in both headers of some members."""
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.filename in names:
                data[member.header_offset + 6] |= 1
                at = data.find(member.filename.encode(), data.find(b"PK\x01\x02")) - 46
                data[at + 8] |= 1
    path.write_bytes(data)
    return path


def test_encrypted_zips(load: Load, zipped: Make) -> None:
    files = {f"{k}.png": k for k in range(9)}
    refused(load, encrypt(zipped(files), set(files)), "is encrypted", "Unpack it with its password")
    splits = load(encrypt(zipped(files, "some.zip"), {"3.png"}))
    assert splits.skipped == ("3.png: is encrypted; unpack the zip with its password",)


def claim(path: Path, name: str, size: int) -> Path:
    """Let a member declare another unpacked size."""
    data = bytearray(path.read_bytes())
    at = data.find(name.encode(), data.find(b"PK\x01\x02")) - 46
    struct.pack_into("<I", data, at + 24, size)
    path.write_bytes(data)
    return path


def test_a_zip_bomb(load: Load, zipped: Make, entries: Callable[[], list[str]]) -> None:
    path = zipped({f"{k}.png": k for k in range(9)})
    for k in range(9):
        claim(path, f"{k}.png", 500_000_000)
    refused(load, path, "would unpack to 4 GB, over 200 times its size: it looks like a zip bomb", "unpack it yourself")
    assert entries() == []


def test_members_that_lie_about_their_size(load: Load, zipped: Make) -> None:
    files = {f"{k}.png": k for k in range(9)}
    less = load(claim(zipped(files, method=zipfile.ZIP_DEFLATED), "4.png", 10))
    assert less.skipped_count == 1
    huge = load(claim(zipped(files, "huge.zip", zipfile.ZIP_DEFLATED), "4.png", 600 << 20))
    assert huge.skipped == ("4.png: unpacks to 629 MB; at most 537 MB are read",)


def test_unknown_compression_is_skipped(load: Load, zipped: Make) -> None:
    path = zipped({f"{k}.png": k for k in range(9)})
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        data[archive.getinfo("4.png").header_offset + 8] = 77
    data[data.find(b"4.png", data.find(b"PK\x01\x02")) - 46 + 10] = 77
    path.write_bytes(data)
    assert load(path).skipped_count == 1


def test_too_many_channels(load: Load, folder: Make) -> None:
    bands = b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHII", 277, 3, 1, 12) + bytes(4)
    refused(
        load, folder({f"{k}.tif": bands for k in range(4)}), "has 12 channels; convert it to RGB", "convert the images"
    )


def test_folders_without_end(load: Load, tmp_path: Path, folder: Make) -> None:
    root = folder({f"{k}.png": k for k in range(5)})
    (root / "/".join(["d"] * 80)).mkdir(parents=True)
    splits = load(root)
    assert splits.skipped_count == 1
    assert "more than 64 folders below each other" in splits.skipped[0]


AS_NOBODY = """
import json, os, sys
import numpy.random  # all that is imported late must be there before: nobody may not see where Python lies
from PIL import Image
from sslviz.data import load_data
from sslviz.data import load
from sslviz.spec.config import DataConfig
from sslviz.spec.errors import SSLVizError
Image.init()
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
try:
    splits = load_data(DataConfig(source=sys.argv[1], dials=json.loads(sys.argv[2])))
    print(json.dumps([len(splits.train) + len(splits.val), splits.note, list(splits.skipped)]))
except SSLVizError as error:
    print(json.dumps([error.message, error.hint]))
"""


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    (place / "cache").mkdir()
    (place / "cache").chmod(0o777)
    yield place
    for path in place.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(place)


def as_nobody(place: Path, source: object, dials: str = "{}") -> list[object]:
    """`load_data` in a process without privileges: what it returned or raised."""
    environment = {**os.environ, "SSLVIZ_CACHE": str(place / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(source), dials],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_folder_or_zip_that_may_not_be_read(open_place: Path, zipped: Make) -> None:
    (open_place / "shut").mkdir(mode=0o700)
    (open_place / "shut" / "1.png").write_bytes(b"x")
    (open_place / "shut").chmod(0)
    shutil.copy(zipped({"1.png": 1}), open_place / "shut.zip")
    (open_place / "shut.zip").chmod(0)
    for name in ("shut", "shut.zip"):
        message, hint = as_nobody(open_place, open_place / name)
        assert message == f"{open_place / name} may not be read: permission denied."
        assert "Change its permissions" in str(hint)
    message, _ = as_nobody(open_place, open_place / "shut" / "below")
    assert message == f"{open_place / 'shut' / 'below'} may not be looked at: permission denied."


def test_files_that_may_not_be_read_are_skipped(open_place: Path, picture: Picture) -> None:
    for k in range(6):
        (open_place / f"{k}.png").write_bytes(picture(k))
    (open_place / "2.png").chmod(0)
    (open_place / "shut").mkdir(mode=0)
    (open_place / "shut").chmod(0)
    count, _, skipped = as_nobody(open_place, open_place)
    assert count == 5
    assert skipped == ["2.png: may not be read: permission denied", "shut: permission denied"]


def test_a_cache_that_may_not_be_written(open_place: Path, picture: Picture) -> None:
    for k in range(6):
        (open_place / f"{k}.png").write_bytes(picture(k))
    (open_place / "cache").chmod(0o555)
    message, hint = as_nobody(open_place, open_place)
    assert message == f"The cache at {open_place / 'cache' / 'images'} cannot be written: Permission denied."
    assert "SSLVIZ_CACHE" in str(hint)
    count, note, _ = as_nobody(open_place, "shapes", '{"count": 50}')
    assert count == 50
    assert "Not kept for the next start" in str(note)
