"""The views of one recipe: clamp(M (R_y X R_x^T) + o), then solarise.

R_y, R_x crop, flip, resize and blur (sampling.py), M and o are the colours (colour.py). Blur and colours commute but for the clamp,
so blur joins the sampling matrices; contrast still takes its mean before blur, as the order of operations asks.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sslviz.data.augment.colour import Colours, fold, random_factors
from sslviz.data.augment.crop import random_boxes, whole
from sslviz.data.augment.draws import Draws
from sslviz.data.augment.sampling import BlurAxis, Stretch, blur_radius
from sslviz.spec.augmentation import ViewRecipe, view_size


class Buffers:
    """float32 buffers that are reused while their shape stays: fresh memory costs more than the arithmetic on it."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._kept: dict[tuple[str | int, ...], Tensor] = {}

    def get(self, name: str, *shape: int) -> Tensor:
        """A buffer with any content; the first axis may shrink without a new one."""
        kept = self._kept.get((name, *shape[1:]))
        if kept is None or len(kept) < shape[0]:
            with torch.inference_mode(mode=False):  # or later calls outside of that mode could not write to it
                kept = self._kept[name, *shape[1:]] = torch.empty(shape, device=self.device)
        return kept[: shape[0]]


@dataclass(frozen=True, eq=False)
class Plan:
    """What was drawn for n views; None where nothing of the kind happens."""

    rows: Stretch | None
    columns: Stretch | None
    sigma: Tensor | None  # (n,) px, 0: no blur
    colours: Colours | None
    solarised: Tensor | None  # (n,) bool

    def __getitem__(self, part: slice) -> Plan:
        return Plan(
            self.rows and self.rows[part],
            self.columns and self.columns[part],
            None if self.sigma is None else self.sigma[part],
            self.colours and self.colours[part],
            None if self.solarised is None else self.solarised[part],
        )


class ViewMaker:
    """Draws and makes views of one recipe."""

    def __init__(self, view: ViewRecipe, image_size: tuple[int, int], buffers: Buffers) -> None:
        self.view = view
        self.image_size = image_size
        self.size = view_size(view, image_size)
        self._buffers = buffers
        self._flips = view.flip and view.flip_p > 0
        self._blurs = view.blur and view.blur_p > 0
        self._samples = view.crop or self._flips or self._blurs or self.size != image_size
        radius = blur_radius(max(view.blur_min, view.blur_max))
        self._axes = [BlurAxis.build(side, radius, buffers.device) for side in self.size] if self._blurs else []

    def plan(self, images: int, generator: torch.Generator) -> Plan:
        """Draw everything for `count` views of so many images, view by view."""
        view = self.view
        draws = Draws.of(view.count * images, generator, self._buffers.device)
        rows, columns = self._stretches(draws) if self._samples else (None, None)
        coloured = (view.jitter and view.jitter_p > 0) or (view.grayscale and view.grayscale_p > 0)
        return Plan(
            rows,
            columns,
            self._sigma(draws) if self._blurs else None,
            fold(random_factors(draws, view)) if coloured else None,
            draws.happens("solarise", view.solarise_p) if view.solarise and view.solarise_p > 0 else None,
        )

    def _stretches(self, draws: Draws) -> tuple[Stretch, Stretch]:
        view, (height, width) = self.view, self.image_size
        scale = (view.crop_min, view.crop_max)
        boxes = (
            random_boxes(draws, self.image_size, scale, view.crop_ratio) if view.crop else whole(draws, (height, width))
        )
        flip = draws.happens("flip", view.flip_p) if self._flips else None
        return (
            Stretch.of(boxes.top, boxes.height, height, self.size[0]),
            Stretch.of(boxes.left, boxes.width, width, self.size[1], flip),
        )

    def _sigma(self, draws: Draws) -> Tensor:
        low, high = sorted((self.view.blur_min, self.view.blur_max))
        return torch.where(draws.happens("blur", self.view.blur_p), draws.between("sigma", low, high), 0.0)

    def fill(self, views: Tensor, pixels: Tensor, plan: Plan) -> None:
        """Write one view of every image to `views` (n, 3, h, w); pixels (n, H, 3, W), a plan for n views."""
        planes = views if plan.colours is None else self._buffers.get("planes", *views.shape)
        means = self._sample(planes, pixels, plan)
        if plan.colours is not None:
            means = planes.mean((2, 3)) if means is None else means
            torch.bmm(plan.colours.matrix, planes.flatten(2), out=views.flatten(2))
            views.add_((plan.colours.level * means).sum(1)[:, None, None, None])
        views.clamp_(0.0, 1.0)
        if plan.solarised is not None:
            inverted = plan.solarised[:, None, None, None] & (views >= self.view.solarise_threshold)
            views.copy_(torch.where(inverted, 1.0 - views, views))

    def _sample(self, planes: Tensor, pixels: Tensor, plan: Plan) -> Tensor | None:
        """Crop, flip, resize and blur into `planes` (n, 3, h, w). Their mean colours before blur (n, 3), if blur may change them."""
        if plan.rows is None or plan.columns is None:
            planes.copy_(pixels.permute(0, 2, 1, 3))
            return None
        rows, columns = plan.rows.matrices(), plan.columns.matrices()  # (n, h, H), (n, w, W)
        means = None
        if plan.sigma is not None:
            means = _mean_colours(pixels, rows, columns)
            rows, columns = (
                torch.bmm(axis.matrices(plan.sigma), matrices)
                for axis, matrices in zip(self._axes, (rows, columns), strict=True)
            )
        (n, height, _, width), (h, w) = pixels.shape, self.size
        wide = self._buffers.get("wide", n, height * 3, w)
        small = self._buffers.get("small", n, h, 3 * w)
        torch.bmm(pixels.view(n, height * 3, width), columns.transpose(1, 2), out=wide)  # (n, H 3, w)
        torch.bmm(rows, wide.view(n, height, 3 * w), out=small)  # (n, h, 3 w)
        planes.copy_(small.view(n, h, 3, w).permute(0, 2, 1, 3))
        return means


def _mean_colours(pixels: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """(n, 3) mean colours of R_y X R_x^T without making it; pixels (n, H, 3, W)."""
    n, height, _, width = pixels.shape
    across = torch.bmm(pixels.view(n, height * 3, width), columns.mean(1)[:, :, None])  # (n, H 3, 1)
    return torch.bmm(rows.mean(1)[:, None], across.view(n, height, 3))[:, 0]
