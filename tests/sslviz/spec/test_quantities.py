"""Quantities in words."""

import pytest

from sslviz.spec.quantities import counted, size_text


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_500, "1.5 KB"),
        (431_600_000, "432 MB"),
        (999_600_000, "1 GB"),
        (2e9, "2 GB"),
        (1.5e13, "15,000 GB"),
    ],
)
def test_sizes_as_people_say_them(count, said):
    assert size_text(count) == said


@pytest.mark.parametrize(("count", "said"), [(0, "0 files"), (1, "1 file"), (2_500, "2,500 files")])
def test_one_of_something_takes_no_s(count, said):
    assert counted(count, "file") == said
