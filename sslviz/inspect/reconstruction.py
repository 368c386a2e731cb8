"""What a masked autoencoder paints into hidden patches (He et al. 2022, arXiv:2111.06377), as its authors' code and notebook have it.

Encoder: positions are added before patches are dropped; decoder: mask tokens, positions, blocks. Patches are row, column, channel,
channel fastest. Where the target is each patch by its own mean and deviation, a prediction has neither: pictures borrow the true ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sslviz.checkpoints.base import Loaded
from sslviz.inspect.errors import InspectError
from sslviz.nn.masked_decoder import MaskedDecoder
from sslviz.nn.masking import STRATEGIES, Masking, kept_count, mask_as, mask_by
from sslviz.nn.patch_grid import patch_statistics, patchify, spread_over, unpatchify
from sslviz.nn.vision_transformer import VisionTransformer
from sslviz.spec.inspection import Strategy


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction:
    """Pictures are (B, C, H, W) as the network sees them, normalised: `Model.show` brings them back to [0, 1]."""

    prediction: Tensor  # (B, L, P): every patch as the decoder gives it; only the hidden ones were ever supervised
    hidden: Tensor  # (B, L) float32: 1 where a patch was hidden
    restore: Tensor  # (B, L) int64: where each patch lies in [visible ones, hidden ones]
    grid: tuple[int, int]
    recon: Tensor  # the prediction as a picture
    masked: Tensor  # what was visible; 0, the mean colour, where patches are hidden
    pasted: Tensor  # what was visible over the prediction
    errors: Tensor  # (B, h, w) mean squared error of each patch, in units of the target
    loss_pix: Tensor  # (): mean over hidden patches, of pixels; NaN where none is hidden
    loss_normpix: Tensor  # (): of patches by their own mean and deviation
    borrowed: bool  # the target is normalised: recon and pasted have the true mean and contrast of each patch

    @property
    def loss(self) -> Tensor:
        """In units of the target that the model was asked for."""
        return self.loss_normpix if self.borrowed else self.loss_pix


def require_decoder(loaded: Loaded) -> MaskedDecoder:
    """The decoder. Raises InspectError, naming the file to load instead, for a model without one."""
    if isinstance(loaded.decoder, MaskedDecoder):
        return loaded.decoder
    about = loaded.description
    masked = about.family.startswith(("MAE", "ViTMAE"))
    cause = (
        "This file holds MAE's encoder alone; the decoder, which paints the patches, is not in it."
        if masked
        else f"{about.title} was not trained to paint hidden patches: it has no decoder."
    )
    raise InspectError(
        cause,
        "Open a file with the decoder: mae_visualize_vit_base.pth or mae_visualize_vit_large.pth (not mae_pretrain_*), a training "
        "checkpoint of MAE, a Hugging Face ViTMAEForPreTraining folder, a run of MAE, or the shipped model mae-shapes.",
    )


def draw_masking(
    count: int, grid: tuple[int, int], mask: Tensor | None, ratio: float, strategy: Strategy, seed: int, noise: Tensor | None
) -> Masking:  # fmt: skip
    """What is hidden of `count` pictures: as painted, else by the given noise, else drawn with `seed`. Raises InspectError."""
    if mask is not None:
        return _painted(mask, count, grid)
    if not 0 <= ratio < 1 or kept_count(grid[0] * grid[1], ratio) < 1:
        raise InspectError(
            f"At a mask ratio of {ratio:g} not one of {grid[0]} × {grid[1]} patches is left to see.",
            "Choose a smaller ratio.",
            field="ratio",
        )
    if noise is None:
        if strategy not in STRATEGIES:
            raise InspectError(
                f"A mask by {strategy!r} cannot be drawn.",
                f"Choose {', '.join(STRATEGIES)}, or give the mask itself.",
                field="strategy",
            )
        noise = STRATEGIES[strategy](count, grid, torch.Generator().manual_seed(seed))
    if noise.shape != (count, grid[0] * grid[1]):
        raise InspectError(
            f"The noise has the shape {tuple(noise.shape)}, and these are {count} images of {grid[0]} × {grid[1]} patches.",
            "Give one number a patch, row by row.",
        )
    return mask_by(noise, kept_count(noise.shape[1], ratio))


def _painted(mask: Tensor, count: int, grid: tuple[int, int]) -> Masking:
    places = grid[0] * grid[1]
    flat = mask.bool().reshape(-1, places) if mask.numel() % places == 0 else mask.new_empty(0, places)
    if len(flat) not in (1, count):
        raise InspectError(
            f"The mask has the shape {tuple(mask.shape)}, and these are {count} images of {grid[0]} × {grid[1]} patches.",
            "Give one bool for each patch, for all images together or for each.",
            field="hidden",
        )
    wanted = flat.expand(count, -1)
    counts = wanted.sum(1)
    if int(counts.min()) != int(counts.max()) or int(counts.max()) == places:
        raise InspectError(
            "This mask hides every patch of a picture, or more of one picture than of another.",
            "Leave at least one patch visible, and hide equally many of each picture.",
            field="hidden",
        )
    return mask_as(wanted)


def reconstruct(loaded: Loaded, x: Tensor, masking: Masking, normalised: bool | None = None) -> Reconstruction:
    """x (B, C, H, W), normalised. Raises InspectError for a size that the decoder's positions are not for."""
    network, decoder = loaded.network, require_decoder(loaded)
    if not isinstance(network, VisionTransformer):
        raise TypeError("a masked autoencoder's encoder is a vision transformer")
    grid, patch = network.grid_of(x), network.plan.patch
    if grid != decoder.plan.grid:
        rows, columns = (a * b for a, b in zip(decoder.plan.grid, patch, strict=True))
        raise InspectError(
            f"This decoder knows the places of {rows} × {columns} px only.",
            "Crop, pad or resize the picture to that size.",
            field="size",
        )
    kept, restore, hidden = (t.to(x.device) for t in (masking.kept, masking.restore, masking.hidden))
    prediction: Tensor = decoder(network.run(x, keep=kept).final, restore)
    borrowed = bool(loaded.normalised_target) if normalised is None else normalised
    return _composed(x, prediction, Masking(kept, restore, hidden), grid, patch, borrowed)


def _composed(
    x: Tensor, prediction: Tensor, masking: Masking, grid: tuple[int, int], patch: tuple[int, int], borrowed: bool
) -> Reconstruction:
    truth = patchify(x, patch)  # (B, L, P)
    mean, std = patch_statistics(truth)
    plain, own = ((prediction - target).square().mean(-1) for target in (truth, (truth - mean) / std))  # (B, L)
    recon = unpatchify(prediction * std + mean if borrowed else prediction, grid, patch)
    away = spread_over(masking.hidden, grid, patch)  # (B, 1, H, W)
    return Reconstruction(
        prediction=prediction, hidden=masking.hidden, restore=masking.restore, grid=grid, recon=recon,
        masked=x * (1 - away), pasted=x * (1 - away) + recon * away, errors=(own if borrowed else plain).view(-1, *grid),
        loss_pix=_mean_of_hidden(plain, masking.hidden), loss_normpix=_mean_of_hidden(own, masking.hidden), borrowed=borrowed,
    )  # fmt: skip


def _mean_of_hidden(errors: Tensor, hidden: Tensor) -> Tensor:
    return (errors * hidden).sum() / hidden.sum()
