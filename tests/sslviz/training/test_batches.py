"""Batches as pure functions of the step, and seeds by purpose and step."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sslviz.training import TrainingError
from sslviz.training.batches import BatchOrder, ImageStore, label_tensor
from sslviz.training.seeds import generator_at, stream_seed


@settings(max_examples=30, deadline=None)
@given(n=st.integers(2, 60), batch=st.integers(1, 60), seed=st.integers(0, 99), step=st.integers(0, 500))
def test_a_batch_depends_on_nothing_but_its_step(n: int, batch: int, seed: int, step: int) -> None:
    if batch > n:
        with pytest.raises(TrainingError):
            BatchOrder(n, batch, seed)
        return
    walked = BatchOrder(n, batch, seed)
    for earlier in range(max(0, step - 3), step):
        walked.at(earlier)
    assert walked.at(step).tolist() == BatchOrder(n, batch, seed).at(step).tolist()
    assert len(set(walked.at(step).tolist())) == batch


def test_a_pass_sees_every_image_once_but_for_the_rest() -> None:
    order = BatchOrder(10, 3, seed=4)
    assert order.steps_a_pass == 3
    passes = [np.concatenate([order.at(3 * p + k) for k in range(3)]) for p in range(3)]
    assert all(len(set(seen.tolist())) == 9 for seen in passes)
    assert len({tuple(seen.tolist()) for seen in passes}) == 3, "each pass is shuffled anew"
    assert order.at(0).tolist() != BatchOrder(10, 3, seed=5).at(0).tolist()


def test_seeds_differ_by_seed_purpose_and_step() -> None:
    seeds = {
        stream_seed(seed, stream, step)
        for seed in range(5)
        for stream in ("batch order", "augmentation", "method")
        for step in range(50)
    }
    assert len(seeds) == 5 * 3 * 50
    assert all(0 <= seed < 2**63 for seed in seeds)
    one, two = (torch.rand(4, generator=generator_at(1, "method", 7, torch.device("cpu"))) for _ in range(2))
    assert bool((one == two).all())


def test_gathering(tmp_path) -> None:
    images = np.memmap(tmp_path / "images", np.uint8, "w+", shape=(6, 3, 4, 4))
    images[:] = np.arange(6, dtype=np.uint8)[:, None, None, None]
    images.flush()
    read_only = np.memmap(tmp_path / "images", np.uint8, "r", shape=(6, 3, 4, 4))
    batch = ImageStore(read_only, torch.device("cpu")).gather(np.array([4, 1, 4]))
    assert batch.dtype == torch.uint8
    assert batch.shape == (3, 3, 4, 4)
    assert batch[:, 0, 0, 0].tolist() == [4, 1, 4]
    batch.zero_()
    assert read_only[4, 0, 0, 0] == 4, "a batch is a copy"
    labels = label_tensor(np.arange(6), np.array([4, 1]), torch.device("cpu"))
    assert labels is not None
    assert labels.tolist() == [4, 1]
    assert label_tensor(None, np.array([4, 1]), torch.device("cpu")) is None
