"""The settings of a run that may be changed while it trains, and what they are now."""

from __future__ import annotations

from collections.abc import Iterable

from app.widgets.switchboard import Control
from sslviz.spec.augmentation import OPERATIONS, Augmentation, ViewRecipe
from sslviz.spec.catalogue import Catalogue, MethodInfo
from sslviz.spec.config import OptimiserConfig, RunConfig
from sslviz.spec.events import Flipped
from sslviz.spec.params import Scalar, describe

KINDS = ("bool", "choice", "int", "float")
"""Of settings that have a control here, in the order in which they stand."""
_VIEW = {info.name: info for info in describe(ViewRecipe)}
_OPTIMISER = {info.name: info for info in describe(OptimiserConfig)}


def method_of(config: RunConfig, catalogue: Catalogue) -> MethodInfo | None:
    """What the catalogue says of the run's method; None before the worker has told."""
    return next((method for method in catalogue.methods if method.name == config.method), None)


def controls(config: RunConfig, catalogue: Catalogue) -> tuple[Control, ...]:
    """Switches of the method first, then its choices and sliders, the augmentations, and the learning rate."""
    method = method_of(config, catalogue)
    live = [info for info in (method.params if method else ()) if info.live and info.kind in KINDS]
    live.sort(key=lambda info: min(KINDS.index(info.kind), 2))
    title = method.title if method else config.method
    views = [Control(f"augment.{name}", _VIEW[name], "Views", _idle(name, config.augmentation)) for name in OPERATIONS]
    return (
        *(Control(info.name, info, title) for info in live),
        *views,
        Control("optimiser.lr", _OPTIMISER["lr"], "Optimiser"),
    )


def _idle(operation: str, augmentation: Augmentation) -> str:
    """Why an operation does nothing in this recipe; "" where it does something."""
    chance = f"{operation}_p"
    never = chance in _VIEW and all(getattr(view, chance) == 0 for view in augmentation.views)
    return "its probability is 0 in this recipe: it never acts" if never else ""


def values(config: RunConfig, catalogue: Catalogue, flips: Iterable[Flipped]) -> dict[str, Scalar]:
    """What each live setting is now: the run's configuration, then its flips in order."""
    method = method_of(config, catalogue)
    now: dict[str, Scalar] = {info.name: info.default for info in (method.params if method else ())}
    now.update(config.params)
    first = config.augmentation.views[0] if config.augmentation.views else ViewRecipe()
    now.update({f"augment.{name}": getattr(first, name) for name in OPERATIONS})
    now["optimiser.lr"] = config.optimiser.lr
    for flip in flips:
        now[flip.name] = flip.after
    return now


def setting_of(config: RunConfig, name: str) -> Scalar | None:
    """What the configuration says of a field ("batch_size"), or of one of its parts' ("optimiser.lr"); None: there is none."""
    thing: object = config
    for part in name.split("."):
        thing = getattr(thing, part, None)
    return thing if isinstance(thing, bool | int | float | str) else None
