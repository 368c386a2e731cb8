"""Measures against their definitions, and that measuring leaves a model as it is."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from sslviz.data import load_data
from sslviz.metrics import alignment, rankme, uniformity
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.training import estimate
from sslviz.training.held_out import hold_out
from sslviz.training.learner import Learner
from sslviz.training.measure import Measurer, evaluating, geometry
from sslviz.training.peeks import Peeks
from sslviz.training.prepare import Prepared, prepare
from sslviz.training.snapshots import snapshot_steps
from sslviz.training.tensor_files import read_tensors
from tests.sslviz.training.tiny_runs import Train, tiny


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(tiny(4), None, lambda fraction, text: None, lambda: False, measure=True)


@pytest.fixture(scope="module")
def measurer(prepared: Prepared) -> Measurer:
    assert prepared.measurer is not None
    return prepared.measurer


def state(learner: Learner) -> dict[str, bytes]:
    return {name: t.numpy().tobytes() for name, t in learner.method.state_dict().items()}


class TestMeasurer:
    def test_values_are_those_of_held_out_pairs(self, prepared: Prepared, measurer: Measurer) -> None:
        found = measurer.measure(0.0, None, all_groups=True)
        splits = load_data(tiny().data)
        pairs = hold_out(splits, tiny().augmentation, 0, torch.device("cpu")).pairs
        assert pairs.shape == (2, 12, 3, 16, 16)
        method = prepared.learner.method
        with torch.no_grad(), evaluating(method):
            h = [method.encoder(view) for view in pairs]
            z = [method.project(x) for x in h]
        assert found["alignment"] == pytest.approx(float(alignment(*z)), rel=1e-4)
        assert found["uniformity_h"] == pytest.approx(float(uniformity(h[0]) + uniformity(h[1])) / 2, rel=1e-4)
        assert found["rankme"] == pytest.approx(float(rankme(z[0])), rel=1e-3)
        assert set(found) == {
            "alignment", "uniformity", "std", "rankme", "alignment_h", "uniformity_h", "std_h", "rankme_h", "knn",
        }  # fmt: skip

    def test_measuring_changes_nothing(self, prepared: Prepared, measurer: Measurer) -> None:
        learner = prepared.learner
        learner.method.train()
        before, modes = state(learner), [m.training for m in learner.method.modules()]
        random = torch.random.get_rng_state()
        measurer.measure(0.0, None, all_groups=True)
        measurer.baselines()
        assert state(learner) == before
        assert [m.training for m in learner.method.modules()] == modes
        assert bool((torch.random.get_rng_state() == random).all())

    def test_a_part_that_rests_keeps_resting(self, prepared: Prepared) -> None:
        method = prepared.learner.method
        method.encoder.eval()
        with evaluating(method):
            assert not method.training
        assert method.training
        assert not method.encoder.training
        method.train()

    def test_not_due_is_not_measured(self, prepared: Prepared) -> None:
        assert prepared.measurer is not None
        fresh = Measurer(prepared.learner, prepared.measurer._held_out)
        assert "knn" in fresh.measure(0.0, None)
        assert "knn" not in fresh.measure(0.0, None)
        assert "knn" in fresh.measure(1e9, None)

    def test_baselines(self, measurer: Measurer) -> None:
        lines = measurer.baselines()
        assert set(lines) == {"raw pixels", "commonest class"}
        assert all(0 <= value <= 1 for value in lines.values())

    def test_collapse_reads_as_collapse(self) -> None:
        point = torch.ones(20, 8)
        found = geometry(point, point, "")
        assert found["std"] == pytest.approx(0, abs=1e-6)
        assert found["alignment"] == pytest.approx(0, abs=1e-6)
        assert found["uniformity"] == pytest.approx(0, abs=1e-6)
        assert found["rankme"] == pytest.approx(1, abs=1e-3)


class TestHeldOut:
    def test_the_same_images_every_time(self) -> None:
        splits, device = load_data(tiny().data), torch.device("cpu")
        one, two = (hold_out(splits, tiny().augmentation, 3, device) for _ in range(2))
        assert bool((one.pairs == two.pairs).all())
        assert not bool((one.pairs == hold_out(splits, tiny().augmentation, 4, device).pairs).all())

    def test_bank_from_training_queries_from_validation_in_order_with_labels(self) -> None:
        splits = load_data(tiny().data)
        held = hold_out(splits, tiny().augmentation, 0, torch.device("cpu"))
        assert held.bank is not None
        assert held.queries is not None
        for (images, labels), data in ((held.bank, splits.train), (held.queries, splits.val)):
            known = {x.tobytes(): int(y) for x, y in zip(np.asarray(data.images), data.labels, strict=True)}
            assert [known[x.numpy().tobytes()] for x in images] == labels.tolist()


class TestPeeks:
    def test_arrays_as_the_events_say(self, prepared: Prepared) -> None:
        moment = prepared.learner.advance(0).moment
        made = {p.name: p.arrays for p in Peeks("a", lambda: torch.ones(8), prepared.learner.method).after_step(
            1, moment, ("views", "similarity", "sphere", "spectrum", "nonsense"), 0.0)}  # fmt: skip
        assert set(made) == {"views", "similarity", "sphere", "spectrum"}
        assert made["views"]["images"].shape == (2, 16, 16, 16, 3)
        assert made["views"]["images"].dtype == np.uint8
        cosine = made["similarity"]["cosine"]
        assert cosine.shape == (32, 32)
        assert np.allclose(cosine.diagonal(), 1, atol=1e-5)
        z = torch.nn.functional.normalize(moment.peek["z"], dim=1)
        assert cosine[3, 16 + 5] == pytest.approx(float(z[3] @ z[16 + 5]), abs=1e-5)
        assert made["similarity"]["images"].shape == (32, 16, 16, 3)
        assert (made["similarity"]["images"][16] == made["views"]["images"][1, 0]).all()
        assert made["sphere"]["pairs"].tolist() == [*range(16, 32), *range(16)]
        assert np.allclose(np.linalg.norm(made["sphere"]["sphere"], axis=1), 1, atol=1e-4)
        assert made["sphere"]["labels"].shape == (32,)
        assert made["spectrum"]["values"].tolist() == [1.0] * 8
        assert not any(array.flags.writeable for arrays in made.values() for array in arrays.values())
        assert made["views"]["indices"].tolist() == prepared.learner.order.at(0).tolist()

    def test_at_most_five_a_second(self, prepared: Prepared) -> None:
        moment = prepared.learner.advance(0).moment
        peeks = Peeks("a", lambda: None, prepared.learner.method)
        made = [len(peeks.after_step(k, moment, ("views",), k * 0.001)) for k in range(400)]
        assert 1 <= sum(made) <= 2


def test_snapshots_lie_on_a_log_axis_from_nothing_to_the_end() -> None:
    assert snapshot_steps(1000, 5) == (0, 1, 10, 100, 1000)
    assert snapshot_steps(1000, 1) == (1000,)
    assert snapshot_steps(1000, 2) == (0, 1000)
    assert snapshot_steps(3, 12) == (0, 1, 2, 3)
    for count in range(1, 30):
        steps = snapshot_steps(5000, count)
        assert len(steps) <= count
        assert steps[-1] == 5000


def test_a_snapshot_says_what_it_is(train: Train, tmp_path: Path) -> None:
    train(tiny(2))
    tensors, metadata = read_tensors(tmp_path / "run" / "snapshots" / "step_00000002.safetensors")
    assert metadata["method"] == "simclr"
    assert metadata["backbone"] == "resnet_w16"
    assert metadata["step"] == "2"
    assert metadata["image_size"] == "[16, 16]"
    assert '"tau": 0.2' in metadata["params"]
    assert {"encoder.mean", "encoder.std"} <= set(tensors)


class TestEstimate:
    def test_it_grows_with_the_batch(self) -> None:
        small, large = estimate(tiny(batch_size=16)), estimate(tiny(batch_size=256))
        assert small.memory_bytes < large.memory_bytes
        assert small.parameters == large.parameters > 10_000
        assert "parameters" in small.text

    def test_it_says_when_it_will_not_fit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sslviz.training.forecast.available_bytes", lambda device: 1)
        assert "half the batch is 8" in estimate(tiny()).text

    def test_an_unseen_folder_is_assumed(self) -> None:
        assert "assumed" in estimate(RunConfig(data=DataConfig(source="/somewhere"), precision="fp32")).text
        assert math.isfinite(estimate(tiny()).available_bytes)
