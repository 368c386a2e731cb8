"""Heads rebuilt from their tensors alone compute what the modules did that the tensors came from."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.heads import dino_head, linear, mlp, weight_normed, width_of
from sslviz.checkpoints.ledger import Ledger

FEATURES = 6


def stirred(module: nn.Module) -> nn.Module:
    """In evaluation mode, and no tensor as it was initialised: a forgotten one changes the result."""
    generator = torch.Generator().manual_seed(0)
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            drawn = torch.randn(tensor.shape, generator=generator)
            tensor.copy_(drawn.abs() + 0.5 if name.endswith("running_var") else drawn)
    return module.eval()


def tensors_of(module: nn.Module, prefix: str) -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in module.state_dict().items()}


def features() -> Tensor:
    return torch.randn(3, FEATURES, generator=torch.Generator().manual_seed(1))


MLPS = {
    "MoCo v2": nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4)),
    "SwAV": nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 4)),
    "MoCo v3": nn.Sequential(
        nn.Linear(6, 5, bias=False), nn.BatchNorm1d(5), nn.ReLU(),
        nn.Linear(5, 5, bias=False), nn.BatchNorm1d(5), nn.ReLU(),
        nn.Linear(5, 4, bias=False), nn.BatchNorm1d(4, affine=False),
    ),
    "one layer": nn.Sequential(nn.Linear(6, 4)),
    "layer norm and dropout": nn.Sequential(nn.Linear(6, 5), nn.LayerNorm(5), nn.ReLU(), nn.Dropout(), nn.Linear(5, 4)),
    "weight norm at the end": nn.Sequential(nn.Linear(6, 5), nn.ReLU(), weight_norm(nn.Linear(5, 4))),
}  # fmt: skip


@pytest.mark.parametrize("original", MLPS.values(), ids=list(MLPS))
def test_mlp(original: nn.Sequential) -> None:
    tensors = tensors_of(stirred(original), "projector.")
    ledger = Ledger(tensors)
    built = mlp(ledger, tensors, "projector.", FEATURES)
    assert built is not None
    torch.testing.assert_close(built(features()), original(features()))
    assert width_of(built, FEATURES) == 4
    assert not [name for name in ledger.unused if not name.endswith("num_batches_tracked")]


def test_gelu_where_the_family_has_it() -> None:
    original = stirred(nn.Sequential(nn.Linear(6, 5), nn.GELU(), nn.Linear(5, 4)))
    tensors = tensors_of(original, "")
    built = mlp(Ledger(tensors), tensors, "", FEATURES, nn.GELU)
    assert built is not None
    torch.testing.assert_close(built(features()), original(features()))


def test_no_tensors_no_head() -> None:
    assert mlp(Ledger({}), (), "projector.", FEATURES) is None
    assert dino_head(Ledger({}), (), "head.", FEATURES) is None
    assert weight_normed(Ledger({}), "last_layer.") is None


def test_tensors_are_not_copied() -> None:
    weight = torch.randn(4, 6)
    assert linear(Ledger({"fc.weight": weight}), "fc.", biased=False).weight.data_ptr() == weight.data_ptr()


def test_widths_that_do_not_follow_are_refused() -> None:
    tensors = tensors_of(nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(7, 4)), "fc.")
    with pytest.raises(CheckpointError, match=r"fc\.2\.weight has the shape 4 x 7, where any x 5"):
        mlp(Ledger(tensors), tensors, "fc.", FEATURES)


@pytest.mark.parametrize("missing", ["fc.0.weight", "fc.0.bias", "fc.2.bias", "fc.3.weight", "fc.5.bias"])
def test_missing_layers_and_biases_are_refused(missing: str) -> None:
    made = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 4))
    tensors = tensors_of(made, "fc.")
    del tensors[missing]
    with pytest.raises(CheckpointError, match=f"{missing} is missing"):
        mlp(Ledger(tensors), tensors, "fc.", FEATURES, biases="all")


def test_last_layer_without_bias() -> None:
    made = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 4, bias=False))
    tensors = tensors_of(stirred(made), "projector.")
    with pytest.raises(CheckpointError, match=r"projector\.3\.bias is missing"):
        mlp(Ledger(tensors), tensors, "projector.", FEATURES)
    built = mlp(Ledger(tensors), tensors, "projector.", FEATURES, biases="all but the last")
    assert built is not None
    torch.testing.assert_close(built(features()), made(features()))


def test_missing_statistics_are_refused() -> None:
    tensors = tensors_of(nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 4)), "fc.")
    for missing in ("fc.1.running_mean", "fc.1.running_var", "fc.1.weight", "fc.1.bias"):
        left = {name: tensor for name, tensor in tensors.items() if name != missing}
        with pytest.raises(CheckpointError, match=f"{missing} is missing"):
            mlp(Ledger(left), left, "fc.", FEATURES)


class Dino(nn.Module):
    """DINO's head as published: the last layer's rows have length g."""

    def __init__(self, old_names: bool, batch_norm: bool) -> None:
        super().__init__()
        norms = [nn.BatchNorm1d(5)] if batch_norm else []
        self.mlp = nn.Sequential(nn.Linear(6, 5), *norms, nn.GELU(), nn.Linear(5, 4))
        self.old_names = old_names
        self.last_layer = weight_norm(nn.Linear(4, 8, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        return self.last_layer(F.normalize(self.mlp(x), dim=-1))

    def tensors(self) -> dict[str, Tensor]:
        found = tensors_of(self, "head.")
        if not self.old_names:
            return found
        renames = {"parametrizations.weight.original0": "weight_g", "parametrizations.weight.original1": "weight_v"}
        return {
            name.replace(new, old): t for name, t in found.items() for new, old in renames.items() if new in name
        } | {name: t for name, t in found.items() if "parametrizations" not in name}


@pytest.mark.parametrize("old_names", [True, False], ids=["weight_g", "parametrizations"])
@pytest.mark.parametrize("batch_norm", [True, False], ids=["with batch norm", "without"])
def test_dino_head(old_names: bool, batch_norm: bool) -> None:
    original = Dino(old_names, batch_norm)
    stirred(original)
    tensors = original.tensors()
    ledger = Ledger(tensors)
    built = dino_head(ledger, tensors, "head.", FEATURES)
    assert built is not None
    torch.testing.assert_close(built(features()), original(features()))
    assert not [name for name in ledger.unused if not name.endswith("num_batches_tracked")]
