"""colour: labels, factors, groups and votes of points whose answer is known."""

import numpy as np
import pytest

from sslviz.inspect.errors import InspectError
from sslviz.inspect.mapping import clusters, colour, gather, is_quick
from sslviz.spec.errors import Cancelled
from sslviz.spec.mapping import CLUSTER, KNN, LABEL, LOSS
from tests.sslviz.inspect.mapping.some import ask, images, plan, points, shapes
from tests.sslviz.inspect.networks import transformer


def blobs(sizes, labels=None, seed=0):
    """Groups of points about directions at right angles, as many as `sizes` says."""
    random = np.random.default_rng(seed)
    which = np.repeat(np.arange(len(sizes)), sizes)
    order = random.permutation(len(which))
    values = np.eye(len(sizes), 8)[which] + 0.05 * random.normal(size=(len(which), 8))
    return points(values[order], which[order] if labels is None else np.asarray(labels)[order]), which[order]


def test_labels_are_named_and_unknown_ones_are_not():
    found = colour(points(np.ones((3, 2)), [2, -1, 0]), ask(LABEL))
    assert found.values[[0, 2]].tolist() == [2, 0]
    assert np.isnan(found.values[1])
    assert found.values.dtype == np.float32
    assert not found.values.flags.writeable
    assert (found.names, found.title, found.by, found.mark) == (("a", "b", "c"), "label", "label", "a mark")


def test_images_without_labels_have_one_colour():
    found = colour(points(np.ones((3, 2))), ask(LABEL))
    assert np.isnan(found.values).all()
    assert "no labels" in found.about


def test_factors_by_their_names():
    data = shapes()
    found = gather(transformer(), plan(), data)
    hues = colour(found, ask("hue"))
    assert np.array_equal(hues.values, data.factors["hue"])
    assert hues.names == data.factor_names["hue"]
    with pytest.raises(InspectError, match="'mood'") as caught:
        colour(found, ask("mood"))
    assert "hue" in caught.value.hint


def test_what_is_at_hand_is_told_from_what_takes_work():
    assert [is_quick(by) for by in (LABEL, "hue", CLUSTER, KNN, LOSS)] == [True, True, False, False, False]


def test_groups_are_found_and_numbered_by_size():
    gathered, which = blobs((20, 70, 40))
    found = colour(gathered, ask(CLUSTER, clusters=3))
    assert found.values.tolist() == np.array([2, 0, 1])[which].tolist()
    assert found.names == ("group 1", "group 2", "group 3")
    assert found.title == "k-means, 3 groups"
    assert np.array_equal(found.values, colour(gathered, ask(CLUSTER, clusters=3)).values)


def test_groups_of_many_points_are_found_among_a_sample(monkeypatch):
    monkeypatch.setattr(clusters, "SAMPLE", 50)
    gathered, which = blobs((20, 70, 40))
    found = colour(gathered, ask(CLUSTER, clusters=3))
    assert found.values.tolist() == np.array([2, 0, 1])[which].tolist()


def test_there_are_no_more_groups_than_different_points():
    found = colour(points([[1, 0], [0, 1], [1, 0], [2, 0]]), ask(CLUSTER))
    assert found.title == "k-means, 2 groups"
    assert found.values.tolist() == [0, 1, 0, 0]  # of one direction
    assert colour(points(np.ones((4, 3))), ask(CLUSTER)).title == "k-means, 1 group"
    assert colour(points([[1, 2]]), ask(CLUSTER)).values.tolist() == [0]


def test_neighbours_vote_without_the_point_itself():
    gathered, which = blobs((30, 30, 30))
    labels = which.copy()
    odd = int(np.flatnonzero(which == 1)[0])
    labels[odd] = 2  # one point among strangers
    labels[odd + 1] = -1
    found = colour(points(gathered.values, labels), ask(KNN, k=5))
    assert np.isnan(found.values[odd + 1])
    assert found.values[odd] == 0
    assert np.nansum(found.values) == 88
    assert found.names == ("wrong", "right")
    assert "98.9% of 89" in found.about


def test_of_one_label_each_nobody_is_right():
    found = colour(points(np.random.default_rng(0).normal(size=(3, 4)), [0, 1, 2]), ask(KNN))
    assert found.values.tolist() == [0, 0, 0]


def test_patches_of_the_same_image_do_not_vote():
    data = images(6)
    found = gather(transformer(), plan(tokens="patches"), data)
    values = np.repeat(np.eye(6), 16, axis=0)  # patches of an image are alike, and like no other's
    alike = points(values, found.label, found.index)
    assert colour(alike, ask(KNN, k=15)).values.mean() < 0.7  # 1 if they could vote for each other


@pytest.mark.parametrize(
    ("by", "labels", "changes", "said"),
    [
        (KNN, None, {}, "have no labels"),
        (KNN, [-1, -1, 2, -1], {}, "only one image with a label"),
        (KNN, [0, 1, 0, 1], {"k": 0}, "0 neighbours cannot vote"),
        (CLUSTER, None, {"clusters": 1}, "1 groups cannot be"),
        (CLUSTER, None, {"clusters": 1_000}, "1000 groups cannot be"),
    ],
)
def test_what_cannot_be_coloured_is_refused(by, labels, changes, said):
    with pytest.raises(InspectError, match=said) as caught:
        colour(points(np.eye(4), labels), ask(by, **changes))
    assert caught.value.hint


@pytest.mark.parametrize("by", [CLUSTER, KNN])
def test_work_is_given_up(by):
    calls = []

    def stop():
        calls.append(1)
        if len(calls) > 1:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        colour(blobs((10, 10))[0], ask(by), stop=stop)
    assert len(calls) == 2
