"""What each side of a comparison sees: the same picture, the same mask, the same images, one page for each way to look."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sslviz.cli.cells import Cell, Strip, heat, page, picture, wrapped, write_below
from sslviz.cli.configure import data_source
from sslviz.cli.data import progress_line
from sslviz.cli.figure import style
from sslviz.cli.palette import Palette
from sslviz.cli.pictures import Named
from sslviz.engine.glance import look_once
from sslviz.engine.models import open_reference
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.comparison import Comparison, Side
from sslviz.spec.config import DataConfig
from sslviz.spec.errors import SSLVizError
from sslviz.spec.inspection import Attend, Attended, Rebuild, Rebuilt
from sslviz.spec.mapping import ABOUT, FeaturePlan, LayoutPlan, Mapped
from sslviz.spec.settings import default_config

if TYPE_CHECKING:
    from sslviz.inspect.model import Model

READ = "Attention is where information is read, not why. Each map from 0 to its own largest value; heads of different models do not correspond."
PAINTED = "One picture, one share, one seed; where patches differ in size the seed hides other places. Losses count different targets."
PLACES = "The same images on each map. Places on different maps have nothing to do with each other."
_MAP, _HEAD, _LINE, _LETTERS = 4.6, 0.75, 0.16, 15  # inches, inches, inches, of the caption in an inch
Seen = TypeVar("Seen", Attended, Rebuilt, Mapped)


class Views:
    """Opens each model once. `troubles`: what some side could not do, in sentences."""

    def __init__(self, found: Comparison, named: Named, arguments: argparse.Namespace, palette: Palette) -> None:
        self._sides, self._named, self._arguments, self._palette = found.sides, named, arguments, palette
        self._models: dict[int, Model] = {}
        self._maps: list[tuple[Side, Mapped]] = []
        self._tell = progress_line(quiet=arguments.json)
        self.troubles: list[str] = []

    def page(self, show: str) -> Figure | None:
        """One page of "attention", "reconstruction" or "map"; None where no side can."""
        made: dict[str, Callable[[], Figure | None]] = {
            "attention": self._attention, "reconstruction": self._reconstruction, "map": self._map,
        }  # fmt: skip
        return made[show]()

    def _model(self, k: int) -> Model:
        if k not in self._models:
            self._models[k] = open_reference(self._sides[k].model)
        return self._models[k]

    def _each(self, what: str, look: Callable[[int], Seen]) -> Iterator[tuple[Side, Seen]]:
        """What every side that can makes of it; the others are told."""
        for k, side in enumerate(self._sides):
            self._tell(k / len(self._sides), f"{what} of {side.name}")
            try:
                yield side, look(k)
            except SSLVizError as error:
                self.troubles.append(f"{side.name}, {what}: {error.message} {error.hint}".strip())
        self._tell(1.0, "")

    def _attention(self) -> Figure | None:
        def look(k: int) -> Attended:
            model = self._model(k)
            wants = ("maps",) if model.describe().kind == "vit" else ("pca", "occlusion")
            return look_once(model, Attend(1, self._sides[k].model, self._named.ref, (-1,), wants=wants))  # type: ignore[arg-type]  # both are wants

        seen = list(self._each("attention", look))
        strips = [
            Strip(_looked(answer), f"{side.name}: {answer.description.title}", _aspect(answer.arrays["picture"]))
            for side, answer in seen
        ]
        return self._page(f"Attention, {self._named.name}", strips, [answer.caption for _, answer in seen], READ)

    def _reconstruction(self) -> Figure | None:
        def paint(k: int) -> Rebuilt:
            asked = Rebuild(
                1, self._sides[k].model, self._named.ref, ratio=self._arguments.ratio, seed=self._arguments.seed
            )
            return look_once(self._model(k), asked)

        seen = list(self._each("reconstruction", paint))
        strips = [
            Strip(
                _painted(answer), f"{side.name}: loss {answer.loss:.4f}", _aspect(next(iter(answer.pictures.values())))
            )
            for side, answer in seen
        ]
        return self._page(
            f"Reconstruction, {self._named.name}", strips, [answer.caption for _, answer in seen], PAINTED
        )

    def _page(self, title: str, strips: list[Strip], captions: list[str], about: str) -> Figure | None:
        return page(title, strips, "\n".join(dict.fromkeys([*captions, about])), self._palette) if strips else None

    # Maps -----------------------------------------------------------------------------------------------------------

    def _data(self) -> DataConfig:
        """The images that the command line names, else those of the first run."""
        if self._arguments.data:
            catalogue = shipped_catalogue()
            return default_config(
                catalogue, catalogue.methods[0].name, data=data_source(self._arguments.data, catalogue)
            ).data
        for k, side in enumerate(self._sides):
            if (data := side.config.data if side.config else self._model(k).describe().data) is not None:
                return data
        raise SSLVizError(
            "Nothing says which images these models were trained on.", "Name some: --data shapes, or a folder or zip."
        )

    def _map(self) -> Figure | None:
        from sslviz.data import load_data
        from sslviz.engine.laying import map_of
        from sslviz.engine.layouts import Layouts
        from sslviz.inspect.mapping import gather

        data = self._data()
        images, seed = load_data(data, progress=self._tell).val, self._arguments.seed
        layout = LayoutPlan(self._arguments.method, seed=seed)
        with Layouts() as layouts:

            def lay(k: int) -> Mapped:
                plan = FeaturePlan(self._sides[k].model, data, images=self._arguments.images, seed=seed)
                model = self._model(k)
                gathered = gather(model, plan, images, progress=self._tell)
                return map_of(gathered, model.describe(), plan, layout, layouts, self._tell, lambda: None)

            self._maps = list(self._each("map", lay))
        return self._map_page(layout) if self._maps else None

    def _map_page(self, layout: LayoutPlan) -> Figure:
        across = 2 if len(self._maps) in (2, 4) else min(len(self._maps), 3)
        rows, width = -(-len(self._maps) // across), across * _MAP + 1.7
        said = [f"{side.name}: {_trust(answer)} {answer.caption}" for side, answer in self._maps]
        words = [
            line for text in (*said, PLACES, ABOUT[layout.method]) for line in wrapped(text, int(width * _LETTERS))
        ]
        foot = _LINE * len(words) + 0.3
        height = _HEAD + rows * _MAP + foot
        with style(self._palette):
            figure = Figure(figsize=(width, height))
            FigureCanvasAgg(figure)
            grid = figure.add_gridspec(rows, across, left=0.2 / width, right=1 - 1.6 / width, top=1 - (_HEAD + 0.1) / height,
                                       bottom=(foot + 0.1) / height, wspace=0.08, hspace=0.12)  # fmt: skip
            for place, (side, answer) in enumerate(self._maps):
                self._scatter(figure.add_subplot(grid[place // across, place % across]), side, answer)
            handles, labels = figure.axes[0].get_legend_handles_labels()
            figure.legend(
                handles,
                labels,
                loc="upper right",
                bbox_to_anchor=(1 - 0.1 / width, 1 - _HEAD / height),
                markerscale=2.5,
            )
            figure.text(
                0.2 / width,
                1 - 0.28 / height,
                f"{len(self._maps)} maps of the same images",
                size=14,
                weight="bold",
                va="center",
            )
            write_below(figure, words, self._palette, left=0.2, bottom=0.12)
        return figure

    def _scatter(self, axes: Axes, side: Side, answer: Mapped) -> None:
        axes.set_title(side.name)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_aspect("equal", adjustable="datalim")
        inks = self._palette.named(answer.names)
        size = float(np.clip(9_000 / max(len(answer.points), 1), 2, 20))
        for code in np.unique(answer.label):
            rows = answer.label == code
            known = 0 <= code < len(answer.names)
            colour = inks[code] if known else self._palette.muted
            axes.scatter(
                answer.points[rows, 0],
                answer.points[rows, 1],
                s=size,
                color=colour,
                linewidths=0,
                label=answer.names[code] if known else "no label",
                rasterized=len(rows) > 3_000,
            )

    def write_map(self, path: Path) -> Path | None:
        """The points of all maps as CSV; None where there are none."""
        if not self._maps:
            return None
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("run", "image", "label", "x", "y"))
            for side, answer in self._maps:
                for index, label, (x, y) in zip(
                    answer.index.tolist(), answer.label.tolist(), answer.points.tolist(), strict=True
                ):
                    writer.writerow(
                        (side.name, index, answer.names[label] if 0 <= label < len(answer.names) else "", x, y)
                    )
        return path


def _looked(answer: Attended) -> tuple[Cell, ...]:
    first = picture("picture", answer.arrays["picture"])
    if "maps" in answer.arrays:
        heads = answer.arrays["maps"][0]
        return (
            first,
            heat("mean of heads", heads.mean(0)),
            *(heat(f"head {h + 1}", values) for h, values in enumerate(heads)),
        )
    others = (picture("PCA", answer.arrays["pca"]),) if "pca" in answer.arrays else ()
    return (first, *others, *((heat("occlusion", answer.arrays["occlusion"]),) if "occlusion" in answer.arrays else ()))


def _painted(answer: Rebuilt) -> tuple[Cell, ...]:
    return tuple(picture(name, pixels) for name, pixels in answer.pictures.items())


def _aspect(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> float:
    return float(pixels.shape[0] / pixels.shape[1])


def _trust(answer: Mapped) -> str:
    scores = answer.scores
    return (
        f"trustworthiness {scores.trustworthiness:.3f}, agreement {scores.agreement:.2f} (k {scores.k})."
        if scores.sample
        else ""
    )
