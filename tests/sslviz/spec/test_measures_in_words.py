"""Shares are told in percent, all else as it is."""

from __future__ import annotations

import pytest

from sslviz.spec.measures import MEASURES, SHARES, in_words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("knn", 0.2049, "20.5\u00a0%"),
        ("top1", 1.0, "100.0\u00a0%"),
        ("loss", 4.41234, "4.412"),
        ("part.kl", 0.5, "0.5"),
    ],
)
def test_a_share_is_told_in_percent(name, value, words):
    assert in_words(name, value) == words


def test_every_share_lies_between_nothing_and_all():
    assert all((MEASURES[name].lo, MEASURES[name].hi) == (0, 1) for name in SHARES)
