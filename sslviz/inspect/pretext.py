"""What the pretext tasks of our own runs make of a picture: holes filled, grey coloured, tiles put back.

Each answers `Rebuild` in its own way: of colours and tiles nothing can be hidden by hand, so masks are for inpainting alone.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor, nn

from sslviz.inspect.errors import InspectError
from sslviz.inspect.found import array
from sslviz.inspect.painted import Painted, hidden_of, mask_said, pixels
from sslviz.inspect.pictures import Picture
from sslviz.methods.base import Method
from sslviz.methods.colorization import Colorization, annealed_mean, as_grey, coarse, coloured
from sslviz.methods.inpainting import Inpainting, weighted_mse
from sslviz.methods.jigsaw import GRID, TILES, Jigsaw, puzzle_loss, shuffled, tiles
from sslviz.nn.feature_map import feature_map
from sslviz.nn.lab import rgb_to_lab
from sslviz.nn.patches import board, draw
from sslviz.nn.shortcuts import standardise
from sslviz.spec.inspection import Rebuild

CELLS = 16
"""Along each side of the picture, of the mask that inpainting is asked with."""


def has_task(method: nn.Module | None) -> bool:
    """Whether a method's task can be shown on a picture."""
    return isinstance(method, Inpainting | Colorization | Jigsaw)


def solve(method: nn.Module | None, request: Rebuild, picture: Picture) -> Painted:
    """The task on one picture; `method` in evaluation mode. Raises InspectError for another size than the run's, and for masks."""
    if not isinstance(method, Inpainting | Colorization | Jigsaw):
        raise TypeError("ask `has_task` first")
    _require_size(method, picture)
    images = (picture.images.float() / 255).to(method.encoder.mean.device)
    match method:
        case Inpainting():
            return _inpainting(method, request, images)
        case Colorization():
            return _colorization(method, request, images)
        case Jigsaw():
            return _jigsaw(method, request, images)


def _require_size(method: Method, picture: Picture) -> None:
    height, width = method.facts.view_sizes[0]
    if picture.size != (height, width):
        raise InspectError(
            f"This run was trained at {height} × {width} px, and the task is known at that size only.",
            "Crop, pad or resize the picture to it.",
            field="size",
        )


def _inpainting(method: Inpainting, request: Rebuild, images: Tensor) -> Painted:
    hidden = hidden_of(request, (CELLS, CELLS)).to(images.device)
    size = [images.shape[2], images.shape[3]]
    hole = F.interpolate(hidden[None, None].float(), size, mode="nearest").bool()
    seen = method.fill(images, hole)
    prediction = method.decoder(feature_map(method.encoder, seen))
    target = method.encoder.normalise(images)
    drawn = method.encoder.denormalise(prediction).clamp(0, 1)
    errors = F.adaptive_avg_pool2d((prediction - target).square().mean(1, keepdim=True), CELLS)[0, 0]
    pictures = {"original": images, "masked": seen, "prediction": drawn, "pasted": torch.where(hole, drawn, images)}
    loss = float(weighted_mse(prediction, target, hole.float())) if bool(hidden.any()) else float("nan")
    p = method.params
    return Painted(
        {name: pixels(image[0]) for name, image in pictures.items()},
        INPAINTING,
        array(hidden),
        array(errors.masked_fill(~hidden, torch.nan)),
        loss,
        (mask_said(request, hidden),),
        (
            f"It was trained to fill {'one central hole' if p.region == 'central' else 'holes at random places'} of {p.share:.0%}.",
        ),
    )


INPAINTING = {
    "original": "The picture as the model got it.",
    "masked": "What the encoder saw: holes are filled with the data's mean colour.",
    "prediction": "What the decoder paints; outside the hole and its rim it was never supervised.",
    "pasted": "The hole filled with the prediction.",
}


def _colorization(method: Colorization, request: Rebuild, images: Tensor) -> Painted:
    lab = rgb_to_lab(images)
    seen, true = as_grey(lab), coarse(lab[:, 1:])  # (1, 3, H, W), (1, 2, h, w)
    logits = method.answer(feature_map(method.encoder, seen), true.shape[-2:])  # (h·w, Q)
    temperature = float(request.settings.get("temperature", method.params.temperature))
    if not 0 < temperature <= 1:
        raise InspectError(
            f"An annealing of {temperature:g} cannot be.", "Choose one above 0 and up to 1.", field="temperature"
        )
    flat = annealed_mean(logits, method.bins, temperature)
    answer = flat.view(1, *true.shape[-2:], 2).permute(0, 3, 1, 2)
    errors = (answer - true).norm(dim=1)[0]  # (h, w)
    pictures = {"original": images, "seen": seen, "prediction": coloured(lab, answer), "truth": coloured(lab, true)}
    return Painted(
        {name: pixels(image[0]) for name, image in pictures.items()},
        COLORIZATION,
        array(torch.ones_like(errors, dtype=torch.bool)),
        array(errors),
        float(errors.mean()),
        (f"annealed mean, T = {temperature:g}",),
        (
            "The colour of every place was hidden. Errors are distances on the plane of a and b; grey is 0, the purest blue 134.",
        ),
    )


COLORIZATION = {
    "original": "The picture as the model got it.",
    "seen": "What the encoder saw: lightness alone.",
    "prediction": "The network's colours under the true lightness.",
    "truth": "The true colours, as coarse as the network's answer.",
}


def _jigsaw(method: Jigsaw, request: Rebuild, images: Tensor) -> Painted:
    p, generator = method.params, torch.Generator().manual_seed(request.seed)
    cells = tiles(images, method.side, p.gap, p.jitter, generator)  # (1, 9, 3, s, s)
    seen = (
        standardise(cells.flatten(0, 1), method.encoder.mean, method.encoder.std)
        if p.normalise
        else cells.flatten(0, 1)
    )
    chosen = draw(len(method.orders) - 1, (1, 1), generator).to(images.device)
    h = method.encoder(seen).view(1, TILES, -1)
    logits = method.head(shuffled(h, method.orders[chosen]).flatten(0, 1).flatten(1))  # (1, N)
    true, said = method.orders[chosen[0, 0]], method.orders[logits.argmax(1)[0]]  # (9,): which tile lies in each place
    puzzle = cells[:, true]
    solved = torch.empty_like(puzzle)
    solved[:, said] = puzzle
    wrong = (
        torch.empty_like(true).index_put_((said,), (true != said).long()).view(GRID, GRID)
    )  # by where tiles were put
    pictures = {"original": board(cells), "puzzle": board(puzzle), "prediction": board(solved)}
    return Painted(
        {name: pixels(image[0].clamp(0, 1)) for name, image in pictures.items()},
        JIGSAW,
        array(torch.ones(GRID, GRID, dtype=torch.bool)),
        array(wrong.float()),
        float(puzzle_loss(logits, chosen.flatten())[0]),
        (f"one of {len(method.orders)} orders, seed {request.seed}",),
        (
            f"{int((true == said).sum())} of {TILES} tiles are right. An error is 1 where a wrong tile was put; the loss is the cross-entropy.",
        ),
    )


JIGSAW = {
    "original": "The tiles as they lay.",
    "puzzle": "The order in which the network got them.",
    "prediction": "The tiles where the network's answer puts them.",
}
