"""MAE (He et al. 2022, "Masked Autoencoders Are Scalable Vision Learners", arXiv:2111.06377).

Sec. 3, masking   keep the int(L·(1 - ratio)) patches with the smallest noise    -> sslviz.nn.masking
Sec. 3, encoder   a ViT on the visible patches only, fixed positions             -> sslviz.nn.visible_tokens
Sec. 3, decoder   mask tokens, positions, a few narrow blocks                    -> sslviz.nn.mae_decoder
Sec. 3, target    pixels, or each patch's by its own mean and deviation          -> target_of
Sec. 3, loss      MSE of a patch, mean over the hidden ones                      -> hidden_mse

Shapes: B images, L patches of P = ph·pw·3 numbers (row, column, channel), K of them visible.

The authors' code is followed where the paper is silent: the variance of a patch is unbiased, plus 1e-6; the count of visible
patches is truncated; the class token goes through both networks, without a place; "pixels" are those that the encoder sees,
normalised by the data's mean and deviation, so that predicting the mean colour gives 1.

Departures: the decoder is narrow (64 instead of 512) and two blocks deep for a laptop; pixels are the default target, as a
picture can be read from them at once. The features h of a whole image are the mean of its patch tokens (the authors fine-tune
with it), not the class token, which no loss reaches but through attention: trained on shapes for a minute it knows hues early
and less of the background, and its spread falls to 0.07 where that of the mean is 0.3. The encoder's weights begin as timm draws
them and the last layer's near 0, both of which leave the mean colour in fewer steps than Xavier's rule does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from sslviz.methods.base import METHODS, Batch, Drawing, Facts, Method, Step
from sslviz.methods.errors import MethodError
from sslviz.nn.encoder import Encoder
from sslviz.nn.mae_decoder import MAEDecoder
from sslviz.nn.masking import STRATEGIES, Masking, kept_count, mask_as, mask_by
from sslviz.nn.patch_grid import Side, patch_statistics, patchify, spread_over, unpatchify
from sslviz.nn.precision import full_precision, widen
from sslviz.nn.sizes import patch_size
from sslviz.nn.visible_tokens import plain_vit, start_as_mae, visible_tokens
from sslviz.spec.catalogue import Box, FigureInfo, Link, MethodInfo, Symbol
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.params import Scalar, choice, describe, param, switch

SHOWN = 8
"""Images of the batch in the figure of reconstructions."""

GREY = 0.5
"""What a hidden patch is painted with."""


@dataclass(frozen=True, slots=True)
class MAEParams:
    """What can be turned, each with what it does."""

    mask_ratio: float = param(
        0.75, lo=0.05, hi=0.95, label="mask ratio", paper="0.75",
        up="less to go by, and faster: the encoder sees the visible patches only", down="easier: neighbours can be copied",
    )  # fmt: skip
    strategy: str = choice(
        "random", tuple(STRATEGIES), label="mask", paper="random; Fig. 6 compares all three", live=True,
        about="random: patch by patch; block: one large hole; grid: evenly, so that every hidden patch has visible neighbours",
    )  # fmt: skip
    normalised: bool = switch(
        False, label="normalised target", paper="on in the released models, Sec. 4.1",
        on="each patch is to be predicted by its own mean and contrast: better features, no colour in the pictures",
        off="the pixels themselves are to be predicted: the pictures show what it knows",
    )  # fmt: skip
    positions: bool = switch(
        True, label="decoder positions", on="each token of the decoder knows its place",
        off="all hidden patches are asked the same question, and get the same answer: one blur for all",
    )  # fmt: skip
    decoder_width: int = param(
        64, lo=16, hi=1024, label="decoder width", paper="512", live=False, scale="log",
        up="sharper pictures, slower", down="faster; the encoder has to do more",
    )  # fmt: skip
    decoder_depth: int = param(
        2, lo=1, hi=12, label="decoder depth", paper="8", live=False, up="sharper pictures, slower", down="faster",
    )  # fmt: skip


def target_of(patches: Tensor, *, normalised: bool) -> Tensor:
    """What is to be predicted of patches (B, L, P): they themselves, or minus their own mean and over their own deviation."""
    if not normalised:
        return patches
    mean, std = patch_statistics(patches)  # (B, L, 1)
    return (patches - mean) / std


def patch_mse(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean squared error of each patch, float32 or wider: (B, L, P) twice -> (B, L)."""
    with full_precision(prediction.device):
        return (widen(prediction) - widen(target)).square().mean(-1)


def hidden_mse(prediction: Tensor, target: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
    """Mean of the patches' errors over the hidden ones. (B, L, P) twice, hidden (B, L), 1 where hidden -> loss (), errors (B, L).

    Visible patches are not supervised: what is predicted there is arbitrary.
    """
    errors = patch_mse(prediction, target)
    return (errors * hidden).sum() / hidden.sum(), errors


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction:
    """What a model makes of images with hidden patches. Pictures are (B, 3, H, W) in [0, 1]; the grid of patches is h x w."""

    masked: Tensor  # hidden patches are grey
    prediction: Tensor  # every patch as predicted; only the hidden ones were ever supervised
    pasted: Tensor  # the visible patches over it
    errors: Tensor  # (B, h, w) mean squared error of each patch in units of the target
    borrowed: bool  # the target was normalised: mean and contrast of each patch are the true ones, the prediction knows neither


class MAE(Method):
    """Three quarters of an image are hidden, and predicted from the rest."""

    Params = MAEParams
    params: MAEParams
    info = MethodInfo(
        name="mae",
        title="MAE",
        paper="He et al. 2022, arXiv:2111.06377",
        idea="Whoever can paint what is hidden has understood something of what is seen.",
        collapse="It has no collapse to one point, as pixels are fixed targets; where it fails, every patch is predicted in the mean colour, and the loss stays at 1.",
        family="masked",
        params=describe(MAEParams),
        augmentation="mae",
        backbone="vit_d128",
        optimiser=OptimiserConfig(lr=1.5e-3, weight_decay=0.05, beta2=0.95, warmup=50),
        loss_label="MSE of hidden patches, in units of the data's variance",
        equation=r"\mathcal{L} = \frac{1}{|M|} \sum_{i \in M} \frac{1}{P} \left\| \hat{x}_i - x_i \right\|^2, \qquad |M| = L - \lfloor L (1 - r) \rfloor",
        symbols=(
            Symbol(r"\mathcal{L}", "the loss", "loss"),
            Symbol("M", "the hidden patches of the image"),
            Symbol("L", "patches of an image"),
            Symbol("P", "numbers of a patch: pixels times three colours"),
            Symbol("r", "mask ratio", "mask_ratio"),
            Symbol("x_i", "patch i as the encoder would see it, or by its own mean and deviation", "normalised"),
            Symbol(r"\hat{x}_i", "what the decoder predicts for it"),
        ),
        figures=(
            FigureInfo(
                "reconstruction",
                "Reconstructions",
                "tiles",
                "The encoder saw only what is not grey; visible patches are never supervised, so the last picture has the true ones pasted over.",
                switch="mask_ratio",
            ),
            FigureInfo(
                "patch_error",
                "Error by place",
                "matrix",
                "Mean squared error of hidden patches at each place of the batch's images: places near the middle of things are hard, plain ground is easy.",
                x="column of patches",
                y="row of patches",
            ),
        ),
        shows=("views", "spectrum"),
        boxes=(
            Box("x", "image", 0, 0, "view"),
            Box("visible", "visible patches", 1, 0, "view"),
            Box("f", "encoder", 2, 0),
            Box("g", "decoder", 3, 0),
            Box("mask", "mask tokens", 2, 1),
            Box("target", "hidden pixels", 3, 1, "view"),
            Box("loss", "squared error", 4, 0, "loss"),
        ),
        links=(
            Link("x", "visible"),
            Link("visible", "f"),
            Link("f", "g"),
            Link("mask", "g"),
            Link("g", "loss"),
            Link("target", "loss", "stop"),
        ),
    )
    equations = (target_of, hidden_mse, patch_mse, mask_by, kept_count)

    @classmethod
    def require(cls, params: MAEParams, facts: Facts, encoder: Encoder) -> None:
        if plain_vit(encoder.backbone) is None:
            raise MethodError(
                f"MAE hides patches from a vision transformer, and {type(encoder.backbone).__name__} cannot leave out a part of an image.",
                "Choose vit_d64, vit_d64_h8, vit_d128, vit_d192 or a ViT of timm.",
                field="backbone",
            )
        if len(set(facts.view_sizes)) != 1:
            raise MethodError(
                "MAE looks at images of one size, and the augmentation makes several.",
                "Choose an augmentation with one view, such as mae.",
            )
        if params.decoder_width % 4:
            raise MethodError(
                f"A decoder {params.decoder_width} wide has no room for sine and cosine of two coordinates.",
                "Choose a width that 4 divides.",
                field="decoder_width",
            )
        if refusal := _refusal(params.mask_ratio, _grid_of(facts, encoder)):
            raise MethodError(*refusal, field="mask_ratio")

    def __init__(self, encoder: Encoder, params: MAEParams, facts: Facts = Facts()) -> None:  # noqa: B008 # frozen
        super().__init__(encoder, params, facts)
        vit = plain_vit(encoder.backbone)
        if vit is None:
            raise TypeError("MAE needs a vision transformer: ask `require` first")
        start_as_mae(vit)
        self.patch = patch_size(vit)
        self.grid = _grid_of(facts, encoder)
        pixels = 3 * self.patch[0] * self.patch[1]
        self.decoder = MAEDecoder(
            vit.embed_dim, vit.num_prefix_tokens, params.decoder_width, params.decoder_depth, self.grid, pixels
        )

    def step(self, views: Sequence[Tensor], batch: Batch) -> Step:
        images = torch.cat([view.flatten(0, 1) for view in views])  # (V·B, 3, H, W)
        masking = self.mask(len(images), batch.generator)
        prediction, h = self.predict(images, masking)
        loss, errors = hidden_mse(prediction, self.target(images), masking.hidden)
        peek = {"h": h, "prediction": prediction, "errors": errors, "hidden": masking.hidden}
        return Step(loss, {}, peek={name: value.detach() for name, value in peek.items()})

    def mask(self, count: int, generator: torch.Generator) -> Masking:
        """What to hide of `count` images, as the switches are now."""
        order = STRATEGIES[self.params.strategy](count, self.grid, generator)
        return mask_by(order, kept_count(self.grid[0] * self.grid[1], self.params.mask_ratio))

    def predict(self, images: Tensor, masking: Masking) -> tuple[Tensor, Tensor]:
        """images (B, 3, H, W) -> every patch as the decoder has it (B, L, P), and the mean of the visible tokens (B, F)."""
        tokens = visible_tokens(self.encoder, images, masking.kept)  # (B, prefix + K, F)
        prediction = self.decoder(tokens, masking.restore, placed=self.params.positions)
        return prediction, tokens[:, -masking.kept.shape[1] :].mean(1)

    def target(self, images: Tensor) -> Tensor:
        """images (B, 3, H, W) -> what is to be predicted (B, L, P), as the switches are now."""
        return target_of(patchify(self.encoder.normalise(images), self.patch), normalised=self.params.normalised)

    def project(self, h: Tensor) -> Tensor:
        """The features themselves: the loss compares pixels, and there is no z."""
        return h

    def picture(self, prediction: Tensor, images: Tensor) -> Tensor:
        """A prediction (B, L, P) as pictures in [0, 1]; with a normalised target at the patches' true mean and contrast."""
        patches = widen(prediction)
        if self.params.normalised:
            mean, std = patch_statistics(patchify(self.encoder.normalise(images), self.patch))
            patches = patches * std + mean
        return self.encoder.denormalise(unpatchify(patches, self.grid, self.patch)).clamp(0, 1)

    def figure(self, name: str, views: Sequence[Tensor], batch: Batch, peek: Mapping[str, Tensor]) -> Drawing:
        if name == "patch_error":
            hidden = peek["hidden"]
            counts = hidden.sum(0)
            mean = (peek["errors"] * hidden).sum(0) / counts.clamp_min(1)  # (L,)
            return {"values": mean.view(self.grid)}
        images = torch.cat([view.flatten(0, 1) for view in views])[:SHOWN]
        away = peek["hidden"][:SHOWN]
        shown = self._compose(images, peek["prediction"][:SHOWN], away)
        return {
            "images": torch.stack(
                [
                    images,
                    shown.masked,
                    shown.prediction,
                    shown.pasted,
                    _heat(shown.errors * away.view(-1, *self.grid), self.patch),
                ],
                dim=1,
            ),
            "columns": [
                "original",
                "visible",
                BORROWED if shown.borrowed else "prediction",
                "with visible pasted",
                "error",
            ],
            "texts": [["", "", "", "", f"{error:.2f}"] for error in _mean_of_hidden(shown.errors, away)],
        }

    def _compose(self, images: Tensor, prediction: Tensor, hidden: Tensor) -> Reconstruction:
        """images (B, 3, H, W), prediction (B, L, P), hidden (B, L)."""
        errors = patch_mse(prediction, self.target(images)).view(-1, *self.grid)
        drawn = self.picture(prediction, images)
        where = spread_over(hidden, self.grid, self.patch).bool()
        masked, pasted = torch.where(where, GREY, images), torch.where(where, drawn, images)
        return Reconstruction(masked, drawn, pasted, errors, self.params.normalised)

    def references(self, batch_size: int) -> tuple[tuple[str, str, float], ...]:
        what = "each patch in its own mean colour" if self.params.normalised else "the mean colour of all images"
        return (("loss", f"chance: {what}", 1.0),)

    def set_param(self, name: str, value: Scalar) -> tuple[Scalar, Scalar]:
        if name == "mask_ratio" and isinstance(value, float) and (refusal := _refusal(value, self.grid)):
            raise SpecError(*refusal, field=name)  # refused here, so that the flip cannot fail a run that trains
        return super().set_param(name, value)


@torch.no_grad()
def reconstruct(method: MAE, images: Tensor, hidden: Tensor) -> Reconstruction:
    """What `method` makes of images when the given patches are hidden; it is left as it is.

    images: (B, 3, H, W) in [0, 1], of the size that the method was built for. hidden: bool, (h, w) for all images, or (B, h, w)
    with equally many in each. Raises MethodError where the mask does not fit, hides everything, or hides unequally many.
    """
    if (
        hidden.ndim not in (2, 3)
        or tuple(hidden.shape[-2:]) != method.grid
        or (hidden.ndim == 3 and len(hidden) != len(images))
    ):
        raise MethodError(
            f"The mask has the shape {tuple(hidden.shape)}, and these are {len(images)} images of {method.grid[0]} x {method.grid[1]} patches.",
            "Give one bool for each patch, for all images together or for each.",
        )
    wanted = hidden.bool().expand(len(images), -1, -1)
    counts = wanted.flatten(1).sum(1)
    if counts.min() != counts.max() or counts.max() == wanted[0].numel():
        raise MethodError(
            "This mask hides every patch of an image, or more of one image than of another.",
            "Leave at least one patch visible, and hide equally many of each image.",
        )
    masking = mask_as(wanted.flatten(1))
    prediction, _ = method.predict(images, masking)
    return method._compose(images, prediction, masking.hidden)  # noqa: SLF001 # one file, one room


def _grid_of(facts: Facts, encoder: Encoder) -> Side:
    """Rows and columns of patches."""
    (height, width), (ph, pw) = facts.view_sizes[0], patch_size(encoder.backbone)
    return height // ph, width // pw


def _refusal(ratio: float, grid: Side) -> tuple[str, str] | None:
    """(what is wrong, what to do) where a mask would leave nothing to see or nothing to predict."""
    patches = grid[0] * grid[1]
    kept = kept_count(patches, ratio)
    if 0 < kept < patches:
        return None
    what = "hides every patch" if kept == 0 else "hides no patch"
    return (
        f"A mask ratio of {ratio:g} {what} of an image with {patches}.",
        f"Choose a ratio from {1 / patches:.2g} to {1 - 1 / patches:.2g}, or larger images.",
    )


def _heat(errors: Tensor, patch: Side) -> Tensor:
    """Errors (B, h, w) as grey pictures (B, 3, H, W), the largest of each image white."""
    share = errors / errors.amax((1, 2), keepdim=True).clamp_min(1e-8)
    return spread_over(share.flatten(1), cast(Side, tuple(errors.shape[1:])), patch).expand(-1, 3, -1, -1)


def _mean_of_hidden(errors: Tensor, hidden: Tensor) -> list[float]:
    means: list[float] = ((errors.flatten(1) * hidden).sum(1) / hidden.sum(1)).tolist()
    return means


BORROWED = "prediction at true mean and contrast"

METHODS.add("mae", MAE)
