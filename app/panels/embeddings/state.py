"""What is mapped, and how: the model, the images, the parameters. Headless; makes the requests."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.bridge.picture import RunPicture
from app.panels.embeddings import choices
from sslviz.spec.config import DataConfig
from sslviz.spec.description import Description
from sslviz.spec.evaluation import LAST
from sslviz.spec.inspection import ModelRef
from sslviz.spec.mapping import (
    ColourPoints,
    FeaturePlan,
    FindNeighbours,
    LayoutName,
    LayoutPlan,
    MapFeatures,
    MapRun,
)
from sslviz.spec.params import Scalar

SHIPPED = ModelRef("dino-shapes")
NEIGHBOURS = 12
QUICK = LayoutPlan("pca")
"""What is there at once."""
Split = Literal["train", "val"]


@dataclass(slots=True)
class MapState:
    """`run_data`: of the run that the model belongs to; `draft_data`: of the next run; `picked`: what the user chose here."""

    model: ModelRef = SHIPPED
    description: Description | None = None
    run_data: DataConfig | None = None
    draft_data: DataConfig | None = None
    picked: DataConfig | None = None
    chosen: tuple[int, ...] = ()  # the pictures whose patches are laid out; (): some are drawn
    values: dict[str, Scalar] = field(default_factory=choices.defaults)

    # What there is -------------------------------------------------------------------------------------------------

    @property
    def own_data(self) -> DataConfig | None:
        """What the model was trained on, where that is known."""
        return self.description.data if self.description and self.description.data else self.run_data

    @property
    def data(self) -> DataConfig | None:
        """What the user chose, else the model's own, else that of the next run."""
        return self.picked or self.own_data or self.draft_data

    @property
    def split(self) -> Split:
        """The part of the data."""
        return "train" if choices.SPLITS[str(self.values["split"])] == "train" else "val"

    @property
    def patches(self) -> bool:
        """Whether points are patches."""
        return self.values["tokens"] == "patches"

    @property
    def by(self) -> str:
        """What colours mean, in the words of a request."""
        return choices.by(self.values)

    @property
    def is_live(self) -> bool:
        """Whether the model is that of a run in the worker's hands, as it is now."""
        return bool(self.model.run_id) and self.model.snapshot == LAST

    @property
    def waits_for_description(self) -> bool:
        """Whether it is not known yet which data the model knows."""
        return self.picked is None and self.own_data is None and self.description is None

    def is_of(self, picture: RunPicture) -> bool:
        """Whether the model is that of this run, or one of its snapshots."""
        started = picture.started
        return self.model.run_id == picture.run_id or (
            started is not None and self.model.source == started.folder != ""
        )

    # What changes --------------------------------------------------------------------------------------------------

    def take_model(self, model: ModelRef) -> bool:
        """Another model; True where it is another one, and not a snapshot of the same run."""
        same = model.source == self.model.source and model.network == self.model.network
        self.model = model
        if not same:
            self.description = self.run_data = None
            self.chosen = ()
        return not same

    def take_description(self, description: Description) -> bool:
        """Learn what the model is; True where that is news. What it lacks is no longer chosen."""
        if description == self.description:
            return False
        before = self.description
        self.description = description
        depth = max(description.depth, 1)
        if before is None or not 1 <= int(self.values["layer"]) <= depth:
            self.values["layer"] = depth
        if self.values["tokens"] not in choices.tokens_of(description):
            self.values["tokens"] = choices.INFOS["tokens"].default
        return True

    def take_value(self, name: str, value: Scalar) -> None:
        """Another value of a parameter; patches begin with the colours of their pictures."""
        was_patches = self.patches
        self.values[name] = value
        if self.patches != was_patches:
            self.values["colour"] = choices.PICTURE if self.patches else "label"

    def take_patches_of(self, images: tuple[int, ...]) -> None:
        """Lay out the patches of these images."""
        self.take_value("tokens", "patches")
        self.chosen = images
        self.values["pictures"] = max(len(images), 1)

    # What is asked -------------------------------------------------------------------------------------------------

    def features(self) -> FeaturePlan | None:
        """The features that are chosen; None while there is no data."""
        if self.data is None:
            return None
        depth = self.description.depth if self.description else 0
        layer = int(self.values["layer"])
        return FeaturePlan(
            self.model, self.data, self.split, choices.TOKENS[str(self.values["tokens"])],
            layer - 1 if self.values["tokens"] != "projected (z)" and 0 < layer < depth else -1,
            int(self.values["pictures" if self.patches else "images"]), int(self.values["sample_seed"]),
            self.chosen if self.patches else (),
        )  # fmt: skip

    def layout(self) -> LayoutPlan:
        """The layout that is chosen; parameters that it does not have are left as they are by default, so that equal maps are equal plans."""
        method: LayoutName = choices.METHODS[str(self.values["method"])]
        own: Mapping[str, Any] = {name: self.values[name] for name in choices.OF_METHOD[method]}
        return LayoutPlan(method, **own)

    def map_request(self, features: FeaturePlan, layout: LayoutPlan, view: str, number: int) -> MapFeatures:
        """Lay them out."""
        return MapFeatures(number, features, layout, view)

    def colour_request(self, features: FeaturePlan, number: int) -> ColourPoints:
        """Colour them."""
        return ColourPoints(number, features, self.by, int(self.values["clusters"]), int(self.values["k"]))

    def neighbours_request(self, features: FeaturePlan, index: int, patch: int, number: int) -> FindNeighbours:
        """What is nearest to a point in the features."""
        metric = str(self.values["metric"])
        return FindNeighbours(number, features, index, patch, NEIGHBOURS, metric)

    def run_request(self, features: FeaturePlan, layout: LayoutPlan, view: str, number: int) -> MapRun:
        """All snapshots of the run that the model belongs to."""
        model = dataclasses.replace(features.model, snapshot=LAST, run_id="")
        return MapRun(number, dataclasses.replace(features, model=model), layout, (), view)
