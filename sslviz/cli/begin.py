"""What the command line and notebooks share when they begin a run: where it goes, which settings flip in mid-run."""

from __future__ import annotations

import time
from pathlib import Path

from sslviz.spec.catalogue import Catalogue, shipped_catalogue
from sslviz.spec.config import RunConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.params import Scalar
from sslviz.spec.places import runs_folder
from sslviz.spec.requests import SetParam
from sslviz.spec.settings import find_setting, setting_infos, with_setting

RUN_ID = "run"


def catalogue_for(method: str) -> Catalogue:
    """The generated catalogue; where it does not know `method`, one made now: the method may have been added since.

    An unknown name costs a few seconds so, for every room is asked.
    """
    shipped = shipped_catalogue()
    if not method or method in [info.name for info in shipped.methods]:
        return shipped
    from sslviz.engine.catalogue import catalogue

    return catalogue()


def new_folder(config: RunConfig) -> Path:
    """A folder in the usual place that does not exist yet."""
    stem = f"{config.method}-{Path(config.data.source).stem}-{time.strftime('%Y%m%d-%H%M%S')}"
    folder, k = runs_folder() / stem, 1
    while folder.exists():
        folder, k = runs_folder() / f"{stem}-{k}", k + 1
    return folder


def flip_at(step: int, name: str, value: Scalar, config: RunConfig, catalogue: Catalogue) -> SetParam:
    """The request to change a live setting of `config` once `step` steps are taken, checked now. Raises SpecError."""
    if not 0 <= step < config.steps:
        raise SpecError(f"The run has no step after step {step}, so {name} cannot change there.",
                        f"Give a step from 0 to {config.steps - 1}.")  # fmt: skip
    infos = setting_infos(catalogue, config)
    full, info = find_setting(infos, name)
    if not info.live or full.startswith("data."):
        live = [other for other, i in infos.items() if i.live and not other.startswith("data.")]
        raise SpecError(f"{full} cannot be changed while a run trains.", f"These can: {', '.join(live)}.")
    changed = with_setting(config, catalogue, full, value)
    return SetParam(RUN_ID, full, _value_of(changed, full), at=step)


def _value_of(config: RunConfig, full: str) -> Scalar:
    """A setting's value by its full name, of the right type after `with_setting`."""
    room, _, rest = full.partition(".")
    found: Scalar
    match room if rest else "":
        case "optimiser":
            found = getattr(config.optimiser, rest)
        case "augment":
            index, _, field = rest.rpartition(".")
            found = getattr(config.augmentation.views[int(index or 0)], field)
        case _:
            found = config.params[full] if full in config.params else getattr(config, full)
    return found
