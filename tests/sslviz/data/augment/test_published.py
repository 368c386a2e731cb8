"""The published recipes: names, sources, values, sizes."""

from __future__ import annotations

import dataclasses
import re

import pytest

from sslviz.data.augment import augmentation_infos, published, recipe
from sslviz.data.augment.own import own_recipes
from sslviz.data.errors import DataError
from sslviz.spec.augmentation import Augmentation, ViewRecipe, view_size
from sslviz.spec.params import check, describe

EXPECTED = ("simclr", "simclr_cifar10", "moco_v2", "byol", "barlow_twins", "vicreg", "dino", "swav", "simsiam", "moco_v3",
            "mae", "dino_shapes", "none")  # fmt: skip


def test_every_method_has_its_recipe_and_every_name_is_its_own() -> None:
    names = [info.name for info in augmentation_infos()]
    assert set(EXPECTED) <= set(names)
    assert len(set(names)) == len(names)
    assert all(info.augmentation.name == info.name and info.title for info in augmentation_infos())


def test_sources_name_repository_file_and_commit() -> None:
    for info in augmentation_infos():
        if info not in own_recipes():
            assert re.fullmatch(r"[\w.-]+/[\w.-]+ .+ @[0-9a-f]{8}", info.source), info.source


@pytest.mark.parametrize("info", augmentation_infos(), ids=lambda info: info.name)
def test_values_fit_their_parameters(info: published.AugmentationInfo) -> None:
    for view in info.augmentation.views:
        for parameter in describe(ViewRecipe):
            check(parameter, getattr(view, parameter.name))


def strengths(view: ViewRecipe) -> tuple[float, ...]:
    return view.brightness, view.contrast, view.saturation, view.hue


def test_simclr_on_imagenet_and_on_cifar10() -> None:
    (large,) = recipe("simclr").views
    assert (large.count, large.crop_min, large.crop_max, large.jitter_p, large.grayscale_p) == (2, 0.08, 1.0, 0.8, 0.2)
    assert strengths(large) == (0.8, 0.8, 0.8, 0.2)
    assert (large.blur, large.blur_p, large.blur_min, large.blur_max, large.solarise) == (True, 0.5, 0.1, 2.0, False)
    (small,) = recipe("simclr_cifar10").views
    assert strengths(small) == (0.4, 0.4, 0.4, 0.1)
    assert not small.blur


def test_byol_treats_its_two_views_differently() -> None:
    first, second = recipe("byol").views
    assert (first.blur_p, first.solarise) == (1.0, False)
    assert (second.blur_p, second.solarise, second.solarise_p) == (0.1, True, 0.2)
    assert strengths(first) == strengths(second) == (0.4, 0.4, 0.2, 0.1)


def test_multi_crop_scales_to_the_images() -> None:
    globals_, other, local = recipe("dino").views
    assert [view.count for view in recipe("dino").views] == [1, 1, 8]
    assert recipe("dino").count == 10
    assert (local.crop_min, local.crop_max) == (0.05, 0.4)
    for side, expected in ((224, 96), (96, 40), (64, 24), (32, 16)):
        assert view_size(globals_, (side, side)) == view_size(other, (side, side)) == (side, side)
        assert view_size(local, (side, side)) == (expected, expected)
    assert [view.count for view in recipe("swav").views] == [2, 6]


def test_small_multi_crop_halves_its_local_views():
    large, local = recipe("dino_shapes").views
    assert (large.count, large.crop_min, large.crop_max) == (2, 0.4, 1.0)
    assert (local.count, local.crop_min, local.crop_max) == (4, 0.08, 0.4)
    assert (view_size(large, (32, 32)), view_size(local, (32, 32))) == ((32, 32), (16, 16))
    for view in (large, local):
        assert strengths(view) == (0.4, 0.4, 0.2, 0.1)
        assert (view.grayscale_p, view.blur, view.solarise) == (0.2, False, False)


def test_mae_crops_and_flips_only() -> None:
    (view,) = recipe("mae").views
    assert (view.count, view.crop, view.crop_min, view.flip) == (1, True, 0.2, True)
    assert not any((view.jitter, view.grayscale, view.blur, view.solarise))


def test_what_a_recipe_lacks_shows_something_once_it_is_switched_on() -> None:
    for info in augmentation_infos():
        for view in info.augmentation.views:
            assert min(view.jitter_p, view.grayscale_p, view.blur_p, view.solarise_p, view.flip_p) > 0


def test_none_does_nothing() -> None:
    (view,) = recipe("none").views
    assert not any(getattr(view, name) for name in ("crop", "flip", "jitter", "grayscale", "blur", "solarise"))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(DataError, match="simclr_v9") as caught:
        recipe("simclr_v9")
    assert "barlow_twins" in caught.value.hint


def test_recipes_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe("simclr").name = "mine"  # type: ignore[misc]  # the point of the test
    assert isinstance(recipe("simclr"), Augmentation)


def test_a_damaged_table_is_one_clear_error(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "augmentations.json").write_text('{"recipes": [{"name": ')
    monkeypatch.setattr(published, "shipped", lambda _: tmp_path)
    published.augmentation_infos.cache_clear()
    try:
        with pytest.raises(DataError, match="cannot be read"):
            augmentation_infos()
    finally:
        published.augmentation_infos.cache_clear()
