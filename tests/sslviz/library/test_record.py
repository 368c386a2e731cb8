"""The record of a run that ships: thinned, whole where it is told as a number, and readable."""

import numpy as np

from sslviz.library.record import VIEWS_OF, fewer_views, telling, thinned
from sslviz.spec.events import Peeked
from sslviz.training.metrics_file import MetricsTable, read_metrics


def test_thinning_keeps_the_ends_and_what_was_measured():
    steps = np.arange(1_000)
    values = np.full((1_000, 2), np.nan)
    values[:, 0] = steps
    values[::50, 1] = 1.0
    kept = thinned(MetricsTable(("loss", "alignment"), steps, values), 100)
    assert len(kept.steps) <= 201
    assert {0, 999, 50, 850} <= set(kept.steps.tolist())
    assert kept.steps[-100:].tolist() == list(range(900, 1_000))  # the card's loss can be found from them
    assert (kept.values[:, 0] == kept.steps).all()
    assert (thinned(kept, 200).steps == kept.steps).all()


def test_snapshots_are_the_untrained_one_and_late_ones():
    assert telling((0, 1, 2, 3, 6, 12, 22, 40, 74, 137, 253, 468, 865, 1600), 6) == [0, 40, 74, 137, 468, 865]
    assert telling((0, 6), 6) == [0]
    assert telling((0, 3, 6), 1) == [0]
    assert telling((6,), 3) == []
    assert telling((0, 3, 6), 0) == []


def test_the_record_reads_like_any_other(made):
    ours, run = read_metrics(made.model), read_metrics(made.run)
    assert ours.problem == ""
    assert ours.names == run.names
    assert (ours.steps == run.steps).all()


def test_views_of_a_few_images_are_kept_and_still_belong_together():
    images = np.arange(2 * 32).reshape(2, 32)
    peek = Peeked("", 3, "views", {"images": images, "images_1": images, "indices": np.arange(32)})
    kept = fewer_views(peek).arrays
    assert (kept["images"] == images[:, :VIEWS_OF]).all()
    assert kept["images_1"].shape == (2, VIEWS_OF)
    assert (kept["indices"] == np.arange(VIEWS_OF)).all()
    other = Peeked("", 3, "sphere", {"circle": images})
    assert fewer_views(other) is other
