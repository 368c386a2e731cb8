"""Models by name, with a cache of our own in place of the Hub: no test asks the network."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import pytest
import torch
from huggingface_hub import constants, errors

from sslviz.checkpoints.base import Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.inspect.hub import load_named, untrained_named
from sslviz.inspect.hub.cache import repository
from sslviz.inspect.hub.fetch import chosen
from sslviz.inspect.model import Model
from sslviz.nn.vision_transformer import VisionTransformer
from sslviz.spec.errors import Cancelled

GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "checkpoints"
COMMIT = "0123abcd"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache; whoever asks the network fails."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch"))

    def nobody(*_args, **_kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", nobody)
    monkeypatch.setattr(huggingface_hub, "HfApi", nobody)
    return tmp_path / "hub"


def kept(cache, name, files, links=True):
    """A repository in the cache as the Hub's library lays it out, its files links to blobs."""
    folder = cache / f"models--{name.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True)
    (folder / "blobs").mkdir()
    (folder / "refs" / "main").write_text(COMMIT)
    snapshot = folder / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    for file in files:
        shutil.copy(file, folder / "blobs" / file.name)
        (snapshot / file.name).symlink_to(Path("../../blobs") / file.name)
    return folder


def files(entry="hf_dinov2"):
    return sorted((GOLDEN / entry / "model").iterdir())


def opened(name, download=False, cancelled=lambda: False):
    return load_named(name, "", Wishes(), download=download, progress=lambda _: None, cancelled=cancelled)


def test_what_is_in_the_cache_opens_without_the_network(cache):
    kept(cache, "facebook/tiny", files())
    for name in ("hf:facebook/tiny", "hf:facebook/tiny@main", f"hf:facebook/tiny@{COMMIT}"):
        about = opened(name).description
        assert (about.source, about.family, about.heads) == (name, "DINOv2 (Hugging Face)", 2)


def test_what_is_not_is_refused_until_it_may_be_downloaded(cache):
    with pytest.raises(CheckpointError, match="not in the local cache") as caught:
        opened("hf:facebook/tiny")
    assert "downloaded" in caught.value.hint
    folder = kept(cache, "facebook/gone", files())
    shutil.rmtree(folder / "blobs")  # links that lead nowhere
    with pytest.raises(CheckpointError, match="not in the local cache"):
        opened("hf:facebook/gone")


def test_fetched_are_weights_and_configuration_never_code(cache, monkeypatch):
    asked = []
    listing = [
        "README.md",
        "modeling_evil.py",
        "config.json",
        "preprocessor_config.json",
        "model.safetensors",
        "pytorch_model.bin",
    ]
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: SimpleNamespace(list_repo_files=lambda *_a, **_k: listing))

    def download(_name, file, revision):
        asked.append((file, revision))
        target = cache / "fetched"
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(GOLDEN / "hf_dinov2" / "model" / file, target / file)
        return str(target / file)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    assert opened("hf:facebook/tiny@v2", download=True).description.width == 32
    assert asked == [(name, "v2") for name in ("config.json", "preprocessor_config.json", "model.safetensors")]
    with pytest.raises(Cancelled):
        opened("hf:facebook/tiny", download=True, cancelled=lambda: True)


def answer(kind):
    """An error of the Hub's library, made without a response."""
    error = kind.__new__(kind)
    Exception.__init__(error, "no")
    return error


@pytest.mark.parametrize(
    ("kind", "said", "remedy"),
    [
        (errors.GatedRepoError, "conditions", "hf auth login"),
        (errors.RepositoryNotFoundError, "has no model called", "name"),
        (errors.RevisionNotFoundError, "revision", "commits"),
        (errors.OfflineModeIsEnabled, "cannot be reached", "Connect"),
        (ConnectionError, "cannot be reached", "Connect"),
        (errors.HfHubHTTPError, "refused", "later"),
    ],
)
def test_every_answer_of_the_hub_becomes_two_sentences(monkeypatch, kind, said, remedy):
    def refuse(*_args, **_kwargs):
        raise answer(kind)

    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: SimpleNamespace(list_repo_files=refuse))
    with pytest.raises(CheckpointError, match=said) as caught:
        opened("hf:facebook/tiny", download=True)
    assert remedy in caught.value.hint


@pytest.mark.parametrize("name", ["", "../..", "a/b/c", "a--b/c", "https://huggingface.co/a/b", "a b", "a/b@../main"])
def test_names_that_are_none(name):
    with pytest.raises(CheckpointError, match="no name"):
        repository(name)


def test_shards_come_with_their_index():
    names = ["config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
             "model.safetensors.index.json", "pytorch_model.bin", "x/model.safetensors"]  # fmt: skip
    assert chosen(names) == ("config.json", names[3], names[1], names[2])
    assert chosen(["open_clip_config.json", "open_clip_pytorch_model.bin"]) == (
        "open_clip_config.json",
        "open_clip_pytorch_model.bin",
    )
    assert chosen(["README.md", "tf_model.h5"]) == ()


def test_names_of_timm_lead_to_their_repository(cache):
    with pytest.raises(CheckpointError, match="not in the local cache"):
        opened("timm:vit_tiny_patch16_224.augreg_in21k")
    kept(cache, "timm/vit_tiny_patch16_224.augreg_in21k", [GOLDEN / "timm_vit_safetensors" / "model.safetensors"])
    about = opened("timm:vit_tiny_patch16_224.augreg_in21k").description
    assert (about.source, about.width) == ("timm:vit_tiny_patch16_224.augreg_in21k", 24)


@pytest.mark.parametrize(
    ("name", "said"), [("vit_tinny_patch16_224", "no model called"), ("vit_tiny_patch16_224.nope", "no weights 'nope'")]
)
def test_names_that_timm_does_not_know(name, said):
    with pytest.raises(CheckpointError, match=said) as caught:
        opened(f"timm:{name}")
    assert "vit_tiny_patch16_224" in caught.value.hint or "augreg" in caught.value.hint


def test_random_weights_need_no_file():
    one, two = (Model(untrained_named("timm:vit_tiny_patch16_224", Wishes(image_size=32), seed)) for seed in (0, 1))
    assert isinstance(one.network, VisionTransformer)
    assert (one.describe().image_size, one.describe().network) == ((32, 32), "random weights")
    images = torch.zeros(1, 3, 32, 48, dtype=torch.uint8)
    assert one.attention(images).shape == (1, 3, 7, 7)
    assert not torch.equal(one.features(images).pooled, two.features(images).pooled)
    again = Model(untrained_named("timm:vit_tiny_patch16_224", Wishes(image_size=32), 0))
    assert torch.equal(one.features(images).pooled, again.features(images).pooled)
    with pytest.raises(CheckpointError):
        untrained_named("hf:facebook/tiny", Wishes())
