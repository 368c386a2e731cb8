"""A recorded answer for the panel alone and for its tests: the picture and its blur, nothing was trained."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sslviz.spec.description import Description
from sslviz.spec.events import Answered, frozen
from sslviz.spec.inspection import Rebuild, Rebuilt

GRID, PATCH = 14, 16
SIDE = GRID * PATCH
DESCRIPTION = Description(
    "mae_visualize_vit_base.pth", "MAE", "", (), "vit", "ViT-B/16", 85_800_000, 12, 768, 12, (PATCH, PATCH), (SIDE, SIDE), 3, True, 0,
    "sines and cosines, 14 × 14", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), "float32", ("attention", "reconstruct"), 100.0,
    sha256="c81059da6e" * 6 + "c810", format="torch zip", bytes=427_000_000,
)  # fmt: skip
BORROWED = "Both mean and deviation of each patch come from the true patch: brightness and contrast in these pictures are not the model's."


def answer(request: Rebuild) -> Answered:
    """What the worker would say."""
    return Answered("", 0, request.request_id, example_answer(request))


def example_answer(request: Rebuild) -> Rebuilt:
    """Patches hidden as asked; what is painted there is the mean of each quarter of a patch."""
    original, hidden = scene(request.picture.index), hidden_by(request)
    blurred = (
        original.reshape(2 * GRID, PATCH // 2, 2 * GRID, PATCH // 2, 3)
        .mean((1, 3))
        .repeat(PATCH // 2, 0)
        .repeat(PATCH // 2, 1)
    )
    prediction = blurred.round().astype(np.uint8)
    away = hidden.repeat(PATCH, 0).repeat(PATCH, 1)[..., None]
    errors = ((original - blurred) / 255.0) ** 2
    errors = errors.reshape(GRID, PATCH, GRID, PATCH, 3).mean((1, 3, 4)).astype(np.float32)
    pictures = {
        "original": original, "masked": np.where(away, 124, original).astype(np.uint8), "prediction": prediction,
        "pasted": np.where(away, prediction, original),
    }  # fmt: skip
    about = {
        "original": "The picture as the model got it.", "masked": "What the encoder saw: hidden patches are grey.",
        "prediction": "Every patch as predicted; visible ones were never supervised.",
        "pasted": "The prediction where patches were hidden, the picture where they were visible.",
    }  # fmt: skip
    own = bool(request.normalised)
    caption = f"MAE ViT-B/16 · c81059da6e · shapes, held-out picture {request.picture.index} · {SIDE} × {SIDE} px · seed {request.seed}"
    return Rebuilt(
        DESCRIPTION, {name: frozen(picture) for name, picture in pictures.items()}, about, frozen(hidden),
        frozen(np.where(hidden, errors, np.nan)), float(errors[hidden].mean()) if hidden.any() else float("nan"), caption,
        (BORROWED,) if own else (), 0.08, target_stored=False,
    )  # fmt: skip


def hidden_by(request: Rebuild) -> NDArray[np.bool_]:
    """The mask that is asked for, (h, w)."""
    if request.strategy == "painted":
        return np.array(request.hidden, bool).reshape(GRID, GRID)
    rng, count = np.random.default_rng(request.seed), round(request.ratio * GRID * GRID)
    rows, columns = np.mgrid[:GRID, :GRID]
    order = {
        "random": rng.random((GRID, GRID)),
        "block": np.hypot(rows - rng.integers(GRID), columns - rng.integers(GRID)),
        "grid": (rows + columns) % 2 + 0.5 * rng.random((GRID, GRID)),
    }[request.strategy]
    return np.asarray(order.ravel().argsort().argsort().reshape(GRID, GRID) < count)


def scene(index: int) -> NDArray[Any]:
    """A disc and a square on a gradient, (SIDE, SIDE, 3) uint8."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    picture = np.stack([0.35 + 0.3 * x, 0.4 + 0.2 * y, 0.55 - 0.2 * x], -1)
    centre = 0.35 + 0.04 * (index % 5)
    picture[np.hypot(y - centre, x - centre) < 0.22] = (0.9, 0.5, 0.15)
    picture[(abs(y - 0.68) < 0.16) & (abs(x - 0.7) < 0.16)] = (0.1, 0.45, 0.75)
    picture += 0.03 * np.sin(40 * x + 25 * y)[..., None]
    return (255 * picture.clip(0, 1)).astype(np.uint8)
