"""What a change of the augmentation in a view means for the run that trains."""

from __future__ import annotations

from collections.abc import Iterator

from sslviz.spec.augmentation import Augmentation, ViewRecipe
from sslviz.spec.params import Scalar, describe


def changed_views(before: Augmentation, after: Augmentation) -> Iterator[tuple[str, Scalar]]:
    """The live settings that differ, by the names that a run takes: "augment.0.crop_min". A new set of views has none."""
    if len(before.views) != len(after.views):
        return
    for info in describe(ViewRecipe):
        for k, (old, new) in enumerate(zip(before.views, after.views, strict=True)):
            value: Scalar = getattr(new, info.name)
            if info.live and getattr(old, info.name) != value:
                yield f"augment.{k}.{info.name}", value
