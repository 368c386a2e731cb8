"""Thinned snapshots: views see exactly what they saw, and what is not there is said to be missing, never made up."""

import copy

import pytest
import torch

from sslviz.inspect.errors import InspectError
from sslviz.inspect.own import load_run
from sslviz.inspect.own.encoders import sides_of
from sslviz.library.parts import MEMORY, UNSEEN
from sslviz.library.record import keep_record
from sslviz.methods import METHODS
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.training.errors import TrainingError
from sslviz.training.kept_weights import fill, parts_left_out, read_weights
from sslviz.training.left_out import LeftOut, leave_out, told
from sslviz.training.prepare import build_method, facts_of
from sslviz.training.run_file import Environment, write_run_file
from sslviz.training.snapshots import SnapshotFacts, save_snapshot, snapshot_path


def built(method: str, **params):
    data = DataConfig(image_size=16, dials={"preset": "lesson", "count": 64})
    config = RunConfig(method, params, data, "vit_d64", batch_size=8, steps=10)
    return config, build_method(config, mean=(0.5,) * 3, std=(0.2,) * 3, facts=facts_of(config, (16, 16), (), {}))


def thinned_run(method: str, folder, **params):
    """Snapshots of steps 0, 5 and 10 of a run that never ran, and the folder into which they were thinned."""
    config, network = built(method, **params)
    run, out = folder / "run", folder / "out"
    for place in (run, out):
        (place / "snapshots").mkdir(parents=True)
        write_run_file(place, config, Environment())
    facts = SnapshotFacts(config, {}, (16, 16), (0.5,) * 3, (0.2,) * 3)
    for step in (0, 5, 10):
        save_snapshot(run, step, network.state_dict(), facts)
    keep_record(run, out, 10, True, 2)
    return run, out


def test_every_part_is_one_of_its_method():
    for method, parts in UNSEEN.items():
        params = {"queue": 64} if method in ("moco", "swav") else {}
        _, network = built(method, **params)
        assert set(parts) <= {name for name, _ in network.named_children()}, method
        assert set(MEMORY.get(method, ())) <= set(parts)
    assert set(UNSEEN) <= set(METHODS)


@pytest.mark.parametrize(("method", "network"), [("dino", "teacher"), ("byol", "online")])
def test_views_see_the_same_network_in_a_third_of_the_room(method, network, tmp_path):
    run, out = thinned_run(method, tmp_path)
    whole, thin = (load_run(folder, 5, "") for folder in (run, out))
    images = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        a, b = (loaded.network(images) for loaded in (whole, thin))
    assert torch.allclose(a[0] if isinstance(a, tuple) else a, b[0] if isinstance(b, tuple) else b, atol=2e-2)
    assert whole.description.network == network
    assert thin.description.networks == ()  # there is one only
    sizes = [snapshot_path(folder, 5).stat().st_size for folder in (run, out)]
    assert sizes[1] < sizes[0] / 3


def test_what_is_missing_is_said(tmp_path):
    _, out = thinned_run("dino", tmp_path)
    with pytest.raises(InspectError, match="no network called 'student'"):
        load_run(out, 5, "student")
    assert parts_left_out(out, 5) == ("encoder", "head", "teacher_head")
    _, network = built("dino")
    fill(network, read_weights(out, 5)[1], parts_left_out(out, 5))
    with pytest.raises(TrainingError, match="does not hold the encoder"):
        network.encoder(torch.zeros(1, 3, 16, 16))
    with pytest.raises(TrainingError, match="does not hold the head"):
        network.project(torch.zeros(1, 64))
    assert [side.name for side in sides_of(network)] == ["teacher"]


def test_a_part_that_was_left_out_can_be_copied_and_nothing_more():
    part = copy.deepcopy(LeftOut("teacher_head"))
    with pytest.raises(TrainingError, match="does not hold the teacher head"):
        _ = part.last_layer
    assert list(part.parameters()) == []


def test_parts_that_a_method_has_not_are_passed_over():
    module = torch.nn.Module()
    module.weight = torch.nn.Parameter(torch.ones(1))
    leave_out(module, ("weight", "queue"))
    assert isinstance(module.weight, torch.nn.Parameter)
    assert told({"left_out": "no list"}) == told({"left_out": '{"a": 1}'}) == told({}) == ()


def test_a_memory_of_past_batches_is_no_part_of_a_model(tmp_path):
    _, out = thinned_run("moco", tmp_path, queue=64)
    assert not [name for name in read_weights(out, 5)[1] if name.startswith(("queue", "specimens", "teacher"))]
    assert load_run(out, 5).heads.keys() == {"projection"}
