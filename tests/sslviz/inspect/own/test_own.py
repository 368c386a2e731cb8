"""Our own models as they are looked into: the same features, attention and pictures as the run itself computes."""

from __future__ import annotations

import copy

import pytest
import torch

from sslviz.data.augment import recipe
from sslviz.data.shapes import dials
from sslviz.data.shapes.scenes import factor_names
from sslviz.inspect.attention import class_attention
from sslviz.inspect.errors import InspectError
from sslviz.inspect.model import Model
from sslviz.inspect.open import shipped_model
from sslviz.inspect.own import load_run, model_of
from sslviz.inspect.own.encoders import sides_of
from sslviz.methods import METHODS
from sslviz.methods.mae import reconstruct
from sslviz.nn.vision_transformer import VisionTransformer
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.training.errors import TrainingError
from sslviz.training.prepare import build_method, facts_of
from sslviz.training.run_file import Environment, write_run_file
from sslviz.training.snapshots import SnapshotFacts, save_snapshot

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.3, 0.25)


def made(name, backbone, size=32, **params):
    """A method of that name, with its initial weights, and its configuration."""
    config = RunConfig(
        name, params, backbone=backbone, augmentation=recipe(METHODS[name].info.augmentation), batch_size=8
    )
    facts = facts_of(config, (size, size), ("a", "b", "c"), factor_names(dials.chosen({})))
    return build_method(config, mean=MEAN, std=STD, facts=facts), config


def pictures(*size):
    return torch.randint(0, 256, (2, 3, *size), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


@torch.inference_mode()
def agrees(method, config, network=""):
    side = next(side for side in sides_of(method) if side.name == network)
    model = model_of(method, config, 5, network=network)
    images = pictures(*model.describe().image_size)
    wanted = side.encoder(images)
    assert torch.allclose(model.features(images).pooled, wanted, atol=1e-5 * float(wanted.abs().max()) + 1e-6)
    return model


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_method_gives_its_own_features(name):
    for backbone in ("vit_d64", "resnet_w16") if name != "mae" else ("vit_d64",):
        method, config = made(name, backbone)
        for side in sides_of(method):
            model = agrees(method, config, side.name)
            about = model.describe()
            assert about.kind == ("vit" if backbone == "vit_d64" else "cnn")
            assert about.network == side.name
            assert (about.mean, about.family) == (pytest.approx(MEAN), METHODS[name].info.title)


@pytest.mark.parametrize("backbone", ["timm:resnet18", "timm:vit_tiny_patch16_224", "timm:convnext_atto"])
def test_backbones_of_timm(backbone):
    model = agrees(*made("simclr", backbone, 64))
    maps = [tuple(model.features(pictures(64, 64), k).grid) for k in range(model.depth)]
    assert maps[0][0] >= maps[-1][0] > 0
    assert isinstance(model.network, VisionTransformer) == ("vit" in backbone)


def test_a_transformer_that_is_not_plain_is_looked_into_as_maps():
    method, config = made("simclr", "timm:vit_tiny_patch16_224", 32)
    method.encoder.backbone.blocks[0].mlp.act = torch.nn.ReLU()
    model = agrees(method, config)
    assert not isinstance(model.network, VisionTransformer)
    assert model.features(pictures(32, 32)).grid == (2, 2)


def test_attention_and_other_sizes_are_those_of_the_run():
    method, config = made("dino", "vit_d64")
    model = model_of(copy.deepcopy(method), config)
    images = pictures(32, 64)
    (maps,) = class_attention(method.eval().teacher_encoder, images)
    rows = model.rows(images, (-1,), [0])[-1][:, :, 0, 1:]
    assert torch.allclose(rows.view(maps.shape), maps, atol=1e-5)


def test_teachers_and_students_are_told_apart():
    method, config = made("dino", "vit_d64")
    with torch.no_grad():
        method.teacher_encoder.backbone.norm.bias.add_(1.0)
    teacher, student = (model_of(method, config, network=name) for name in ("teacher", "student"))
    assert model_of(method, config).describe().network == "teacher"
    images = pictures(32, 32)
    assert torch.allclose(teacher.features(images).pooled, student.features(images).pooled + 1.0, atol=1e-5)
    assert teacher.describe().networks == ("teacher", "student")
    with pytest.raises(InspectError, match="pupil") as caught:
        model_of(method, config, network="pupil")
    assert "teacher, student" in caught.value.hint


@pytest.mark.parametrize("positions", [True, False])
def test_mae_paints_what_its_run_paints(positions):
    method, config = made("mae", "vit_d64", positions=positions)
    model = model_of(copy.deepcopy(method), config)
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(2))
    hidden = torch.zeros(method.grid, dtype=torch.bool)
    hidden[1:5, 2:7] = True
    ours, theirs = model.reconstruct(images, mask=hidden), reconstruct(method.eval(), images, hidden)
    assert torch.allclose(model.show(ours.recon), theirs.prediction, atol=1e-5)
    assert torch.allclose(ours.errors, theirs.errors, atol=1e-4)
    assert ours.borrowed == theirs.borrowed


def test_heads_and_the_tower_that_reads():
    method, config = made("clip", "vit_d64")
    model = model_of(method, config)
    ids = method.words.encode(["a red star", "a blue square"])
    with torch.inference_mode():
        assert torch.allclose(model.encode_text(ids), method.read(ids))
    images = pictures(32, 32)
    assert model.heads["projection"](model.features(images).pooled).shape == (2, method.params.dim)
    assert model.describe().abilities == ("attention", "text")


@pytest.mark.parametrize("name", ["dino-shapes", "mae-shapes"])
def test_models_that_ship(name):
    model = Model(load_run(shipped_model(name)))
    about = model.describe()
    assert (about.source, about.format, about.matched) == (name, "shipped model", 100.0)
    assert about.precision == "float16 and float32"
    assert len(about.sha256) == 64
    assert about.notes
    assert torch.isfinite(model.features(pictures(64, 64)).pooled).all()


def saved(folder, method, config, steps=(0, 7)):
    write_run_file(folder, config, Environment(class_names=("a", "b", "c")))
    (folder / "snapshots").mkdir()
    for step in steps:
        facts = SnapshotFacts(config, {}, (48, 48), MEAN, STD)
        save_snapshot(
            folder, step, {n: t + step if "norm.bias" in n else t for n, t in method.state_dict().items()}, facts
        )
    return folder


def test_run_folders_and_their_snapshots(tmp_path):
    method, config = made("simclr", "vit_d64", 48)
    folder = saved(tmp_path, method, config)
    last, first = Model(load_run(folder)), Model(load_run(folder, 0))
    images = pictures(48, 48)
    with torch.inference_mode():
        assert torch.allclose(first.features(images).pooled, method.eval().encoder(images), atol=1e-5)
    assert torch.allclose(last.features(images).pooled, first.features(images).pooled + 7, atol=0.05)
    assert "after 7 steps" in last.describe().inferred[0]
    assert last.describe().image_size == (48, 48)
    assert (last.describe().format, last.describe().source) == ("run folder", str(folder))
    with pytest.raises(TrainingError, match="no snapshot of step 3"):
        load_run(folder, 3)


def test_a_runs_size_is_as_configured_or_as_its_table_tells(tmp_path):
    method, config = made("simclr", "vit_d64", 48)
    for number, data in enumerate((DataConfig("shapes", image_size=48), DataConfig("gone/folder"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        saved(folder, method, RunConfig("simclr", backbone="vit_d64", augmentation=config.augmentation, data=data))
        assert load_run(folder).description.image_size == (48, 48)


def test_weights_of_another_model_are_refused(tmp_path):
    method, _ = made("simclr", "vit_d64", 48)
    _, other = made("simclr", "resnet_w16", 48)
    with pytest.raises(TrainingError, match="another model"):
        load_run(saved(tmp_path, method, other))
