"""The draft follows recipes, and keeps what was set on purpose."""

from __future__ import annotations

import dataclasses

import pytest

from app.shell.draft import Draft
from sslviz.spec.augmentation import with_setting as with_view_setting
from sslviz.spec.catalogue import RecipeInfo, shipped_catalogue

SHIPPED = shipped_catalogue()
RECIPES = (
    RecipeInfo("shapes", "simclr", "Shapes", "shapes", settings={"steps": 500}),
    RecipeInfo("cifar10", "simclr", "CIFAR-10", "cifar10", settings={"backbone": "resnet_w32", "steps": 900}),
    RecipeInfo("paper", "simclr", "Paper", "imagenet", source="a/b c @d", augmentation="simclr",
               settings={"batch_size": 4096, "optimiser.name": "lars", "tau": 0.1}),
    RecipeInfo("shapes", "dino", "Shapes", "shapes", settings={"backbone": "vit_d64", "batch_size": 64}),
)  # fmt: skip


@pytest.fixture
def draft() -> Draft:
    return Draft(dataclasses.replace(SHIPPED, recipes=RECIPES))


def test_it_begins_with_the_default_recipe(draft: Draft):
    assert (draft.config.method, draft.recipe, draft.config.steps) == ("simclr", "shapes", 500)
    assert draft.on_purpose() == {}


def test_a_method_brings_its_recipe_and_what_was_set_on_purpose_stays(draft: Draft):
    for name, value in (("seed", 7), ("data.count", 2_000), ("steps", 777), ("tau", 0.5), ("optimiser.lr", 0.01)):
        draft.set(name, value)
    draft.choose_method("dino")
    config = draft.config
    assert (config.method, config.batch_size, config.backbone) == ("dino", 64, "vit_d64")
    assert (config.seed, config.steps, config.data.dials["count"]) == (7, 777, 2_000)
    assert config.optimiser.lr != 0.01  # a rate suits one method
    draft.choose_method("simclr")
    assert (draft.config.params["tau"], draft.config.optimiser.lr) == (0.5, 0.01)
    assert draft.config.batch_size == 128
    assert set(draft.on_purpose()) == {"seed", "data.count", "steps", "tau", "optimiser.lr"}


def test_a_backbone_of_the_other_kind_gives_way_and_one_of_the_same_stays(draft: Draft):
    draft.set("backbone", "resnet_w32")
    draft.choose_method("dino")
    assert draft.config.backbone == "vit_d64"
    draft.set("backbone", "vit_d128")
    draft.choose_method("byol")
    assert draft.config.backbone == SHIPPED.methods[[m.name for m in SHIPPED.methods].index("byol")].backbone


def test_views_are_kept_for_their_method(draft: Draft):
    changed = with_view_setting(draft.config.augmentation, "blur", True)
    draft.adopt(dataclasses.replace(draft.config, augmentation=changed))
    draft.choose_method("dino")
    assert draft.config.augmentation.name.startswith("dino")
    draft.choose_method("simclr")
    assert draft.config.augmentation == changed


def test_data_brings_its_recipe(draft: Draft):
    draft.set("data.seed", 3)
    draft.set("tau", 0.4)
    draft.choose_data("cifar10")
    assert (draft.recipe, draft.config.backbone, draft.config.steps) == ("cifar10", "resnet_w32", 900)
    assert (draft.config.data.seed, draft.config.params["tau"]) == (3, 0.4)


def test_a_chosen_recipe_counts_for_all_it_names(draft: Draft):
    for name, value in (("seed", 7), ("tau", 0.5), ("batch_size", 32), ("data.count", 2_000)):
        draft.set(name, value)
    draft.choose_recipe("paper")
    config = draft.config
    assert (config.batch_size, config.params["tau"], config.optimiser.name) == (4096, 0.1, "lars")
    assert config.augmentation.name == "simclr"
    assert (config.seed, config.data.dials["count"]) == (7, 2_000)
    assert set(draft.on_purpose()) == {"seed", "data.count"}
    draft.set("tau", 0.3)
    assert draft.began()["tau"] == 0.1
    draft.choose_recipe("paper")
    assert draft.config.params["tau"] == 0.1


def test_an_opened_run_is_compared_with_its_methods_default(draft: Draft):
    other = Draft(draft.catalogue)
    other.choose_method("dino")
    other.set("batch_size", 32)
    draft.adopt(other.config)
    assert draft.recipe == "shapes"
    assert draft.on_purpose() == {"batch_size": 32}
    draft.choose_method("simclr")
    assert draft.config.batch_size == 32


def test_a_method_that_is_not_there_is_left_alone(draft: Draft):
    draft.adopt(dataclasses.replace(draft.config, method="lost", params={}))
    assert draft.config.method == "lost"


def test_nothing_is_told_where_nothing_changed(qtbot, draft: Draft):
    with qtbot.assertNotEmitted(draft.changed):
        draft.choose_method("simclr")
        draft.choose_data("shapes")
        draft.set("tau", draft.config.params["tau"])
