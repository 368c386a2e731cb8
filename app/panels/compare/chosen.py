"""What is compared, on what: the models, the picture, the mask, the images of the maps. Headless; makes the requests."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.widgets.picture_source import same_picture
from sslviz.spec.comparison import LEAST, MOST, CompareModels, Comparison, Side
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.evaluation import EvaluateRun, EvaluationPlan
from sslviz.spec.inspection import Attend, ModelRef, PictureRef, Rebuild, Want
from sslviz.spec.mapping import FeaturePlan, LayoutPlan, MapFeatures

FIRST = PictureRef(sample="shapes 1")
SHIPPED = (ModelRef("dino-shapes"), ModelRef("mae-shapes"))
IMAGES = 1_000
"""Points of each map: several maps are laid out one after the other."""


@dataclass(slots=True)
class Chosen:
    """`comparison`: the records of these models, None until they were read."""

    models: tuple[ModelRef, ...] = ()
    picture: PictureRef = FIRST
    ratio: float = 0.75
    seed: int = 0
    layout: LayoutPlan = field(default_factory=LayoutPlan)
    images: int = IMAGES
    data: DataConfig | None = None  # of the maps; None: as the first run has it, else that of the next run
    fallback: DataConfig | None = None
    comparison: Comparison | None = None

    # Which models ---------------------------------------------------------------------------------------------------

    def add(self, model: ModelRef) -> str:
        """One more; the reason where it cannot be."""
        if any(_key(model) == _key(other) for other in self.models):
            return "This one is compared already."
        if len(self.models) >= MOST:
            return f"{MOST} are as many as can be told apart. Take one away first."
        self._take((*self.models, model))
        return ""

    def remove(self, place: int) -> None:
        """Take one away."""
        self._take(tuple(model for k, model in enumerate(self.models) if k != place))

    def replace(self, models: Sequence[ModelRef]) -> None:
        """These from now on."""
        self._take(tuple(models[:MOST]))

    def _take(self, models: tuple[ModelRef, ...]) -> None:
        self.models, self.comparison = models, None

    @property
    def enough(self) -> bool:
        """Whether there is something to compare with."""
        return len(self.models) >= LEAST

    @property
    def sides(self) -> tuple[Side, ...]:
        """What is known of each; their names alone until the records were read."""
        if self.comparison is not None:
            return self.comparison.sides
        return tuple(Side(model, short_name(model)) for model in self.models)

    @property
    def configs(self) -> tuple[RunConfig, ...]:
        """Of those that have one."""
        return tuple(side.config for side in self.sides if side.config is not None)

    @property
    def images_of(self) -> DataConfig | None:
        """The data set whose held-out images the maps show."""
        return self.data or next((config.data for config in self.configs), self.fallback)

    # On what --------------------------------------------------------------------------------------------------------

    def take_picture(self, picture: PictureRef) -> bool:
        """Another picture for all, each in its model's own size; True where it is another one."""
        if same_picture(picture, self.picture):
            return False
        self.picture = dataclasses.replace(picture, size=(0, 0), fit="crop")
        return True

    # Questions ------------------------------------------------------------------------------------------------------

    def records(self, number: int) -> CompareModels:
        """Read the records."""
        return CompareModels(number, self.models)

    def attend(self, k: int, want: Want, number: int) -> Attend:
        """How side k sees the picture: the class token's view after the last layer."""
        return Attend(number, self.models[k], self.picture, (-1,), wants=(want,), view=f"compare-{k}")

    def rebuild(self, k: int, number: int) -> Rebuild:
        """What side k paints where the same share is hidden, drawn by the same seed."""
        return Rebuild(number, self.models[k], self.picture, ratio=self.ratio, seed=self.seed, view=f"compare-{k}")

    def map(self, k: int, number: int) -> MapFeatures:
        """Where side k puts the same images."""
        plan = FeaturePlan(self.models[k], self.images_of or DataConfig(), images=self.images, seed=self.seed)
        layout = dataclasses.replace(self.layout, seed=self.seed)
        return MapFeatures(number, plan, layout, f"compare-{k}")

    def evaluate(self, k: int, number: int) -> EvaluateRun:
        """What side k is worth, by the quick protocols; all of them by the same."""
        model = self.models[k]
        return EvaluateRun(number, self.sides[k].folder, model.run_id, model.snapshot, EvaluationPlan())


def short_name(model: ModelRef) -> str:
    """What a model is called before its record was read."""
    name = model.source.replace("\\", "/").rstrip("/").rpartition("/")[2] or model.run_id
    return model.named(name)


def _key(model: ModelRef) -> tuple[str, int, str, bool]:
    return model.source, model.snapshot, model.network, model.random
