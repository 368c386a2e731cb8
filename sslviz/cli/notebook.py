"""Train, look and load from a notebook or script: the same as on the command line, as functions. Offered by `import sslviz`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from sslviz.cli.begin import RUN_ID, catalogue_for, flip_at, new_folder
from sslviz.cli.configure import data_source
from sslviz.spec.catalogue import Catalogue, shipped_catalogue
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.params import Scalar
from sslviz.spec.requests import ControlRun, Request, ResumeRun, StartRun
from sslviz.spec.settings import default_config, suggestion, with_setting

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sslviz.data import Splits
    from sslviz.engine.record import RunRecord

Settings = Mapping[str, Scalar]


def train(
    method: str | RunConfig = "simclr",
    *,
    data: str = "shapes",
    recipe: str = "",
    steps: int = 0,
    out: str | Path | None = None,
    settings: Settings | None = None,
    at: Mapping[int, Settings] | None = None,
    progress: bool = True,
    download: bool = False,
    **more: Scalar,
) -> RunRecord:
    """Train and wait for the end; the record of the run, which also lies in its folder.

    method: a method's name, or a whole RunConfig (then `data`, `recipe` and `steps` are its own).
    recipe: one of the method's by name, such as "official_cifar10"; "": its default for the data. steps 0: as the recipe says.
    settings, more: by name as with `--set`: `tau=0.1`, `settings={"augment.crop": False, "optimiser.lr": 1e-3}`.
    at: settings to flip in mid-run: `{300: {"negatives": False}}`. out: a new folder; None: one in the place for runs.
    Interrupting the kernel once stops the run, which saves. Raises SpecError for settings, EngineError where the run failed.
    """
    catalogue = catalogue_for(method.method if isinstance(method, RunConfig) else method)
    config = method if isinstance(method, RunConfig) else _configured(catalogue, method, data, steps, download, recipe)
    for name, value in {**(settings or {}), **more}.items():
        config = with_setting(config, catalogue, name, value)
    folder = Path(out).expanduser() if out else new_folder(config)
    flips = [flip_at(k, name, v, config, catalogue) for k, flip in (at or {}).items() for name, v in flip.items()]
    begin = StartRun(RUN_ID, config, str(folder.absolute()), paused=True)
    return _wait(begin, (*flips, ControlRun(RUN_ID, "resume")), progress=progress)


def resume(folder: str | Path, *, steps: int = 0, progress: bool = True) -> RunRecord:
    """Go on with the run in `folder`, to `steps` in all (0: as it was set up). Raises EngineError where that fails."""
    return _wait(ResumeRun(RUN_ID, str(Path(folder).expanduser().absolute()), steps), (), progress=progress)


def load_data(source: str | DataConfig, *, image_size: int = 0, download: bool = False, **dials: Scalar) -> Splits:
    """The training and validation images of a data set by name, or of a folder or zip of images.

    image_size 0: their own. dials: the data set's own, such as `count=2_000`. Raises SpecError and DataError.
    """
    from sslviz.data import load_data as load

    if isinstance(source, DataConfig):
        return load(source)
    catalogue = shipped_catalogue()
    config = _configured(catalogue, catalogue.methods[0].name, source, 1, download)
    for name, value in {"image_size": image_size, **dials}.items():
        config = with_setting(config, catalogue, f"data.{name}", value)
    return load(config.data)


def plot(run: RunRecord | str | Path, measures: Sequence[str] = (), *, theme: str = "light") -> Figure:
    """A figure of a run, or of the run in a folder: everything on one page, or one panel for each of `measures`.

    theme: "light" or "dark". Raises SpecError for another one and for what was not measured, EngineError where there is no run.
    """
    from sslviz.cli.figure import chosen, overview
    from sslviz.cli.palette import PALETTES
    from sslviz.engine.record import open_run

    if theme not in PALETTES:
        raise SpecError(f"There is no theme called {theme!r}.", suggestion(theme, PALETTES))
    record = open_run(run) if isinstance(run, str | Path) else run
    return chosen(record, measures, PALETTES[theme]) if measures else overview(record, PALETTES[theme])


def _configured(
    catalogue: Catalogue, method: str, data: str, steps: int, download: bool, recipe: str = ""
) -> RunConfig:
    config = default_config(catalogue, method, data=data_source(data, catalogue), steps=steps, recipe=recipe)
    return dataclasses.replace(config, data=dataclasses.replace(config.data, download=download))


def _wait(begin: StartRun | ResumeRun, then: Sequence[Request], *, progress: bool) -> RunRecord:
    from sslviz.engine.blocking import train_and_wait
    from sslviz.engine.progress import ProgressBar

    with ProgressBar() if progress else nullcontext() as bar:
        record = train_and_wait(begin, then, listen=bar.hear) if bar else train_and_wait(begin, then)
    record.raise_failure()
    return record
