"""Layouts of a run share a frame of reference: what only turned lies still, and the last is as it would be alone."""

from __future__ import annotations

import numpy as np
import pytest

from sslviz.inspect.errors import InspectError
from sslviz.inspect.layouts import align, lay_out, lay_out_run
from sslviz.spec.mapping import LayoutPlan
from tests.sslviz.inspect.layouts.some import doubled, features

UMAP = LayoutPlan("umap", neighbours=5)


def turned(points, angle, *, mirrored=False, size=1.0):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return size * (points @ turn) * ((1, -1) if mirrored else (1, 1)) + (5, -3)


def test_what_only_moved_turned_and_was_mirrored_lies_still():
    last = features(40, 2)
    frames = np.stack([turned(last, 2.0, mirrored=True), turned(last, 1.0), last])
    aligned = align(frames)
    for frame in aligned:
        np.testing.assert_allclose(frame, last - last.mean(0), atol=1e-4)
    assert aligned.dtype == np.float32


def test_sizes_stay_unless_they_mean_nothing():
    last = features(40, 2)
    frames = np.stack([turned(last, 2.0, size=0.1), last])
    np.testing.assert_allclose(align(frames)[0], 0.1 * (last - last.mean(0)), atol=1e-4)
    np.testing.assert_allclose(align(frames, one_size=True)[0], last - last.mean(0), atol=1e-4)


@pytest.mark.parametrize("flat", [0, 1])
def test_a_collapsed_snapshot_is_a_point(flat):
    frames = np.stack([features(20, 2), features(20, 2, seed=1)])
    frames[flat] = 7.0
    aligned = align(frames, one_size=True)
    assert np.isfinite(aligned).all()
    assert not aligned[flat].any()
    assert aligned[1 - flat].any()


def test_each_is_begun_from_the_next_and_the_last_from_nothing():
    starts = []

    def fit(values, plan, start, progress, stop):
        starts.append(start)
        return doubled(values, plan, start, progress, stop)

    frames = [features(30, seed=seed) for seed in range(3)]
    told = []
    run = lay_out_run(frames, UMAP, progress=lambda *said: told.append(said), fit=fit)
    assert starts[0] is None
    np.testing.assert_array_equal(starts[1], 2 * frames[2][:, :2])
    np.testing.assert_array_equal(starts[2], 2 * starts[1])
    alone = lay_out(frames[2], UMAP, fit=doubled).points
    np.testing.assert_allclose(run.points[2], alone - alone.mean(0), atol=1e-4)
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert told[-1] == (1.0, "snapshot 3 of 3: laid out")


def test_a_collapsed_snapshot_is_nothing_to_begin_from():
    starts = []

    def fit(values, plan, start, progress, stop):
        starts.append(start)
        return doubled(values, plan, start, progress, stop)

    run = lay_out_run([features(30), np.ones((30, 16), np.float32), features(30, seed=2)], UMAP, fit=fit)
    assert len(starts) == 2
    np.testing.assert_array_equal(starts[1], 2 * features(30, seed=2)[:, :2])
    assert run.notes == (
        "All 30 points have the same features: the model answers every image alike. They lie on one place.",
    )


def test_pca_of_a_run_keeps_its_sizes():
    values = features(50)
    run = lay_out_run([0.5 * values, values], LayoutPlan())
    np.testing.assert_allclose(run.points[0], 0.5 * run.points[1], atol=1e-4)


def test_snapshots_of_different_points_are_refused():
    with pytest.raises(InspectError, match="same points"):
        lay_out_run([features(5), features(6)], LayoutPlan())
