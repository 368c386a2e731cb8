"""Settings of an augmentation by name: in every view or in one."""

import pytest

from sslviz.spec.augmentation import OPERATIONS, Augmentation, ViewRecipe, with_setting
from sslviz.spec.errors import SpecError
from sslviz.spec.params import describe

TWO = Augmentation("two", (ViewRecipe(count=2), ViewRecipe(count=6)))


def test_operations_are_the_switches_in_order():
    assert tuple(info.name for info in describe(ViewRecipe) if info.kind == "bool") == OPERATIONS
    assert TWO.count == 8


def test_every_view_or_one():
    assert [v.crop for v in with_setting(TWO, "crop", False).views] == [False, False]
    assert [v.hue for v in with_setting(TWO, "1.hue", 0.3).views] == [0.1, 0.3]


@pytest.mark.parametrize(
    ("name", "value"), [("sharpen", True), ("2.crop", False), ("x.crop", False), ("hue", 0.9), ("crop", 1)]
)
def test_misfits(name, value):
    with pytest.raises(SpecError):
        with_setting(TWO, name, value)
