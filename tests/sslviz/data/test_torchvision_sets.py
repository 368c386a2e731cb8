"""torchvision's sets, from small stand-ins in their own formats whose checksums take the place of the published ones. No network."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import pickle
import shutil
import struct
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torchvision.datasets

from sslviz.data import torchvision_sets
from sslviz.data.base import Splits, never, silent
from sslviz.data.download import fetch
from sslviz.data.errors import DataError
from sslviz.spec.errors import Cancelled, SpecError

Load = Callable[..., Splits]
PIXELS = np.random.default_rng(0)


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def put(root: Path, files: dict[str, bytes]) -> dict[str, str]:
    """Write files below `root`; their checksums by file name."""
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return {Path(name).name: md5(data) for name, data in files.items()}


def archive(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def cifar10() -> tuple[dict[str, bytes], np.ndarray]:
    """Five training batches of 8 images and a test batch, and their pixels (48, 3072)."""
    names = [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]
    pixels = PIXELS.integers(0, 256, (48, 3072), np.uint8)
    files = {
        f"cifar-10-batches-py/{name}": pickle.dumps({"data": rows, "labels": [(8 * k + j) % 10 for j in range(8)]}, 2)
        for k, (name, rows) in enumerate(zip(names, np.split(pixels, 6), strict=True))
    }
    files["cifar-10-batches-py/batches.meta"] = pickle.dumps({"label_names": [f"class {k}" for k in range(10)]}, 2)
    return files, pixels


def trust(patch: pytest.MonkeyPatch, cls: Any, sums: dict[str, str]) -> None:
    """Let torchvision expect these checksums."""
    for name in ("train_list", "test_list"):
        patch.setattr(cls, name, [[file, sums[file]] for file, _ in getattr(cls, name)])
    if hasattr(cls, "meta"):
        patch.setattr(cls, "meta", cls.meta | {"md5": sums[cls.meta["filename"]]})


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No data set of this machine is seen."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("TORCH_HOME", raising=False)
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path


@pytest.mark.parametrize(
    "place", ["data of this test", "home/data", "home/datasets", "home", "home/.cache/torch/datasets"]
)
def test_cifar10_is_found_where_it_lies(
    place: str, own_places: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, pixels = cifar10()
    trust(monkeypatch, torchvision.datasets.CIFAR10, put(own_places / place, files))
    splits = load("cifar10")
    np.testing.assert_array_equal(np.concatenate([splits.train.images, splits.val.images]).reshape(48, -1), pixels)
    np.testing.assert_array_equal(splits.train.labels, np.arange(40) % 10)
    np.testing.assert_array_equal(splits.val.labels, np.arange(40, 48) % 10)
    assert splits.train.class_names == tuple(f"class {k}" for k in range(10))
    assert splits.note == "CIFAR-10, 32 × 32 px: 40 training images; the official 8 test images are for validation."
    np.testing.assert_allclose(splits.train.mean, (pixels[:40].reshape(40, 3, -1) / 255).mean((0, 2)), atol=1e-5)


def test_the_second_time_neither_files_nor_torchvision_are_needed(
    own_places: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(monkeypatch, torchvision.datasets.CIFAR10, put(own_places / "home", cifar10()[0]))
    first = load("cifar10")
    shutil.rmtree(own_places / "home" / "cifar-10-batches-py")
    monkeypatch.setattr(torchvision_sets, "_class", None)
    assert load("cifar10").fingerprint == first.fingerprint


def test_files_with_another_checksum_are_not_opened(
    own_places: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pickle that would leave a mark if it were loaded."""

    class Mark:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (own_places / "opened",)

    files, _ = cifar10()
    trust(monkeypatch, torchvision.datasets.CIFAR10, put(own_places / "home", files))
    (own_places / "home" / "cifar-10-batches-py" / "data_batch_3").write_bytes(pickle.dumps(Mark()))
    with pytest.raises(DataError, match=r"CIFAR-10 is not on this machine\."):
        load("cifar10")
    assert not (own_places / "opened").exists()


@pytest.mark.parametrize(("name", "title", "size"), [("cifar10", "CIFAR-10", "170 MB"), ("cifar100", "CIFAR-100", "169 MB"),
                                                     ("stl10", "STL-10", "2,640 MB"), ("fashion_mnist", "Fashion-MNIST", "31 MB")])  # fmt: skip
def test_what_is_missing_says_how_to_get_it_and_asks_no_network(
    name: str, title: str, size: str, load: Load, monkeypatch: pytest.MonkeyPatch, entries: Callable[[], list[str]]
) -> None:
    monkeypatch.setattr("urllib.request.urlopen", None)
    with pytest.raises(DataError, match=f"{title} is not on this machine") as caught:
        load(name)
    assert "--download" in caught.value.hint
    assert size in caught.value.hint
    assert entries() == []


def test_cifar100(own_places: Path, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = PIXELS.integers(0, 256, (30, 3072), np.uint8)
    files = {
        "cifar-100-python/train": pickle.dumps({"data": pixels[:20], "fine_labels": list(range(80, 100))}, 2),
        "cifar-100-python/test": pickle.dumps({"data": pixels[20:], "fine_labels": list(range(10))}, 2),
        "cifar-100-python/meta": pickle.dumps({"fine_label_names": [f"c{k}" for k in range(100)]}, 2),
    }
    trust(monkeypatch, torchvision.datasets.CIFAR100, put(own_places / "home", files))
    splits = load("cifar100", image_size=16)
    assert splits.train.images.shape == (20, 3, 16, 16)
    assert splits.train.labels.tolist() == list(range(80, 100))
    assert len(splits.train.class_names) == 100
    halved = pixels[:20].reshape(20, 3, 16, 2, 16, 2).mean((3, 5))
    assert np.abs(splits.train.images - halved).mean() < 30  # noise: anti-aliased, not one pixel of four
    assert splits.train.images.std() < 0.75 * pixels.std()


def stl10(root: Path) -> tuple[dict[str, str], np.ndarray]:
    """Three training, four unlabelled and two test images as columns first, labels from 1."""
    pixels = PIXELS.integers(0, 256, (9, 3, 96, 96), np.uint8)
    stored = pixels.transpose(0, 1, 3, 2)
    files = {"train_X.bin": stored[:3].tobytes(), "train_y.bin": bytes([1, 10, 5]), "unlabeled_X.bin": stored[3:7].tobytes(),
             "test_X.bin": stored[7:].tobytes(), "test_y.bin": bytes([2, 3]), "class_names.txt": b"\n".join(b"c%d" % k for k in range(10))}  # fmt: skip
    return put(root / "stl10_binary", files), pixels


@pytest.mark.parametrize("unlabelled", [False, True])
def test_stl10(own_places: Path, load: Load, monkeypatch: pytest.MonkeyPatch, unlabelled: bool) -> None:
    sums, pixels = stl10(own_places / "home")
    trust(monkeypatch, torchvision.datasets.STL10, sums)
    splits = load("stl10", dials={"unlabelled": unlabelled})
    np.testing.assert_array_equal(splits.train.images, pixels[: 7 if unlabelled else 3])
    assert splits.train.labels.tolist() == ([0, 9, 4, -1, -1, -1, -1] if unlabelled else [0, 9, 4])
    np.testing.assert_array_equal(splits.val.images, pixels[7:])
    assert splits.val.labels.tolist() == [1, 2]
    assert ("without labels" in splits.note) == unlabelled


def idx(values: np.ndarray) -> bytes:
    return struct.pack(">HBB", 0, 8, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def fashion() -> tuple[dict[str, bytes], np.ndarray]:
    pixels = PIXELS.integers(0, 256, (14, 28, 28), np.uint8)
    return {
        "train-images-idx3-ubyte": idx(pixels[:10]), "train-labels-idx1-ubyte": idx(np.arange(10, dtype=np.uint8)),
        "t10k-images-idx3-ubyte": idx(pixels[10:]), "t10k-labels-idx1-ubyte": idx(np.arange(4, dtype=np.uint8)),
    }, pixels  # fmt: skip


def test_fashion_mnist_becomes_rgb(own_places: Path, load: Load) -> None:
    files, pixels = fashion()
    put(own_places / "home" / "FashionMNIST" / "raw", files)
    splits = load("fashion_mnist")
    np.testing.assert_array_equal(splits.train.images, np.stack([pixels[:10]] * 3, 1))
    np.testing.assert_array_equal(splits.val.images, np.stack([pixels[10:]] * 3, 1))
    assert splits.train.labels.tolist() == list(range(10))
    assert splits.train.class_names[9] == "Ankle boot"


def test_dials_of_one_set_are_not_those_of_another(load: Load) -> None:
    with pytest.raises(SpecError):
        load("cifar10", dials={"unlabelled": True})


# --- archives and downloads ------------------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, dict[str, bytes], list[str]]]:
    """A web server on this machine: its address, what it serves, and what was asked for."""
    serves: dict[str, bytes] = {}
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            asked.append(name)
            if name not in serves:
                self.send_error(404)
                return
            data = serves[name]
            self.send_response(200)
            self.send_header("Content-Length", str(len(data) + (100 if name.startswith("short") else 0)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = threading.Thread(target=web.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{web.server_port}/", serves, asked
        web.shutdown()
        thread.join()


def test_an_archive_that_lies_about_is_unpacked_without_network(
    own_places: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, _ = cifar10()
    packed = archive(files)
    cls = torchvision.datasets.CIFAR10
    trust(monkeypatch, cls, {Path(name).name: md5(data) for name, data in files.items()})
    put(own_places / "home" / "datasets", {cls.filename: packed})
    monkeypatch.setattr("urllib.request.urlopen", None)
    with pytest.raises(DataError, match="not on this machine"):  # another checksum: not that archive
        load("cifar10")
    monkeypatch.setattr(cls, "tgz_md5", md5(packed))
    assert len(load("cifar10").train) == 40


@pytest.mark.parametrize("trouble", ["cancelled", "truncated"])
def test_unpacking_leaves_nothing_half(tmp_path: Path, trouble: str) -> None:
    packed = tmp_path / "set.tar.gz"
    files, _ = cifar10()
    whole = archive(files)
    packed.write_bytes(whole if trouble == "cancelled" else whole[: len(whole) // 2])
    asked = iter([False, False, True])
    with pytest.raises(Cancelled if trouble == "cancelled" else DataError):
        torchvision_sets._unpack(packed, tmp_path / "out", (lambda: next(asked)) if trouble == "cancelled" else never)
    assert list((tmp_path / "out").iterdir()) == []


def test_an_archive_cannot_write_outside_its_folder(tmp_path: Path) -> None:
    packed = tmp_path / "in" / "set.tar.gz"
    packed.parent.mkdir()
    packed.write_bytes(archive({"../../evil": b"x"}))
    with pytest.raises(DataError, match="leads outside"):
        torchvision_sets._unpack(packed, tmp_path / "out", never)
    assert not list(tmp_path.rglob("evil"))


def test_downloads_when_asked(own_places: Path, load: Load, monkeypatch: pytest.MonkeyPatch, server: Any) -> None:
    address, serves, asked = server
    files, _ = cifar10()
    cls = torchvision.datasets.CIFAR10
    serves["cifar.tar.gz"] = archive(files)
    trust(monkeypatch, cls, {Path(name).name: md5(data) for name, data in files.items()})
    monkeypatch.setattr(cls, "url", address + "cifar.tar.gz")
    monkeypatch.setattr(cls, "tgz_md5", md5(serves["cifar.tar.gz"]))
    with pytest.raises(DataError):
        load("cifar10")
    assert asked == []
    said: list[str] = []
    assert len(load("cifar10", download=True, progress=lambda _, text: said.append(text)).train) == 40
    assert asked == ["cifar.tar.gz"]
    assert any("downloading cifar-10-python.tar.gz" in text for text in said)
    assert (own_places / "data of this test" / "cifar-10-batches-py").is_dir()


def test_fashion_mnist_tries_its_mirrors(
    own_places: Path, load: Load, monkeypatch: pytest.MonkeyPatch, server: Any
) -> None:
    address, serves, asked = server
    files, _ = fashion()
    serves |= {f"{name}.gz": gzip.compress(data) for name, data in files.items()}
    cls = torchvision.datasets.FashionMNIST
    monkeypatch.setattr(cls, "mirrors", ["http://127.0.0.1:1/", address])
    monkeypatch.setattr(cls, "resources", [(name, md5(serves[name])) for name, _ in cls.resources])
    assert len(load("fashion_mnist", download=True).val) == 4
    assert len(asked) == 4
    assert not list(own_places.rglob("*.part"))


@pytest.mark.parametrize(
    ("name", "says"),
    [("other", "another checksum"), ("missing", "Not Found"), ("short", "connection was lost|IncompleteRead")],
)
def test_a_download_that_fails_leaves_nothing(tmp_path: Path, server: Any, name: str, says: str) -> None:
    address, serves, _ = server
    serves |= {"other": b"not what was promised", "short": b"half"}
    target = tmp_path / "got" / "file.bin"
    with pytest.raises(DataError, match=says) as caught:
        fetch((address + name,), target, md5(b"whole"), silent, never)
    assert "put the file into" in caught.value.hint
    assert list(target.parent.iterdir()) == []


def test_a_download_can_be_cancelled(tmp_path: Path, server: Any) -> None:
    address, serves, _ = server
    serves["large"] = bytes(3_000_000)
    asked = iter([False, False] + [True] * 99)
    seen: list[float] = []
    with pytest.raises(Cancelled):
        fetch(
            (address + "large",),
            tmp_path / "got" / "large",
            "",
            lambda share, _: seen.append(share),
            lambda: next(asked),
        )
    assert 0 < max(seen) < 0.5
    assert list((tmp_path / "got").iterdir()) == []


def test_a_download_needs_a_place(tmp_path: Path, server: Any) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="x cannot be saved in") as caught:
        fetch((server[0] + "x",), tmp_path / "file" / "x", "", silent, never)
    assert "SSLVIZ_DATA" in caught.value.hint
