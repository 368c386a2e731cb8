"""Inpainting by a context encoder (Pathak et al. 2016, "Context Encoders: Feature Learning by Inpainting", arXiv:1604.07379).

Sec. 3.1  encoder, channel-wise fully connected layer, decoder           -> sslviz.nn.map_decoder
Eq. 1     L_rec = |M * (x - F((1 - M) * x))|²                            -> weighted_mse
Sec. 3.3  central region, random blocks                                  -> sslviz.nn.holes
Sec. 5.2  the prediction overlaps its surroundings, with ten times the weight there    -> weights_of

Shapes: B images (B, 3, H, W); holes (B, 1, H, W), True where a pixel is missing.

Departures: the adversarial term (Eq. 2, with 0.001 of the weight) is left out: the paper finds that the reconstruction alone
learns the features, and pictures are blurred for it. The whole image is predicted, so that a hole may lie anywhere, and the loss
looks at the hole and its rim only. The hole is filled with the data's mean colour, as in the code. The rim's width is scaled
from the paper's 7 px of 227. Doublings are nearest-neighbour and a convolution instead of up-convolutions, which leave
chequerboards. The channel-wise layer is for convolutional encoders: a transformer's patches have seen each other already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step
from sslviz.methods.errors import MethodError
from sslviz.nn.encoder import Encoder, is_convolutional
from sslviz.nn.errors import NetworkError
from sslviz.nn.feature_map import feature_map, map_shape, pool_by_mean
from sslviz.nn.holes import central_hole, random_hole, rim
from sslviz.nn.map_decoder import MapDecoder
from sslviz.nn.precision import full_precision, widen
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.params import choice, describe, param

SHOWN = 8
"""Images of the batch in the figure."""


@dataclass(frozen=True, slots=True)
class InpaintingParams:
    """What can be turned, each with what it does."""

    region: str = choice(
        "central", ("central", "random"), label="hole", paper="Sec. 3.3: random regions make better features", live=True,
        about="central: always the middle, where things are; random: several blocks anywhere, no border to learn",
    )  # fmt: skip
    share: float = param(
        0.25, lo=0.05, hi=0.8, label="share that is missing", symbol="|M|", paper="1/4",
        up="less to go by: only the gist can be painted", down="the surroundings' texture is enough",
    )  # fmt: skip
    overlap: int = param(
        1, lo=0, hi=16, label="rim", unit="px", paper="7 of 227 px",
        up="the painted region has to fit its surroundings further out", down="0: the hole alone counts",
    )  # fmt: skip
    overlap_weight: float = param(
        10.0, lo=0.0, hi=100.0, label="weight of the rim", paper="10",
        up="seams are punished more than wrong content", down="0: seams do not matter",
    )  # fmt: skip
    width: int = param(
        64, lo=16, hi=512, label="decoder width", paper="512", live=False, scale="log",
        up="sharper pictures, slower", down="faster; the encoder has to do more",
    )  # fmt: skip


def weights_of(hole: Tensor, overlap: int, overlap_weight: float) -> Tensor:
    """How much each pixel counts: 1 in the hole, `overlap_weight` on its rim of `overlap` px, 0 elsewhere. (B, 1, H, W), float32."""
    return hole.float() + overlap_weight * rim(hole, overlap).float()


def weighted_mse(prediction: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Mean squared error of pixels (B, 3, H, W), each by its weight (B, 1, H, W), over all images together -> ()."""
    with full_precision(prediction.device):
        errors = (widen(prediction) - widen(target)).square().mean(1, keepdim=True)
        return (errors * weights).sum() / weights.sum().clamp_min(LEAST_WEIGHT)


LEAST_WEIGHT = 1e-8
"""A mean over no pixel at all, such as that of a rim 0 px wide, is 0."""


class Inpainting(Method):
    """A part of an image is cut out, and painted anew from what surrounds it."""

    Params = InpaintingParams
    params: InpaintingParams
    info = MethodInfo(
        name="inpainting",
        title="Inpainting",
        paper="Pathak et al. 2016, arXiv:1604.07379",
        idea="Whoever fills a hole well knows what usually stands there.",
        collapse="It has no collapse to one point, as pixels are fixed targets; where it fails, every hole is filled with one mean colour, and the loss stays near 1.",
        family="pretext",
        params=describe(InpaintingParams),
        augmentation="pretext",
        backbone="resnet_w16",
        optimiser=OptimiserConfig(),
        loss_label="weighted MSE of hole and rim, in units of the data's variance",
        equation=r"\mathcal{L} = \frac{\sum_p w_p \, \| \hat{x}_p - x_p \|^2}{3 \sum_p w_p}, \qquad \hat{x} = F\big((1 - M) \odot x\big)",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss", "loss"),
            Symbol("p", "a pixel of the image"),
            Symbol("x_p", "its colour as the encoder would see it"),
            Symbol(r"\hat{x}_p", "its colour as predicted"),
            Symbol("M", "the hole: 1 where a pixel is missing", "share"),
            Symbol("F", "encoder and decoder"),
            Symbol("w_p", "1 in the hole, this on its rim, 0 elsewhere", "overlap_weight"),
        ),
        figures=(
            FigureInfo(
                "inpainting",
                "Holes and what is painted into them",
                "tiles",
                "The loss looks at the hole and its rim alone; blur is the mean of everything that could stand there.",
                switch="region",
            ),
            FigureInfo(
                "inpainting_error",
                "Error by place",
                "matrix",
                "Mean squared error of missing pixels at each place: it grows with the distance from what can be seen.",
                x="px",
                y="px",
            ),
        ),
        shows=("views", "spectrum"),
        boxes=(
            Box("x", "image", 0, 0, "view"),
            Box("holed", "image with a hole", 1, 0, "view"),
            Box("f", "encoder", 2, 0),
            Box("g", "decoder", 3, 0),
            Box("target", "what was cut out", 3, 1, "view"),
            Box("loss", "squared error", 4, 0, "loss"),
        ),
        links=(
            Link("x", "holed"),
            Link("holed", "f"),
            Link("f", "g"),
            Link("g", "loss"),
            Link("target", "loss", "stop"),
        ),
    )
    equations = (weighted_mse, weights_of)

    @classmethod
    def require(cls, params: InpaintingParams, facts: Facts, encoder: Encoder) -> None:
        if len(set(facts.view_sizes)) != 1:
            raise MethodError(
                "Inpainting looks at images of one size, and the augmentation makes several.",
                "Choose an augmentation with one view, such as pretext.",
            )
        try:
            map_shape(encoder, facts.view_sizes[0])
        except NetworkError as error:
            raise MethodError(error.message, error.hint, field="backbone") from error

    def __init__(self, encoder: Encoder, params: InpaintingParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        pool_by_mean(encoder)
        size = facts.view_sizes[0]
        channels, *grid = map_shape(encoder, size)
        convolutional = is_convolutional(encoder.backbone)
        decoder = MapDecoder(channels, (grid[0], grid[1]), size, params.width, channelwise=convolutional)
        self.decoder = decoder.to(memory_format=torch.channels_last)

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        images = torch.cat([view.flatten(0, 1) for view in views])  # (V·B, 3, H, W)
        hole = self.hole(images, batch.generator)
        features = feature_map(self.encoder, self.fill(images, hole))  # (V·B, C, h, w)
        prediction, target = self.decoder(features), self.encoder.normalise(images)
        weights = weights_of(hole, self.params.overlap, self.params.overlap_weight)
        loss = weighted_mse(prediction, target, weights)
        with torch.no_grad():
            parts = {"hole": weighted_mse(prediction, target, hole.float())}
        peek = {"h": features.mean((2, 3)), "prediction": prediction, "hole": hole}
        return Step(loss, parts, peek={name: value.detach() for name, value in peek.items()})

    def hole(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """What to cut out of images (B, 3, H, W), as the switches are now: (B, 1, H, W) bool."""
        size = (images.shape[2], images.shape[3])
        if self.params.region == "central":
            return central_hole(len(images), size, self.params.share, images.device)
        return random_hole(len(images), size, self.params.share, generator)

    def fill(self, images: Tensor, hole: Tensor) -> Tensor:
        """The mean colour in place of what is missing."""
        return torch.where(hole, self.encoder.mean, images)

    def project(self, h: Tensor) -> Tensor:
        """The features themselves: the loss compares pixels, and there is no z."""
        return h

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        images = torch.cat([view.flatten(0, 1) for view in views])
        prediction, hole = widen(peek["prediction"]), peek["hole"]
        errors = (prediction - self.encoder.normalise(images)).square().mean(1, keepdim=True) * hole  # (B, 1, H, W)
        if name == "inpainting_error":
            return {"values": errors.sum((0, 1)) / hole.sum((0, 1)).clamp_min(1)}
        images, hole = images[:SHOWN], hole[:SHOWN]
        painted = self.encoder.denormalise(prediction[:SHOWN]).clamp(0, 1)
        mean = errors[:SHOWN].sum((1, 2, 3)) / hole.sum((1, 2, 3))
        return {
            "images": torch.stack(
                [images, self.fill(images, hole), painted, torch.where(hole, painted, images)], dim=1
            ),
            "columns": ["original", "with a hole", "prediction", "hole filled"],
            "texts": [["", "", "", f"error {error:.2f}"] for error in mean.tolist()],
        }

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        return (("loss", "chance: the mean colour of all images", 1.0),)


METHODS.add("inpainting", Inpainting)
