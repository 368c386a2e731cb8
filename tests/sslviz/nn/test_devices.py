"""Devices and threads: chosen by name, by what there is, and by what the process may use."""

import warnings

import pytest
import torch

from sslviz.nn import devices
from sslviz.nn.backbones import build_backbone
from sslviz.nn.devices import choose_device, device_names, intra_op_threads, report_fallbacks, usable_cores
from sslviz.nn.encoder import Encoder
from sslviz.nn.errors import NetworkError
from sslviz.nn.precision import choose_precision


def pretend(monkeypatch, *, cuda: int = 0, mps: bool = False) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("cuda", "mps", "names"),
    [
        (0, False, ("cpu",)),
        (1, False, ("cuda", "cpu")),
        (2, False, ("cuda", "cuda:0", "cuda:1", "cpu")),
        (0, True, ("mps", "cpu")),
    ],
)
def test_auto_takes_the_best_there_is(monkeypatch, cuda, mps, names):
    pretend(monkeypatch, cuda=cuda, mps=mps)
    assert device_names() == names
    assert choose_device("auto") == torch.device(names[0])
    assert choose_device("cpu") == torch.device("cpu")


def test_the_only_card_has_a_number_too(monkeypatch):
    pretend(monkeypatch, cuda=1)
    assert choose_device("cuda:0") == torch.device("cuda:0")


@pytest.mark.parametrize("name", ["cuda", "cuda:3", "mps", "tpu", ""])
def test_a_device_that_is_not_there_says_what_is(monkeypatch, name):
    pretend(monkeypatch)
    with pytest.raises(NetworkError, match=r"no device .* on this machine. There are: auto, cpu"):
        choose_device(name)


@pytest.mark.parametrize(("cores", "requested", "threads"), [(8, 0, 8), (2, 0, 2), (1, 0, 1), (8, 3, 3), (2, 5, 5)])
def test_threads(monkeypatch, cores, requested, threads):
    monkeypatch.setattr(devices, "usable_cores", lambda: cores)
    assert intra_op_threads(requested) == threads


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "150000 100000"}, 2),
        ({"cpu.max": "max 100000"}, None),
        ({"cpu.max": "nonsense"}, None),
        ({"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({}, None),
    ],
)
def test_a_containers_quota(tmp_path, files, cores):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert devices._quota(tmp_path) == cores


def test_cores_never_exceed_the_quota(monkeypatch):
    monkeypatch.setattr(devices, "_quota", lambda root: 1)
    assert usable_cores() == 1


FALLBACK = "The operator 'aten::_pdist_forward' is not currently supported on the MPS backend and will fall back to run on the CPU."


def test_a_fallback_is_told_once_and_other_warnings_pass():
    told: list[str] = []
    with warnings.catch_warnings(record=True) as others:
        warnings.simplefilter("always")
        with report_fallbacks(told.append):
            for text in (FALLBACK, FALLBACK, "unrelated"):
                warnings.warn(text, UserWarning, stacklevel=1)
    assert len(told) == 1
    assert "aten::_pdist_forward" in told[0]
    assert "CPU" in told[0]
    assert [str(w.message) for w in others] == ["unrelated"]


def test_afterwards_warnings_are_shown_as_before():
    before = warnings.showwarning
    with pytest.raises(RuntimeError), report_fallbacks(lambda text: None):
        raise RuntimeError
    assert warnings.showwarning is before


def test_two_runs_at_a_time_are_both_told_and_leave_no_trace():
    """They end in the order in which they began, so neither may put back what the other had set."""
    before, first, second = warnings.showwarning, [], []
    one, two = report_fallbacks(first.append), report_fallbacks(second.append)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        one.__enter__()
        two.__enter__()
        warnings.warn(FALLBACK, UserWarning, stacklevel=1)
        one.__exit__(None, None, None)
        warnings.warn(FALLBACK.replace("_pdist_forward", "_cdist_forward"), UserWarning, stacklevel=1)
        two.__exit__(None, None, None)
        assert warnings.showwarning is before
    assert (len(first), len(second)) == (1, 2)


@pytest.mark.device
def test_a_network_trains_on_the_accelerator():
    if (device := choose_device("auto")).type == "cpu":
        pytest.skip("this machine has neither cuda nor mps")
    network = Encoder(build_backbone("resnet_w16", 32), (0.5, 0.5, 0.5), (0.2, 0.2, 0.2)).to(device)
    network(torch.rand(8, 3, 32, 32, device=device)).square().mean().backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters())
    assert choose_precision("auto", network, (8, 3, 32, 32), device) in ("fp32", "bf16")
