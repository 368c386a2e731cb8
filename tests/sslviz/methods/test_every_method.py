"""What every method must keep to, tried on each of them with its own defaults."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pytest
import torch
from torch import Tensor

from sslviz.data.augment import recipe
from sslviz.methods import METHODS, MethodError
from sslviz.spec.catalogue import FigureInfo
from sslviz.spec.events import Array
from sslviz.spec.measures import MEASURES
from sslviz.spec.params import ParamInfo, Scalar
from sslviz.training.checkpoint import pack, unpack
from sslviz.training.learner import Learner, Outcome
from sslviz.training.measure import evaluating
from sslviz.training.needs import needed_bytes
from sslviz.training.peeks import Peeks
from sslviz.training.settings import flip
from tests.sslviz.methods.learners import SIZE, config_of, learner_of, method_of, unlabelled

every_method = pytest.mark.parametrize("name", list(METHODS))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small steps are faster so, and sums are then added in one order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def advance(learner: Learner, steps: range) -> list[Outcome]:
    outcomes = [learner.advance(step) for step in steps]
    assert [o.problem for o in outcomes] == [""] * len(outcomes)
    return outcomes


def numbers(outcomes: list[Outcome]) -> list[tuple[float, float, dict[str, float], dict[str, float]]]:
    return [(o.loss, o.grad_norm, dict(o.parts), dict(o.measures)) for o in outcomes]


def state(learner: Learner) -> dict[str, bytes]:
    """Every number that a checkpoint keeps, bit for bit."""
    packed = pack(learner.method, learner.optimiser)
    return {name: tensor.detach().clone().contiguous().numpy().tobytes() for name, tensor in packed.items()}


# --- a step ------------------------------------------------------------------------------------------------------------


@every_method
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_steps_are_finite_and_the_loss_is_in_full_precision(name, precision):
    learner = learner_of(name, precision)
    views, batch = learner._batch(0)
    with learner.fabric.autocast():
        step = learner.method.step(views, batch)
    assert step.loss.dtype == torch.float32
    assert step.loss.shape == ()
    assert step.loss.requires_grad
    for outcome in advance(learner, range(3)):
        assert math.isfinite(outcome.loss)
        assert 0 < outcome.grad_norm < math.inf
        assert all(math.isfinite(value) for value in (*outcome.parts.values(), *outcome.measures.values()))


@every_method
def test_what_is_shown_of_a_step_is_detached_and_has_a_known_name(name):
    learner = learner_of(name)
    step = learner.method.step(*learner._batch(0))
    told = {**step.parts, **step.peek, **step.measures}
    assert [key for key, value in told.items() if value.requires_grad] == []
    assert set(step.measures) <= set(MEASURES)
    assert all(value.numel() == 1 for value in (*step.parts.values(), *step.measures.values()))


@every_method
def test_the_encoder_learns_from_every_step(name):
    learner = learner_of(name)
    before = [weight.clone() for weight in learner.method.encoder.parameters()]
    advance(learner, range(2))
    moved = [not torch.equal(a, b) for a, b in zip(learner.method.encoder.parameters(), before, strict=True)]
    assert sum(moved) > 0.8 * len(moved), "a position or class token may be left out, layers may not"


@every_method
def test_the_views_stay_as_they_were_made(name):
    """Others look at them after the step."""
    learner = learner_of(name)
    views, batch = learner._batch(0)
    before = [view.clone() for view in views]
    learner.method.step(views, batch)
    assert all(torch.equal(a, b) for a, b in zip(views, before, strict=True))


@every_method
def test_equal_runs_are_equal_to_the_last_bit_and_draw_nothing_from_the_global_generator(name):
    first, second = learner_of(name), learner_of(name)
    told = numbers(advance(first, range(3)))
    torch.rand(7)  # somebody else draws
    before = torch.get_rng_state()
    assert numbers(advance(second, range(3))) == told
    assert torch.equal(torch.get_rng_state(), before)
    assert state(first) == state(second)


@every_method
def test_going_on_from_a_checkpoint_is_the_uninterrupted_run(name):
    whole, cut, later = learner_of(name), learner_of(name), learner_of(name)
    advance(cut, range(3))
    kept = {key: value.clone() for key, value in pack(cut.method, cut.optimiser).items()}
    unpack(kept, later.method, later.optimiser)
    expected = numbers(advance(whole, range(6)))
    assert numbers(advance(later, range(3, 6))) == expected[3:]
    assert state(later) == state(whole)


@every_method
def test_going_on_after_every_switch_was_turned_is_the_uninterrupted_run(name):
    """As a run does it that goes on: the recorded flips first, then the state."""
    whole, later = learner_of(name), learner_of(name)
    flips = [(info.name, turns(info)[0]) for info in METHODS[name].info.params if info.live]
    flips.sort(key=lambda one: one[1] is not True)  # what is switched on first: captions must name something throughout
    advance(whole, range(2))
    for setting, value in flips:
        flip(whole, setting, value, 2)
    advance(whole, range(2, 4))
    kept = {key: value.clone() for key, value in pack(whole.method, whole.optimiser).items()}
    for setting, value in flips:
        flip(later, setting, value, 2)
    unpack(kept, later.method, later.optimiser)
    assert numbers(advance(later, range(4, 6))) == numbers(advance(whole, range(4, 6)))
    assert state(later) == state(whole)


# --- looking -----------------------------------------------------------------------------------------------------------


@every_method
def test_looking_changes_nothing(name):
    learner = learner_of(name)
    (*_, last) = advance(learner, range(2))
    before, drawn = state(learner), torch.get_rng_state()
    modes = [part.training for part in learner.method.modules()]
    with torch.inference_mode(), evaluating(learner.method):
        h = learner.method.encoder(torch.rand(4, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0)))
        z = learner.method.project(h)
    Peeks("a", lambda: None, learner.method).all(2, last.moment)
    assert z.shape[0] == 4
    assert z.ndim == 2
    assert bool(z.isfinite().all())
    assert state(learner) == before
    assert torch.equal(torch.get_rng_state(), drawn)
    assert [part.training for part in learner.method.modules()] == modes


@every_method
def test_figures_are_what_the_catalogue_promises(name):
    learner = learner_of(name)
    (*_, last) = advance(learner, range(3))
    made = Peeks("a", lambda: None, learner.method).all(3, last.moment)
    for info in learner.method.info.figures:
        assert info.name in made, f"{info.name} is not drawn after three steps"
        CHECKS[info.kind](info, made[info.name].arrays)


def check_matrix(info: FigureInfo, arrays: Mapping[str, Array]) -> None:
    assert set(arrays) <= {"values", "rows", "columns", "row_images", "column_images"}
    values = arrays["values"]
    assert values.ndim == 2
    assert np.isfinite(values).all()
    assert info.lo == info.hi or (info.lo - 1e-4 <= values.min() <= values.max() <= info.hi + 1e-4)
    for key, count in (("row", values.shape[0]), ("column", values.shape[1])):
        assert len(arrays.get(f"{key}s", range(count))) == count
        if (images := arrays.get(f"{key}_images")) is not None:
            assert (images.ndim, images.shape[0], images.shape[3], images.dtype) == (4, count, 3, np.uint8)


def check_series(info: FigureInfo, arrays: Mapping[str, Array]) -> None:
    assert set(arrays) <= {"values", "line", "names" if info.kind == "bars" else "x"}
    values = arrays["values"]
    assert values.ndim == 2
    assert np.isfinite(values).all()
    assert len(values) == len(info.series) or (len(values) == 1 and not info.series)
    for key in {"names", "x"} & set(arrays):
        assert len(arrays[key]) == values.shape[1]
    assert arrays.get("line", np.zeros(1)).ndim == 1


def check_tiles(info: FigureInfo, arrays: Mapping[str, Array]) -> None:
    assert set(arrays) <= {"images", "rows", "columns", "texts"}
    images = arrays["images"]
    assert (images.ndim, images.shape[4], images.dtype) == (5, 3, np.uint8)
    rows, columns = images.shape[:2]
    assert arrays.get("rows", np.empty(rows)).shape == (rows,)
    assert arrays.get("columns", np.empty(columns)).shape == (columns,)
    assert arrays.get("texts", np.empty((rows, columns))).shape == (rows, columns)


CHECKS = {"matrix": check_matrix, "bars": check_series, "curves": check_series, "tiles": check_tiles}


# --- turning and refusing ----------------------------------------------------------------------------------------------


@every_method
def test_every_live_parameter_can_be_turned_in_mid_run(name):
    learner = learner_of(name)
    advance(learner, range(1))
    step = 1
    for info in METHODS[name].info.params:
        for value in turns(info) if info.live else ():
            assert flip(learner, info.name, value, step)[1] == value
            advance(learner, range(step, step + 1))
            step += 1
            lines = learner.method.references(learner.order.batch_size)
            assert {measure for measure, _, _ in lines} <= set(MEASURES)
            assert all(label and math.isfinite(level) for _, label, level in lines)


def turns(info: ParamInfo) -> list[Scalar]:
    """Every position of a switch, both ends of a number, and back."""
    if info.kind == "bool":
        return [not info.default, info.default]
    if info.kind == "choice":
        return [*info.choices, info.default]
    cast = int if info.kind == "int" else float
    return [cast(info.lo), cast(info.hi), info.default]


def works_or_is_refused(name: str, **changes) -> None:
    """One step is taken, or the method says before it is built what to change."""
    refusals: list[MethodError] = []
    try:
        learner = learner_of(name, **changes)
    except MethodError as refusal:
        refusals.append(refusal)
    else:
        assert math.isfinite(advance(learner, range(1))[0].loss)
    assert all(refusal.message.endswith(".") and refusal.hint.endswith(".") for refusal in refusals)


@every_method
@pytest.mark.parametrize("size", [1, 2])
def test_smallest_batches(name, size):
    works_or_is_refused(name, batch_size=size)


@pytest.mark.parametrize("name", ["byol", "simsiam", "barlow_twins", "vicreg", "align_uniform"])
@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"batch_size": 1}, "batch_size", "a batch of one has none"),
        ({"augmentation": recipe("mae")}, "augment.count", "the augmentation makes 1"),
    ],
)
def test_methods_on_pairs_refuse_what_makes_none(name, changes, field, why):
    with pytest.raises(MethodError, match=why) as refusal:
        learner_of(name, **changes)
    assert refusal.value.field == field


@every_method
@pytest.mark.parametrize("backbone", ["resnet_w16", "vit_d64"])
def test_both_kinds_of_backbone(name, backbone):
    works_or_is_refused(name, backbone=backbone)


@every_method
def test_images_of_which_nothing_is_known(name):
    works_or_is_refused(name, data=unlabelled())


@every_method
def test_memory_can_be_predicted_without_a_trace(name):
    config = config_of(name)
    method = method_of(config)
    before = {key: value.clone() for key, value in method.state_dict().items()}
    assert needed_bytes(method, config, (SIZE, SIZE)) > 0
    assert all(torch.equal(before[key], value) for key, value in method.state_dict().items())


@every_method
def test_its_state_is_all_tensors_with_finite_numbers(name):
    kept = method_of(config_of(name)).state_dict()
    assert all(isinstance(value, Tensor) for value in kept.values())
    assert all(bool(v.isfinite().all()) for v in kept.values() if v.is_floating_point())
