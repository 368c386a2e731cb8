"""run.toml round trips, and a damaged or newer one is refused with a sentence."""

import pickle

import pytest

from sslviz.spec.augmentation import Augmentation, ViewRecipe
from sslviz.spec.config import FORMAT, DataConfig, OptimiserConfig, RunConfig, from_toml, to_toml
from sslviz.spec.errors import SpecError

CONFIG = RunConfig(
    params={"tau": 0.1, "negatives": False},
    data=DataConfig(source="my images/ü", dials={"preset": "plain", "count": 100}),
    augmentation=Augmentation("two", (ViewRecipe(count=1), ViewRecipe(count=1, blur_p=0.1, solarise_p=0.2))),
    optimiser=OptimiserConfig(name="sgd", lr=0.06),
)


def test_round_trip():
    assert from_toml(to_toml(CONFIG)) == CONFIG
    assert pickle.loads(pickle.dumps(CONFIG)) == CONFIG


def test_an_older_file_without_new_fields_takes_their_defaults():
    assert from_toml('method = "simclr"\nformat = 1\n') == RunConfig()


def test_a_newer_format_says_to_update():
    with pytest.raises(SpecError, match="newer version") as caught:
        from_toml(to_toml(CONFIG).replace(f"format = {FORMAT}", f"format = {FORMAT + 1}"))
    assert "Update" in caught.value.hint


@pytest.mark.parametrize("damage", ["method = ", "steps = 'many'", "[[augmentation.views]]\ncount = 1.5", "\x00"])
def test_damage_is_named(damage):
    with pytest.raises(SpecError, match=r"run\.toml"):
        from_toml(damage)
