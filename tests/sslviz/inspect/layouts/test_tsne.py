"""t-SNE is scikit-learn's, point by point, with progress read from what it prints."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from sslviz.inspect.layouts import lay_out, score
from sslviz.inspect.layouts.tsne import CONTINUED_ROUNDS, settings
from sslviz.spec.errors import Cancelled
from sslviz.spec.mapping import LayoutPlan
from tests.sslviz.inspect.layouts.some import features

PLAN = LayoutPlan("tsne", perplexity=8, epochs=300, seed=3)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_points_are_scikit_learns(metric, capsys):
    values, plan = features(80), LayoutPlan("tsne", metric, perplexity=8, epochs=300, seed=3)
    layout = lay_out(values, plan)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        known = TSNE(**settings(values, plan, None)).fit_transform(values)
    np.testing.assert_array_equal(layout.points, known)
    assert score(values, layout.points).trustworthiness > 0.85
    assert capsys.readouterr().out == ""


def test_progress_rises_and_what_others_print_is_not_swallowed(capsys):
    told = []

    def progress(share, doing):
        told.append((share, doing))
        print("somebody else")

    lay_out(features(60), PLAN, progress=progress)
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert [said for _, said in told][:3] == ["getting t-SNE ready", "finding neighbours", "round 50 of 300"]
    assert told[-2] == (1.0, "round 300 of 300")
    assert capsys.readouterr().out.count("somebody else") == len(told)


def test_it_is_given_up_at_the_next_line():
    told = []

    def stop():
        if len(told) > 3:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        lay_out(features(60), PLAN, progress=lambda *said: told.append(said), stop=stop)
    assert told[-1][1] == "round 100 of 300"


def test_a_layout_carries_on_from_another_at_its_size():
    values = features(60)
    began = lay_out(values, PLAN).points
    chosen = settings(values, LayoutPlan("tsne"), began)
    assert (chosen["max_iter"], chosen["early_exaggeration"]) == (CONTINUED_ROUNDS, 1.0)
    np.testing.assert_allclose(chosen["init"], began - began.mean(0), atol=1e-2)
    carried = lay_out(values, LayoutPlan("tsne", perplexity=8), start=began).points
    moved = np.sqrt(np.square(carried - carried.mean(0) - began + began.mean(0)).sum(1).mean())
    assert moved < 0.5 * np.sqrt(np.square(began - began.mean(0)).sum(1).mean())


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize(
    "values", [features(5), features(30, 1), np.concatenate([np.zeros((1, 16), np.float32), features(20)])],
    ids=["five points", "one feature", "a zero"],
)  # fmt: skip
def test_awkward_features_are_laid_out(values, metric):
    layout = lay_out(values, LayoutPlan("tsne", metric, epochs=250))
    assert np.isfinite(layout.points).all()
