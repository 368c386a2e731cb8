"""Answers `Rebuild`: what a model paints where a picture is hidden, and what the pretext tasks of our own runs make of it."""

from __future__ import annotations

import time

import torch

from sslviz.inspect.captions import caption
from sslviz.inspect.channels import channels_note
from sslviz.inspect.found import array
from sslviz.inspect.model import Model
from sslviz.inspect.painted import Painted, hidden_of, mask_said, pixels
from sslviz.inspect.pictures import Picture
from sslviz.inspect.pretext import has_task, solve
from sslviz.inspect.reconstruction import require_decoder
from sslviz.inspect.stopping import Stop, never
from sslviz.spec.events import frozen
from sslviz.spec.inspection import Rebuild, Rebuilt

BORROWED = (
    "The target is each patch by its own mean and deviation, so the model predicts neither: both come from the true patch, and "
    "brightness and contrast in these pictures are not the model's."
)
UNKNOWN_TARGET = (
    "The file does not tell whether its target was pixels or each patch by its own mean and deviation: pixels are assumed. If the "
    "prediction is grey and faint, it was the other."
)
ABOUT = {
    "original": "The picture as the model got it.",
    "masked": "What the encoder saw: hidden patches are grey.",
    "prediction": "Every patch as predicted; visible ones were never supervised, so what is drawn there means little.",
    "pasted": "The prediction where patches were hidden, the picture where they were visible.",
}


@torch.inference_mode()
def rebuild(model: Model, request: Rebuild, picture: Picture, stop: Stop = never) -> Rebuilt:
    """What `Rebuilt` promises. Raises InspectError for a model that paints nothing (saying what to open instead), and for masks,
    ratios and sizes that do not fit."""
    began = time.perf_counter()
    stop()
    loaded, about = model.loaded, model.describe()
    of_run = loaded.decoder is None and has_task(loaded.method)
    found = solve(loaded.method, request, picture) if of_run else _masked(model, request, picture)
    notes = (*picture.notes, channels_note(about.channels), *found.notes)
    return Rebuilt(
        description=about,
        pictures=found.pictures,
        about=found.about,
        hidden=found.hidden,
        errors=found.errors,
        loss=found.loss,
        caption=caption(about, picture.name, picture.size, picture.fit_said, *found.details),
        notes=tuple(note for note in notes if note),
        seconds=time.perf_counter() - began,
        target_stored=None if of_run else loaded.normalised_target is not None,
    )


def _masked(model: Model, request: Rebuild, picture: Picture) -> Painted:
    """By an encoder of visible patches and a decoder of all."""
    require_decoder(model.loaded)
    hidden = hidden_of(request, model.transformer.grid_of(model.prepare(picture.images)))
    found = model.reconstruct(picture.images, mask=hidden, normalised=request.normalised)
    drawn = {"masked": found.masked, "prediction": found.recon, "pasted": found.pasted}
    pictures = {"original": frozen(picture.pixels)} | {name: pixels(model.show(x)[0]) for name, x in drawn.items()}
    target = "target: each patch by its own mean and deviation" if found.borrowed else "target: pixels"
    stored = model.loaded.normalised_target is not None
    guessed = request.normalised is None and not stored
    return Painted(
        pictures,
        ABOUT,
        array(hidden),
        array(found.errors[0].cpu().masked_fill(~hidden, torch.nan)),
        float(found.loss),
        (mask_said(request, hidden), target),
        tuple(note for note, said in ((BORROWED, found.borrowed), (UNKNOWN_TARGET, guessed)) if said),
    )
