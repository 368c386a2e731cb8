"""Precision: measured without leaving a trace, and taken only where it is worth it."""

import copy

import pytest
import torch

from sslviz.nn import precision
from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder
from sslviz.nn.precision import choose_precision, faster, full_precision, measure, widen

CPU = torch.device("cpu")
SHAPE = (8, 3, 32, 32)


def encoder() -> Encoder:
    return Encoder(build_backbone("resnet_w16", 32), (0.5, 0.5, 0.5), (0.2, 0.2, 0.2))


@pytest.mark.parametrize(
    ("fp32", "bf16", "taken"), [(1.0, 0.5, "bf16"), (1.15, 1.0, "bf16"), (1.1, 1.0, "fp32"), (1.0, 2.0, "fp32")]
)
def test_bf16_only_where_it_is_clearly_faster(monkeypatch, fp32, bf16, taken):
    assert faster(fp32, bf16) == taken
    monkeypatch.setattr(precision, "measure", lambda network, images: (fp32, bf16))
    assert choose_precision("auto", encoder(), SHAPE, CPU) == taken


@pytest.mark.parametrize("word", ["fp32", "bf16"])
def test_a_choice_is_not_measured(monkeypatch, word):
    monkeypatch.setattr(precision, "measure", lambda *_: pytest.fail("measured"))
    assert choose_precision(word, encoder(), SHAPE, CPU) == word


def test_another_word_is_refused():
    with pytest.raises(ValueError, match="auto, fp32 or bf16"):
        choose_precision("fp16", encoder(), SHAPE, CPU)


def test_measuring_leaves_no_trace():
    network = encoder()
    before, random = copy.deepcopy(network.state_dict()), torch.get_rng_state()
    assert choose_precision("auto", network, SHAPE, CPU) in ("fp32", "bf16")
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(p.grad is None for p in network.parameters())
    assert torch.equal(torch.get_rng_state(), random)


def test_both_are_really_computed():
    seen = []
    network = encoder()
    network.backbone.stem.register_forward_hook(
        lambda module, inputs, output: seen.append(torch.is_autocast_enabled("cpu"))
    )
    seconds = measure(network, torch.rand(4, 3, 32, 32))
    assert all(0 < s < 60 for s in seconds)
    assert seen.count(True) == seen.count(False) == precision.PASSES + 1


def test_full_precision_undoes_autocast():
    a = torch.rand(4, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert (a @ a).dtype == torch.bfloat16
        with full_precision(CPU):
            assert (a @ a).dtype == torch.float32


@pytest.mark.parametrize(
    ("given", "wide"), [("float16", "float32"), ("bfloat16", "float32"), ("float32", "float32"), ("float64", "float64")]
)
def test_widen(given, wide):
    assert widen(torch.zeros(2, dtype=getattr(torch, given))).dtype == getattr(torch, wide)
