"""UMAP is umap-learn's, point by point, with progress, and given up between two rounds."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from sslviz.inspect.layouts import lay_out, score
from sslviz.inspect.layouts import umap_layout as room
from sslviz.inspect.layouts.layout import silent
from sslviz.inspect.layouts.umap_layout import settings, umap_points
from sslviz.inspect.layouts.unheard import others_unheard
from sslviz.inspect.stopping import never
from sslviz.spec.errors import Cancelled
from sslviz.spec.mapping import LayoutPlan
from tests.sslviz.inspect.layouts.some import GROUPS, features

PLAN = LayoutPlan("umap", neighbours=6, epochs=30, seed=3)

pytestmark = pytest.mark.usefixtures("warm_umap")


@pytest.mark.filterwarnings("ignore")
def directly(values, plan, start=None, **more):
    import umap

    with others_unheard():
        return umap.UMAP(**settings(values, plan, start), **more).fit_transform(values)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_points_are_umap_learns(metric):
    values, plan = features(120), LayoutPlan("umap", metric, neighbours=6, epochs=30, seed=3)
    layout = lay_out(values, plan)
    np.testing.assert_array_equal(layout.points, directly(values, plan))
    np.testing.assert_array_equal(layout.points, lay_out(values, plan).points)
    assert not np.array_equal(layout.points, lay_out(values, LayoutPlan("umap", metric, 6, epochs=30, seed=4)).points)


def test_groups_stay_together():
    values = features(150)
    points = lay_out(values, LayoutPlan("umap", neighbours=6, epochs=100)).points
    centres = np.stack([points[k::GROUPS].mean(0) for k in range(GROUPS)])
    nearest = np.linalg.norm(points[:, None] - centres, axis=2).argmin(1)
    np.testing.assert_array_equal(nearest, np.arange(150) % GROUPS)
    assert score(values, points).trustworthiness > 0.9


def test_neighbours_found_here_give_what_umap_learn_gives_for_them(monkeypatch):
    values = features(200)
    monkeypatch.setattr(room, "EXACT_FROM", 100)
    ours = umap_points(values, PLAN, None, silent, never)
    theirs = directly(values, PLAN, precomputed_knn=room.nearest(values, 6, "cosine", silent, never))
    np.testing.assert_array_equal(ours, theirs)
    assert score(values, ours).trustworthiness > 0.9


def test_a_layout_carries_on_gently_from_another():
    values = features(150)
    began = lay_out(values, PLAN).points
    plan = LayoutPlan("umap", neighbours=6)
    assert settings(values, plan, began)["n_epochs"] == room.CONTINUED_ROUNDS
    carried = lay_out(values, PLAN, start=began).points
    fresh = lay_out(values, LayoutPlan("umap", neighbours=6, epochs=30, seed=4)).points

    def shape(points):
        centred = points - points.mean(0)
        return np.corrcoef(centred @ centred.T)[np.triu_indices(150, 1)]

    assert np.corrcoef(shape(began), shape(carried))[0, 1] > np.corrcoef(shape(began), shape(fresh))[0, 1]


def test_progress_rises_to_the_last_round():
    told = []
    lay_out(features(60), PLAN, progress=lambda *said: told.append(said))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert [said for _, said in told][:2] == ["getting UMAP ready", "finding neighbours"]
    assert told[-2] == (1.0, "round 30 of 30")


@pytest.mark.parametrize("at", ["finding neighbours", "round 0 of 5000", "round"])
def test_it_is_given_up_wherever_it_is(at):
    said = []

    def stop():
        if said and said[-1].startswith(at) and (at != "round" or len(said) > 5):
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        lay_out(
            features(200),
            LayoutPlan("umap", neighbours=6, epochs=5_000),
            progress=lambda _, doing: said.append(doing),
            stop=stop,
        )
    assert "round 5000 of 5000" not in said
    gc.collect()  # a bar that is left behind says so here


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize(
    "values",
    [
        features(5),
        features(40, 1),
        np.concatenate([features(20), -features(20)]),
        np.concatenate([np.zeros((1, 16), np.float32), features(20)]),
        1e18 * features(30),
    ],
    ids=["five points", "one feature", "opposites", "a zero", "huge"],
)
def test_awkward_features_are_laid_out(values, metric):
    layout = lay_out(values, LayoutPlan("umap", metric, neighbours=10, epochs=20))
    assert np.isfinite(layout.points).all()
    assert np.ptp(layout.points, axis=0).min() > 0


def test_points_that_could_not_be_placed_go_to_the_middle():
    points = room._placed(np.array([[0, 0], [np.nan, np.nan], [4, 2]], np.float32))
    np.testing.assert_array_equal(points[1], (2, 1))
    assert not room._placed(np.full((2, 2), np.nan, np.float32)).any()
