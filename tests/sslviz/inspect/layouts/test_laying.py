"""What `lay_out` makes of any number of features, equal ones and too few, and what it says."""

from __future__ import annotations

import numpy as np
import pytest

from sslviz.inspect.errors import InspectError
from sslviz.inspect.layouts import lay_out
from sslviz.inspect.layouts.laying import fitted_plan
from sslviz.spec.errors import Cancelled
from sslviz.spec.mapping import LayoutPlan
from tests.sslviz.inspect.layouts.some import doubled, features

UMAP = LayoutPlan("umap", neighbours=5)


def test_pca_says_how_much_it_keeps():
    layout = lay_out(features(60), LayoutPlan())
    assert layout.points.shape == (60, 2)
    assert layout.points.dtype == np.float32
    assert 0.5 < sum(layout.kept) < 1
    assert (layout.repeated, layout.notes) == (0, ())


def test_equal_points_are_laid_out_once_and_share_a_place():
    values = features(20)
    values[[3, 9]] = values[1]
    seen = []

    def fit(values, plan, start, progress, stop):
        seen.append((len(values), start))
        return doubled(values, plan, None, progress, stop)

    layout = lay_out(values, UMAP, start=np.arange(40.0).reshape(20, 2), fit=fit)
    np.testing.assert_array_equal(layout.points, 2 * values[:, :2])
    assert layout.repeated == 2
    assert layout.notes == ("2 of 20 points have the same features as another one and lie where it lies.",)
    ((count, start),) = seen
    assert count == 18
    np.testing.assert_array_equal(start[:, 0] / 2, [k for k in range(20) if k not in (3, 9)])


@pytest.mark.parametrize("method", ["pca", "umap", "tsne"])
@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.zeros((0, 4)), "There are no points"),
        (np.zeros((1, 4)), "One point has no layout"),
        (np.ones((9, 4)), "All 9 points have the same features"),
    ],
)
def test_what_has_no_layout_lies_in_the_middle_and_is_told(method, values, said):
    layout = lay_out(values, LayoutPlan(method), fit=doubled)
    assert layout.points.shape == (len(values), 2)
    assert not layout.points.any()
    assert layout.notes[0].startswith(said)


@pytest.mark.parametrize(("method", "name"), [("umap", "UMAP"), ("tsne", "t-SNE")])
@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_handful_is_laid_out_by_pca(method, name, count):
    values = features(count)
    layout = lay_out(values, LayoutPlan(method), fit=doubled)
    np.testing.assert_array_equal(layout.points, lay_out(values, LayoutPlan()).points)
    assert layout.kept == ()
    assert layout.notes == (f"{name} needs at least 5 different points; the {count} here are laid out by PCA.",)


def test_parameters_that_the_points_do_not_allow_are_lowered_and_told():
    plan, notes = fitted_plan(LayoutPlan("umap", neighbours=15), 8)
    assert plan.neighbours == 7
    assert notes == ["There are 8 different points, so each has 7 neighbours and not 15."]
    plan, notes = fitted_plan(LayoutPlan("tsne", perplexity=30, epochs=100), 31)
    assert (plan.perplexity, plan.epochs) == (10, 250)
    assert "perplexity of 10 at most" in notes[0]
    assert "at least 250 rounds" in notes[1]
    assert fitted_plan(UMAP, 8) == (UMAP, [])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_features_that_are_no_numbers_are_refused_with_their_count(bad):
    values = features(10)
    values[[2, 7], 3] = bad
    with pytest.raises(InspectError, match="2 of 10 points") as error:
        lay_out(values, LayoutPlan())
    assert "snapshot" in error.value.hint


def test_features_need_two_dimensions():
    with pytest.raises(InspectError, match="3 dimensions"):
        lay_out(np.zeros((2, 2, 2), np.float32), LayoutPlan())


def test_giving_up_and_progress_reach_the_fit():
    told = []
    lay_out(features(10), UMAP, progress=lambda *said: told.append(said), fit=doubled)
    assert told == [(0.5, "doubling"), (1.0, "laid out")]

    def stop():
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        lay_out(features(10), UMAP, stop=stop, fit=doubled)
