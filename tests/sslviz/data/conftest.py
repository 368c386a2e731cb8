"""Fixtures of the data room: a cache of its own for each test, and small pictures on disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sslviz.data import load_data
from sslviz.data.base import Splits
from sslviz.spec.config import DataConfig

Load = Callable[..., Splits]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache that nobody else sees."""
    place = tmp_path / "cache of this test"
    monkeypatch.setenv("SSLVIZ_CACHE", str(place))
    monkeypatch.setenv("SSLVIZ_DATA", str(tmp_path / "data of this test"))
    return place


@pytest.fixture
def entries(own_cache: Path) -> Callable[[], list[str]]:
    """Names of everything in the cache, half-written things included."""
    return lambda: sorted(path.name for path in (own_cache / "images").glob("*"))


@pytest.fixture
def load() -> Load:
    """`load_data` by keyword."""

    def call(source: object, **settings: object) -> Splits:
        extra = {name: settings.pop(name) for name in ("progress", "cancelled") if name in settings}
        return load_data(DataConfig(source=str(source), **settings), **extra)

    return call


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """The bytes of an image file: noise of a seed, or one colour."""

    def make(
        seed: int = 0, size: tuple[int, int] = (12, 12), kind: str = "PNG", mode: str = "RGB", colour: object = None
    ) -> bytes:
        if colour is None:
            noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
            image = Image.fromarray(noise).convert(mode)
        else:
            image = Image.new(mode, size, colour)
        stream = io.BytesIO()
        image.save(stream, kind)
        return stream.getvalue()

    return make


@pytest.fixture
def folder(tmp_path: Path, picture: Callable[..., bytes]) -> Callable[..., Path]:
    """A folder with files: names to bytes, or to seeds of small PNGs."""

    def make(files: dict[str, bytes | int], name: str = "pictures") -> Path:
        root = tmp_path / name
        root.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content if isinstance(content, bytes) else picture(content))
        return root

    return make


@pytest.fixture
def zipped(tmp_path: Path, picture: Callable[..., bytes]) -> Callable[..., Path]:
    """A zip with files, as `folder`."""

    def make(files: dict[str, bytes | int], name: str = "pictures.zip", method: int = zipfile.ZIP_STORED) -> Path:
        with zipfile.ZipFile(tmp_path / name, "w", method) as archive:
            for path, content in files.items():
                archive.writestr(path, content if isinstance(content, bytes) else picture(content))
        return tmp_path / name

    return make
