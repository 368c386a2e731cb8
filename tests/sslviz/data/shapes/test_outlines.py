"""Outlines against polygons and discs that Pillow draws, and against what a distance must be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from sslviz.data.shapes.dials import SHAPES
from sslviz.data.shapes.outlines import OUTLINES

SIDE = 400  # pixels for [-1.25, 1.25]
LINE = ((np.arange(SIDE) + 0.5) / SIDE * 2.5 - 1.25).astype(np.float32)
X, Y = np.meshgrid(LINE, LINE)


def _pixels(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [((x + 1.25) / 2.5 * SIDE - 0.5, (y + 1.25) / 2.5 * SIDE - 0.5) for x, y in points]


def _corners(count: int, radius: float, first: float) -> list[tuple[float, float]]:
    """Corners of a regular polygon; angles in degrees, clockwise from the right as y grows downwards."""
    angles = [math.radians(first + 360 * k / count) for k in range(count)]
    return [(radius * math.cos(a), radius * math.sin(a)) for a in angles]


def _drawn(name: str) -> np.ndarray:
    image = Image.new("L", (SIDE, SIDE))
    draw = ImageDraw.Draw(image)

    def disc(radius: float, ink: int, x: float = 0.0) -> None:
        draw.ellipse(
            _pixels([(x - radius, -radius), (x + radius, radius)])[0] + _pixels([(x + radius, radius)])[0], ink
        )

    match name:
        case "circle":
            disc(0.82, 1)
        case "ring":
            disc(0.89, 1)
            disc(0.45, 0)
        case "crescent":
            disc(0.95, 1, -0.12)
            disc(0.74, 0, 0.36)
        case "square":
            draw.polygon(_pixels([(-0.73, -0.73), (0.73, -0.73), (0.73, 0.73), (-0.73, 0.73)]), 1)
        case "triangle":
            draw.polygon(_pixels(_corners(3, 2 * 0.96 / math.sqrt(3), -90)), 1)
        case "hexagon":
            draw.polygon(_pixels(_corners(6, 2 * 0.79 / math.sqrt(3), 0)), 1)
        case "star":
            outer, inner = _corners(5, 1.05, -90), _corners(5, 0.526, -54)
            draw.polygon(_pixels([p for pair in zip(outer, inner, strict=True) for p in pair]), 1)
        case "cross":
            draw.rectangle(_pixels([(-0.92, -0.31)])[0] + _pixels([(0.92, 0.31)])[0], 1)
            draw.rectangle(_pixels([(-0.31, -0.92)])[0] + _pixels([(0.31, 0.92)])[0], 1)
    return np.asarray(image) > 0


@pytest.mark.parametrize("name", SHAPES)
def test_outline_covers_what_a_drawing_program_fills(name: str) -> None:
    ours = OUTLINES[SHAPES.index(name)](X, Y) < 0
    theirs = _drawn(name)
    assert (ours & theirs).sum() / (ours | theirs).sum() > 0.98


@pytest.mark.parametrize("name", SHAPES)
def test_outline_is_a_distance_at_its_edge(name: str) -> None:
    """Slope one wherever the edge runs: so half a pixel of distance is half a pixel of coverage."""
    distance = OUTLINES[SHAPES.index(name)](X, Y)
    slope_y, slope_x = np.gradient(distance, 2.5 / SIDE)
    near = np.abs(distance) < 0.03
    assert near.sum() > 1000
    assert np.median(np.hypot(slope_x, slope_y)[near]) == pytest.approx(1, abs=0.01)


def test_shapes_cover_about_the_same_area() -> None:
    areas = [(outline(X, Y) < 0).mean() for outline in OUTLINES]
    assert max(areas) / min(areas) < 1.6


def test_no_outline_reaches_farther_than_the_scenes_allow_for() -> None:
    for outline in OUTLINES:
        inside = outline(X, Y) < 0
        assert np.hypot(X, Y)[inside].max() <= 1.12
