"""A map as one figure: the points, what their colours mean, how far the map can be trusted, and what it does not show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure

from sslviz.cli.cells import HEAT, coloured_by, wrapped, write_below
from sslviz.cli.embed import scores_said
from sslviz.cli.map_looks import BELOW, MOST, dots, dots_by_name, legend, looks_of
from sslviz.cli.palette import Palette
from sslviz.data.base import ImageData
from sslviz.spec.events import Array
from sslviz.spec.mapping import ABOUT, OWN_PATCH, Coloured, LayoutPlan, Mapped

_MAP, _LEGEND, _HEAD, _MARGIN, _LINE = 7.2, 2.6, 0.62, 0.16, 0.155  # inches
_LETTERS = 15  # of the caption in an inch
_MANY = 3_000  # points that a drawing of lines does not hold one by one
_ROWS = 26  # of the legend
_AROUND = 20  # points that a name is judged by
_THUMB = 0.055  # of the map's side


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnail:
    """A picture (H, W, 3) uint8 in the place of point `row`."""

    row: int
    pixels: Array


def map_page(
    mapped: Mapped, coloured: Coloured, layout: LayoutPlan, palette: Palette, thumbnails: Sequence[Thumbnail] = ()
) -> Figure:
    """The map with its legend to the right and its words below."""
    width = _MAP + _LEGEND + 2 * _MARGIN
    words = [line for text in _words(mapped, coloured, layout) for line in wrapped(text, int(width * _LETTERS))]
    height = _HEAD + _MAP + 0.5 + _LINE * len(words) + _MARGIN
    with coloured_by(palette, edges=palette.border):
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        figure.suppressComposite = True  # each thumbnail keeps its own pixels in a drawing
        top = 1 - _HEAD / height
        axes = figure.add_axes((_MARGIN / width + 0.02, top - _MAP / height, _MAP / width - 0.02, _MAP / height))
        _head(figure, mapped, coloured, height, palette)
        _frame(axes, mapped, palette)
        _points(axes, mapped, coloured, palette)
        _pictures(axes, mapped, thumbnails)
        write_below(figure, words, palette)
    return figure


def thumbnails(mapped: Mapped, images: ImageData, most: int) -> tuple[Thumbnail, ...]:
    """Up to `most` pictures that do not cover each other, drawn by chance, always the same. A patch shows itself alone."""
    box = _bounds(mapped.points)
    side = _THUMB * box[1]
    taken: list[Array] = []
    found = []
    for row in np.random.default_rng(0).permutation(len(mapped.points)):
        point = mapped.points[row]
        if all(np.abs(point - other).max() >= side for other in taken):
            taken.append(point)
            found.append(Thumbnail(int(row), _pixels(mapped, images, int(row))))
        if len(found) == most:
            break
    return tuple(found)


def _pixels(mapped: Mapped, images: ImageData, row: int) -> Array:
    pixels: Array = np.asarray(images.images[mapped.index[row]]).transpose(1, 2, 0)
    if mapped.patch[row] == OWN_PATCH:
        return pixels
    rows, columns = mapped.grid
    y, x = divmod(int(mapped.patch[row]), columns)
    height, width = pixels.shape[0] / rows, pixels.shape[1] / columns
    return pixels[int(y * height) : int((y + 1) * height) or 1, int(x * width) : int((x + 1) * width) or 1]


def _words(mapped: Mapped, coloured: Coloured, layout: LayoutPlan) -> list[str]:
    return [scores_said(mapped), ABOUT[layout.method], coloured.about, *mapped.notes, mapped.caption]


def _head(figure: Figure, mapped: Mapped, coloured: Coloured, height: float, palette: Palette) -> None:
    left = _MARGIN / figure.get_figwidth()
    figure.text(left, 1 - 0.22 / height, mapped.description.title, size=13, weight="bold", va="center")
    shown = len(np.unique(mapped.index))
    images = f"all {shown:,} images" if shown == mapped.total else f"{shown:,} of {mapped.total:,} images"
    points = f"{len(mapped.points):,} patches of {images}" if len(mapped.points) > shown else images
    figure.text(
        left, 1 - 0.45 / height, f"{points}, coloured by {coloured.title}", size=9, color=palette.muted, va="center"
    )


def _bounds(points: Array) -> tuple[Array, float]:
    """The middle (2,) of the map and its longer side; 1 where all points lie in one place."""
    if not len(points):
        return np.zeros(2), 1.0
    low, high = points.min(axis=0), points.max(axis=0)
    return (low + high) / 2, float((high - low).max()) or 1.0


def _frame(axes: Axes, mapped: Mapped, palette: Palette) -> None:
    """A square that holds all points, one unit as long on both axes; only PCA's axes mean something."""
    if len(mapped.points) > _MANY:
        axes.set_rasterization_zorder(BELOW + 0.1)  # a drawing of lines holds a picture of many points, not each
    middle, side = _bounds(mapped.points)
    half = 0.53 * side
    axes.set_xlim(middle[0] - half, middle[0] + half)
    axes.set_ylim(middle[1] - half, middle[1] + half)
    axes.set_xticks([])
    axes.set_yticks([])
    if mapped.kept:
        axes.set_xlabel(f"first component, {mapped.kept[0]:.0%} of the variance", size=9, color=palette.muted)
        axes.set_ylabel(f"second component, {mapped.kept[1]:.0%}", size=9, color=palette.muted, labelpad=2)


def _points(axes: Axes, mapped: Mapped, coloured: Coloured, palette: Palette) -> None:
    size = float(np.clip(24_000 / max(len(mapped.points), 1), 1.5, 40.0))
    if coloured.names:
        _named(axes, mapped.points, coloured, size, palette)
    elif np.isfinite(coloured.values).any():
        _quantity(axes, mapped.points, coloured, size, palette)
    else:
        dots(axes, mapped.points, size, palette.series[0])


def _quantity(axes: Axes, points: Array, coloured: Coloured, size: float, palette: Palette) -> None:
    """Colour by a scale between its 1st and 99th hundredth, so that one outlier does not flatten it."""
    values = coloured.values
    low, high = np.nanpercentile(values, (1, 99))
    known = np.isfinite(values)
    dots(axes, points[~known], size / 2, palette.border)
    drawn = dots(
        axes, points[known], size, values[known], cmap=_scale(palette), vmin=low, vmax=high if high > low else low + 1
    )
    figure, box = axes.figure, axes.get_position()
    bar = figure.add_axes((box.x1 + 0.03, box.y0 + 0.25 * box.height, 0.02, 0.5 * box.height))
    figure.colorbar(drawn, cax=bar, extend="both")
    bar.tick_params(labelsize=8)
    bar.set_title(coloured.title, size=8, loc="left", pad=8)


def _scale(palette: Palette) -> ListedColormap:
    """The heat without its end that the ground would swallow."""
    is_dark = sum(to_rgb(palette.plot)) < 1.5
    return ListedColormap(colormaps[HEAT](np.linspace(0.2, 1.0, 256) if is_dark else np.linspace(0.0, 0.85, 256)))


def _named(axes: Axes, points: Array, coloured: Coloured, size: float, palette: Palette) -> None:
    """Each name its colour and shape; what there are none left for is grey, and the legend says so."""
    known = np.isfinite(coloured.values)
    code = np.where(known, coloured.values, -1).astype(np.int64)
    counts = np.bincount(code[known], minlength=len(coloured.names)).tolist()
    by_size = sorted((k for k, count in enumerate(counts) if count), key=lambda k: -counts[k])[:MOST]
    code = np.where(np.isin(code, by_size), code, -1)
    looks = looks_of(coloured.names, palette)
    dots_by_name(axes, points, code, looks, size, palette)
    kept = [look if k in by_size else None for k, look in enumerate(looks)]
    legend(axes, coloured.names, counts, kept, int((code < 0).sum()), _ROWS, coloured.title, palette)
    _labels(axes, points, code, by_size, coloured.names, palette)


def _labels(
    axes: Axes, points: Array, code: Array, names_of: Sequence[int], names: Sequence[str], palette: Palette
) -> None:
    """Names in the middle of their points, where those are at home: half of what lies around is theirs, and no other name is there."""
    side, placed = _bounds(points)[1], list[Array]()
    for k in names_of:
        place = np.median(points[code == k], axis=0)
        around = np.argsort(((points - place) ** 2).sum(axis=1))[:_AROUND]
        apart = all(np.abs((place - other) / (4, 1)).max() > 0.03 * side for other in placed)
        if apart and (code[around] == k).mean() >= 0.5:
            placed.append(place)
            axes.annotate(names[k], place, size=9, weight="bold", ha="center", va="center", color=palette.text, zorder=5,
                          bbox={"boxstyle": "round,pad=0.1", "fc": palette.plot, "alpha": 0.75, "lw": 0})  # fmt: skip


def _pictures(axes: Axes, mapped: Mapped, pictures: Sequence[Thumbnail]) -> None:
    half = _THUMB * _bounds(mapped.points)[1] / 2
    limits = axes.get_xlim(), axes.get_ylim()
    for one in pictures:
        x, y = mapped.points[one.row]
        tall, wide = one.pixels.shape[:2]
        down, across = half * tall / max(tall, wide), half * wide / max(tall, wide)
        axes.imshow(
            one.pixels,
            extent=(x - across, x + across, y - down, y + down),
            interpolation="nearest",
            zorder=4,
            aspect="auto",
        )
    axes.set_xlim(limits[0])
    axes.set_ylim(limits[1])
