"""The catalogue: what the core offers, asked of the rooms themselves. Loads torch and every method."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version

from sslviz.spec.catalogue import Catalogue

_TOLD = ("sslviz", "torch", "torchvision", "timm", "lightning-fabric", "numpy")


def catalogue() -> Catalogue:
    """Methods, data sets, backbones and augmentation recipes, in the order in which lists show them."""
    from sslviz.data import data_infos
    from sslviz.data.augment import augmentation_infos
    from sslviz.methods import method_infos
    from sslviz.nn.backbones import backbone_infos

    return Catalogue(method_infos(), data_infos(), backbone_infos(), augmentation_infos())


def versions() -> Mapping[str, str]:
    """Versions of Python and of the libraries that results depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in _TOLD}}
