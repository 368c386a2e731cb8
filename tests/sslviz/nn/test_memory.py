"""Memory: the prediction against what a process that really trains takes."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from sslviz.nn.memory import STATES, kept_bytes, parabola, predict_memory

TRAIN = """
import copy, sys, torch, psutil
from sslviz.methods import Batch
from sslviz.methods.simclr import SimCLR
from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder
from sslviz.nn.memory import predict_memory

torch.set_num_threads(1)
name, batch, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
model = SimCLR(Encoder(build_backbone(name, size), (.5, .5, .5), (.2, .2, .2)), SimCLR.Params())

def loss_of(method, n):
    views = [torch.rand(2, n, 3, size, size)]
    return method.step(views, Batch(torch.arange(n), None, 1, 0.0, torch.Generator())).loss

def train(method, n, steps):
    optimiser = torch.optim.AdamW(method.parameters(), fused=True)
    for _ in range(steps):
        loss_of(method, n).backward()
        optimiser.step()
        optimiser.zero_grad()

trial = copy.deepcopy(model)
views = 2 * batch * 3 * size * size * 4
predicted = predict_memory(trial, lambda n: loss_of(trial, n), batch_size=batch, resident_bytes=views)
train(trial, 2, 2)  # so that the libraries have loaded their code
process = psutil.Process()
before, peak = process.memory_info().rss, 0

def look(*_):
    global peak
    peak = max(peak, process.memory_info().rss)

for module in model.modules():
    module.register_forward_hook(look)
for weight in model.parameters():
    weight.register_post_accumulate_grad_hook(look)
train(model, batch, 3)
print(predicted, peak - before)
"""


@pytest.mark.slow
@pytest.mark.parametrize("run", ["resnet_w16 96 32", "vit_d64 24 32"])
def test_prediction_is_within_a_factor_of_one_and_a_half(run):
    output = subprocess.run(
        [sys.executable, "-c", TRAIN, *run.split()], capture_output=True, text=True, check=True
    ).stdout
    predicted, measured = map(int, output.split())
    assert measured / 1.5 < predicted < measured * 1.5, (
        f"predicted {predicted / 1e6:.0f} MB, took {measured / 1e6:.0f} MB"
    )


def linear_model() -> nn.Module:
    return nn.Sequential(nn.Linear(100, 50), nn.Tanh())


def test_kept_tensors_are_counted_once_and_weights_are_not():
    """Linear keeps its input (n x 100), tanh its output (n x 50); the weight that backward needs is there anyway."""
    model = linear_model()
    inputs = torch.rand(4, 100, requires_grad=True)
    assert kept_bytes(model, lambda n: model(inputs[:n]).sum(), 4) == (4 * 150 * 4, 4 * 100 * 4)


def test_what_lies_beside_the_network_is_added():
    model = linear_model()
    sizes = [
        predict_memory(model, lambda n: model(torch.rand(n, 100)).sum(), batch_size=8, resident_bytes=extra)
        for extra in (0, 12_345)
    ]
    assert sizes[1] - sizes[0] == 12_345


@pytest.mark.parametrize("name", STATES)
def test_optimiser_state_is_counted(name):
    model = linear_model()
    weights = 4 * (100 * 50 + 50)
    counts = {
        optimiser: predict_memory(model, lambda n: model(torch.rand(n, 100)).sum(), batch_size=8, optimiser=optimiser)
        for optimiser in (name, "sgd")
    }
    assert counts[name] - counts["sgd"] == weights * (STATES[name] - STATES["sgd"])


def test_a_matrix_of_batch_by_batch_grows_as_its_square():
    assert parabola((2, 4, 8), [3 * x * x + 5 * x + 7 for x in (2, 4, 8)], 100) == pytest.approx(3 * 100**2 + 507)
