"""Files as memory: what is looked at is a view, what is kept is a copy that outlives its file."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sslviz.checkpoints.base import Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.opening import load, read_part
from sslviz.checkpoints.reading import own_memory, read_archive
from sslviz.checkpoints.reading.mapped_file import MappedFile, mapping_of

FIXTURE = Path(__file__).parents[4] / "tests/golden/checkpoints/dino_vit_backbone/dino_tinyvit8_pretrain.pth"


def test_views_lie_in_the_file_and_copies_do_not(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save({"a": torch.arange(12.0).view(3, 4), "b": torch.ones(5_000)}, path)
    tree = read_archive(path).tree
    for tensor in (tree["a"], tree["a"].T, tree["b"][1_000:2_000]):
        assert mapping_of(tensor) is not None
        own = own_memory(tensor)
        assert mapping_of(own) is None
        assert own.is_contiguous()
        assert torch.equal(own, tensor)
    other = torch.ones(3)
    assert own_memory(other) is other


def test_a_network_outlives_its_file(tmp_path: Path) -> None:
    """Trainings overwrite their checkpoints in place: touching pages that are gone would end the process."""
    path = tmp_path / "checkpoint.pth"
    path.write_bytes(FIXTURE.read_bytes())
    network = load(read_part(path), Wishes()).network
    assert all(mapping_of(tensor) is None for tensor in network.state_dict().values())


@pytest.mark.parametrize("start", range(9))
def test_alignment(start: int, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(start) + torch.arange(4_000, dtype=torch.float64).numpy().tobytes())
    numbers = MappedFile.open(path).numbers(start, 32_000, 8)
    assert numbers.data_ptr() % 8 == 0
    assert torch.equal(numbers.view(torch.float64), torch.arange(4_000, dtype=torch.float64))


@pytest.mark.parametrize(("start", "length"), [(0, 11), (11, 0), (-1, 2), (5, -1), (10, 1), (2**70, 1)])
def test_what_lies_outside(start: int, length: int, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"0123456789")
    file = MappedFile.open(path)
    with pytest.raises(CheckpointError, match="cut off"):
        file.numbers(start, length, 1)
    with pytest.raises(CheckpointError, match="cut off"):
        file.cut(start, length)
