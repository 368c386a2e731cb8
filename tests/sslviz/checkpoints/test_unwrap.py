"""From trees as training code saves them to networks: the usual one first, prefixes off only where they cover everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from sslviz.checkpoints.base import Archive
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.opening import chosen
from sslviz.checkpoints.reading import Placeholder
from sslviz.checkpoints.unwrap import parts_of

VIT = ("cls_token", "patch_embed.proj.weight", "blocks.0.norm1.weight", "norm.weight")
RESNET = ("conv1.weight", "bn1.weight", "layer1.0.conv1.weight")
NUMBERED = ("0.weight", "1.weight", "4.0.conv1.weight")
HUGGING = ("embeddings.cls_token", "embeddings.patch_embeddings.projection.weight", "encoder.layer.0.norm1.weight")


def tensors(*groups: tuple[str, Iterable[str]]) -> dict[str, Tensor]:
    """Tensors by name; each has another value, so that one cannot stand for another."""
    names = [prefix + name for prefix, group in groups for name in group]
    return {name: torch.full((1,), float(number)) for number, name in enumerate(names)}


def archive(tree: Any) -> Archive:
    return Archive(Path("model.pth"), "torch zip", tree, ())


def parts(tree: Any) -> dict[str, set[str]]:
    return {part.name: set(part.tensors) for part in parts_of(archive(tree))}


CASES: dict[str, tuple[Any, Mapping[str, Iterable[str]]]] = {
    "flat": (tensors(("", VIT)), {"": VIT}),
    "flat with a number beside": (tensors(("", VIT)) | {"epoch": 3, "args": Placeholder("argparse.Namespace")}, {"": VIT}),
    "DataParallel": (tensors(("module.", VIT)), {"": VIT}),
    "compiled, in DataParallel": (tensors(("_orig_mod.module.", VIT)), {"": VIT}),
    "DataParallel, compiled": (tensors(("module._orig_mod.", VIT)), {"": VIT}),
    "model, backbone and module": (tensors(("model.backbone.module.", VIT)), {"": VIT}),
    "backbone with head beside": (
        tensors(("module.backbone.", VIT), ("module.head.", ["mlp.0.weight"])),
        {"": [*VIT, "head.mlp.0.weight"]},
    ),
    "in state_dict": ({"state_dict": tensors(("", VIT)), "epoch": 1, "optimizer": {"state": {}}}, {"": VIT}),
    "in a key of the author's": ({"weights": tensors(("", VIT)), "epoch": 1}, {"": VIT}),
    "in state_dict in model": ({"model": {"state_dict": tensors(("module.", VIT))}}, {"": VIT}),
    "DINO": (
        {
            "student": tensors(("module.backbone.", VIT), ("module.head.", ["last_layer.weight_v"])),
            "teacher": tensors(("backbone.", VIT), ("head.", ["last_layer.weight_v"])),
            "dino_loss": {"center": torch.zeros(1, 4)},
        },
        {"teacher": [*VIT, "head.last_layer.weight_v"], "student": [*VIT, "head.last_layer.weight_v"]},
    ),
    "DINOv2 while it trains": (
        {"model": tensors(*((f"{side}.backbone.", VIT) for side in ("student", "teacher")), ("student.dino_head.", ["mlp.0.weight"]))},
        {"teacher": VIT, "student": [*VIT, "dino_head.mlp.0.weight"]},
    ),
    "timm with moving average": (
        {"state_dict": tensors(("", VIT)), "state_dict_ema": tensors(("module.", VIT))},
        {"state_dict_ema": VIT, "state_dict": VIT},
    ),
    "I-JEPA": (
        {
            "encoder": tensors(("module.", VIT)),
            "predictor": tensors(("module.", ["predictor_embed.weight"])),
            "target_encoder": tensors(("module.", VIT)),
            "opt": {"state": {0: {"exp_avg": torch.zeros(1)}}},
        },
        {"target_encoder": VIT, "encoder": VIT},
    ),
    "MoCo": (
        {"state_dict": tensors(("module.encoder_q.", [*RESNET, "fc.0.weight"]), ("module.encoder_k.", RESNET), ("module.", ["queue"]))},
        {"encoder_q": [*RESNET, "fc.0.weight", "queue"], "encoder_k": RESNET},
    ),
    "MoCo v3": (
        {"state_dict": tensors(("module.base_encoder.", VIT), ("module.momentum_encoder.", VIT), ("module.predictor.", ["0.weight"]))},
        {"base_encoder": [*VIT, "predictor.0.weight"], "momentum_encoder": VIT},
    ),
    "MoCo v3's base alone": ({"state_dict": tensors(("module.base_encoder.", VIT))}, {"": VIT}),
    "VICReg": (
        {"model": tensors(("module.backbone.", RESNET), ("module.projector.", ["0.weight"]))},
        {"": [*RESNET, "projector.0.weight"]},
    ),
    "Barlow Twins": (
        {"model": tensors(("module.backbone.", RESNET), ("module.projector.", ["0.weight"]), ("module.bn.", ["running_mean"]))},
        {"": [*RESNET, "projector.0.weight", "bn.running_mean"]},
    ),
    "SwAV": (
        tensors(("module.", [*RESNET, "projection_head.0.weight", "prototypes.weight"])),
        {"": [*RESNET, "projection_head.0.weight", "prototypes.weight"]},
    ),
    "solo-learn with momentum": (
        {"state_dict": tensors(("backbone.", VIT), ("projector.", ["0.weight"]), ("classifier.", ["weight"]),
                               ("momentum_backbone.", VIT), ("momentum_projector.", ["0.weight"]))},
        {"backbone": [*VIT, "projector.0.weight", "classifier.weight"], "momentum_backbone": [*VIT, "projector.0.weight"]},
    ),
    "lightly with momentum": (
        {"state_dict": tensors(("backbone.", NUMBERED), ("projection_head.layers.", ["0.weight"]),
                               ("backbone_momentum.", NUMBERED), ("projection_head_momentum.layers.", ["0.weight"]))},
        {"backbone": [*NUMBERED, "projection_head.layers.0.weight"],
         "backbone_momentum": [*NUMBERED, "projection_head.layers.0.weight"]},
    ),
    "lightly's DINO": (
        {"state_dict": tensors(("student_backbone.", VIT), ("student_head.layers.", ["0.weight"]),
                               ("teacher_backbone.", VIT), ("teacher_head.layers.", ["0.weight"]), ("criterion.center.", ["c"]))},
        {"teacher": [*VIT, "head.layers.0.weight"], "student": [*VIT, "head.layers.0.weight", "criterion.center.c"]},
    ),
    "lightly's MAE": (
        {"state_dict": tensors(("backbone.vit.", VIT), ("decoder.", ["mask_token", "decoder_embed.weight"]))},
        {"": [*VIT, "mask_token", "decoder_embed.weight"]},
    ),
    "UvA tutorial": ({"state_dict": tensors(("convnet.", [*RESNET, "fc.0.weight"]))}, {"": [*RESNET, "fc.0.weight"]}),
    "Hugging Face's own encoder": (tensors(("", HUGGING)), {"": HUGGING}),
    "Hugging Face's task model": (
        tensors(("vit.", HUGGING), ("decoder.", ["mask_token"])), {"": [*(f"vit.{n}" for n in HUGGING), "decoder.mask_token"]}
    ),
    "torchvision's encoder": (
        tensors(("", ["class_token", "encoder.pos_embedding", "encoder.layers.encoder_layer_0.ln_1.weight"])),
        {"": ["class_token", "encoder.pos_embedding", "encoder.layers.encoder_layer_0.ln_1.weight"]},
    ),
    "a prefix that covers a part": (tensors(("backbone.", VIT), ("other.", VIT)), {"": [*(f"backbone.{n}" for n in VIT), *(f"other.{n}" for n in VIT)]}),
    "a wrapper's name inside": (tensors(("", ["blocks.0.module.weight", "blocks.0.backbone.weight"])), {"": ["blocks.0.module.weight", "blocks.0.backbone.weight"]}),
    "a moving average beside a model": (tensors(("model.", VIT), ("model_ema.module.", VIT)), {"ema": VIT, "model": VIT}),
}  # fmt: skip


@pytest.mark.parametrize(("tree", "expected"), CASES.values(), ids=list(CASES))
def test_networks_and_names(tree: Any, expected: Mapping[str, Iterable[str]]) -> None:
    found = parts(tree)
    assert found == {name: set(names) for name, names in expected.items()}
    assert list(found) == list(expected)  # the usual choice first


def test_tensors_stay_with_their_names() -> None:
    tree = {
        "teacher": tensors(("backbone.", VIT)),
        "student": {k: v + 10 for k, v in tensors(("module.backbone.", VIT)).items()},
    }
    teacher, student = parts_of(archive(tree))
    for number, name in enumerate(VIT):
        assert teacher.tensors[name] == number
        assert student.tensors[name] == number + 10


def test_prefixes_come_off_in_any_order() -> None:
    wrappers = ("module.", "_orig_mod.", "model.", "backbone.")
    for first in wrappers:
        for second in wrappers:
            for third in wrappers:
                assert parts(tensors((first + second + third, VIT))) == {"": set(VIT)}


REFUSED = {
    "a list": ([torch.zeros(1)], "a list of 1"),
    "a tensor": (torch.zeros(2, 3), "a single tensor of 2 × 3"),
    "nothing": ({}, "empty dict"),
    "a whole model": (Placeholder("torchvision.models.resnet.ResNet"), "torchvision.models.resnet.ResNet"),
    "an optimiser": ({"optimizer": {"state": {0: {"exp_avg": torch.zeros(1)}}}, "epoch": 1}, "state of an optimiser"),
    "a bare optimiser": ({"state": {0: {"exp_avg": torch.zeros(1)}}, "param_groups": []}, "state of an optimiser"),
    "numbers as names": ({0: torch.zeros(1)}, "keys are not names"),
    "a number": (3, "a int"),
    "texts": ({"note": "hello"}, "no tensors by name"),
    "an object for a tensor": (tensors(("", VIT)) | {"blocks.0.bias": Placeholder("posix.system")}, "posix.system"),
}


@pytest.mark.parametrize(("tree", "said"), REFUSED.values(), ids=list(REFUSED))
def test_what_is_no_network_is_refused(tree: Any, said: str) -> None:
    with pytest.raises(CheckpointError, match=said) as caught:
        parts_of(archive(tree))
    assert caught.value.hint


def test_origins_are_known_by_wrappers() -> None:
    for name, expected in (("MoCo", "moco"), ("MoCo v3", "moco_v3"), ("solo-learn with momentum", "solo-learn"),
                           ("lightly with momentum", "lightly"), ("UvA tutorial", "uva_tutorial"), ("VICReg", "")):  # fmt: skip
        assert {part.origin for part in parts_of(archive(CASES[name][0]))} == {expected}


def test_what_the_script_was_told_goes_along() -> None:
    tree = {"state_dict": tensors(("", VIT)), "hyper_parameters": {"hidden_dim": 128}}
    assert parts_of(archive(tree))[0].args["hidden_dim"] == 128


def test_networks_are_chosen_by_name() -> None:
    found = parts_of(archive(CASES["DINO"][0]))
    assert chosen(found, "").name == "teacher"
    assert chosen(found, "student").name == "student"
    assert chosen(parts_of(archive(CASES["MoCo v3"][0])), "momentum").name == "momentum_encoder"
    with pytest.raises(CheckpointError, match="no network called 'pupil'") as caught:
        chosen(found, "pupil")
    assert "teacher, student" in caught.value.hint


def test_a_single_network_goes_by_its_own_name() -> None:
    found = parts_of(archive({"teacher": tensors(("backbone.", VIT))}))
    assert chosen(found, "teacher").tensors.keys() == set(VIT)
    with pytest.raises(CheckpointError, match="one network only"):
        chosen(found, "student")
