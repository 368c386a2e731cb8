"""ResNets rebuilt from shapes compute what torchvision's own do, in every shape; families know their files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

from sslviz.checkpoints.base import Archive, Loaded
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.opening import load
from sslviz.checkpoints.unwrap import parts_of
from sslviz.nn.errors import NetworkError
from sslviz.nn.residual_network import ResidualNetwork

State = dict[str, Tensor]


def stirred(module: nn.Module) -> nn.Module:
    """In evaluation mode, with weights of its size and statistics that are not as they begin."""
    generator = torch.Generator().manual_seed(0)
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            drawn = torch.rand(tensor.shape, generator=generator)
            drawn = (drawn - 0.5) / max(1, tensor[0].numel()) ** 0.5 * 4 if tensor.ndim > 1 else drawn - 0.5
            tensor.copy_(drawn + 1 if tensor.ndim == 1 and name.endswith(("running_var", "weight")) else drawn)
    return module.eval()


def narrow(build: Callable[[], ResNet]) -> ResNet:
    """A network with a stem of 8 channels in place of 64, everything after it narrower by the same; weights as they come."""
    with torch.device("meta"):
        network = build()
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            outputs, inputs = module.weight.shape[0] // 8, max(1, module.weight.shape[1] // 8)
            if module.in_channels == 3:
                inputs = 3
            if module.groups > 1:
                module.groups, inputs = module.groups // 8, module.weight.shape[1]
            module.weight = nn.Parameter(torch.zeros(outputs, inputs, *module.kernel_size))
        elif isinstance(module, nn.BatchNorm2d):
            width = module.num_features // 8
            module.weight, module.bias = nn.Parameter(torch.zeros(width)), nn.Parameter(torch.zeros(width))
            module.running_mean, module.running_var = torch.zeros(width), torch.ones(width)
            module.num_batches_tracked = torch.tensor(0)
    network.fc = nn.Identity()
    return network


def cifar(network: ResNet, padding: int) -> ResNet:
    network.conv1 = nn.Conv2d(3, 64, 3, 1, padding, bias=False)
    network.maxpool = nn.Identity()
    return network


def images(size: tuple[int, int] = (64, 48), channels: int = 3) -> Tensor:
    return torch.randn(2, channels, *size, generator=torch.Generator().manual_seed(1))


def loaded(tree: object, name: str = "model.pth") -> Loaded:
    return load(parts_of(Archive(Path(name), "torch zip", tree, ()))[0])


SHAPES: dict[str, tuple[Callable[[], ResNet], str]] = {
    "basic": (lambda: ResNet(BasicBlock, [2, 2, 2, 2]), "ResNet-18, width 8"),
    "bottleneck": (lambda: ResNet(Bottleneck, [3, 4, 6, 3]), "ResNet-50, width 8"),
    "short": (lambda: ResNet(Bottleneck, [1, 1, 1, 1]), "ResNet-14, width 8"),
    "ResNeXt": (lambda: ResNet(Bottleneck, [1, 2, 1, 1], groups=32, width_per_group=4), "ResNeXt-17 4x4d"),
    "wide": (lambda: ResNet(Bottleneck, [1, 1, 1, 1], width_per_group=128), "ResNet-14, width 8"),
}


@pytest.mark.parametrize(("build", "name"), SHAPES.values(), ids=list(SHAPES))
def test_network_is_torchvisions(build: Callable[[], ResNet], name: str) -> None:
    original = stirred(narrow(build))
    found = loaded(original.state_dict())
    assert found.description.backbone == name
    assert found.description.matched == 100.0
    with torch.inference_mode():
        torch.testing.assert_close(found.network(images()), original(images()), rtol=1e-4, atol=1e-4)


def test_stages_can_be_had_one_by_one() -> None:
    original = stirred(narrow(lambda: ResNet(BasicBlock, [1, 1, 1, 1])))
    network = loaded(original.state_dict()).network
    assert isinstance(network, ResidualNetwork)
    with torch.inference_mode():
        x = original.maxpool(original.relu(original.bn1(original.conv1(images()))))
        for number in range(4):
            x = original.get_submodule(f"layer{number + 1}")(x)
            torch.testing.assert_close(network.feature_map(images(), number), x, rtol=1e-4, atol=1e-4)
            torch.testing.assert_close(network.feature_map(images(), number - 4), x, rtol=1e-4, atol=1e-4)
    with pytest.raises(NetworkError, match="4 stages"):
        network.feature_map(images(), 4)


@pytest.mark.parametrize(("padding", "solo"), [(1, False), (2, True)], ids=["most", "solo-learn"])
def test_small_stem(padding: int, solo: bool) -> None:
    original = stirred(narrow(lambda: cifar(ResNet(BasicBlock, [1, 1, 1, 1]), padding)))
    original.conv1.padding = (padding, padding)
    backbone = {f"backbone.{name}": tensor for name, tensor in original.state_dict().items()}
    classifier = {"classifier.weight": torch.randn(10, 64), "classifier.bias": torch.randn(10)} if solo else {}
    found = loaded({"state_dict": backbone | classifier})
    assert "CIFAR stem" in found.description.backbone
    assert any(
        "padding" in assumption.value and str(padding) in assumption.value for assumption in found.description.assumed
    )
    with torch.inference_mode():
        pooled = found.network(images((20, 24)))
        torch.testing.assert_close(pooled, original(images((20, 24))), rtol=1e-4, atol=1e-4)
    assert ("logits" in found.heads) == solo


def test_wide_network_of_published_width() -> None:
    with torch.device("meta"):
        state = ResNet(Bottleneck, [3, 4, 6, 3], width_per_group=128).state_dict()
    from sslviz.checkpoints.ledger import Ledger
    from sslviz.checkpoints.resnet_shapes import name_of, plan_of

    assert name_of(plan_of(Ledger(state))) == "Wide ResNet-50-2"


@pytest.mark.parametrize("channels", [1, 4])
def test_other_channels(channels: int) -> None:
    original = narrow(lambda: ResNet(BasicBlock, [1, 1, 1, 1]))
    original.conv1 = nn.Conv2d(channels, 8, 7, 2, 3, bias=False)
    stirred(original)
    found = loaded(original.state_dict())
    assert found.description.channels == channels
    assert len(found.description.mean) == len(found.description.std) == channels
    with torch.inference_mode():
        given = images(channels=channels)
        torch.testing.assert_close(found.network(given), original(given), rtol=1e-4, atol=1e-4)


def small() -> State:
    return dict(stirred(narrow(lambda: ResNet(BasicBlock, [1, 1, 1, 1]))).state_dict())


def test_old_files_without_counters() -> None:
    state = {name: tensor for name, tensor in small().items() if not name.endswith("num_batches_tracked")}
    assert loaded(state).description.matched == 100.0


@pytest.mark.parametrize(
    "missing",
    [
        "conv1.weight", "layer2.0.conv2.weight", "layer3.0.bn1.running_var", "layer4.0.downsample.0.weight", "layer4.0.conv1.weight",
    ],
)  # fmt: skip
def test_missing_tensors_are_named(missing: str) -> None:
    state = small()
    del state[missing]
    with pytest.raises(CheckpointError) as caught:
        loaded(state)
    assert missing in str(caught.value)


def test_missing_blocks_and_stages_are_named() -> None:
    state = dict(narrow(lambda: ResNet(BasicBlock, [1, 3, 1, 1])).state_dict())
    gap = {name: tensor for name, tensor in state.items() if not name.startswith("layer2.1.")}
    with pytest.raises(CheckpointError, match=r"layer2\.1"):
        loaded(gap)
    without = {name: tensor for name, tensor in state.items() if not name.startswith("layer3.")}
    with pytest.raises(CheckpointError, match=r"layer3\.0\.conv1\.weight is missing"):
        loaded(without)


def test_shapes_that_do_not_fit_are_named() -> None:
    state = small() | {"layer2.0.bn1.weight": torch.ones(17)}
    with pytest.raises(CheckpointError, match=r"layer2\.0\.bn1\.weight has the shape 17, where 16 belongs"):
        loaded(state)


def test_surplus_inside_the_blocks_is_listed_and_warned_of() -> None:
    state = small() | {"layer1.0.se.fc1.weight": torch.ones(2, 8)}
    described = loaded(state).description
    assert described.unused == ("layer1.0.se.fc1.weight",)
    assert described.matched < 100
    assert any("layer1.0.se.fc1.weight" in note for note in described.notes)


def wrapped(prefix: str, state: Mapping[str, Tensor]) -> State:
    return {prefix + name: tensor for name, tensor in state.items()}


def test_families_know_their_files() -> None:
    backbone = small()
    projector = {"projector.0.weight": torch.rand(4, 64), "projector.2.weight": torch.rand(4, 4)}
    dino = {
        "head.mlp.0.weight": torch.rand(4, 64),
        "head.last_layer.weight_g": torch.ones(8, 1),
        "head.last_layer.weight_v": torch.rand(8, 4),
    }
    batch_norm = {"bn.running_mean": torch.zeros(4), "bn.running_var": torch.ones(4)}
    moco_v3 = {"fc.0.weight": torch.rand(4, 64), "fc.1.running_mean": torch.zeros(4), "fc.1.running_var": torch.ones(4),
               "fc.3.weight": torch.rand(4, 4)}  # fmt: skip
    two_layers = {
        "fc.0.weight": torch.rand(4, 64),
        "fc.2.weight": torch.rand(3, 4),
        "fc.0.bias": torch.rand(4),
        "fc.2.bias": torch.rand(3),
    }
    swav = {
        "projection_head.weight": torch.rand(4, 64),
        "projection_head.bias": torch.rand(4),
        "prototypes.weight": torch.rand(9, 4),
    }
    numbered = {name.replace("conv1", "0", 1).replace("bn1", "1", 1) if name.startswith(("conv1", "bn1"))
                else f"{int(name[5]) + 3}{name[6:]}": tensor for name, tensor in backbone.items()}  # fmt: skip
    cases: dict[str, tuple[object, str, set[str]]] = {
        "DINO": ({"teacher": wrapped("module.backbone.", backbone) | wrapped("module.", dino)}, "DINO", {"projection"}),
        "DINO by name": (backbone, "DINO", set()),
        "Barlow Twins": ({"model": wrapped("module.backbone.", backbone) | wrapped("module.", projector | batch_norm)}, "Barlow Twins", {"projection"}),
        "VICReg": ({"model": wrapped("module.backbone.", backbone) | wrapped("module.", projector)}, "VICReg", {"projection"}),
        "MoCo v1": ({"state_dict": wrapped("module.encoder_q.", backbone | {"fc.weight": torch.rand(4, 64), "fc.bias": torch.rand(4)})}, "MoCo v1", {"projection"}),
        "MoCo v2": ({"state_dict": wrapped("module.encoder_q.", backbone | two_layers)}, "MoCo v2", {"projection"}),
        "MoCo v3": ({"state_dict": wrapped("module.base_encoder.", backbone | moco_v3) | {"module.predictor.0.weight": torch.rand(5, 4)}},
                    "MoCo v3", {"projection", "prediction"}),
        "SwAV": (wrapped("module.", backbone | swav), "SwAV", {"projection", "prototypes"}),
        "torchvision": (backbone | {"fc.weight": torch.rand(7, 64), "fc.bias": torch.rand(7)}, "torchvision", {"logits"}),
        "UvA": ({"state_dict": wrapped("convnet.", backbone | two_layers)}, "SimCLR (UvA tutorial 17)", {"projection"}),
        "lightly": ({"state_dict": wrapped("backbone.", numbered) | wrapped("projection_head.layers.", {"0.weight": torch.rand(4, 64)})},
                    "lightly", {"projection"}),
        "solo-learn": ({"state_dict": wrapped("backbone.", backbone) | projector | {"classifier.weight": torch.rand(7, 64), "classifier.bias": torch.rand(7)}},
                       "solo-learn", {"projection", "logits"}),
    }  # fmt: skip
    for name, (tree, family, expected) in cases.items():
        found = loaded(tree, "dino_resnet50.pth" if "name" in name else "checkpoint.pth")
        assert found.description.family == family, name
        assert set(found.heads) == expected, name
        with torch.inference_mode():
            pooled = found.network(images())
            torch.testing.assert_close(pooled, loaded(backbone).network(images()))
            assert all(head(pooled).isfinite().all() for head in found.heads.values())


def test_lightlys_own_network_has_no_relu_after_the_stem() -> None:
    original = stirred(narrow(lambda: cifar(ResNet(BasicBlock, [1, 1, 1, 1]), 1)))
    original.conv1.padding = (1, 1)
    sequence = nn.Sequential(
        original.conv1,
        original.bn1,
        original.layer1,
        original.layer2,
        original.layer3,
        original.layer4,
        nn.AdaptiveAvgPool2d(1),
    )
    state = {
        f"backbone.{name}".replace("downsample", "shortcut"): tensor for name, tensor in sequence.state_dict().items()
    }
    found = loaded({"state_dict": state})
    assert found.description.family == "lightly"
    with torch.inference_mode():
        torch.testing.assert_close(found.network(images()), sequence(images()).flatten(1), rtol=1e-4, atol=1e-4)


def test_bare_files_of_two_families_say_so() -> None:
    described = loaded(small()).description
    assert any("VICReg would fit as well as Barlow Twins" in note for note in described.notes)
