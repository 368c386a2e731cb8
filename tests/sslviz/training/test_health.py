"""A run that goes wrong says which quantity went wrong first, and keeps the state before it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sslviz.methods import Step
from sslviz.methods.simclr import SimCLR
from sslviz.spec.events import Failed
from sslviz.training import RunControl
from sslviz.training.checkpoint import all_finite, load_checkpoint
from sslviz.training.health import is_out_of_memory
from sslviz.training.metrics_file import read_metrics
from tests.sslviz.training.tiny_runs import Train, stop_after, tiny

REAL_STEP, REAL_ENCODE = SimCLR.step, SimCLR.encode


def at_step(step: int, act):
    """SimCLR.step that does something else at one step."""

    def replaced(self, views, batch):
        return act(self, views, batch) if batch.step == step else REAL_STEP(self, views, batch)

    return replaced


def bad_loss(self, views, batch):
    good = REAL_STEP(self, views, batch)
    return Step(good.loss * float("nan"), good.parts, good.peek)


def bad_part(self, views, batch):
    good = REAL_STEP(self, views, batch)
    return Step(good.loss * float("inf"), {**good.parts, "repel": torch.tensor(float("inf"))}, good.peek)


def bad_features(self, views, batch):
    self.encode = lambda views: REAL_ENCODE(self, views) * float("inf")
    try:
        return REAL_STEP(self, views, batch)
    finally:
        del self.encode


def bad_gradient(self, views, batch):
    good = REAL_STEP(self, views, batch)
    handle = self.projector[0].weight.register_hook(lambda gradient: (handle.remove(), gradient * float("nan"))[1])
    return good


def bad_images(self, views, batch):
    return REAL_STEP(self, [view.fill_(float("nan")) for view in views], batch)


def bad_weight(self, views, batch):
    with torch.no_grad():
        next(self.encoder.parameters()).fill_(float("nan"))
    return REAL_STEP(self, views, batch)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (bad_loss, "the loss"),
        (bad_part, "repel, a part of the loss"),
        (bad_features, "h, the encoder's output"),
        (bad_gradient, "the gradient of projector.0.weight"),
        (bad_images, "the augmented images"),
        (bad_weight, "encoder.backbone"),
    ],
)
def test_the_first_bad_quantity_is_named(train: Train, monkeypatch: pytest.MonkeyPatch, act, words: str) -> None:
    monkeypatch.setattr(SimCLR, "step", at_step(4, act))
    heard = train(tiny(8), measure=False)
    (failed,) = heard.of(Failed)
    assert failed.kind == "NonFinite"
    assert words in failed.message
    assert failed.step == 3
    assert heard.end.state == "failed"
    assert max(heard.series("loss")) == 3


@pytest.mark.parametrize("act", [bad_loss, bad_features, bad_gradient, bad_images])
def test_the_state_before_it_is_kept(
    train: Train, resume: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act
) -> None:
    whole = train(tiny(8), "whole", measure=False)
    monkeypatch.setattr(SimCLR, "step", at_step(4, act))
    train(tiny(8), measure=False)
    kept = load_checkpoint(tmp_path / "run")
    assert kept.step == 3
    assert all_finite(kept.tensors)
    monkeypatch.undo()
    assert resume(measure=False).series("loss") == whole.series("loss"), "running statistics and all"


def test_a_state_that_is_not_finite_never_replaces_a_good_one(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SimCLR, "step", at_step(4, bad_weight))
    train(tiny(8), measure=False)
    assert all_finite(load_checkpoint(tmp_path / "run").tensors)


OUT_OF_MEMORY = (
    MemoryError(),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:119] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
    ),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
)


@pytest.mark.parametrize("error", OUT_OF_MEMORY)
def test_out_of_memory_offers_half_the_batch_and_keeps_the_run(
    train: Train, resume: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def act(self, views, batch):
        REAL_STEP(self, views, batch)  # the running statistics have moved
        raise error

    whole = train(tiny(8), "whole", measure=False)
    monkeypatch.setattr(SimCLR, "step", at_step(4, act))
    heard = train(tiny(8), measure=False)
    (failed,) = heard.of(Failed)
    assert failed.kind == "OutOfMemory"
    assert "batch of 8" in failed.hint
    monkeypatch.undo()
    assert load_checkpoint(tmp_path / "run").step == 3
    assert resume(measure=False).series("loss") == whole.series("loss")


def test_a_real_allocation_that_fails_is_recognised() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_any_other_error_has_its_trace(train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def act(self, views, batch):
        raise ZeroDivisionError("by design")

    monkeypatch.setattr(SimCLR, "step", at_step(3, act))
    heard = train(tiny(8), measure=False)
    (failed,) = heard.of(Failed)
    assert failed.kind == "ZeroDivisionError"
    assert "by design" in failed.message
    assert "act" in failed.trace
    assert heard.end.state == "failed"
    assert read_metrics(tmp_path / "run").steps.tolist() == [0, 1, 2]


def test_an_error_while_the_weights_change_keeps_the_last_checkpoint(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def after_step(self, batch):
        if batch.step == 4:
            raise MemoryError

    monkeypatch.setattr(SimCLR, "after_step", after_step)
    train(tiny(8), measure=False)
    assert load_checkpoint(tmp_path / "run").step == 0


def test_a_diverged_run_goes_on_with_another_learning_rate(
    train: Train, resume: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    control = RunControl()
    train(tiny(8), control=control, when=stop_after(3, control), measure=False)
    gentler = RunControl()
    gentler.set("optimiser.lr", 1e-5)
    heard = resume(control=gentler, measure=False)
    assert heard.end.state == "finished"
    assert heard.series("lr")[4] < 1e-5
