"""Opened models are shared, bounded, and read anew once their file changes."""

import os
import threading

import pytest

from sslviz.checkpoints.errors import CheckpointError
from sslviz.engine.models import OpenedModels, stamp_of, weight_of
from sslviz.spec.errors import Cancelled
from sslviz.spec.inspection import ModelRef
from tests.sslviz.inspect.networks import convolutional, masked_autoencoder, transformer


class Reader:
    """Opens small random networks, and remembers what was asked of it."""

    def __init__(self):
        self.read = []

    def __call__(self, ref, advance, cancelled):
        advance(0.5, f"opening {ref.source}")
        self.read.append(ref)
        return transformer(len(self.read))


def get(models, ref, said=None):
    return models.get(ref, lambda fraction, text: said.append(text) if said is not None else None)


def test_a_model_is_opened_once_whether_or_not_it_may_be_downloaded():
    reader, said = Reader(), []
    models = OpenedModels(reader)
    assert not models.holds(ModelRef("hf:a"))
    first = get(models, ModelRef("hf:a"), said)
    assert get(models, ModelRef("hf:a", download=True)) is first
    assert models.holds(ModelRef("hf:a"))
    assert get(models, ModelRef("hf:a", heads=4)) is not first
    assert len(reader.read) == 2
    assert said == ["opening hf:a"]


def test_a_changed_file_is_another_model(tmp_path):
    file = tmp_path / "model.pth"
    file.write_bytes(b"one")
    models = OpenedModels(Reader())
    first = get(models, ModelRef(str(file)))
    assert get(models, ModelRef(str(file))) is first
    file.write_bytes(b"three")
    assert get(models, ModelRef(str(file))) is not first


def test_a_folder_changes_with_its_weights_and_not_with_its_logs(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"one")
    before = stamp_of(str(tmp_path))
    (tmp_path / "metrics.csv").write_text("a line")
    assert stamp_of(str(tmp_path)) == before
    os.utime(tmp_path / "model.safetensors", ns=(1, 1))
    assert stamp_of(str(tmp_path)) != before
    assert stamp_of("timm:vit_small") == ()


def test_a_snapshot_stays_as_it_is_while_its_run_goes_on(tmp_path):
    for name in ("snapshots/step_00000010.safetensors", "checkpoint.safetensors"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"one")
    models, ref = OpenedModels(Reader()), ModelRef(str(tmp_path), snapshot=10)
    first = get(models, ref)
    (tmp_path / "checkpoint.safetensors").write_bytes(b"three")
    assert get(models, ref) is first
    (tmp_path / "snapshots/step_00000010.safetensors").write_bytes(b"three")
    assert get(models, ref) is not first


def test_random_weights_are_of_the_same_network_which_is_opened_once():
    reader = Reader()
    models = OpenedModels(reader)
    plain = get(models, ModelRef("a"))
    random = get(models, ModelRef("a", random=True))
    assert random is get(models, ModelRef("a", random=True))
    assert [ref.random for ref in reader.read] == [False]
    assert not (random.network.blocks[0].attn.qkv.weight == plain.network.blocks[0].attn.qkv.weight).all()


def test_memory_is_bounded():
    weight = weight_of(transformer())
    models = OpenedModels(Reader(), budget=2.5 * weight)
    for name in "abc":
        get(models, ModelRef(name))
    assert [models.holds(ModelRef(name)) for name in "abc"] == [False, True, True]


@pytest.mark.parametrize("model", [transformer(), convolutional(), masked_autoencoder()])
def test_a_model_weighs_what_its_parameters_take(model):
    parts = [model.loaded.network, model.loaded.decoder]
    least = sum(4 * p.numel() for part in parts if part for p in part.parameters())
    assert least <= weight_of(model) < 1.1 * least + 100


def test_waiting_for_a_model_that_another_opens_can_be_given_up():
    begun, go = threading.Event(), threading.Event()

    def read(ref, advance, cancelled):
        begun.set()
        assert go.wait(30)
        return transformer()

    models = OpenedModels(read)
    thread = threading.Thread(target=get, args=(models, ModelRef("a")))
    thread.start()
    assert begun.wait(30)
    with pytest.raises(Cancelled):
        models.get(ModelRef("a"), lambda *_: None, lambda: True)
    go.set()
    thread.join(30)


def test_random_weights_of_a_name_of_timm_need_no_download():
    def absent(ref, advance, cancelled):
        raise CheckpointError(f"{ref.source} is not in the local cache.", "Say that it may be downloaded.")

    models = OpenedModels(absent)
    wanted = ModelRef("timm:vit_tiny_patch16_224", random=True, image_size=32)
    model = get(models, wanted)
    assert model.describe().network == "random weights"
    assert get(models, wanted) is model
    for ref in (ModelRef("timm:vit_tiny_patch16_224"), ModelRef("hf:a/b", random=True)):
        with pytest.raises(CheckpointError, match="not in the local cache"):
            get(models, ref)
