"""What may share an axis: the rules, and the plots that follow from them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sslviz.spec.augmentation import Augmentation, ViewRecipe
from sslviz.spec.comparable import groups, needs, same_data, why_apart
from sslviz.spec.comparison import Reference, Side, Trace, traced
from sslviz.spec.comparison_plots import levels, marks_of, place_of, plot_plans
from sslviz.spec.config import DataConfig, OptimiserConfig, RunConfig
from sslviz.spec.inspection import ModelRef
from sslviz.spec.measures import MEASURES

SIMCLR = RunConfig("simclr", {"tau": 0.2, "width": 64}, batch_size=128)
CHANGES = {
    "method": {"method": "moco"},
    "batch": {"batch_size": 256},
    "pieces": {"optimiser": OptimiserConfig(accumulate=2)},
    "temperature": {"params": {"tau": 0.5, "width": 64}},
    "width": {"params": {"tau": 0.2, "width": 32}},
    "views": {"augmentation": Augmentation("other", (ViewRecipe(crop=False),))},
    "data": {"data": DataConfig("cifar10")},
    "data seed": {"data": DataConfig(seed=1)},
    "download": {"data": DataConfig(download=True)},
    "seed": {"seed": 1},
    "rate": {"optimiser": OptimiserConfig(lr=0.1)},
}
TOGETHER = {
    "loss": {"width", "download", "seed", "rate"},
    "knn": set(CHANGES) - {"data", "data seed"},
    "lr": set(CHANGES),
}


def run(**changes):
    return dataclasses.replace(SIMCLR, **changes)


@pytest.mark.parametrize("measure", TOGETHER)
@pytest.mark.parametrize("change", CHANGES)
def test_what_a_change_sets_apart(measure, change):
    configs = [SIMCLR, run(**CHANGES[change])]
    shared = change in TOGETHER[measure]
    assert len(groups(measure, configs)) == (1 if shared else 2)
    assert bool(why_apart(measure, configs)) != shared


def test_parts_of_a_loss_are_apart_like_the_loss():
    assert needs("part.global") == needs("loss")
    assert set(needs("rankme")) >= {"method"}
    assert not set(needs("knn")) & {"method", "batch", "weights", "augmentation"}


def test_labels_say_what_sets_groups_apart_and_no_more():
    configs = [
        SIMCLR,
        run(params={"tau": 0.5, "width": 32}),
        run(method="mae", params={"mask_ratio": 0.75}, batch_size=64),
    ]
    assert [group.label for group in groups("loss", configs)] == ["simclr, tau 0.2", "simclr, tau 0.5", "mae"]
    assert [group.label for group in groups("loss", configs[:1] * 2)] == [""]
    assert [group.members for group in groups("loss", [configs[0], configs[2], configs[0]])] == [(0, 2), (1,)]
    assert "different methods" in why_apart("loss", configs)
    assert "temperatures" in why_apart("loss", configs[:2])


def test_data_of_one_name_are_told_apart_by_what_differs():
    configs = [
        run(data=DataConfig(image_size=32, dials={"objects": 1})),
        run(data=DataConfig(image_size=64, dials={"objects": 1})),
    ]
    assert not same_data(configs)
    assert [group.label for group in groups("knn", configs)] == ["shapes image size 32", "shapes image size 64"]


def side(name, config=SIMCLR, measures=("loss",), snapshot=-1, folder=""):
    steps = np.arange(1, 11)
    trace = Trace(steps, steps / 2, steps * 3.0, steps * 1.0)
    return Side(
        ModelRef(folder or name, snapshot=snapshot), name, folder or name, config, traces=dict.fromkeys(measures, trace)
    )


def test_a_run_and_its_snapshot_have_one_curve_and_a_mark():
    sides = (side("first"), side("first, step 4", snapshot=4, folder="first"), side("second"))
    (plan,) = plot_plans(sides)
    assert plan.members == (0, 2)
    assert list(marks_of(plan, sides)) == [(0, 4, "first, step 4")]
    assert sides[1].run_name == "first"


def test_levels_that_all_share_are_drawn_once():
    shared, own = Reference("loss", "chance", 5.0), Reference("loss", "mine", 1.0)
    sides = tuple(
        dataclasses.replace(side(name), references=found)
        for name, found in (("a", (shared, own)), ("b", (shared, Reference("knn", "x", 0.0))))
    )
    (plan,) = plot_plans(sides)
    assert levels(plan, sides) == [("chance", 5.0), ("mine, a", 1.0)]


def test_places_of_steps_on_each_axis():
    one = side("first")
    assert [place_of(4, axis, one, one.traces) for axis in ("step", "epoch", "time", "images")] == [4, 2, 12, 512]
    assert place_of(4, "epoch", one, {}) is None
    assert place_of(4, "images", dataclasses.replace(one, config=None), {}) is None


def test_most_telling_measures_come_first_and_unknown_ones_last():
    plans = list(plot_plans((side("a", measures=("zzz", "lr", "loss", "knn")),)))
    assert [plan.measure for plan in plans] == ["knn", "loss", "lr", "zzz"]
    assert plans[1].title == MEASURES["loss"].label


def test_a_thinned_curve_keeps_its_ends_and_extremes():
    steps = np.arange(10_000)
    values = np.sin(steps / 500)
    values[3_333], values[7_777] = 9.0, np.nan
    columns = {"loss": (steps, values), "epoch": (steps, steps / 100), "seconds": (steps[::2], steps[::2] * 2.0)}
    trace = traced(lambda name: columns[name], "loss", 200)
    assert len(trace.steps) <= 202
    assert trace.steps[0] == 0
    assert trace.steps[-1] == 9_999
    assert trace.values.max() == 9.0
    np.testing.assert_allclose(trace.epochs, trace.steps / 100)
    odd = trace.steps % 2 == 1
    assert np.isnan(trace.seconds[odd]).all()  # nothing is interpolated
    np.testing.assert_array_equal(trace.values, values[trace.steps])
    assert len(traced(lambda name: columns[name], "loss").steps) == 9_999
