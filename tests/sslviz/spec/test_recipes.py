"""Recipes by name, defaults by data, and settings that reach the run."""

from __future__ import annotations

import dataclasses

import pytest

from sslviz.spec.catalogue import Catalogue, RecipeInfo, shipped_catalogue
from sslviz.spec.errors import SpecError
from sslviz.spec.recipes import data_name, default_recipe, recipes_of, shipped_recipes
from sslviz.spec.settings import default_config, with_recipe

SHIPPED = shipped_catalogue()
OWN = (
    RecipeInfo("shapes", "simclr", "Shapes", "shapes", settings={"data.preset": "single", "tau": 0.3, "steps": 50}),
    RecipeInfo("cifar10", "simclr", "CIFAR-10", "cifar10", settings={"backbone": "resnet_w32", "batch_size": 64}),
    RecipeInfo(
        "paper", "simclr", "Paper", "imagenet", source="a/b c @d", augmentation="simclr",
        settings={"optimiser.name": "lars", "optimiser.warmup": 900, "steps": 1_000, "tau": 0.1},
    ),
)  # fmt: skip
CATALOGUE = dataclasses.replace(SHIPPED, recipes=OWN)


@pytest.mark.parametrize(
    ("source", "name"),
    [("shapes", "shapes"), ("cifar10", "cifar10"), ("/data/cifar10.zip", "cifar10"), ("/data/CIFAR-10", "cifar10"),
     ("/my/photos", "cifar10"), ("stl10", "cifar10")],
)  # fmt: skip
def test_the_default_is_that_of_the_data(source: str, name: str):
    recipe = default_recipe(CATALOGUE, "simclr", source)
    assert recipe is not None
    assert recipe.name == name


def test_without_recipes_the_methods_own_settings_count():
    bare: Catalogue = dataclasses.replace(SHIPPED, recipes=())
    assert default_recipe(bare, "simclr", "shapes") is None
    assert default_config(bare, "simclr").steps == 2_000


def test_a_default_reaches_the_run():
    config = default_config(CATALOGUE, "simclr")
    assert (config.params["tau"], config.steps, config.data.dials["preset"]) == (0.3, 50, "single")
    assert config.optimiser.warmup == 5  # a tenth of the steps
    assert default_config(CATALOGUE, "simclr", steps=700).steps == 700
    other = default_config(CATALOGUE, "simclr", data="cifar10")
    assert (other.backbone, other.batch_size, other.params["tau"]) == ("resnet_w32", 64, 0.2)


def test_a_published_one_keeps_its_warm_up_until_the_length_changes():
    config = default_config(CATALOGUE, "simclr", recipe="paper")
    assert (config.optimiser.name, config.optimiser.warmup, config.steps) == ("lars", 900, 1_000)
    assert config.augmentation.name == "simclr"
    assert default_config(CATALOGUE, "simclr", recipe="paper", steps=100).optimiser.warmup == 10


def test_settings_of_other_data_are_left_out():
    config = default_config(CATALOGUE, "simclr", data="cifar10", recipe="shapes")
    assert "preset" not in config.data.dials
    assert with_recipe(config, CATALOGUE, OWN[0]).params["tau"] == 0.3


def test_unknown_recipes_are_told_what_there_is():
    with pytest.raises(SpecError, match=r"no recipe of simclr called 'papre'.*paper"):
        default_config(CATALOGUE, "simclr", recipe="papre")


def test_names_of_data():
    assert [data_name(source) for source in ("CIFAR-10", "x/stl10_binary.tar", "shapes", "")] == [
        "cifar10", "stl10binary", "shapes", "",
    ]  # fmt: skip


def test_the_shipped_ones_name_their_source_and_nothing_unknown():
    for recipe in SHIPPED.recipes:
        config = default_config(SHIPPED, recipe.method, recipe=recipe.name)
        assert config.method == recipe.method
        if recipe.source:
            repository, *files, commit = recipe.source.split()
            assert "/" in repository
            assert files
            assert commit.startswith("@")
            assert len(commit) == 9


def test_names_are_unique_and_defaults_come_first():
    for method in SHIPPED.methods:
        found = recipes_of(SHIPPED, method.name)
        assert len({recipe.name for recipe in found}) == len(found)
        published = [bool(recipe.source) for recipe in found]
        assert published == sorted(published)


def test_only_methods_that_there_are():
    assert {recipe.method for recipe in shipped_recipes(["simclr"])} == {"simclr"}


def test_every_method_has_its_defaults():
    """Captions need the factors of shapes; every other method learns from photographs too."""
    for method in SHIPPED.methods:
        names = {recipe.name for recipe in recipes_of(SHIPPED, method.name) if not recipe.source}
        missing = ({"shapes"} if method.name == "clip" else {"shapes", "cifar10"}) - names
        assert not missing, f"{method.name} lacks a default recipe for {missing}: add it to resources/recipes.json"


def test_of_several_for_one_data_set_the_first_is_the_default():
    assert [recipe.name for recipe in recipes_of(SHIPPED, "dino")][:2] == ["shapes", "heads"]
    found = default_recipe(SHIPPED, "dino", "shapes")
    assert found is not None
    assert found.name == "shapes"
    heads = default_config(SHIPPED, "dino", recipe="heads")
    assert (heads.backbone, heads.data.dials["preset"], heads.params["teacher_tau"]) == ("vit_d64_h8", "plain", 0.04)
    assert (heads.augmentation.views[0].size, heads.params["local_crops"]) == (40, False)
