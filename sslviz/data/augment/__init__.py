"""Random views of whole batches as tensor operations, and the published recipes."""

from __future__ import annotations

from sslviz.data.augment.augmenter import Augmenter
from sslviz.data.augment.published import augmentation_infos, recipe

__all__ = ["Augmenter", "augmentation_infos", "recipe"]
