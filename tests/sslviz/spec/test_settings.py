"""Settings by name reach every part of a RunConfig, and a wrong name is told what is near."""

import pytest

from sslviz.spec.augmentation import Augmentation, ViewRecipe
from sslviz.spec.catalogue import AugmentationInfo, Catalogue, DataInfo, MethodInfo, shipped_catalogue
from sslviz.spec.config import OptimiserConfig, RunConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.params import ParamInfo, Scalar
from sslviz.spec.settings import default_config, setting_infos, suggestion, with_setting

TAU = ParamInfo("tau", "float", 0.2, "temperature", lo=0.01, hi=2.0)
MOMENTUM = ParamInfo("momentum", "float", 0.99, "EMA momentum", lo=0.0, hi=1.0)
NEGATIVES = ParamInfo("negatives", "bool", True, "negatives")
PRESET = ParamInfo("preset", "choice", "plain", "preset", choices=("plain", "hard"))
TWO_SIZES = Augmentation("two", (ViewRecipe(), ViewRecipe(size=16)))
CATALOGUE = Catalogue(
    methods=(
        MethodInfo("simclr", "SimCLR", "", "", "", "contrastive", (TAU, NEGATIVES, MOMENTUM), "two", "resnet_w32",
                   OptimiserConfig(lr=0.5, warmup=100), ""),
    ),
    data=(DataInfo("shapes", "Shapes", "", "", False, (PRESET,)), DataInfo("folder", "Folder", "", "", False, ())),
    augmentations=(AugmentationInfo("two", "Two", "", "", TWO_SIZES),),
)  # fmt: skip


def config(**more: object) -> RunConfig:
    return default_config(CATALOGUE, "simclr", **more)  # type: ignore[arg-type]  # the tests pass what fits


def test_defaults_are_the_methods_own() -> None:
    made = config(steps=2_000)
    assert made.backbone == "resnet_w32"
    assert made.augmentation == TWO_SIZES
    assert made.optimiser.lr == 0.5
    assert dict(made.params) == {"tau": 0.2, "negatives": True, "momentum": 0.99}
    assert dict(made.data.dials) == {"preset": "plain"}


def test_warm_up_takes_at_most_a_tenth_of_the_steps() -> None:
    assert config(steps=2_000).optimiser.warmup == 100
    assert config(steps=50).optimiser.warmup == 5


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("tau", "0.5", lambda c: c.params["tau"] == 0.5),
        ("negatives", "off", lambda c: c.params["negatives"] is False),
        ("momentum", "0.9", lambda c: c.params["momentum"] == 0.9 and c.optimiser.momentum == 0.9),
        ("optimiser.momentum", "0.8", lambda c: c.params["momentum"] == 0.99 and c.optimiser.momentum == 0.8),
        ("lr", "1e-3", lambda c: c.optimiser.lr == 1e-3),
        ("optimiser.name", "lars", lambda c: c.optimiser.name == "lars"),
        ("data.preset", "hard", lambda c: c.data.dials["preset"] == "hard"),
        ("preset", "hard", lambda c: c.data.dials["preset"] == "hard"),
        ("data.image_size", "64", lambda c: c.data.image_size == 64),
        ("crop", "off", lambda c: [v.crop for v in c.augmentation.views] == [False, False]),
        ("augment.crop", "no", lambda c: [v.crop for v in c.augmentation.views] == [False, False]),
        ("augment.1.crop_min", "0.3", lambda c: [v.crop_min for v in c.augmentation.views] == [0.08, 0.3]),
        ("batch-size", "32", lambda c: c.batch_size == 32),
        ("backbone", "vit_d64", lambda c: c.backbone == "vit_d64"),
        ("tau", 0.5, lambda c: c.params["tau"] == 0.5),
    ],
)
def test_every_part_is_reached_by_name(name: str, value: Scalar, read) -> None:
    before = config()
    assert not read(before)
    assert read(with_setting(before, CATALOGUE, name, value))
    assert before == config()


def test_a_misspelt_name_is_told_what_is_near() -> None:
    with pytest.raises(SpecError, match=r"no setting called 'negativs'\. Did you mean negatives\?"):
        with_setting(config(), CATALOGUE, "negativs", "off")
    with pytest.raises(SpecError, match=r"Did you mean optimiser\.weight_decay\b"):
        with_setting(config(), CATALOGUE, "weight_decai", "0")


def test_out_of_range_says_the_range() -> None:
    with pytest.raises(SpecError, match=r"tau = 3 is out of range\. It takes a number from 0\.01 to 2"):
        with_setting(config(), CATALOGUE, "tau", "3")
    with pytest.raises(
        SpecError, match=r"steps = 1234567890 is out of range\. It takes a whole number from 1 to 100000000"
    ):
        with_setting(config(), CATALOGUE, "steps", "1234567890")


def test_a_view_recipe_that_is_not_there() -> None:
    with pytest.raises(SpecError, match="no view recipe 7"):
        with_setting(config(), CATALOGUE, "augment.7.crop", "off")


def test_the_source_is_not_a_setting() -> None:
    with pytest.raises(SpecError, match="no setting called 'source'"):
        with_setting(config(), CATALOGUE, "source", "cifar10")


def test_a_folder_has_no_dials_of_shapes() -> None:
    assert "data.preset" in setting_infos(CATALOGUE, config())
    assert "data.preset" not in setting_infos(CATALOGUE, config(data="/some/folder"))


def test_unknown_method_lists_the_methods() -> None:
    with pytest.raises(SpecError, match=r"no method called 'simcrl'\. Did you mean simclr\?"):
        default_config(CATALOGUE, "simcrl")


def test_nothing_near_lists_all() -> None:
    assert suggestion("zzz", ["a", "b"]) == "There are: a, b."


def test_among_many_names_a_close_one_is_enough() -> None:
    many = [f"augment.setting_{k}" for k in range(40)] + ["tau"]
    assert suggestion("tua", many) == "Did you mean tau?"
    assert suggestion("tua", many[-3:]).startswith("Did you mean tau? There are: augment.setting_38,")


def test_shapes_start_at_a_size_that_can_be_watched():
    catalogue = shipped_catalogue()
    assert default_config(catalogue, "simclr").data.image_size == 32
    assert default_config(catalogue, "simclr", data="some/folder").data.image_size == 0
