"""Folders of the Hugging Face Hub: one file or shards, and nothing outside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading import read_archive, sha256_of

CONFIG = {"model_type": "vit", "hidden_size": 12}


def written(path: Path, tree: Any) -> None:
    path.write_text(json.dumps(tree), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "model"
    path.mkdir()
    written(path / "config.json", CONFIG)
    return path


def sharded(
    folder: Path, names: tuple[str, str] = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
) -> None:
    save_file({"a": torch.zeros(3)}, folder / names[0])
    save_file({"b": torch.ones(2)}, folder / names[1])
    written(folder / "model.safetensors.index.json", {"weight_map": {"a": names[0], "b": names[1]}})


def test_one_file(folder: Path) -> None:
    save_file({"a": torch.arange(3.0)}, folder / "model.safetensors")
    written(folder / "preprocessor_config.json", {"image_mean": [0.5, 0.5, 0.5]})
    archive = read_archive(folder)
    assert archive.format == "Hugging Face folder, safetensors"
    assert (archive.path, archive.files) == (folder, (folder / "model.safetensors",))
    assert archive.config == CONFIG
    assert archive.preprocessor["image_mean"] == [0.5, 0.5, 0.5]
    assert archive.tree["a"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_file_of_the_folder_stands_for_it(folder: Path, name: str) -> None:
    save_file({"a": torch.ones(3)}, folder / "model.safetensors")
    assert read_archive(folder / name).config == CONFIG


def test_the_file_that_was_chosen_is_the_one_that_is_read(folder: Path) -> None:
    save_file({"a": torch.zeros(3)}, folder / "model.safetensors")
    torch.save({"a": torch.ones(3)}, folder / "pytorch_model.bin")
    assert read_archive(folder / "pytorch_model.bin").tree["a"].sum() == 3
    assert read_archive(folder).tree["a"].sum() == 0


@pytest.mark.parametrize("chosen", ["", "model-00002-of-00002.safetensors", "model.safetensors.index.json"])
def test_shards(folder: Path, chosen: str) -> None:
    sharded(folder)
    archive = read_archive(folder / chosen)
    assert archive.format == "Hugging Face folder, 2 shards"
    assert {name: tensor.tolist() for name, tensor in archive.tree.items()} == {"a": [0, 0, 0], "b": [1, 1]}
    assert [file.name[:11] for file in archive.files] == ["model-00001", "model-00002"]
    assert len(sha256_of(archive)) == 64


def test_a_shard_alone(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(3)}, tmp_path / "model-00001-of-00002.safetensors")
    with pytest.raises(CheckpointError, match="one of several shards"):
        read_archive(tmp_path / "model-00001-of-00002.safetensors")


def test_a_shard_that_lacks_what_the_index_says(folder: Path) -> None:
    sharded(folder)
    save_file({"c": torch.ones(2)}, folder / "model-00002-of-00002.safetensors")
    with pytest.raises(CheckpointError, match=r"no shard holds: 'b'"):
        read_archive(folder)


def test_a_tensor_in_two_shards(folder: Path) -> None:
    sharded(folder)
    save_file({"a": torch.ones(2), "b": torch.ones(2)}, folder / "model-00002-of-00002.safetensors")
    with pytest.raises(CheckpointError, match="in two shards"):
        read_archive(folder)


@pytest.mark.parametrize(
    "name", ["../secret.safetensors", "/etc/passwd", "..", "", "sub/a.safetensors", "C:a", "a\\b", "a\0b"]
)
def test_names_outside_the_folder(folder: Path, name: str) -> None:
    save_file({"a": torch.ones(2)}, folder.parent / "secret.safetensors")
    written(folder / "model.safetensors.index.json", {"weight_map": {"a": name}})
    with pytest.raises(CheckpointError, match="does not lie in it"):
        read_archive(folder)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_links_outside_the_folder(folder: Path, name: str) -> None:
    save_file({"a": torch.ones(2)}, folder / "model.safetensors")
    outside = folder.parent / f"outside-{name}"
    (folder / name).rename(outside)
    (folder / name).symlink_to(outside)
    with pytest.raises(CheckpointError, match="link to a file outside"):
        read_archive(folder)


def test_a_link_to_itself(folder: Path) -> None:
    (folder / "model.safetensors").symlink_to(folder / "model.safetensors")
    with pytest.raises(CheckpointError, match="missing"):
        read_archive(folder)


def test_the_cache_of_the_hub_links_to_its_blobs(tmp_path: Path) -> None:
    repository = tmp_path / "models--facebook--dino"
    snapshot = repository / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    save_file({"a": torch.ones(2)}, repository / "blobs" / "123")
    written(repository / "blobs" / "456", CONFIG)
    (snapshot / "model.safetensors").symlink_to("../../blobs/123")
    (snapshot / "config.json").symlink_to("../../blobs/456")
    assert read_archive(snapshot).config == CONFIG
    written(tmp_path / "elsewhere", CONFIG)
    (snapshot / "config.json").unlink()
    (snapshot / "config.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CheckpointError, match="link to a file outside"):
        read_archive(snapshot)


def test_remote_code(folder: Path) -> None:
    written(folder / "config.json", {**CONFIG, "auto_map": {"AutoModel": "evil.Model"}})
    save_file({"a": torch.ones(2)}, folder / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"no code.*auto_map"):
        read_archive(folder)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        '{"a": ' * 100_000,
        "[]",
        "null",
        '{"a": NaN}',
        '{"a": 1, "a": 2}',
        '{"a": 1' + "0" * 5_000 + "}",
        "\xff",
    ],
)
def test_broken_configurations(folder: Path, text: str) -> None:
    save_file({"a": torch.ones(2)}, folder / "model.safetensors")
    (folder / "config.json").write_text(text, encoding="latin-1")
    with pytest.raises(CheckpointError, match=r"config\.json"):
        read_archive(folder)


@pytest.mark.parametrize(
    "index",
    [
        {},
        {"weight_map": []},
        {"weight_map": {}},
        {"weight_map": {"a": 3}},
        {"weight_map": {str(n): f"{n}" for n in range(1_001)}},
    ],
)
def test_broken_indices(folder: Path, index: Any) -> None:
    written(folder / "model.safetensors.index.json", index)
    with pytest.raises(CheckpointError, match="index"):
        read_archive(folder)


def test_folders_without_configuration(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no weights in this folder"):
        read_archive(tmp_path)
    torch.save({"a": torch.ones(2)}, tmp_path / "best.pth")
    assert read_archive(tmp_path).files == (tmp_path / "best.pth",)
    torch.save({"a": torch.ones(2)}, tmp_path / "last.pth")
    with pytest.raises(CheckpointError, match=r"2 files of weights: best\.pth, last\.pth\. Open one"):
        read_archive(tmp_path)


def test_distributed_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "__0_0.distcp").write_bytes(b"x")
    with pytest.raises(CheckpointError, match=r"distributed.*dcp_to_torch_save"):
        read_archive(tmp_path)


def test_foreign_layouts(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "a.safetensors", {"format": "flax"})
    with pytest.raises(CheckpointError, match="Flax"):
        read_archive(tmp_path / "a.safetensors")
