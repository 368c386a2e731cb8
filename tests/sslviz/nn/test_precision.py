"""Precision: measured without leaving a trace, and taken only where it is worth it."""

import copy

import pytest
import torch

from sslviz.data.cache import clear_cache
from sslviz.nn import precision
from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder
from sslviz.nn.precision import choose_precision, faster, full_precision, measure, widen
from sslviz.spec.places import precision_folder

CPU = torch.device("cpu")
SHAPE = (8, 3, 32, 32)


def encoder() -> Encoder:
    return Encoder(build_backbone("resnet_w16", 32), (0.5, 0.5, 0.5), (0.2, 0.2, 0.2))


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SSLVIZ_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("pairs", "taken"),
    [
        ([(1.0, 0.5)], "bf16"),
        ([(1.15, 1.0)], "bf16"),
        ([(1.1, 1.0)], "fp32"),
        ([(1.0, 2.0)], "fp32"),
        ([(1.0, 0.5), (1.0, 1.0), (1.0, 1.0)], "fp32"),  # one lucky pass in bf16
        ([(1.0, 1.0), (3.0, 1.0), (3.0, 1.0)], "fp32"),  # a machine that was busy whenever fp32 had its turn
    ],
)
def test_bf16_only_where_it_is_clearly_faster(monkeypatch, pairs, taken):
    assert faster(pairs) == taken
    monkeypatch.setattr(precision, "measure", lambda network, images: pairs)
    assert choose_precision("auto", encoder(), SHAPE, CPU) == taken


def test_a_network_is_tried_once_so_that_equal_runs_compute_alike(monkeypatch):
    trials = []
    monkeypatch.setattr(precision, "measure", lambda network, images: trials.append(images.shape) or [(2.0, 1.0)])
    assert [choose_precision("auto", encoder(), SHAPE, CPU) for _ in range(2)] == ["bf16", "bf16"]
    assert trials == [SHAPE]
    choose_precision("auto", encoder(), (8, 3, 64, 64), CPU)
    vit = Encoder(build_backbone("vit_d64", 32), (0.5, 0.5, 0.5), (0.2, 0.2, 0.2))
    choose_precision("auto", vit, SHAPE, CPU)
    assert len(trials) == 3  # another size and another network are tried for themselves


def test_a_cleared_or_damaged_verdict_is_measured_again(monkeypatch):
    monkeypatch.setattr(precision, "measure", lambda network, images: [(2.0, 1.0)])
    assert choose_precision("auto", encoder(), SHAPE, CPU) == "bf16"
    monkeypatch.setattr(precision, "measure", lambda network, images: [(1.0, 1.0)])
    (kept,) = precision_folder().iterdir()
    kept.write_bytes(b"\xff?")
    assert choose_precision("auto", encoder(), SHAPE, CPU) == "fp32"
    clear_cache()
    assert not precision_folder().exists()


def test_a_cache_that_cannot_be_written_costs_only_the_trial(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("SSLVIZ_CACHE", str(tmp_path / "file"))
    assert choose_precision("auto", encoder(), SHAPE, CPU) in ("fp32", "bf16")


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
    pairs = measure(network, torch.rand(4, 3, 32, 32))
    assert all(0 < s < 60 for pair in pairs for s in pair)
    assert len(pairs) == precision.PASSES
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
