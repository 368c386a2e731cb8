"""The catalogue: what the core offers, asked of the rooms themselves. Loads torch and every method."""

from __future__ import annotations

from sslviz.spec.catalogue import Catalogue


def catalogue() -> Catalogue:
    """Methods, data sets, backbones, augmentations and the methods' recipes, in the order in which lists show them."""
    from sslviz.data import data_infos
    from sslviz.data.augment import augmentation_infos
    from sslviz.methods import method_infos
    from sslviz.nn.backbones import backbone_infos
    from sslviz.spec.recipes import shipped_recipes

    methods = method_infos()
    recipes = shipped_recipes([info.name for info in methods])
    return Catalogue(methods, data_infos(), backbone_infos(), augmentation_infos(), recipes)
