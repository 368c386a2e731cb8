"""The door of the room: names, the catalogue's entries, and that the door is light."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

import sslviz.data
from sslviz.data import ImageData, Splits, data_infos
from sslviz.spec.errors import Cancelled


def test_every_set_is_in_the_catalogue_with_its_dials() -> None:
    infos = {info.name: info for info in data_infos()}
    assert list(infos) == ["shapes", "cifar10", "cifar100", "stl10", "fashion_mnist", "folder"]
    assert [info.name for info in infos.values() if info.downloads] == ["cifar10", "cifar100", "stl10", "fashion_mnist"]
    assert {"preset", "count", "objects", "texture", "mark"} < {param.name for param in infos["shapes"].params}
    assert all(info.title and info.note and info.licence for info in infos.values())
    for info in infos.values():
        for param in info.params:
            assert param.up or param.down, f"{info.name}.{param.name} does not say what it does"


def test_names_are_there_and_no_others() -> None:
    for name in sslviz.data.__all__:
        assert getattr(sslviz.data, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        _ = sslviz.data.nonsense


def test_listing_and_loading_take_neither_torch_nor_torchvision() -> None:
    code = "import sys; from sslviz.data import data_infos, load_data; data_infos(); print({'torch', 'torchvision'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_cancelled_before_it_began(load: Callable[..., Splits]) -> None:
    with pytest.raises(Cancelled):
        load("shapes", cancelled=lambda: True)


def test_fingerprints_see_pixels_labels_and_cut() -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 3, 8, 8), np.uint8)
    labels = np.arange(40) % 4

    def prints(
        pixels: np.ndarray = images,
        known: np.ndarray | None = labels,
        at: int = 30,
        names: tuple[str, ...] = ("a", "b"),
    ) -> str:
        def part(rows: slice) -> ImageData:
            return ImageData("any name", pixels[rows], None if known is None else known[rows], names)

        return Splits(part(slice(at)), part(slice(at, None)), "any note").fingerprint

    other = images.copy()
    other[3, 1, 2, 2] ^= 1
    swapped = labels.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    assert prints() == prints(images.copy())
    assert (
        len(
            {
                prints(),
                prints(other),
                prints(known=swapped),
                prints(at=29),
                prints(known=None),
                prints(names=("a", "c")),
            }
        )
        == 6
    )
